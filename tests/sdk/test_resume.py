"""Runs that go on in another process, fork and are cut back."""

import json

import pytest
from client import FORKING, REWINDING, VERSIONS, refused
from server import said, values


def named(text: str, version: str) -> str:
    return f"{text}-{version.replace('.', '-')}"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_resumed_run_goes_on_where_it_was(client_of, server, version):
    client = client_of(version)
    name = named("resumed", version)
    path = client.run("resume", name, "allow", "4")["path"]
    again = client.run("resume", name, "must", "3")
    assert again["start"] == 4
    run = server.run(path)
    assert values(run) == [0, 1, 2, 3, 4, 5, 6]
    assert [json.loads(line)["_step"] for line in run["history"]] == list(range(7))
    assert run["state"] == "finished" and json.loads(run["summaryMetrics"])["value"] == 6
    # What the first process gave and the second did not stays.
    config = {key: value["value"] for key, value in json.loads(run["config"]).items() if key != "_wandb"}
    assert config == {"start": 4, "began 0": True, "began 4": True}
    assert run["tags"] == ["kept"] and run["notes"] == "kept too"
    # The oldest release counts its console lines anew in each process.
    assert [line for line in said(run) if line.startswith("said")] == ["said at 0", "said at 4"][version == "0.13.11" :]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_run_that_has_logged_nothing_is_resumed(client_of, server, version):
    client = client_of(version)
    name = named("empty", version)
    assert client.run("resume", name, "allow", "0")["start"] == 0
    again = client.run("resume", name, "must", "2")
    assert again["start"] == 0 and values(server.run(again["path"])) == [0, 1]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_run_must_or_must_not_be_there_as_its_user_says(client_of, server, version):
    client = client_of(version)
    missing, there = named("not-there", version), named("is-there", version)
    assert missing in refused(client.start("resume", missing, "must", "1"))
    assert server.run(f"ada/resumed/{missing}") is None
    path = client.run("resume", there, "never", "1")["path"]
    assert there in refused(client.start("resume", there, "never", "1"))
    assert values(server.run(path)) == [0]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_new_process_continues_the_run_that_its_folder_remembers(client_of, server, version):
    client = client_of(version)
    refused(client.start("auto", "broken on purpose"))
    [failed] = server.runs("ada/auto", version)
    assert failed["state"] == "failed" and values(failed) == [0, 1, 2]
    again = client.run("auto")
    assert (again["path"].split("/")[-1], again["start"], again["resumed"]) == (failed["name"], 3, True)
    run = server.run(again["path"])
    assert run["state"] == "finished" and values(run) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("version", FORKING)
def test_a_fork_inherits_what_was_before_it(client_of, server, version):
    rewinds = version in REWINDING
    paths = client_of(version).run("branch", *(["rewind"] if rewinds else []))
    fork = server.run(paths["fork"])
    assert values(fork) == [0, 1, 2, 3, 4, 100] and fork["historyLineCount"] == 6
    point = json.loads(fork["config"])["_wandb"]["value"]["branch_point"]
    assert point == {"run_id": paths["source"].split("/")[-1], "step": 4}
    assert json.loads(fork["summaryMetrics"])["value"] == 100
    if not rewinds:
        assert values(server.run(paths["source"])) == list(range(10))


@pytest.mark.parametrize("version", REWINDING)
def test_a_rewind_keeps_what_it_cuts(client_of, server, version):
    paths = client_of(version).run("branch", "rewind")
    source = server.run(paths["source"])
    assert values(source) == [0, 1, 2, 3, 4, 5, 6, 200] and source["historyLineCount"] == 8
    assert json.loads(source["summaryMetrics"])["value"] == 200
    cut = server.run(f"{paths['source']}-before-rewind-1")
    assert values(cut) == list(range(10)) and "said before the branch" in said(cut)
