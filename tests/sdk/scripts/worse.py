"""Trains a good run, then one that gets worse: waits for the file `go-on` before it ends. Argument: the entity."""

import json
import pathlib
import sys
import time

import wandb

good = wandb.init(entity=sys.argv[1], project="watched", id="best")
for step in range(10):
    good.log({"val/loss": 1 / (step + 1)})
good.finish()
bad = wandb.init(entity=sys.argv[1], project="watched", id="worse", name="a bad idea")
for loss in [0.2, 0.1, 0.1, 0.1, 0.4, 0.7]:
    bad.log({"val/loss": loss})
print(json.dumps({"path": f"{bad.entity}/{bad.project}/{bad.id}"}), flush=True)
while not pathlib.Path("go-on").exists():
    time.sleep(0.05)
bad.alert(title="this goes nowhere", text="the loss rises", level=wandb.AlertLevel.WARN)
bad.finish()
print(json.dumps({"path": f"{bad.entity}/{bad.project}/{bad.id}"}))
