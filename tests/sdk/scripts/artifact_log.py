"""Logs a directory as an artifact, uses it in a second run, and downloads it."""

import hashlib
import json
import os
import pathlib
import sys

import wandb

project, name = sys.argv[1], sys.argv[2]


def tree(folder):
    root = pathlib.Path(folder)
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(root.rglob("*")) if path.is_file()}


source = pathlib.Path("source")
(source / "deep" / "er").mkdir(parents=True)
(source / "a.txt").write_text("first")
(source / "empty").write_bytes(b"")
(source / "deep" / "er" / "some file é.bin").write_bytes(os.urandom(3_000_000))
for number in range(30):
    (source / "deep" / f"{number}.txt").write_text(f"line {number}\n" * number)

pathlib.Path("outside.bin").write_bytes(b"elsewhere")

maker = wandb.init(project=project, job_type="make")
artifact = wandb.Artifact(name, type="dataset", description="words", metadata={"rows": 3})
artifact.add_dir(str(source))
artifact.add_reference("file://" + str(pathlib.Path("outside.bin").resolve()), name="ref.bin")
maker.log_artifact(artifact, aliases=["latest", "first"])
artifact.wait()
maker.finish()

(source / "a.txt").write_text("second")
again = wandb.init(project=project, job_type="make")
second = wandb.Artifact(name, type="dataset")
second.add_dir(str(source))
again.log_artifact(second)
second.wait()
same = wandb.Artifact(name, type="dataset")
same.add_dir(str(source))
again.log_artifact(same)
same.wait()
again.finish()

user = wandb.init(project=project, job_type="use")
used = user.use_artifact(f"{name}:first")
used.download(root="copy")
newest = user.use_artifact(f"{name}:latest")
newest.download(root="newest")
path = f"{user.entity}/{user.project}/{user.id}"
one = used.get_path("a.txt").download(root="alone")
user.finish()

outside = pathlib.Path("copy/ref.bin")
referred = outside.read_text()
outside.unlink()
(source / "a.txt").write_text("first")
print(
    json.dumps(
        {
            "path": path,
            "maker": f"{maker.entity}/{maker.project}/{maker.id}",
            "versions": [artifact.version, second.version, same.version],
            "aliases": sorted(used.aliases),
            "described": [used.description, used.metadata, used.type, used.state],
            "equal": tree("copy") == tree(source),
            "newest": pathlib.Path("newest/a.txt").read_text(),
            "alone": pathlib.Path(one).read_text(),
            "reference": used.manifest.entries["ref.bin"].ref.rpartition("/")[2],
            "referred": referred,
            "size": used.size,
        }
    )
)
