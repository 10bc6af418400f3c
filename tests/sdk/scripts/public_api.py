"""Every call of the public API on projects, runs, files and histories, as far as the release has it. Argument: the project,
which has the runs `first`, `second` and `third`."""

import json
import pathlib
import sys

import wandb

entity, project = sys.argv[1].split("/")
base = f"{entity}/{project}"
api = wandb.Api()
seen = {}


def names(**query):
    # Releases up to 0.16 begin with the newest unless told.
    return [run.id for run in api.runs(base, **{"order": "+created_at", **query})]


def refused(call):
    """What the user reads when a call fails."""
    try:
        call()
    except Exception as error:  # whatever the client raises is what its user sees
        return str(error)
    return None


def projects():
    made = f"{project}-made"
    for _ in range(2):
        api.create_project(made, entity)
    listed = [found.name for found in api.projects(entity, per_page=1) if found.name.startswith(project)]
    found = api.project(project, entity)
    seen["projects"] = {"listed": sorted(listed), "found": [found.name, found.entity, "/".join(found.path)], "url": found.url.split("/")[-2:]}
    seen["no_project"] = [refused(lambda: len(api.runs(f"{entity}/{project}-missing"))) is not None, project in str(refused(lambda: api.run(f"{base}-missing/x")))]


def lists():
    seen["orders"] = {
        order: names(order=order)
        for order in (
            "+created_at", "-created_at", "created_at", "+name", "-display_name", "-heartbeat_at", "state", "+config.lr.value", "-config.lr",
            "+summary_metrics.loss", "-summary_metrics.loss", "+summary_metrics.best.at", "-updated_at", "-createdAt",
        )
    }
    seen["filters"] = [
        names(filters=filters)
        for filters in (
            {}, None, {"$and": []}, {"$or": [{"$and": []}]}, {"name": "first"}, {"display_name": "The second"}, {"displayName": {"$regex": "^The"}},
            {"state": "finished"}, {"config.lr": 2}, {"config.lr.value": {"$gte": 2}}, {"config.opt.name": "adam"},
            {"summary_metrics.loss": {"$lt": 0.3}}, {"summary_metrics.best.at": {"$exists": True}}, {"tags": "x"}, {"tags": {"$in": ["y", "z"]}},
            {"$and": [{"tags": "x"}, {"tags": "y"}]}, {"$or": [{"tags": None}, {"tags": {"$ne": "x"}}]}, {"$nor": [{"name": "first"}]},
            {"$not": {"group": "g"}}, {"group": None}, {"job_type": {"$in": ["train", None]}}, {"username": "ada", "entity": entity},
            {"createdAt": {"$gt": "2020-01-01T00:00:00"}}, {"created_at": {"$lt": "2020-01-01 00:00:00"}}, {"duration": {"$gte": 0}},
            {"sweep": "none"}, {"notes": {"$regex": "(?i)WORDS"}}, {"keys_info.keys.loss": {"$ne": None}}, {"summary_metrics.loss": {"$nin": [0.5]}},
        )
    ]
    seen["wrong"] = [refused(lambda: names(filters=filters)) for filters in ({"stat": "x"}, {"name": {"$like": "x"}})]
    runs = api.runs(base, order="+created_at", per_page=2)
    seen["pages"] = [len(runs), [run.id for run in runs], runs[2].id, [run.id for run in api.runs(base, {"tags": "x"}, order="+created_at")[0:1]]]
    if hasattr(runs, "histories"):
        joined = api.runs(base, {"name": {"$in": ["first", "second"]}}).histories(samples=100, keys=["loss"], format="default")
        seen["histories"] = sorted([row["run_id"], row["_step"], row["loss"]] for row in joined)
    if hasattr(runs, "upgrade_to_full"):
        whole = api.runs(base, lazy=False)
        seen["full"] = [run.config.get("lr") for run in whole]
        seen["lazy"] = [run.config.get("lr") for run in runs]


def one():
    run = api.run(f"{base}/first")
    forms = [f"{base}/runs/first", f"{base}:first", f"/{base}/runs/first", f"{project}/first"]
    seen["forms"] = [api.run(form).id for form in forms] + [api.from_path(f"{base}/runs/first").id]
    with_defaults = wandb.Api(overrides={"entity": entity, "project": project})
    seen["forms"].append(with_defaults.run("first" if wandb.__version__ > "0.14" else f"{project}/first").id)
    seen["facts"] = {
        "name": run.name, "state": run.state, "notes": run.notes, "tags": run.tags, "config": run.config, "entity": run.entity,
        "user": [run.user.username, run.username], "path": "/".join(run.path), "url": run.url.split("/")[-4:], "group": run.group,
        "job_type": run.job_type, "commit": run.commit, "lines": run.historyLineCount, "read_only": run.readOnly, "last": run.lastHistoryStep,
        "created": run.created_at[:2], "heartbeat": run.heartbeat_at[:2], "summary": json.loads(json.dumps(dict(run.summary), default=dict)),
        "frame": "<iframe" in run.to_html(), "json": json.loads(run.json_config)["lr"]["value"], "system": run.systemMetrics["system.cpu"],
        "storage": bool(run.storage_id), "loaded": run.load(force=True)["name"], "sweep": run.sweep_name,
    }
    run.wait_until_finished()
    seen["no_run"] = [missing for name in ("missing",) for missing in [refused(lambda: api.run(f"{base}/{name}"))]]


