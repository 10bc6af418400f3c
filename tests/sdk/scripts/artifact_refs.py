"""Artifacts that refer to entries of others, drafts of the same run and logged ones; links made by a run; models by name."""

import json
import pathlib
import sys

import wandb

project = sys.argv[1]
run = wandb.init(project=project)
inner = wandb.Artifact("inner", type="dataset")
with inner.new_file("deep/a.txt") as file:
    file.write("inner bytes")
table = wandb.Table(columns=["a"], data=[[1], [2]])
inner.add(table, "numbers")
run.log_artifact(inner)

# The first is not known to the server when this is made.
outer = wandb.Artifact("outer", type="dataset")
outer.add(table, "again")
run.log_artifact(outer)
outer.wait()
inner.wait()

logged = run.use_artifact("inner:latest")
third = wandb.Artifact("third", type="dataset")
third.add_reference(logged.get_path("deep/a.txt"), name="referred.txt")
run.log_artifact(third)
third.wait()
run.link_artifact(inner, f"{run.entity}/{project}/chosen", aliases=["good"])
run.finish()

api = wandb.Api()
base = f"{run.entity}/{project}"
found = api.artifact(f"{base}/third:latest")
folder = found.download(root="third")
print(
    json.dumps(
        {
            "referred": pathlib.Path(folder, "referred.txt").read_text(),
            "reference": found.manifest.entries["referred.txt"].ref.split(":")[0],
            "again": [row[0] for row in api.artifact(f"{base}/outer:latest").get("again").data],
            "chosen": api.artifact(f"{base}/chosen:good").version,
        }
    )
)
