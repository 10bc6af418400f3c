"""Logs versions of one artifact, one after another, or with LATER without waiting for any before the end."""

import json
import os
import sys

import wandb

project, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
run = wandb.init(project=project)
print(json.dumps({"path": f"{run.entity}/{run.project}/{run.id}"}), flush=True)
versions = []
for number in range(count):
    artifact = wandb.Artifact(name, type="dataset")
    with artifact.new_file("who.txt") as file:
        file.write(f"{run.id} {number}")
    with artifact.new_file("random.bin", mode="wb") as file:
        file.write(os.urandom(400_000))
    run.log_artifact(artifact)
    if "LATER" not in os.environ:
        versions.append(artifact.wait().version)
run.finish()
print(json.dumps({"versions": versions, "id": run.id}))
