"""What the client logs comes back exactly."""

import json
import math

import pytest
from client import NEWEST, VERSIONS, Client


@pytest.mark.parametrize("version", VERSIONS)
def test_everything_that_is_logged_comes_back_exactly(client_of, server, tmp_path, version):
    path = client_of(version).run("log_much")["path"]
    reader = tmp_path / "reader"
    reader.mkdir()
    seen = Client(server, reader).run("read_back", path)

    assert seen["state"] == "finished"
    assert seen["config"] == {"lr": 0.1, "opt": {"name": "adam", "betas": [0.9, 0.999]}, "big": 2**60, "added": "later"}
    assert (seen["name"], seen["tags"], seen["notes"]) == ("a run", ["a", "ü"], "some notes")
    assert (seen["group"], seen["job_type"], seen["user"]) == ("g", "train", "ada")

    rows = seen["rows"]
    assert [row["_step"] for row in rows] == list(range(11))
    for step, row in enumerate(rows[:10]):
        assert row["loss"] == 1 / (step + 1)
        assert row["count"] == step and isinstance(row["count"], int)
        assert math.isnan(row["nan"]) and row["up"] == math.inf and row["down"] == -math.inf
        assert row["nested"] == {"deep": {"x": step}} and row["text"] == f"t{step}" and row["a/b.c"] == step * 0.5
    kinds = {key: rows[10][key]["_type"] for key in ("image", "audio", "html", "histogram", "plot")}
    assert kinds == {"image": "image-file", "audio": "audio-file", "html": "html-file", "histogram": "histogram", "plot": "plotly-file"}

    assert seen["last_step"] == 10
    assert seen["sampled"] == [{"_step": step, "loss": 1 / (step + 1), "count": step} for step in range(10)]
    assert [row["count"] for row in seen["by_metric"]] == list(range(9, -1, -1))
    assert seen["range"] == [2, 3, 4]
    # Older releases send their first system metrics only after this short run has ended.
    assert seen["system"] >= 1 or version != NEWEST
    assert seen["summary"]["loss"] == 0.1 and seen["summary"]["best"]["at"] == [1, 2] and math.isnan(seen["summary"]["nan"])

    assert seen["content"] == "kept" and len(seen["image"]) == 1
    for name in ("config.yaml", "wandb-metadata.json", "wandb-summary.json", "requirements.txt", "output.log", "some dir/note é.txt"):
        assert name in seen["files"], name
    assert any(name.startswith("code/") for name in seen["files"])

    name = path.split("/")[-1]
    assert name in seen["by_config"] and name in seen["by_summary"] and seen["by_nothing"] == [] and seen["length"] == 1

    run = server.run(path)
    lines = {edge["node"]["line"]: edge["node"]["level"] for edge in run["logLines"]["edges"]}
    assert "out 1" in lines and lines["broken"] == "error" and "progress 2" in lines
    assert run["alerts"] == [{"title": "look", "text": "at this", "severity": "WARN"}]
    own = json.loads(run["config"])["_wandb"]["value"]
    assert own["cli_version"] == version
    chart = own["visualize"]["curve"]
    assert chart["panel_type"] == "Vega2" and chart["panel_config"]["panelDefId"] == "wandb/line/v0"
    fields = {name: column for name, column in chart["panel_config"]["fieldSettings"].items() if column}
    assert fields == {"x": "x", "y": "y"} and chart["panel_config"]["stringSettings"] == {"title": "A curve"}
    assert rows[10][table_of(chart["panel_config"]["userQuery"])]["_type"] == "table-file"


def table_of(query) -> str | None:
    """The key under which the table of a custom chart was logged: the argument `tableKey` somewhere in its query."""
    if isinstance(query, dict):
        if query.get("name") == "tableKey":
            return query["value"]
        query = list(query.values())
    return next(filter(None, map(table_of, query)), None) if isinstance(query, list) else None


def test_wandb_login_verifies_a_key(client, server):
    assert "ada" in client.wandb("login", "--relogin", "--verify", "--host", server.url, server.key)
