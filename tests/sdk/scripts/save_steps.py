"""Logs steps at a pace and saves a file at every tenth; prints the digests of what it saved."""

import base64
import hashlib
import json
import pathlib
import sys
import time

import wandb

count, pause = int(sys.argv[1]), float(sys.argv[2])
run = wandb.init(project="saved")
path = f"{run.entity}/{run.project}/{run.id}"
print(json.dumps({"path": path}), flush=True)
digests = {}
for step in range(count):
    run.log({"value": step})
    if step % 10 == 0:
        file = pathlib.Path(f"part {step}.bin")
        file.write_bytes(f"{path} {step} ".encode() * 20_000)
        wandb.save(str(file), policy="now")
        digests[file.name] = base64.b64encode(hashlib.md5(file.read_bytes()).digest()).decode()
    time.sleep(pause)
run.finish()
print(json.dumps({"path": path, "digests": digests}))
