"""Logs one run to an entity and says who the client thinks it is. Arguments: the entity, and how many seconds the run takes."""

import json
import sys
import time

import wandb

run = wandb.init(entity=sys.argv[1], project="people", settings=wandb.Settings(init_timeout=20))
run.log({"loss": 1})
time.sleep(float(sys.argv[2]) if len(sys.argv) > 2 else 0)
run.finish()
print(json.dumps({"id": run.id, "url": run.url}))
