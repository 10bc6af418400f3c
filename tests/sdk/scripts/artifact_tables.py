"""Logs tables of several kinds and reads them back."""

import json
import sys

import numpy
import wandb

project = sys.argv[1]
picture = wandb.Image(numpy.zeros((4, 4, 3), dtype="uint8"))
run = wandb.init(project=project)
table = wandb.Table(columns=["a", "b", "picture"], data=[[1, "ü", picture], [2, None, picture]])
run.log({"table": table, "loss": 1.0})
curve = wandb.Table(columns=["x", "y"], data=[[1, 2]])
run.log({"curve": wandb.plot.line(curve, "x", "y"), "loss": 0.5})

artifact = wandb.Artifact("with-table", type="result")
artifact.add(wandb.Table(columns=["a"], data=[[number] for number in range(100)]), "numbers")
run.log_artifact(artifact)
artifact.wait()

steps = []
if hasattr(wandb.Table(columns=["a"], data=[]), "log_mode"):
    growing = wandb.Table(columns=["step"], log_mode="INCREMENTAL")
    for step in range(3):
        growing.add_data(step)
        run.log({"growing": growing})
run.finish()

path = f"{run.entity}/{run.project}/{run.id}"
reader = wandb.init(project=project)
numbers = reader.use_artifact("with-table:latest").get("numbers")
logged = reader.use_artifact(f"run-{run.id}-table:latest").get("table")
reader.finish()

api = wandb.Api()
made = {}
for found in api.run(path).logged_artifacts():
    made.setdefault(found.type, []).append(found.name)
if hasattr(table, "log_mode"):
    growing = [name for names in made.values() for name in names if "growing" in name]
    last = api.artifact(f"{run.entity}/{project}/{sorted(growing)[-1]}")
    folder = last.download(root="growing")
    steps = sorted(last.manifest.entries)
print(
    json.dumps(
        {
            "path": path,
            "numbers": [row[0] for row in numbers.data],
            "logged": [row[:2] for row in logged.data],
            "pictures": [type(row[2]).__name__ for row in logged.data],
            "types": sorted(made),
            "steps": steps,
        }
    )
)
