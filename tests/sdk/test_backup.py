"""A backup is made while clients log, and what is restored from it cannot be told from the original."""

import io
import json
import subprocess
import tarfile
import time

import pytest
from client import Client, begun, finish
from server import Server, eventually


@pytest.fixture
def server(own):
    """A server of its own: the backup holds what this test logged and nothing else."""
    return own


def backup(server: Server, *words: str) -> dict:
    done = server.command("backup", *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def client(server: Server, folder) -> Client:
    folder.mkdir()
    return Client(server, folder)


class Restored(Server):
    """A server on data that was restored, with the key that was good for the original."""

    def __init__(self, folder, source, key: str):
        folder.mkdir()
        self.source = source
        super().__init__(folder)
        self.key = key

    def create_administrator(self) -> None:
        self.told = backup(self, "restore", str(self.source))


def test_what_is_restored_answers_as_the_original_did_though_it_was_backed_up_under_load(server, tmp_path):
    finished = client(server, tmp_path / "writer").run("log_much")["path"]
    before = client(server, tmp_path / "reader").run("read_back", finished)
    streams = [client(server, tmp_path / f"load{number}").start("log_steps", "400", "0.02") for number in range(2)]
    live = [begun(stream)["path"] for stream in streams]
    eventually(lambda: all(server.run(path)["historyLineCount"] > 20 for path in live), "the load")

    target = tmp_path / "backup"
    first = backup(server, "create", str(target))
    assert first["missing"] == [] and first["files"] >= 8 and first["copied_bytes"] == first["bytes"]
    later = client(server, tmp_path / "more").start("log_steps", "3", "0")
    second = backup(server, "create", str(target))
    acknowledged = {path: server.run(path)["historyLineCount"] for path in live}
    # Both databases, and files that came meanwhile; never again the files that were there.
    databases = sum(path.stat().st_size for path in (target / "databases").iterdir())
    assert second["copied_bytes"] - databases <= second["bytes"] - first["bytes"] + databases
    third = backup(server, "create", str(target))
    assert backup(server, "verify", str(target))["good"] and third["missing"] == []
    for stream in [*streams, later]:
        finish(stream)

    restored = Restored(tmp_path / "restored", target, server.key)
    try:
        after = client(restored, tmp_path / "reader-of-restored").run("read_back", finished)
        assert json.dumps(after, sort_keys=True) == json.dumps(before, sort_keys=True)
        for path in live:
            run = restored.run(path)
            rows = [json.loads(row)["_step"] for row in run["history"]]
            assert rows == list(range(len(rows))) and len(rows) == run["historyLineCount"] >= acknowledged[path]
        # It is a server like any other: it takes new runs.
        new = client(restored, tmp_path / "new").run("log_steps", "3", "0")["path"]
        assert restored.run(new)["historyLineCount"] == 3
    finally:
        assert restored.stop() == 0


def test_a_stream_unpacks_to_the_same_backup_and_leaves_nothing_behind(server, tmp_path):
    path = client(server, tmp_path / "writer").run("log_steps", "5", "0")["path"]
    done = subprocess.run([*server.program(), "backup", "create", "-"], env=server.environment, capture_output=True, timeout=60)
    assert done.returncode == 0 and b"backed up" in done.stderr, done.stderr
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        assert archive.getnames()[-1] == "manifest.json"
        archive.extractall(tmp_path / "unpacked", filter="data")
    assert [name for name in server.data.iterdir() if "unfinished" in name.name] == []
    assert backup(server, "verify", str(tmp_path / "unpacked"))["good"]
    restored = Restored(tmp_path / "restored", tmp_path / "unpacked", server.key)
    try:
        assert restored.run(path)["historyLineCount"] == 5
    finally:
        assert restored.stop() == 0


def test_a_backup_that_was_killed_leaves_the_one_before_it_whole(server, tmp_path):
    target = tmp_path / "backup"
    client(server, tmp_path / "writer").run("log_much")
    backup(server, "create", str(target))
    for delay in (0.01, 0.03, 0.06, 0.1):
        process = subprocess.Popen([*server.program(), "backup", "create", str(target)], env=server.environment, stdout=subprocess.DEVNULL)
        time.sleep(delay)
        process.kill()
        process.wait()
        assert backup(server, "verify", str(target))["good"]
    assert backup(server, "create", str(target))["missing"] == []


def test_a_backup_is_made_and_restored_while_no_server_runs(tmp_path):
    folder = tmp_path / "stopped"
    folder.mkdir()
    server = Server(folder)
    path = client(server, tmp_path / "writer").run("log_steps", "4", "0")["path"]
    assert server.stop() == 0
    backup(server, "create", str(tmp_path / "backup"))
    refused = server.command("backup", "restore", str(tmp_path / "backup"))
    assert refused.returncode == 1 and "not empty" in refused.stderr
    restored = Restored(tmp_path / "restored", tmp_path / "backup", server.key)
    try:
        assert restored.run(path)["historyLineCount"] == 4
    finally:
        assert restored.stop() == 0
