"""What releases know that have no registries of their own: paths into one, to link to, to download and to use."""

import json
import pathlib
import sys

import wandb

organization, project, collection = sys.argv[1:]
path = f"{organization}/wandb-registry-weights/{collection}"
seen = {}

run = wandb.init(project=project)
for number in range(2):
    artifact = wandb.Artifact("net", type="model", metadata={"round": number})
    with artifact.new_file("weights.txt") as file:
        file.write("w" * (number + 1))
    run.log_artifact(artifact, aliases=["latest"]).wait()
    run.link_artifact(artifact, path, aliases=[f"good-{number}"])
entity = run.entity
run.finish()

api = wandb.Api()
first = api.artifact(f"{path}:good-0")
# What they call a version differs; what it is does not.
seen["first"] = [first.type, first.metadata]
seen["newest"] = api.artifact(f"{path}:latest").metadata
seen["bytes"] = pathlib.Path(first.download(root="copy"), "weights.txt").read_text()
versions = api.artifact_versions("model", path) if hasattr(api, "artifact_versions") else api.artifacts("model", path)
seen["versions"] = [found.metadata for found in versions]

user = wandb.init(project=project)
used = user.use_artifact(f"{path}:v1")
seen["used"] = pathlib.Path(used.download(root="used"), "weights.txt").read_text()
user.finish()
seen["inputs"] = [found.metadata for found in api.run(f"{entity}/{project}/{user.id}").used_artifacts()]

first.aliases.append("chosen")
first.save()
seen["alias"] = api.artifact(f"{path}:chosen").metadata
seen["alias_of_source"] = [found.metadata for found in [api.artifact(f"{entity}/{project}/net:v0")] if "chosen" in found.aliases]
if hasattr(first, "unlink"):
    api.artifact(f"{path}:chosen").unlink()
    try:
        api.artifact(f"{path}:good-0")
        seen["unlinked"] = False
    except (ValueError, wandb.CommError):
        seen["unlinked"] = True
print(json.dumps(seen))
