"""The public API reads and changes projects, runs, files and histories, with every release of the client."""

import base64
import hashlib
import json
import math

import pytest
import requests
from client import NEWEST, VERSIONS, Client

SCALARS = [{"_step": step, "loss": 1 - step / 10} for step in range(10)]


def made(server, project: str) -> None:
    """Three runs as their processes would have sent them; the third one goes on."""
    upsert = "mutation($i: UpsertBucketInput!) { upsertBucket(input: $i) { inserted } }"
    runs = {
        "first": {"displayName": "The first", "config": {"lr": 1, "opt": {"name": "adam"}}, "tags": ["x", "y"], "groupName": "g", "jobType": "train", "notes": "some words", "commit": "c0ffee"},
        "second": {"displayName": "The second", "config": {"lr": 2}, "tags": ["x"]},
        "third": {"displayName": "A third", "config": {"lr": 3}},
    }
    losses = {"first": {"loss": 0.5, "best": {"at": 1}}, "second": {"loss": math.nan}, "third": {"loss": 0.25}}
    for name, values in runs.items():
        config = {key: {"value": value} for key, value in values["config"].items()}
        place = {"entityName": "ada", "modelName": project, "name": name, "config": json.dumps(config)}
        assert server.data_of(upsert, i={**values, **place})["upsertBucket"]["inserted"]
        content = lambda rows: {"offset": 0, "content": [json.dumps(row) for row in rows]}
        rows = [{**row, "_timestamp": 1.7e9 + row["_step"], "_runtime": row["_step"], "deep": {"x": row["_step"]}, **({"even": row["_step"]} if row["_step"] % 2 == 0 else {})} for row in SCALARS]
        files = {
            "wandb-history.jsonl": content(rows if name == "first" else rows[:2]),
            "wandb-events.jsonl": content([{"_timestamp": 1.7e9, "_runtime": 1, "_wandb": True, "system.cpu": cpu} for cpu in (10, 20.5)]),
            "wandb-summary.json": content([losses[name]]),
            "output.log": {"offset": 0, "content": ["2026-01-31T10:15:30.123456 one", "ERROR 2026-01-31T10:15:31.123456 two", "2026-01-31T10:15:32.123456 three"]},
        }
        end = {} if name == "third" else {"complete": True, "exitcode": 0}
        assert server.stream(f"ada/{project}/{name}", {"files": files, **end}).status_code == 200


