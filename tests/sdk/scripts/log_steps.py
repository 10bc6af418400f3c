"""Logs steps at a pace, until it is done or told to stop."""

import json
import os
import sys
import time

import wandb

count, pause = int(sys.argv[1]), float(sys.argv[2])
run = wandb.init(project="steps")
path = f"{run.entity}/{run.project}/{run.id}"
print(json.dumps({"path": path, "pid": os.getpid()}), flush=True)
stopped = False
try:
    for step in range(count):
        run.log({"value": step})
        time.sleep(pause)
except KeyboardInterrupt:
    stopped = True
run.finish(exit_code=int(sys.argv[3]) if len(sys.argv) > 3 else 0)
print(json.dumps({"path": path, "stopped": stopped}))
