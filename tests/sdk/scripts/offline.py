"""Logs to a folder only; prints the folder and the run's id. Told to wait, it waits to be killed."""

import json
import sys
import time

import wandb

run = wandb.init(project="offline", mode="offline", config={"a": 1}, tags=["off"])
for step in range(3000 if "wait" in sys.argv else 7):
    run.log({"value": step, "nan": float("nan")})
print("said offline")
run.summary["best"] = 6
folder, name = run.dir, run.id
if "wait" in sys.argv:
    time.sleep(3)  # while the rows go to the file, a block at a time
    print(json.dumps({"folder": folder, "name": name}), flush=True)
    time.sleep(60)
run.finish()
print(json.dumps({"folder": folder, "name": name}))
