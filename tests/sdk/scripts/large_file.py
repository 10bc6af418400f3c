"""Logs a few steps and a file of 80 MiB, and reads both back."""

import json
import os
import pathlib

import wandb

content = os.urandom(1 << 20) * 80
run = wandb.init(project="large-file")
for step in range(5):
    run.log({"value": step})
pathlib.Path("large.bin").write_bytes(content)
run.save("large.bin", policy="end")
run.finish()
seen = wandb.Api().run(f"{run.entity}/{run.project}/{run.id}")
got = pathlib.Path(seen.file("large.bin").download(root="down").name).read_bytes()
print(json.dumps({"values": [row["value"] for row in seen.scan_history()], "same": got == content}))
