"""One of two processes that write one run."""

import json
import sys

import wandb

name, label, primary = sys.argv[1], sys.argv[2], sys.argv[3] == "primary"
settings = wandb.Settings(mode="shared")
if hasattr(settings, "x_label"):
    settings = wandb.Settings(mode="shared", x_label=label, x_primary=primary, x_update_finish_state=primary)
run = wandb.init(project="shared", id=name, settings=settings)
for step in range(5):
    run.log({label: step})
print(f"from {label}")
entity = run.entity
run.finish()
print(json.dumps({"path": f"{entity}/shared/{name}"}))