def change():
    made = api.create_run(project=project, entity=entity, run_id="made")
    fresh = wandb.Api().run(f"{base}/made")
    seen["made"] = [made.id, fresh.state, dict(fresh.config), dict(fresh.summary), fresh.tags, list(fresh.scan_history()), fresh.history(pandas=False), fresh.lastHistoryStep]
    fresh.name, fresh.notes, fresh.tags = "renamed", "written", ["a", "b"]
    fresh.config["lr"] = float("nan")
    fresh.config["deep"] = {"x": [1, {"y": 2}]}
    fresh.save()
    # The oldest release stumbles over objects in a summary that it changes.
    best = {"at": [1, 2], "deep": {"x": 1, "y": 2}} if wandb.__version__ > "0.14" else [1, 2]
    fresh.summary.update({"best": best, "gone": 1, "inf": float("inf")})
    del fresh.summary["gone"]
    fresh.summary.update()
    again = wandb.Api().run(f"{base}/made")
    summary = json.loads(json.dumps(dict(again.summary), default=dict))
    seen["changed"] = [again.name, again.notes, again.tags, again.config["lr"] is None or again.config["lr"] != again.config["lr"], again.config["deep"], summary]
    again.tags = []
    again.update()
    seen["no_tags"] = wandb.Api().run(f"{base}/made").tags
    if hasattr(again, "update_state"):
        seen["state"] = [again.update_state("failed"), wandb.Api().run(f"{base}/made").state, refused(lambda: again.update_state("failed")), again.update_state("pending")]
    if hasattr(again, "stop"):
        again.stop()
        seen["stopped"] = wandb.Api().run(f"{base}/made").state
    again.delete()
    again.delete(delete_artifacts=True)
    seen["deleted"] = [refused(lambda: wandb.Api().run(f"{base}/made")) is not None, names(filters={"name": "made"})]


def files():
    run = api.run(f"{base}/second")
    texts = {"plain.txt": "text", "some dir/note é.txt": "deep", "empty": "", "wandb-metadata.json": json.dumps({"os": "Plan 9"})}
    for name, text in texts.items():
        path = pathlib.Path("up", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        run.upload_file(str(path.resolve()), root=str(pathlib.Path("up").resolve()))
    pathlib.Path("up/plain.txt").write_text("replaced")
    uploaded = run.upload_file("up/plain.txt", root="up")
    run = wandb.Api().run(f"{base}/second")
    listed = run.files(per_page=1)
    seen["files"] = {
        "uploaded": uploaded.name, "count": len(listed), "listed": sorted((file.name, file.size) for file in listed),
        "named": [file.name for file in run.files(names=["empty", "missing"]) if file.size or file.name == "empty"],
        "md5": run.file("plain.txt").md5, "mimetype": run.file("plain.txt").mimetype, "url": bool(run.file("plain.txt").url),
        "updated": run.file("plain.txt").updated_at[:2], "bytes": {name: open(run.file(name).download(root="down", replace=True).name).read() for name in texts},
    }
    seen["twice"] = [refused(lambda: run.file("plain.txt").download(root="down")) is not None, run.file("plain.txt").download(root="down", exist_ok=True).read()]
    seen["no_file"] = refused(lambda: run.file("missing.txt").download(root="down")) is not None
    if "pattern" in run.files.__code__.co_varnames:
        seen["pattern"] = [file.name for file in run.files(pattern="%.txt")]
    if hasattr(type(run), "metadata"):
        seen["metadata"] = [run.metadata["os"], api.run(f"{base}/first").metadata]
    run.file("empty").delete()
    seen["fewer"] = sorted(file.name for file in wandb.Api().run(f"{base}/second").files())


def histories():
    run = api.run(f"{base}/first")
    rows = lambda scanned: [{key: value for key, value in row.items() if not key.startswith("_") or key == "_step"} for row in scanned]
    frame = run.history()
    seen["frame"] = [len(frame), "loss" in frame, len(run.history(keys=["loss"])), len(run.history(samples=4))]
    seen["sampled"] = {
        "keys": rows(run.history(keys=["loss", "even"], pandas=False)), "few": len(run.history(samples=3, keys=["loss"], pandas=False)),
        "axis": [row["loss"] for row in run.history(keys=["even"], x_axis="loss", pandas=False)],
        "nested": [row["deep.x"] for row in run.history(keys=["deep.x"], pandas=False)], "none": run.history(keys=["missing"], pandas=False),
        "system": [row["system.cpu"] for row in run.history(stream="system", pandas=False)],
    }
    seen["scanned"] = {
        "all": rows(run.scan_history(page_size=3)), "keys": rows(run.scan_history(keys=["_step", "even"])),
        "part": [row["_step"] for row in run.scan_history(min_step=2, max_step=6, page_size=3)],
        "part_of_keys": [row["loss"] for row in run.scan_history(keys=["loss"], min_step=8, max_step=20, page_size=1)],
    }
    seen["live"] = [row["loss"] for row in api.run(f"{base}/third").scan_history()]
    if hasattr(run, "beta_scan_history"):
        seen["beta"] = rows(run.beta_scan_history(page_size=3)) == seen["scanned"]["all"]
    if hasattr(run, "console_logs"):
        seen["console"] = {
            "all": [[line.number, line.content, line.level] for line in run.console_logs(per_page=2)],
            "last": [line.content for line in run.console_logs(last=2)],
        }


for part in (projects, lists, one, change, files, histories):
    part()
print(json.dumps(seen))
