"""A disk that fills up while clients log: they are told to wait, and when there is room again nothing is missing."""

import json
import os
import subprocess

import pytest
import requests
from client import Client, begun, finish
from server import Server, eventually, values

SIZE_MIB = 96
# With fewer than so many bytes; 1 is never reached before the disk itself refuses.
GUARDED = {"NO_ARTIFACTS": "48000000", "NO_RUNS": "32000000", "READ_ONLY": "16000000"}
UNGUARDED = {"NO_ARTIFACTS": "1", "NO_RUNS": "1", "READ_ONLY": "1"}


class SmallDisk:
    """A disk of its own for a server's data."""

    def __init__(self, folder):
        folder.mkdir()
        self.folder = folder
        self.ballast = folder / "ballast"
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "tmpfs", str(folder)], check=True)

    def leave_free(self, size: int) -> None:
        """Fills the disk until only so many bytes are free."""
        with open(self.ballast, "ab") as file:
            for _ in range(1000):
                found = os.statvfs(self.folder)
                more = found.f_bavail * found.f_frsize - size
                if more <= 0:
                    return
                try:
                    return os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, more)
                except OSError:
                    # The server took some of it meanwhile.
                    continue
        raise AssertionError("the disk is never full")

    def make_room(self) -> None:
        self.ballast.unlink()

    def close(self) -> None:
        subprocess.run(["umount", "-l", str(self.folder)], check=True)


@pytest.fixture
def disk(tmp_path):
    disk = SmallDisk(tmp_path / "disk")
    yield disk
    disk.close()


def started(disk, marks: dict) -> Server:
    return Server(disk.folder, **{f"RUNSTEAD_DISK__{name}_BYTES": value for name, value in marks.items()})


def client(server, folder) -> Client:
    folder.mkdir()
    return Client(server, folder)


@pytest.mark.parametrize("marks", [GUARDED, UNGUARDED], ids=["guarded", "without a byte left"])
def test_runs_go_on_when_there_is_room_again_and_nothing_is_missing(disk, tmp_path, marks):
    server = started(disk, marks)
    stream = client(server, tmp_path / "stream").start("log_steps", "150", "0.1")
    path = begun(stream)["path"]
    eventually(lambda: server.run(path)["historyLineCount"] > 5, "first rows")
    sender = Sender(server)
    disk.leave_free(0)
    # A refusal itself counts as false.
    [refused] = eventually(lambda: not (found := sender.send()).ok and [found], "a refusal")
    assert refused.status_code == 507 and 0 < int(refused.headers["Retry-After"]) <= 60, refused.text
    assert "disk" in refused.json()["errors"][0]["message"]
    acknowledged = server.run(path)["history"]
    # Reading goes on, and so does the client; a power cut now takes nothing of what was acknowledged.
    assert stream.poll() is None
    server.kill()
    disk.make_room()
    server.start()
    disk.leave_free(0)
    assert server.run(path)["history"][: len(acknowledged)] == acknowledged
    disk.make_room()
    assert finish(stream)["path"] == path
    run = server.run(path)
    assert values(run) == list(range(150)) and run["state"] == "finished"
    assert sender.send().ok and sender.all_is_there()
    assert server.stop() == 0
    server.check_integrity()


class Sender:
    """Another run's process: sends one row at a time, of which none shrinks much when it is compressed."""

    def __init__(self, server):
        self.server, self.count = server, 0
        made = server.graphql('mutation { upsertBucket(input: { entityName: "ada", modelName: "steps", name: "sender" }) { inserted } }')
        assert made.status_code == 200, made.text

    def send(self) -> requests.Response:
        row = json.dumps({"_step": self.count, "text": os.urandom(50_000).hex()})
        answer = self.server.stream("ada/steps/sender", {"files": {"wandb-history.jsonl": {"offset": self.count, "content": [row]}}})
        self.count += answer.ok
        return answer

    def all_is_there(self) -> bool:
        return self.server.run("ada/steps/sender")["historyLineCount"] == self.count


def test_artifacts_are_refused_first_then_new_runs_and_all_is_taken_later(disk, tmp_path):
    server = started(disk, GUARDED)
    stream = client(server, tmp_path / "stream").start("log_steps", "1000", "0.1")
    begun(stream)
    sender = Sender(server)
    new_run = 'mutation { upsertBucket(input: { entityName: "ada", modelName: "steps", name: "late" }) { inserted } }'
    new_artifact = """mutation { createArtifact(input: { entityName: "ada", projectName: "steps", artifactTypeName: "dataset",
      artifactCollectionName: "late", digest: "d", digestAlgorithm: MANIFEST_MD5 }) { artifact { state } } }"""
    for free, statuses in [(40_000_000, [200, 507, 200]), (24_000_000, [507, 507, 200]), (8_000_000, [507, 507, 507])]:
        disk.leave_free(free)
        found = [server.graphql(new_run), server.graphql(new_artifact), sender.send()]
        assert [answer.status_code for answer in found] == statuses, [answer.text for answer in found]
        new_run = new_run.replace('"late', '"later')
    log = server.log_file().read_text
    eventually(lambda: "nothing is taken until there is room" in log(), "a word in the log")
    # Deleting is how room is made.
    deleted = server.graphql("mutation ($id: ID!) { deleteRun(input: { id: $id }) { clientMutationId } }", {"id": run_id(server)})
    assert deleted.status_code == 200 and "errors" not in deleted.json(), deleted.text
    disk.make_room()
    eventually(lambda: "has room again" in log(), "a word in the log")
    assert [server.graphql(query).status_code for query in (new_run, new_artifact)] == [200, 200]
    stream.terminate()
    assert server.stop() == 0


def run_id(server) -> str:
    query = 'query { project(name: "steps", entityName: "ada") { run(name: "late") { id } } }'
    return server.data_of(query)["project"]["run"]["id"]
