"""Runs that stop, fail, crash and fall silent."""

import time

import pytest
from client import VERSIONS, Client, begun, finish, kill_family
from server import Server, eventually


# The oldest release asks whether to stop when it begins, and takes that answer for ever.
@pytest.mark.parametrize("version", VERSIONS[:-1])
def test_a_stop_reaches_the_process(client_of, server, version):
    process = client_of(version).start("log_steps", "600", "0.1")
    path = begun(process)["path"]
    run_id = server.data_of(
        "query($n: String) { project(name: \"steps\", entityName: \"ada\") { run(name: $n) { id } } }", n=path.split("/")[-1]
    )["project"]["run"]["id"]
    assert server.data_of("mutation($id: ID!) { stopRun(input: {id: $id}) { success } }", id=run_id)["stopRun"]["success"]
    assert finish(process, 60)["stopped"]
    run = server.run(path)
    assert run["state"] == "killed" and "ada" in run["stateReason"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_process_that_fails_makes_a_failed_run(client_of, server, version):
    run = server.run(client_of(version).run("log_steps", "2", "0", "3")["path"])
    assert (run["state"], run["exitcode"]) == ("failed", 3) and "3" in run["stateReason"]


def test_processes_that_are_killed_make_crashed_runs(tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    server = Server(folder, RUNSTEAD_RUNS__HEARTBEAT_TIMEOUT_SECONDS="3")
    paths = []
    for version in VERSIONS:
        own = tmp_path / version
        own.mkdir()
        process = Client(server, own, version).start("log_steps", "600", "0.05")
        begin = begun(process)
        eventually(lambda: server.run(begin["path"])["historyLineCount"], "a first line")
        kill_family(begin["pid"])
        process.wait(timeout=30)
        paths.append(begin["path"])
    for path in paths:
        run = eventually(lambda: (run := server.run(path)) and run["state"] == "crashed" and run, "the crash to be noticed")
        assert "no heartbeat" in run["stateReason"] and run["exitcode"] is None
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
