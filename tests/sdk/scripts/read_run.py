"""Reads a run by its path with the public API. Argument: the path."""

import json
import sys

import wandb

run = wandb.Api().run(sys.argv[1])
rows = [row["value"] for row in run.scan_history(keys=["value"])]
files = any(file.name == "wandb-metadata.json" for file in run.files())
print(json.dumps({"rows": rows, "state": run.state, "files": files}))
