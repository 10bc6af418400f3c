"""Logs a run that lasts until the file given as the first argument appears."""

import math
import os
import sys
import time

import wandb

with wandb.init(
    project="web-walk",
    name="walked-run",
    tags=["baseline"],
    notes="Watched by a browser.",
    config={"lr": 0.01, "model": {"width": 512, "activation": "gelu"}},
) as run:
    print("training begins")
    print("a warning of the trainer", file=sys.stderr)
    step = 0
    while not os.path.exists(sys.argv[1]):
        loss = 3 * math.exp(-step / 60) + 0.1 * math.sin(step / 3) + 0.3
        run.log({"train/loss": loss, "train/lr": 0.01 * 0.99**step, "val/accuracy": 1 - loss / 4, "epoch": step // 10})
        print(f"step {step} loss {loss:.3f}")
        step += 1
        time.sleep(0.1)
    run.summary["best"] = {"accuracy": 0.9}
