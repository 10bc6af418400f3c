"""Runs that were logged to a folder first."""

import json

import pytest
from client import VERSIONS
from server import said, values


@pytest.mark.parametrize("version", VERSIONS)
def test_an_offline_run_is_synced_and_syncing_it_twice_doubles_nothing(client_of, server, version):
    client = client_of(version)
    done = client.run("offline")
    folder = done["folder"].removesuffix("/files")
    for _ in range(2):
        client.wandb("sync", "--include-synced", folder)
        run = server.run(f"ada/offline/{done['name']}")
        assert values(run) == list(range(7)) and run["historyLineCount"] == 7
        assert run["state"] == "finished" and run["tags"] == ["off"]
        assert json.loads(run["config"])["a"]["value"] == 1
        assert json.loads(run["summaryMetrics"])["best"] == 6
        assert [edge["node"]["line"] for edge in run["logLines"]["edges"]].count("said offline") == 1
