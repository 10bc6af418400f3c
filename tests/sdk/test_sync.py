"""Runs that were logged to a folder first."""

import json

import pytest
from client import VERSIONS, begun, kill_family
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


@pytest.mark.parametrize("version", VERSIONS)
def test_an_offline_run_that_was_killed_is_synced_up_to_where_it_was(client_of, server, version):
    client = client_of(version)
    process = client.start("offline", "wait")
    done = begun(process)
    kill_family(process.pid)
    process.wait(timeout=30)
    folder = done["folder"].removesuffix("/files")
    counts = set()
    for _ in range(2):
        client.wandb("sync", "--include-synced", folder)
        run = server.run(f"ada/offline/{done['name']}")
        counts.add(run["historyLineCount"])
        assert values(run) == list(range(run["historyLineCount"]))
        assert json.loads(run["config"])["a"]["value"] == 1
    # What was still in the memory of the process is lost with it.
    [count] = counts
    assert count > 1000


def test_a_run_is_synced_under_another_id_in_another_project(client, server):
    done = client.run("offline")
    folder = done["folder"].removesuffix("/files")
    client.wandb("sync", "--id", "another", "--project", "moved", "--job-type", "late", "--replace-tags", "off=on", folder)
    run = server.run("ada/moved/another")
    assert values(run) == list(range(7)) and (run["jobType"], run["tags"]) == ("late", ["on"])
    assert server.run(f"ada/offline/{done['name']}") is None
