"""The power goes: what the kernel only held in memory is gone, and nothing that was acknowledged is among it.

The server's data lie on a disk of their own, a file with a file system in it. When the power goes the server is stopped in the
middle of what it does and the file is copied as it is: it has what was synced, and of the rest what the kernel happened to have
written. What a drive holds back in a cache of its own is not simulated.
"""

import hashlib
import json
import os
import pathlib
import random
import signal
import subprocess
import threading

import pytest
import requests
from client import Client
from server import Server, eventually, values

SIZE_MIB = 192


class Disk:
    """The data folder of a server that lives in `folder`."""

    def __init__(self, folder: pathlib.Path):
        self.image, self.folder = folder / "image", folder / "data"
        self.folder.mkdir()
        with open(self.image, "wb") as file:
            file.truncate(SIZE_MIB << 20)
        subprocess.run(["mkfs.ext4", "-q", str(self.image)], check=True)
        self.mount()

    def mount(self) -> None:
        subprocess.run(["mount", "-o", "loop", str(self.image), str(self.folder)], check=True)

    def unmount(self) -> None:
        subprocess.run(["umount", str(self.folder)], check=True)

    def lose_power(self, server: Server | None = None) -> None:
        """Goes on with what would be found if the power had gone now."""
        # Stopped at one moment, with all its threads; and then nothing is left of it that could be written later.
        if server:
            server.process.send_signal(signal.SIGSTOP)
        found = self.image.read_bytes()
        if server:
            server.kill()
        self.unmount()
        self.image.write_bytes(found)
        self.mount()


@pytest.fixture
def disk(tmp_path):
    disk = Disk(tmp_path)
    yield disk
    disk.unmount()


def test_this_disk_forgets_what_was_not_synced(disk):
    for name in ("synced", "forgotten"):
        with open(disk.folder / name, "wb") as file:
            file.write(b"x" * 100_000)
            if name == "synced":
                file.flush()
                os.fsync(file.fileno())
    folder = os.open(disk.folder, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
    (disk.folder / "synced").touch()
    with open(disk.folder / "forgotten", "r+b") as file:
        file.write(b"y" * 100_000)
    disk.lose_power()
    assert (disk.folder / "synced").read_bytes() == b"x" * 100_000
    assert b"y" not in (disk.folder / "forgotten").read_bytes()


class Writer(threading.Thread):
    """A run's process, without patience for the power: counts what was acknowledged."""

    def __init__(self, server: Server, name: str):
        super().__init__(daemon=True)
        self.server, self.path, self.rows, self.files = server, f"ada/cut/{name}", 0, {}
        made = server.graphql('mutation { upsertBucket(input: { entityName: "ada", modelName: "cut", name: "%s" }) { inserted } }' % name)
        assert made.status_code == 200, made.text

    def run(self) -> None:
        chance = random.Random(self.path)
        try:
            while True:
                lines = [json.dumps({"_step": self.rows + line, "value": self.rows + line}) for line in range(chance.randrange(1, 90))]
                summary = json.dumps({"rows": self.rows + len(lines)})
                files = {
                    "wandb-history.jsonl": {"offset": self.rows, "content": lines},
                    "wandb-summary.json": {"offset": 0, "content": [summary]},
                    "output.log": {"offset": self.rows, "content": [f"line {self.rows + line}" for line in range(len(lines))]},
                }
                if self.server.stream(self.path, {"files": files}).ok:
                    self.rows += len(lines)
                self.upload(f"file {len(self.files)}", os.urandom(chance.randrange(1, 60_000)))
        except requests.RequestException:
            return

    def upload(self, name: str, data: bytes) -> None:
        query = """mutation ($entity: String!, $project: String!, $run: String!, $files: [String!]!) {
          createRunFiles(input: { entityName: $entity, projectName: $project, runName: $run, files: $files }) {
            files { name uploadUrl } } }"""
        entity, project, run = self.path.split("/")
        asked = {"query": query, "variables": {"entity": entity, "project": project, "run": run, "files": [name]}}
        answer = requests.post(f"{self.server.url}/graphql", json=asked, auth=("api", self.server.key), timeout=30).json()
        [plan] = answer["data"]["createRunFiles"]["files"]
        url = plan["uploadUrl"]
        sent = requests.put(url if "://" in url else self.server.url + url, data=data, timeout=30)
        if sent.ok:
            self.files[name] = hashlib.sha256(data).hexdigest()

    def all_is_there(self) -> None:
        run = self.server.run(self.path)
        assert values(run)[: self.rows] == list(range(self.rows)), f"{self.path}: of {self.rows} rows {len(values(run))}"
        assert run["logLineCount"] >= self.rows and json.loads(run["summaryMetrics"])["rows"] >= self.rows
        for name, digest in self.files.items():
            answer = requests.get(f"{self.server.url}/files/{self.path}/{name}", auth=("api", self.server.key), timeout=30)
            assert answer.ok and hashlib.sha256(answer.content).hexdigest() == digest, f"{self.path} {name}: {answer.status_code}"


@pytest.fixture
def started(disk):
    """Starts a server, which ends before its disk goes."""
    servers = []

    def start(folder) -> Server:
        servers.append(Server(folder))
        return servers[0]

    yield start
    for server in servers:
        server.kill()


def test_nothing_acknowledged_is_lost_with_the_power(disk, started, tmp_path):
    server = started(tmp_path)
    # A run that has ended becomes a segment while others go on.
    ended = Client(server, tmp_path).run("exports", "log", "ended", "0", "2000", "dense")["path"]
    for round in range(3):
        writers = [Writer(server, f"{round}-{number}") for number in range(4)]
        for writer in writers:
            writer.start()
        eventually(lambda: all(writer.rows > 300 and len(writer.files) > 2 for writer in writers), "rows and files")
        if round == 0:
            eventually(lambda: segments(server), "the ended run to be sealed", 60)
        disk.lose_power(server)
        for writer in writers:
            writer.join(60)
        server.start()
        for writer in writers:
            writer.all_is_there()
        assert server.run(ended)["historyLineCount"] == 2000 == len(server.run(ended)["history"])
    assert server.stop() == 0
    server.check_integrity()


def segments(server: Server) -> list[pathlib.Path]:
    return [path for path in (server.data / "blobs" / "history").rglob("*") if path.is_file()]
