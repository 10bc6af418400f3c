"""Logs three steps to the run that this folder remembers, or a new one; fails at its end if asked."""

import json
import sys

import wandb

run = wandb.init(project="auto", resume="auto", group=wandb.__version__)
start = getattr(run, "starting_step", run.step)
for step in range(3):
    run.log({"value": start + step})
print(json.dumps({"path": f"{run.entity}/auto/{run.id}", "start": start, "resumed": run.resumed}), flush=True)
if len(sys.argv) > 1:
    raise RuntimeError(sys.argv[1])
