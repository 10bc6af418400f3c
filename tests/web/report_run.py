"""Logs a run with a point whenever the file given as the first argument changes its size, until it is gone."""

import os
import sys
import time

import wandb

with wandb.init(entity="red", project="digits", id="live-1", name="live-1", config={"lr": 0.1, "opt": "adam"}) as run:
    points = 0
    while os.path.exists(sys.argv[1]):
        wanted = os.path.getsize(sys.argv[1])
        while points < wanted:
            run.log({"loss": 1 / (points + 1), "acc": 1 - 1 / (points + 1)})
            points += 1
        time.sleep(0.05)
