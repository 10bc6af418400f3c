"""Logs on after something happened to its author: waits for the file `go-on`, then logs a metric and an artifact. Argument: the
entity."""

import json
import pathlib
import sys
import time

import wandb

run = wandb.init(entity=sys.argv[1], project="people")
run.log({"loss": 2})
print(json.dumps({"id": run.id}), flush=True)
while not pathlib.Path("go-on").exists():
    time.sleep(0.05)
run.log({"loss": 1})
pathlib.Path("weights.bin").write_bytes(b"what was trained")
model = wandb.Artifact(f"model-{run.id}", type="model")
model.add_file("weights.bin")
run.log_artifact(model)
run.finish()
print(json.dumps({"id": run.id}))
