"""What the real client logged to one server goes out as a bundle and comes in on another: the client reads the same from both."""

import hashlib
import json
import tarfile

import pytest
import requests
from client import Client
from server import Server, eventually


def ask(server, method, path, **more):
    answer = requests.request(method, f"{server.url}/api/v1{path}", auth=("api", server.key), timeout=60, **more)
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else None


def settled(server, path):
    eventually(lambda: ask(server, "GET", path)["state"] != "running", f"{path} to end", 120)
    return ask(server, "GET", path)


def exported(server, **scope) -> bytes:
    done = settled(server, f"/exports/{ask(server, 'POST', '/exports', json=scope)['id']}")
    assert done["state"] == "done", done
    return requests.get(server.url + done["download"], auth=("api", server.key), timeout=60).content


@pytest.fixture
def another(tmp_path):
    folder = tmp_path / "another"
    folder.mkdir()
    server = Server(folder)
    yield server
    assert server.stop() == 0


def test_the_client_reads_on_the_other_server_what_it_logged_to_this_one(own, another, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    Client(own, here).run("bundles", "log", "", "digits")
    logged = Client(own, here).run("bundles", "read", "ada", "digits")
    assert len(logged["runs"]) == 2 and len(logged["versions"]) == 3, logged
    assert [row["odd"] for row in logged["runs"]["first"]["scan"] if "odd" in row] == ["NaN", "inf", "-inf", "NaN", "-inf"]
    assert logged["versions"]["data:v0"]["used by"] == ["second"]
    # What a version refers to in another is found there as well, where that has another number.
    assert logged["versions"]["refers:v0"]["files"] == {"theirs.csv": logged["versions"]["data:v0"]["files"]["rows.csv"]}
    Client(another, there).run("artifact_many", "numbers", "one", "1")

    bundle = exported(own, scope="entity", entity="ada")
    done = settled(another, f"/imports/{ask(another, 'POST', '/imports', data=bundle)['id']}")
    assert done["state"] == "done" and (done["runs_imported"], done["skipped"]) == (2, 0), done
    assert Client(another, there).run("bundles", "read", "ada", "digits") == logged
    again = settled(another, f"/imports/{ask(another, 'POST', '/imports', data=bundle)['id']}")
    assert (again["runs_imported"], again["runs_known"], again["versions_imported"]) == (0, 2, 0), again
    assert Client(another, there).run("bundles", "read", "ada", "digits") == logged


def test_the_operator_exports_and_imports_beside_the_servers(own, another, tmp_path):
    Client(own, tmp_path).run("log_steps", "5", "0")
    file = own.folder / "all.tar"
    done = own.command("export", str(file), "--json")
    assert done.returncode == 0, done.stderr
    with tarfile.open(file) as bundle:
        names = bundle.getnames()
        listed = json.load(bundle.extractfile("manifest.json"))["files"]
        assert [entry["path"] for entry in listed] == names[:-1]
        for entry in listed:
            assert hashlib.sha256(bundle.extractfile(entry["path"]).read()).hexdigest() == entry["sha256"]
    damaged = another.folder / "damaged.tar"
    bytes = bytearray(file.read_bytes())
    bytes[bytes.index(b"console.jsonl") + 600] ^= 1
    damaged.write_bytes(bytes)
    refused = another.command("import", str(damaged))
    assert refused.returncode == 1 and "changed or damaged" in refused.stderr, refused.stderr
    for expected in [(1, 0), (0, 1)]:
        done = another.command("import", str(file), "--map", str(another.folder / "names.json"), "--json")
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert (told["runs_imported"], told["runs_known"]) == expected, told
    names = json.loads((another.folder / "names.json").read_text())
    assert all(new == old.split(":", 1)[1] for old, new in names.items()), names


def test_a_server_that_is_killed_while_it_exports_goes_on_where_it_was(own):
    """Many runs with a file each, so that there is something to kill it in the middle of."""
    for number in range(300):
        path = f"ada/many/run-{number}"
        own.data_of('mutation($n: String!) { upsertBucket(input: { entityName: "ada", modelName: "many", name: $n }) { inserted } }', n=f"run-{number}")
        own.stream(path, {"files": {"wandb-history.jsonl": {"offset": 0, "content": [json.dumps({"_step": step, "loss": number}) for step in range(50)]}}})
    begun = ask(own, "POST", "/exports", json={"scope": "project", "entity": "ada", "project": "many"})
    seen = set()
    for _ in range(3):
        before = len(seen)
        eventually(lambda: seen.add(ask(own, "GET", f"/exports/{begun['id']}")["runs_done"]) or len(seen) > before + 1 or ask(own, "GET", f"/exports/{begun['id']}")["state"] == "done", "some progress", 120)
        own.kill()
        own.start()
    done = settled(own, f"/exports/{begun['id']}")
    assert (done["state"], done["runs_done"]) == ("done", 300), done
    part = requests.get(own.url + done["download"], auth=("api", own.key), headers={"Range": "bytes=0-99999"}, timeout=60)
    rest = requests.get(own.url + done["download"], auth=("api", own.key), headers={"Range": "bytes=100000-", "If-Range": part.headers["ETag"]}, timeout=60)
    assert (part.status_code, rest.status_code) == (206, 206)
    file = own.folder / "many.tar"
    file.write_bytes(part.content + rest.content)
    with tarfile.open(file) as bundle:
        listed = json.load(bundle.extractfile("manifest.json"))["files"]
        assert len({entry["path"] for entry in listed}) == len(listed) == len(bundle.getnames()) - 1
        for entry in listed:
            assert hashlib.sha256(bundle.extractfile(entry["path"]).read()).hexdigest() == entry["sha256"], entry["path"]
        assert sum(entry["path"].endswith("run.json") for entry in listed) == 300
