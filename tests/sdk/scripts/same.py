"""One of two processes that log to one run without knowing of each other."""

import json
import sys
import time

import wandb

name, label = sys.argv[1:3]
run = wandb.init(project="same", id=name, resume="allow")
for step in range(20):
    run.log({"value": step, "by": label})
    time.sleep(0.1)
path = f"{run.entity}/same/{run.id}"
run.finish()
print(json.dumps({"path": path}))
