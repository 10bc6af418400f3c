"""Runs that move to another project, with the real client: one at work goes on, and old paths lead to the new place."""

import json

import pytest
import requests
from client import NEWEST, VERSIONS, Client, begun, finish
from server import eventually


def ask(server, method, path, **body):
    answer = requests.request(method, f"{server.url}/api/v1{path}", json=body or None, auth=("api", server.key), timeout=20)
    assert answer.status_code < 300, answer.text
    return answer.json()


def move(server, path, to, **more):
    """Moves a run to a project of the same person, and waits for it."""
    entity, project, run = path.split("/")
    ends = {"from": {"entity": entity, "project": project}, "to": {"entity": entity, "project": to}}
    begun = ask(server, "POST", "/moves", **ends, runs=[run], **more)
    return settled(server, begun)


def settled(server, job):
    eventually(lambda: ask(server, "GET", f"/moves/{job['id']}")["state"] in ("done", "undone"), "the move to end")
    return ask(server, "GET", f"/moves/{job['id']}")


def run_at(server, entity, project, name):
    query = """query ($e: String, $p: String, $n: String!) { project(name: $p, entityName: $e) { runCount run(name: $n) {
        state historyLineCount project { name } } } }"""
    return server.data_of(query, e=entity, p=project, n=name)["project"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_run_at_work_goes_on_after_it_moved(server, tmp_path, version):
    client = Client(server, tmp_path, version)
    process = client.start("log_steps", "30", "0.3")
    path = begun(process)["path"]
    entity, project, name = path.split("/")
    eventually(lambda: run_at(server, entity, project, name)["run"]["historyLineCount"] > 0, "rows to arrive")
    elsewhere = f"elsewhere-{version.replace('.', '-')}"
    done = move(server, path, elsewhere)
    assert (done["moved"], done["skipped"]) == (1, 0)
    assert finish(process)["stopped"] is False
    found = run_at(server, entity, elsewhere, name)
    assert found["runCount"] == 1
    assert (found["run"]["state"], found["run"]["historyLineCount"]) == ("finished", 30)
    assert run_at(server, entity, project, name)["run"]["project"]["name"] == elsewhere


def test_the_operator_moves_runs_and_takes_that_back_by_command(server, tmp_path):
    logged = Client(server, tmp_path, NEWEST).run("log_steps", "2", "0")["path"]
    entity, project, name = logged.split("/")

    def run(*arguments):
        done = server.command("run", *arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    done = run("move", f"{entity}/{project}", f"{entity}/by-command", name, "--artifacts", "copy_reference")
    assert (done["state"], done["moved"], done["left"]) == ("done", 1, [])
    assert run_at(server, entity, "by-command", name)["run"]["project"]["name"] == "by-command"
    undone = run("undo", str(done["move"]))
    assert (undone["state"], undone["back"]) == ("undone", 1)
    assert run_at(server, entity, project, name)["run"]["project"]["name"] == project
    refused = server.command("run", "move", f"{entity}/{project}", f"{entity}/by-command", "--artifacts", "sometimes")
    assert refused.returncode != 0 and "copy_reference" in refused.stderr


def test_the_old_path_leads_to_a_run_that_moved_and_undo_brings_it_back(server, tmp_path):
    client = Client(server, tmp_path, NEWEST)
    logged = client.run("log_steps", "5", "0")["path"]
    entity, project, name = logged.split("/")
    done = move(server, logged, "another")
    seen = client.run("read_run", logged)
    assert seen == {"rows": [0, 1, 2, 3, 4], "state": "finished", "files": True}
    assert client.run("read_run", f"{entity}/another/{name}") == seen
    undone = settled(server, ask(server, "POST", f"/moves/{done['id']}/undo"))
    assert (undone["state"], undone["back"]) == ("undone", 1)
    assert run_at(server, entity, project, name)["run"]["project"]["name"] == project
    assert client.run("read_run", logged) == seen
