"""Logs a table, which needs artifacts, beside a metric."""

import json

import wandb

run = wandb.init(project="tables")
run.log({"loss": 1.0, "table": wandb.Table(columns=["a"], data=[[1]])})
run.log({"curve": wandb.plot.line(wandb.Table(columns=["x", "y"], data=[[1, 2]]), "x", "y"), "loss": 0.5})
path = f"{run.entity}/{run.project}/{run.id}"
run.finish()
print(json.dumps({"path": path}))
