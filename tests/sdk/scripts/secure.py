"""Logs a few steps and a file, and reads both back, all over the address it was given."""

import json
import pathlib

import wandb

run = wandb.init(project="secure")
for step in range(5):
    run.log({"value": step})
pathlib.Path("note.txt").write_text("over TLS")
run.save("note.txt", policy="now")
run.finish()
seen = wandb.Api().run(f"{run.entity}/{run.project}/{run.id}")
print(json.dumps({"values": [row["value"] for row in seen.scan_history()], "note": seen.file("note.txt").download(root="down").read()}))
