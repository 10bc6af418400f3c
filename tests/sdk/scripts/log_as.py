"""Logs one run to an entity and says who the client thinks it is. Argument: the entity."""

import json
import sys

import wandb

run = wandb.init(entity=sys.argv[1], project="people", settings=wandb.Settings(init_timeout=20))
run.log({"loss": 1})
run.finish()
print(json.dumps({"id": run.id, "url": run.url}))
