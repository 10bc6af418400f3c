"""Files in a bucket of a real S3 server: the client cannot tell, and a backup holds them too."""

import json
import os
import subprocess

import pytest
import requests
from client import VENVS, Client
from server import Server, eventually, free_port

SECRET = "a secret of the bucket"


@pytest.fixture(scope="module")
def bucket(tmp_path_factory):
    """The address of an S3 server with the bucket `runs`."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    log = open(tmp_path_factory.mktemp("s3") / "log", "w")
    command = [str(VENVS / "s3" / "bin" / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=log, stderr=log, env={"PATH": os.environ["PATH"]})
    eventually(lambda: answers(url), "the S3 server", 60)
    requests.put(f"{url}/runs", timeout=10).raise_for_status()
    yield url
    process.kill()
    process.wait()


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


def keys(url: str) -> set[str]:
    text = requests.get(f"{url}/runs?list-type=2", timeout=10).text
    return {part.split("</Key>")[0] for part in text.split("<Key>")[1:]}


def settings(url: str, prefix: str) -> dict[str, str]:
    return {
        "RUNSTEAD_BLOBS__TO": f"s3://runs/{prefix}",
        "RUNSTEAD_S3__ENDPOINT": url,
        "RUNSTEAD_S3__ACCESS_KEY_ID": "runstead",
        "RUNSTEAD_S3__SECRET_ACCESS_KEY": SECRET,
    }


class Restored(Server):
    def __init__(self, folder, source, key: str, **more: str):
        folder.mkdir()
        self.source = source
        super().__init__(folder, **more)
        self.key = key

    def create_administrator(self) -> None:
        done = self.command("backup", "restore", str(self.source), "--json")
        assert done.returncode == 0, done.stderr


def client(server, folder) -> Client:
    folder.mkdir()
    return Client(server, folder)


def test_a_client_cannot_tell_where_files_lie_and_a_backup_holds_them(bucket, tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    server = Server(folder, **settings(bucket, "first"))
    path = client(server, tmp_path / "writer").run("log_much")["path"]
    # More than one part goes to the bucket and comes back; a part of it as well.
    large = os.urandom(20_000_000)
    entity, project, run = path.split("/")
    wanted = """mutation ($e: String!, $p: String!, $r: String!) { createRunFiles(input: { entityName: $e, projectName: $p, runName: $r,
      files: ["large.bin"] }) { files { uploadUrl } } }"""
    link = server.data_of(wanted, e=entity, p=project, r=run)["createRunFiles"]["files"][0]["uploadUrl"]
    requests.put(link, data=large, timeout=60).raise_for_status()
    where, key = f"{server.url}/files/{path}/large.bin", ("api", server.key)
    assert requests.get(where, auth=key, timeout=60).content == large
    assert requests.get(where, auth=key, headers={"Range": "bytes=9000000-9000999"}, timeout=60).content == large[9_000_000:9_001_000]
    before = client(server, tmp_path / "reader").run("read_back", path)
    held = keys(bucket)
    assert len(held) > 8 and all(key.startswith("first/") for key in held), held
    assert not [file for file in (server.data / "blobs").rglob("*") if file.is_file()], "nothing lies in the data directory"

    target = tmp_path / "backup"
    made = server.command("backup", "create", str(target), "--json")
    assert made.returncode == 0 and json.loads(made.stdout)["missing"] == [], made.stderr
    assert server.command("backup", "verify", str(target)).returncode == 0
    restored = Restored(tmp_path / "restored", target, server.key, **settings(bucket, "second"))
    assert {key.removeprefix("second/") for key in keys(bucket) if key.startswith("second/")} == {key.removeprefix("first/") for key in held}
    after = client(restored, tmp_path / "reader-of-restored").run("read_back", path)
    assert json.dumps(after, sort_keys=True) == json.dumps(before, sort_keys=True)
    assert restored.stop() == 0 and server.stop() == 0
    assert SECRET not in server.log_file().read_text()