@pytest.mark.parametrize("version", VERSIONS)
def test_everything_the_public_api_offers_of_runs_works(server, tmp_path, version):
    project = f"api-{version.replace('.', '-')}"
    made(server, project)
    seen = Client(server, tmp_path, version).run("public_api", f"ada/{project}")

    assert seen["projects"] == {"listed": [project, f"{project}-made"], "found": [project, "ada", f"ada/{project}"], "url": [project, "workspace"]}
    assert seen["no_project"] == [True, True]

    first, second, third = "first", "second", "third"
    by_age = [first, second, third]
    assert seen["orders"] == {
        "+created_at": by_age, "created_at": by_age, "-created_at": by_age[::-1], "-createdAt": by_age[::-1], "+name": by_age, "-display_name": [second, first, third],
        "-heartbeat_at": seen["orders"]["-heartbeat_at"], "-updated_at": seen["orders"]["-updated_at"], "state": by_age,
        "+config.lr.value": by_age, "-config.lr": by_age[::-1], "+summary_metrics.loss": [third, first, second], "-summary_metrics.loss": [first, third, second],
        "+summary_metrics.best.at": by_age,
    }
    for order in ("-heartbeat_at", "-updated_at"):
        assert sorted(seen["orders"][order]) == by_age
    assert seen["filters"] == [
        by_age, by_age, by_age, by_age, [first], [second], [first, second], [first, second], [second], [second, third], [first], [third], [first],
        [first, second], [first], [first], [third], [second, third], [second, third], [second, third], by_age, by_age, by_age, [], by_age, [], [first], by_age, [second, third],
    ]
    # Older releases show the status alone.
    words = ("'state'", "$like") if version == NEWEST else ("400", "400")
    assert all(word in told for word, told in zip(words, seen["wrong"], strict=True)), seen["wrong"]
    assert seen["pages"] == [3, by_age, third, [first]]
    if "histories" in seen:
        assert seen["histories"] == sorted([first, row["_step"], row["loss"]] for row in SCALARS) + [[second, row["_step"], row["loss"]] for row in SCALARS[:2]]
    assert seen.get("full", [1, 2, 3]) == seen.get("lazy", [1, 2, 3]) == [1, 2, 3]

    assert set(seen["forms"]) == {first}
    assert seen["facts"] == {
        "name": "The first", "state": "finished", "notes": "some words", "tags": ["x", "y"], "config": {"lr": 1, "opt": {"name": "adam"}}, "entity": "ada", "user": ["ada", "ada"],
        "path": f"ada/{project}/first", "url": ["ada", project, "runs", "first"], "group": "g", "job_type": "train", "commit": "c0ffee", "lines": 10, "read_only": False, "last": 9,
        "created": "20", "heartbeat": "20", "summary": {"loss": 0.5, "best": {"at": 1}}, "frame": True, "json": 1, "system": 20.5, "storage": True, "loaded": "first", "sweep": None,
    }
    assert "missing" in seen["no_run"][0]

    assert seen["made"] == ["made", "running", {}, {}, [], [], [], -1]
    assert seen["changed"][:5] == ["renamed", "written", ["a", "b"], True, {"x": [1, {"y": 2}]}]
    best = {"at": [1, 2], "deep": {"x": 1, "y": 2}} if version != VERSIONS[-1] else [1, 2]
    assert seen["changed"][5] == {"best": best, "inf": math.inf}
    assert seen["no_tags"] == [] and seen["deleted"] == [True, []]
    if "state" in seen:
        assert seen["state"][:2] == [True, "failed"] and "invalid state transition" in seen["state"][2] and seen["state"][3]
        assert seen["stopped"] == "killed"

    assert seen["files"] == {
        "uploaded": "plain.txt", "count": 4, "listed": [["empty", 0], ["plain.txt", 8], ["some dir/note é.txt", 4], ["wandb-metadata.json", 16]], "named": ["empty"],
        "md5": base64.b64encode(hashlib.md5(b"replaced").digest()).decode(), "mimetype": "text/plain", "url": True, "updated": "20",
        "bytes": {"plain.txt": "replaced", "some dir/note é.txt": "deep", "empty": "", "wandb-metadata.json": '{"os": "Plan 9"}'},
    }
    assert seen["twice"] == [True, "replaced"] and seen["no_file"]
    assert seen.get("pattern", ["plain.txt", "some dir/note é.txt"]) == ["plain.txt", "some dir/note é.txt"]
    assert seen.get("metadata", ["Plan 9", None]) == ["Plan 9", None]
    assert seen["fewer"] == ["plain.txt", "some dir/note é.txt", "wandb-metadata.json"]

    even = [{**row, "even": row["_step"]} for row in SCALARS[::2]]
    assert seen["frame"] == [10, True, 10, 4]
    assert seen["sampled"] == {
        "keys": even, "few": 3, "axis": [row["loss"] for row in reversed(even)], "nested": list(range(10)), "none": [], "system": [10, 20.5],
    }
    assert seen["scanned"] == {
        "all": [{**row, "deep": {"x": row["_step"]}, **({"even": row["_step"]} if row["_step"] % 2 == 0 else {})} for row in SCALARS],
        "keys": [{"_step": row["_step"], "even": row["_step"]} for row in even], "part": [2, 3, 4, 5], "part_of_keys": [row["loss"] for row in SCALARS[8:]],
    }
    assert seen["live"] == [row["loss"] for row in SCALARS[:2]]
    assert seen.get("beta", True)
    if version == NEWEST:
        assert seen["console"] == {"all": [[0, "one", ""], [1, "two", "error"], [2, "three", ""]], "last": ["two", "three"]}


# Those in between ask as the oldest does.
@pytest.mark.parametrize("version", [NEWEST, VERSIONS[-1]])
def test_files_and_configuration_of_a_run_are_pulled_and_restored(client_of, server, version):
    project = f"pulled-{version.replace('.', '-')}"
    made(server, project)
    prepare = "mutation($i: RunFilesInput!) { createRunFiles(input: $i) { files { uploadUrl } } }"
    place = {"entityName": "ada", "projectName": project, "runName": "first"}
    [file] = server.data_of(prepare, i={**place, "files": ["some dir/note é.txt"]})["createRunFiles"]["files"]
    assert requests.put(file["uploadUrl"], data="kept", timeout=10).ok
    client = client_of(version)
    client.wandb("pull", "-p", project, "-e", "ada", "first")
    assert (client.folder / "some dir" / "note é.txt").read_text() == "kept"
    assert "up to date" in client.wandb("pull", "-p", project, "-e", "ada", "first")
    client.wandb("restore", "--no-git", f"ada/{project}/first")
    assert "lr:" in (client.folder / "wandb" / "config.yaml").read_text()
