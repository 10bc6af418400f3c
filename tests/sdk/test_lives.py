"""Runs that go on, branch, share, stop, fail and crash."""

import json
import os
import signal
import subprocess
import time

import pytest
from client import VERSIONS, Client, finish
from server import Server, eventually


def values(run: dict, key: str = "value") -> list:
    return [row[key] for row in map(json.loads, run["history"]) if key in row]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_resumed_run_goes_on_where_it_was(client_of, server, version):
    client = client_of(version)
    name = f"resumed-{version.replace('.', '-')}"
    path = client.run("resume", name, "allow", "4")["path"]
    again = client.run("resume", name, "must", "3")
    assert again["start"] == 4
    run = server.run(path)
    assert values(run) == [0, 1, 2, 3, 4, 5, 6]
    assert [json.loads(line)["_step"] for line in run["history"]] == list(range(7))
    assert run["state"] == "finished"


def test_a_run_must_or_must_not_be_there_as_its_user_says(client):
    missing = client.start("resume", "not-there", "must", "1")
    assert "not-there" in missing.communicate(timeout=60)[1] and missing.returncode != 0
    client.run("resume", "is-there", "never", "1")
    there = client.start("resume", "is-there", "never", "1")
    assert "is-there" in there.communicate(timeout=60)[1] and there.returncode != 0


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


def test_forks_inherit_and_rewinds_keep_what_they_cut(client, server):
    paths = client.run("branch")
    assert values(server.run(paths["fork"])) == [0, 1, 2, 3, 4, 100]
    source = server.run(paths["source"])
    assert values(source) == [0, 1, 2, 3, 4, 5, 6, 200]
    assert values(server.run(f"{paths['source']}-before-rewind-1")) == list(range(10))


def test_two_processes_write_one_run(client, server, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    first = client.start("shared", "two-writers", "one", "primary")
    second = Client(server, other).start("shared", "two-writers", "two", "helper")
    finish(second)
    path = finish(first)["path"]
    run = eventually(lambda: (run := server.run(path)) and run["state"] == "finished" and run, "the run to finish")
    assert sorted(values(run, "one")) == list(range(5)) and sorted(values(run, "two")) == list(range(5))
    lines = [edge["node"]["line"] for edge in run["logLines"]["edges"]]
    assert "from one" in lines and "from two" in lines


def begun(process: subprocess.Popen) -> dict:
    """The line that a script prints once its run has begun."""
    while True:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        if line.startswith("{"):
            return json.loads(line)


def test_a_stop_reaches_the_process(client, server):
    process = client.start("log_steps", "600", "0.1")
    path = begun(process)["path"]
    run_id = server.data_of(
        "query($n: String) { project(name: \"steps\", entityName: \"ada\") { run(name: $n) { id } } }", n=path.split("/")[-1]
    )["project"]["run"]["id"]
    assert server.data_of("mutation($id: ID!) { stopRun(input: {id: $id}) { success } }", id=run_id)["stopRun"]["success"]
    assert finish(process, 60)["stopped"]
    run = server.run(path)
    assert run["state"] == "killed" and "ada" in run["stateReason"]


def test_a_process_that_fails_makes_a_failed_run(client, server):
    run = server.run(client.run("log_steps", "2", "0", "3")["path"])
    assert (run["state"], run["exitcode"]) == ("failed", 3) and "3" in run["stateReason"]


def test_a_process_that_is_killed_makes_a_crashed_run(tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    server = Server(folder, RUNSTEAD_RUNS__HEARTBEAT_TIMEOUT_SECONDS="3")
    process = Client(server, tmp_path).start("log_steps", "600", "0.1")
    begin = begun(process)
    eventually(lambda: server.run(begin["path"])["historyLineCount"], "a first line")
    # The client's sidecar would still end the run well, so the whole family goes.
    children = subprocess.run(["pgrep", "-P", str(begin["pid"])], capture_output=True, text=True).stdout.split()
    for pid in [begin["pid"], *map(int, children)]:
        os.kill(pid, signal.SIGKILL)
    process.communicate()
    run = eventually(lambda: (run := server.run(begin["path"])) and run["state"] == "crashed" and run, "the crash to be noticed")
    assert "no heartbeat" in run["stateReason"]
    assert server.stop() == 0


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    server = Server(folder)
    processes = []
    for number in range(10):
        own = tmp_path / f"client-{number}"
        own.mkdir()
        processes.append(Client(server, own).start("log_steps", "150", "0.1"))
    begins = [begun(process) for process in processes]
    eventually(lambda: any(server.run(begin["path"])["historyLineCount"] for begin in begins), "a first line")
    before = {begin["path"]: server.run(begin["path"])["history"] for begin in begins}
    server.kill()
    server.start()
    for path, lines in before.items():
        assert server.run(path)["history"][: len(lines)] == lines
    for process in processes:
        path = finish(process)["path"]
        run = server.run(path)
        assert values(run) == list(range(150)) and run["state"] == "finished"
    assert server.stop() == 0


def test_a_machine_that_is_taken_away_preempts_its_run(tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    server = Server(folder, RUNSTEAD_RUNS__HEARTBEAT_TIMEOUT_SECONDS="2")
    server.data_of('mutation { upsertBucket(input: {modelName: "spot", name: "r"}) { inserted } }')
    assert server.stream("ada/spot/r", {"preempting": True}).status_code == 200
    assert server.run("ada/spot/r")["state"] == "preempting"
    run = eventually(lambda: (run := server.run("ada/spot/r")) and run["state"] == "preempted" and run, "the silence to be noticed")
    assert "taken away" in run["stateReason"]
    assert server.stream("ada/spot/r", {}).status_code == 200
    assert server.run("ada/spot/r")["state"] == "running"
    assert server.stop() == 0


def test_states_change_only_as_people_may_change_them(server):
    server.data_of('mutation { upsertBucket(input: {modelName: "states", name: "r"}) { inserted } }')
    [entity, project, name] = ["ada", "states", "r"]
    run_id = server.data_of(
        "query($e: String, $p: String, $r: String) { project(name: $p, entityName: $e) { run(name: $r) { id } } }",
        e=entity, p=project, r=name,
    )["project"]["run"]["id"]
    change = "mutation($i: UpdateRunStateInput!) { updateRunState(input: $i) { success } }"
    assert server.data_of(change, i={"id": run_id, "state": "failed"})["updateRunState"]["success"]
    again = server.graphql(change, {"i": {"id": run_id, "state": "failed"}})
    assert again.status_code == 400 and "invalid state transition" in again.json()["errors"][0]["message"]
    assert "ada" in server.run("ada/states/r")["stateReason"]


def test_a_run_is_not_blamed_for_the_silence_of_the_server(tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    server = Server(folder, RUNSTEAD_RUNS__HEARTBEAT_TIMEOUT_SECONDS="3")
    server.data_of('mutation { upsertBucket(input: {modelName: "quiet", name: "r"}) { inserted } }')
    server.kill()
    time.sleep(4)
    server.start()
    time.sleep(1.5)
    assert server.run("ada/quiet/r")["state"] == "running"
    eventually(lambda: server.run("ada/quiet/r")["state"] == "crashed", "the silence to be noticed")
    assert server.stop() == 0
