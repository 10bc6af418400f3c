"""Logs two runs with all that the client knows to log, or reads a project as its public API gives it."""

import hashlib
import json
import pathlib
import struct
import sys
import zlib

import wandb

verb, entity, project, *rest = sys.argv[1:]

# How a version refers to a file of another; what follows is what each server calls that.
INNER = "wandb-artifact://"


def digest(path) -> str:
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def picture() -> str:
    """The smallest of pictures, without a library."""
    part = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header, rows = struct.pack(">IIBBBBB", 2, 2, 8, 0, 0, 0, 0), b"\0\0\xff\0\xff\0"
    pathlib.Path("dots.png").write_bytes(b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b""))
    return "dots.png"


def log() -> dict:
    run = wandb.init(entity=entity or None, project=project, id="first", name="the first", tags=["kept"], notes="of use", config={"lr": 0.5, "deep": {"a": [1, 2]}})
    for step in [0, 1, 5, 6, 20]:
        run.log({"loss": 1 / (step + 1), "odd": [float("nan"), float("inf"), float("-inf")][step % 3], "n": step, "word": f"w{step}"}, step=step)
    run.log({"nested": {"a": 1, "b": [1, 2, None]}, "picture": wandb.Image(picture()), "table": wandb.Table(columns=["x", "y"], data=[[1, "a"], [2, "b"]])})
    print("said on the console")
    pathlib.Path("notes.txt").write_text("saved by hand")
    run.save("notes.txt")
    run.alert("an alert", "its text")
    for round in range(2):
        artifact = wandb.Artifact("data", "dataset", metadata={"round": round}, description="rows")
        pathlib.Path("rows.csv").write_text(f"1,{round}\n" * 5000)
        pathlib.Path("same.csv").write_text("the same in both")
        artifact.add_file("rows.csv")
        artifact.add_file("same.csv", "deep/same.csv")
        artifact.add_reference("https://example.org/x", name="elsewhere", checksum=False)
        run.log_artifact(artifact, aliases=["latest", f"round-{round}"]).wait()
    run.finish()
    run = wandb.init(entity=entity or None, project=project, id="second")
    used = run.use_artifact("data:round-0")
    run.log({"rows": len(pathlib.Path(used.get_entry("rows.csv").download("used")).read_text())})
    # By the number that the server knows the other version by.
    refers = wandb.Artifact("refers", "dataset")
    refers.add_reference(used.get_entry("rows.csv"), name="theirs.csv")
    run.log_artifact(refers).wait()
    run.finish()
    return {"entity": run.entity}


def told(value):
    """As it can be compared: NaN is NaN, and links and places of this server are none of it."""
    return json.loads(json.dumps(value, default=str, sort_keys=True).replace("NaN", '"NaN"').replace("-Infinity", '"-inf"').replace("Infinity", '"inf"'))


def read() -> dict:
    api = wandb.Api()
    runs = {}
    for run in api.runs(f"{entity}/{project}", order="+created_at"):
        folder = pathlib.Path("downloads", entity, run.id)
        runs[run.id] = {
            "name": run.name, "state": run.state, "tags": run.tags, "notes": run.notes, "config": run.config, "created": run.created_at, "user": run.user.username,
            "summary": {key: value for key, value in run.summary._json_dict.items()},
            "scan": list(run.scan_history()),
            "history": [row for row in run.history(samples=1000, pandas=False)],
            "events": len(run.history(stream="events", pandas=False)),
            "files": {file.name: digest(file.download(str(folder), replace=True).name) for file in run.files()},
            "used": sorted(artifact.digest for artifact in run.used_artifacts()),
            "logged": sorted(artifact.digest for artifact in run.logged_artifacts()),
            "console": [line.content if hasattr(line, "content") else str(line) for line in run.console_logs()] if hasattr(run, "console_logs") else [],
        }
    versions = {}
    for collection in api.artifact_type("dataset", f"{entity}/{project}").collections():
        for artifact in collection.artifacts():
            folder = pathlib.Path("artifacts", entity, collection.name, artifact.version)
            for path, entry in artifact.manifest.entries.items():
                if entry.ref is None or entry.ref.startswith(INNER):
                    artifact.get_entry(path).download(str(folder), skip_cache=True)
            versions[f"{collection.name}:{artifact.version}"] = {
                "digest": artifact.digest, "aliases": sorted(artifact.aliases), "metadata": artifact.metadata, "description": artifact.description,
                "size": artifact.size, "manifest": sorted((path, entry.digest, INNER if (entry.ref or "").startswith(INNER) else entry.ref) for path, entry in artifact.manifest.entries.items()),
                "files": {str(path.relative_to(folder)): digest(path) for path in sorted(folder.rglob("*")) if path.is_file()},
                "made by": artifact.logged_by().id, "used by": sorted(run.id for run in artifact.used_by()),
            }
    return told({"runs": runs, "versions": versions})


print(json.dumps({"log": log, "read": read}[verb]()))
