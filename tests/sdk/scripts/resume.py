"""Logs some steps to a run of a given id, resuming it as asked; prints where it began."""

import json
import sys

import wandb

name, resume, count = sys.argv[1:4]
run = wandb.init(project="resumed", id=name, resume=resume if resume != "no" else None)
start = getattr(run, "starting_step", run.step)
if start == 0:
    run.tags = ["kept"]
    run.notes = "kept too"
run.config.update({"start": start, f"began {start}": True}, allow_val_change=True)
print(f"said at {start}")
for step in range(int(count)):
    run.log({"value": start + step})
path = f"{run.entity}/{run.project}/{run.id}"
run.finish()
print(json.dumps({"path": path, "start": start}))
