"""Refers to objects of clouds and of the web, with and without their checksums, and downloads what they are."""

import json
import pathlib
import sys

import wandb

project, web = sys.argv[1], sys.argv[2]
with wandb.init(project=project) as run:
    artifact = wandb.Artifact("outside", type="dataset")
    artifact.add_reference("s3://bucket/data/one.bin", name="s3.bin")
    artifact.add_reference("gs://bucket/two.bin", name="gs.bin")
    artifact.add_reference(f"{web}/web/page.txt", name="http.txt")
    artifact.add_reference("s3://elsewhere/not/looked/at", name="unchecked", checksum=False)
    with artifact.new_file("own.txt") as file:
        file.write("kept here")
    run.log_artifact(artifact).wait()

found = wandb.Api().artifact(f"{run.entity}/{project}/outside:latest")
entries = found.manifest.entries
seen = {"references": {name: entry.ref for name, entry in entries.items()}, "size": found.size, "files": sorted(file.name for file in found.files())}
seen["bytes"] = {name: pathlib.Path(found.get_entry(name).download(root="copy")).read_text() for name in ("s3.bin", "gs.bin", "http.txt", "own.txt")}
seen["digest"] = entries["s3.bin"].digest
print(json.dumps(seen))
