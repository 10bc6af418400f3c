"""Logs to a folder only; prints the folder and the run's id."""

import json

import wandb

run = wandb.init(project="offline", mode="offline", config={"a": 1}, tags=["off"])
for step in range(7):
    run.log({"value": step, "nan": float("nan")})
print("said offline")
run.summary["best"] = 6
folder, name = run.dir, run.id
run.finish()
print(json.dumps({"folder": folder, "name": name}))
