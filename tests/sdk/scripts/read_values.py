"""Prints what every run of a project has logged as "value"."""

import json
import sys

import wandb

runs = wandb.Api().runs(sys.argv[1])
print(json.dumps({run.id: [row["value"] for row in run.scan_history(keys=["value"])] for run in runs}))
