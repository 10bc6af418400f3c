"""Logs a file that the client sends in parts (from 2 GiB on), and downloads it in ranges."""

import hashlib
import json
import os
import pathlib
import sys

import wandb

PART = 100 << 20
project = sys.argv[1]
large = pathlib.Path("large.bin")
with open(large, "wb") as file:
    # Mostly holes, so that it is quickly made; no part is like another.
    for number in range(21):
        file.seek(number * PART + number)
        file.write(os.urandom(1 << 16))
    file.truncate((2 << 30) + 12345)


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


with wandb.init(project=project) as run:
    artifact = wandb.Artifact("large", type="dataset")
    # Without the copy that the client keeps in its cache.
    artifact.add_file(str(large), skip_cache=True, policy="immutable")
    run.log_artifact(artifact).wait(timeout=300)

found = wandb.Api().artifact(f"{run.entity}/{project}/large:latest")
folder = found.download(root="copy", multipart=True, skip_cache=True)
copy = pathlib.Path(folder, "large.bin")
print(json.dumps({"equal": digest(copy) == digest(large), "files": found.file_count, "parts": large.stat().st_size > 2 << 30}))
copy.unlink()
large.unlink()
