"""Changes a run with the public API, as a person in a notebook would."""

import json
import sys

import wandb

api = wandb.Api()
run = api.run(sys.argv[1])
run.tags = ["new"]
run.notes = "changed"
run.config["lr"] = 0.5
run.update()
run.summary.update({"score": 3})
fresh = wandb.Api().run(sys.argv[1])
seen = {"tags": fresh.tags, "notes": fresh.notes, "lr": fresh.config["lr"], "score": fresh.summary["score"]}
with open("up.bin", "wb") as file:
    file.write(bytes(range(256)))
run.upload_file("up.bin")
seen["bytes"] = list(run.file("up.bin").download(root="back", replace=True) and open("back/up.bin", "rb").read()) == list(range(256))
run.file("up.bin").delete()
# Asked for by name, even a missing file has a handle; so the list is what tells.
seen["files"] = [file.name for file in wandb.Api().run(sys.argv[1]).files() if file.name == "up.bin"]
run.delete()
try:
    wandb.Api().run(sys.argv[1])
    seen["gone"] = False
except (ValueError, wandb.errors.CommError):
    seen["gone"] = True
print(json.dumps(seen))
