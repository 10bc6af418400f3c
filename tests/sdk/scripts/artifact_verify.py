"""Downloads every version of an artifact and checks it against its manifest."""

import json
import pathlib
import sys

import wandb

path = sys.argv[1]
api = wandb.Api()
seen = {}
for version in api.artifacts("dataset", path):
    folder = version.download(root=f"copy-{version.version}")
    version.verify(folder)
    seen[version.version] = pathlib.Path(folder, "who.txt").read_text()
print(json.dumps({"seen": seen, "latest": api.artifact(f"{path}:latest").version}))
