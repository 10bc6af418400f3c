"""Deletes a run with the client's public API; prints whether it could, and else what the client said. Argument: its path."""

import json
import sys

import wandb

run = wandb.Api().run(sys.argv[1])
try:
    run.delete()
    print(json.dumps({"deleted": True}))
except Exception as error:  # whatever the client raises is what its user sees
    print(json.dumps({"deleted": False, "error": str(error)}))
