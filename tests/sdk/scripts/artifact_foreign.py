"""Somebody looks for the version of a team they have no seat in: by its name, and by its id as references have it."""

import json
import sys

import wandb

path, hex_id = sys.argv[1:]
api = wandb.Api()


def refused(action):
    try:
        action()
    except Exception as error:
        print(type(error).__name__, error, file=sys.stderr)
        return True
    return False


def refer():
    artifact = wandb.Artifact("refers", type="dataset")
    artifact.add_reference(f"wandb-artifact://{hex_id}/who.txt")
    run.log_artifact(artifact).wait()
    artifact.download()


seen = {"by_name": refused(lambda: api.artifact(path))}
run = wandb.init(project="own")
seen["used"] = refused(lambda: run.use_artifact(path))
seen["by_id"] = refused(refer)
run.finish()
print(json.dumps(seen))
