"""The checks of `wandb verify` that concern runs, files and artifacts; as a command it asks for sweeps too."""

import json
import os

os.environ["WANDB_SILENT"] = "true"
os.environ["WANDB_PROJECT"] = "verify"

import wandb
import wandb.sdk.verify.verify as verify

host = os.environ["WANDB_BASE_URL"]
api = wandb.Api()
found = {
    "signed in": verify.check_logged_in(api, host),
    "a file": verify.check_graphql_put(api, host)[0],
    "a large request": verify.check_large_post(),
    "a run": verify.check_run(api),
    "artifacts": verify.check_artifacts(),
}
print(json.dumps(found))
