"""What the public API reads and changes of artifacts."""

import json
import pathlib
import sys

import wandb

project = sys.argv[1]
seen = {}


def log(run, name, text, **options):
    artifact = wandb.Artifact(name, type="dataset", **options)
    with artifact.new_file("a.txt") as file:
        file.write(text)
    with artifact.new_file("deep/b.txt") as file:
        file.write("same")
    run.log_artifact(artifact)
    return artifact.wait()


maker = wandb.init(project=project)
first = log(maker, "data", "one", metadata={"rows": 1})
log(maker, "data", "two")
log(maker, "other", "three")
maker.finish()
user = wandb.init(project=project)
user.use_artifact("data:v0")
user.finish()

api = wandb.Api()
base = f"{maker.entity}/{project}"
data = api.artifact(f"{base}/data:v0")


def exists(name):
    try:
        return api.artifact_exists(f"{base}/{name}") if hasattr(api, "artifact_exists") else bool(api.artifact(f"{base}/{name}"))
    except (ValueError, wandb.CommError):
        return False


seen["types"] = [found.name for found in api.artifact_types(base)]
kind = api.artifact_type("dataset", base)
seen["collections"] = sorted(found.name for found in kind.collections())
listed = api.artifacts if hasattr(api, "artifacts") else api.artifact_versions
seen["versions"] = [found.version for found in listed("dataset", f"{base}/data")]
seen["exists"] = [exists(name) for name in ("data:v0", "data:v9", "nothing:v0")]
if hasattr(api, "artifact_collection_exists"):
    seen["collection_exists"] = [api.artifact_collection_exists(f"{base}/{name}", "dataset") for name in ("data", "nothing")]
seen["files"] = sorted((file.name, file.size) for file in data.files())
seen["storage_path"] = data.files()[0].storage_path.startswith("wandb_artifacts/")
seen["used_by"] = [run.id == user.id for run in data.used_by()]
seen["logged_by"] = data.logged_by().id == maker.id
seen["logged"] = sorted(found.name for found in api.run(f"{base}/{maker.id}").logged_artifacts() if found.type == "dataset")
seen["used"] = [found.name for found in api.run(f"{base}/{user.id}").used_artifacts()]

folder = data.download(root="copy")
data.verify(folder)
(pathlib.Path(folder) / "extra.txt").write_text("not of the artifact")
data.checkout(folder)
seen["checkout"] = sorted(str(path.relative_to(folder)) for path in pathlib.Path(folder).rglob("*") if path.is_file())

data.description = "changed"
data.metadata["rows"] = 2
data.aliases.append("best")
data.save()
again = api.artifact(f"{base}/data:best")
seen["changed"] = [again.version, again.description, again.metadata]
if hasattr(data, "tags"):
    again.tags = ["a tag", "b"]
    again.save()
    seen["tags"] = sorted(api.artifact(f"{base}/data:best").tags)
    again.tags = ["b"]
    again.save()
    seen["fewer_tags"] = sorted(api.artifact(f"{base}/data:best").tags)
if hasattr(data, "ttl"):
    import datetime

    again.ttl = datetime.timedelta(days=7)
    again.save()
    seen["ttl"] = api.artifact(f"{base}/data:best").ttl.days
again.aliases.remove("best")
again.save()
seen["alias_gone"] = exists("data:best")

again.link(f"{base}/chosen", aliases=["good"])
newer = api.artifact(f"{base}/data:v1")
newer.link(f"{base}/chosen")
newer.link(f"{base}/chosen")
linked = api.artifact(f"{base}/chosen:good")
seen["linked"] = [linked.version, api.artifact(f"{base}/chosen:latest").version, linked.source_version]
seen["linked_bytes"] = pathlib.Path(linked.download(root="linked"), "a.txt").read_text()
if hasattr(linked, "unlink"):
    linked.unlink()
    seen["unlinked"] = [exists("chosen:good"), exists("data:v0")]

drafting = wandb.init(project=project)
if hasattr(newer, "new_draft"):
    draft = newer.new_draft()
    draft.remove("deep/b.txt")
    with draft.new_file("c.txt") as file:
        file.write("added")
    drafting.log_artifact(draft)
    draft.wait()
    seen["draft"] = [draft.version, sorted(api.artifact(f"{base}/data:latest").manifest.entries)]
else:
    log(drafting, "data", "four")
drafting.finish()

try:
    api.artifact(f"{base}/data:latest").delete()
    seen["delete_refused"] = False
except Exception:
    seen["delete_refused"] = True
api.artifact(f"{base}/data:latest").delete(delete_aliases=True)
seen["deleted"] = [exists("data:v2"), api.artifact(f"{base}/data:latest").version]

collection = hasattr(api, "artifact_collection") and api.artifact_collection("dataset", f"{base}/other")
if hasattr(collection, "save"):
    collection.name = "renamed"
    collection.description = "words"
    collection.tags = ["one", "two"]
    collection.save()
    renamed = api.artifact_collection("dataset", f"{base}/renamed")
    seen["collection"] = [renamed.name, renamed.description, sorted(renamed.tags)]
    renamed.type = "moved"
    renamed.save()
    seen["moved"] = [api.artifact_collection("moved", f"{base}/renamed").name, api.artifact(f"{base}/renamed:v0").type]
    api.artifact_collection("moved", f"{base}/renamed").delete()
    seen["collection_deleted"] = exists("renamed:v0")
print(json.dumps(seen))
