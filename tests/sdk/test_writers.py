"""Two processes that write one run."""

import json

import pytest
from client import NEWEST, SHARING, VERSIONS, Client, finish
from server import eventually, said, values


def both(server, folder, version: str, *arguments: list[str]) -> str:
    """Runs a script twice at the same time; returns the path that both said."""
    processes = []
    for number, words in enumerate(arguments):
        own = folder / f"writer-{number}"
        own.mkdir()
        processes.append(Client(server, own, version).start(*words))
    [path] = {finish(process)["path"] for process in processes}
    return path


@pytest.mark.parametrize("version", SHARING)
def test_processes_that_share_a_run_overwrite_nothing_of_each_other(server, tmp_path, version):
    name = f"shared-{version.replace('.', '-')}"
    path = both(server, tmp_path, version, ["shared", name, "one", "primary"], ["shared", name, "two", "helper"])
    run = eventually(lambda: (run := server.run(path)) and run["state"] == "finished" and run, "the run to finish")
    assert sorted(values(run, "one")) == list(range(5)) and sorted(values(run, "two")) == list(range(5))
    assert run["historyLineCount"] == 10
    if version != NEWEST:  # of which only the primary process sends a summary
        summary = json.loads(run["summaryMetrics"])
        assert (summary["one"], summary["two"]) == (4, 4)
    lines = said(run)
    assert lines.count("from one") == 1 and lines.count("from two") == 1


@pytest.mark.parametrize("version", VERSIONS)
def test_processes_that_do_not_know_of_each_other_leave_a_run_that_can_be_read(server, tmp_path, version):
    """They give the same numbers to their lines, so each line is the one's or the other's, whole."""
    name = f"same-{version.replace('.', '-')}"
    path = both(server, tmp_path, version, ["same", name, "one"], ["same", name, "two"])
    run = eventually(lambda: (run := server.run(path)) and run["state"] == "finished" and run, "the run to finish")
    rows = [json.loads(line) for line in run["history"]]
    assert len(rows) == run["historyLineCount"] >= 20
    assert {row["by"] for row in rows} <= {"one", "two"} and {row["value"] for row in rows} == set(range(20))
