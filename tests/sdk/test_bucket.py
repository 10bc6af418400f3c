"""Files in a bucket of a real S3 server: the client cannot tell, and a backup holds them too. And backups in a bucket."""

import json
import os
import subprocess
import time

import pytest
import requests
from client import VENVS, Client
from server import Server, eventually, free_port

SECRET = "a secret of the bucket"
# Who looks into the bucket with other tools; the server asks for a signature and takes any.
OWNER = requests.Session()
OWNER.headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=owner/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"


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


def keys(url: str, prefix: str = "") -> set[str]:
    text = requests.get(f"{url}/runs", params={"list-type": "2", "prefix": prefix}, timeout=10).text
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
        self.told = json.loads(done.stdout)


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


def for_backups(url: str, folder) -> dict[str, str]:
    """Who asks for a bucket of backups, with the secret in a file."""
    secret = folder / "backup-secret"
    secret.write_text(f"{SECRET}\n")
    return {
        "RUNSTEAD_BACKUP__S3_ENDPOINT": url,
        "RUNSTEAD_BACKUP__S3_ACCESS_KEY_ID": "backups",
        "RUNSTEAD_BACKUP__S3_SECRET_ACCESS_KEY_FILE": str(secret),
    }


def told(server, *words: str) -> dict:
    done = server.command("backup", *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def refusal(server, *words: str) -> str:
    done = server.command("backup", *words)
    assert done.returncode == 1 and done.stderr.startswith("runstead: "), done.stdout + done.stderr
    return done.stderr


def upload(server, path: str, name: str, data: bytes) -> None:
    entity, project, run = path.split("/")
    wanted = """mutation ($e: String!, $p: String!, $r: String!, $f: [String!]!) { createRunFiles(input: { entityName: $e, projectName: $p, runName: $r,
      files: $f }) { files { uploadUrl } } }"""
    link = server.data_of(wanted, e=entity, p=project, r=run, f=[name])["createRunFiles"]["files"][0]["uploadUrl"]
    requests.put(link, data=data, timeout=60).raise_for_status()


def test_a_backup_in_a_bucket_sends_only_what_is_new_is_verified_and_restored(bucket, tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    server = Server(folder, **for_backups(bucket, tmp_path))
    path = client(server, tmp_path / "writer").run("log_much")["path"]
    large = os.urandom(20_000_000)
    upload(server, path, "large.bin", large)
    place = "s3://runs/backups/one"
    first = told(server, "create", place)
    assert first["missing"] == [] and first["copied_bytes"] == first["bytes"] > 20_000_000
    assert keys(bucket, "backups/one/") >= {"backups/one/manifest.json", "backups/one/settings.toml"}
    upload(server, path, "more.bin", b"12345")
    before = client(server, tmp_path / "reader").run("read_back", path)
    # What a backup that was killed has left.
    (server.data / "backup-to-bucket.unfinished").mkdir()
    (server.data / "backup-to-bucket.unfinished" / "runstead.db").write_text("half")
    second = told(server, "create", place)
    # Both databases and the settings are sent again, of the files the new one alone.
    assert second["files"] == first["files"] + 1 and second["copied_bytes"] < 5_000_000
    assert len([key for key in keys(bucket, "backups/one/databases/")]) == 2, "the earlier copies are removed"
    assert told(server, "verify", place)["good"]

    # One who reads the bucket with other tools has a backup as in a folder.
    copy = tmp_path / "downloaded"
    for key in keys(bucket, "backups/one/"):
        file = copy / key.removeprefix("backups/one/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(OWNER.get(f"{bucket}/runs/{key}", timeout=60).content)
    assert told(server, "verify", str(copy))["good"]

    restored = Restored(tmp_path / "restored", place, server.key, **for_backups(bucket, tmp_path))
    assert restored.told["files"] == second["files"]
    after = client(restored, tmp_path / "reader-of-restored").run("read_back", path)
    assert json.dumps(after, sort_keys=True) == json.dumps(before, sort_keys=True)
    assert requests.get(f"{restored.url}/files/{path}/large.bin", auth=("api", server.key), timeout=60).content == large
    assert restored.stop() == 0

    blob = max((key for key in keys(bucket, "backups/one/blobs/")), key=lambda key: int(OWNER.head(f"{bucket}/runs/{key}", timeout=10).headers["Content-Length"]))
    whole = OWNER.get(f"{bucket}/runs/{blob}", timeout=60).content
    name = blob.removeprefix("backups/one/")
    for bad, word in ((b"x" + whole[1:], "other bytes"), (whole[1:], "instead of")):
        OWNER.put(f"{bucket}/runs/{blob}", data=bad, timeout=60).raise_for_status()
        said = refusal(server, "verify", place)
        assert name in said and word in said, said
    OWNER.delete(f"{bucket}/runs/{blob}", timeout=10)
    assert "not there" in refusal(server, "verify", place)
    lacking = server.command("backup", "restore", place, "--data.dir", str(tmp_path / "lacking"))
    assert lacking.returncode == 1 and name in lacking.stderr and "remove it" in lacking.stderr, lacking.stderr
    # The next one sends what is not there any more.
    assert told(server, "create", place)["copied_bytes"] > 20_000_000 and told(server, "verify", place)["good"]
    assert server.stop() == 0
    assert [left for left in server.data.iterdir() if "unfinished" in left.name] == []


def test_the_server_backs_up_to_a_bucket_by_itself_and_gives_old_backups_up(bucket, tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    plan = {"RUNSTEAD_BACKUP__TO": "s3://runs/series", "RUNSTEAD_BACKUP__KEEP_DAILY": "1", "RUNSTEAD_BACKUP__KEEP_WEEKLY": "0"}
    server = Server(folder, **for_backups(bucket, tmp_path), **plan)

    def listed() -> list[dict]:
        answer = requests.get(f"{server.url}/api/v1/system/backups", auth=("api", server.key), timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    [made] = eventually(lambda: [backup for backup in listed() if backup["verified_at"]], "the first backup", 60)
    assert made["damage"] == [] and made["size_bytes"] > 10_000
    path = client(server, tmp_path / "writer").run("log_steps", "5", "0")["path"]
    upload(server, path, "kept.bin", b"kept")
    # What a backup that was interrupted has sent.
    OWNER.put(f"{bucket}/runs/series/blobs/runs/ab/left", data=b"left", timeout=10).raise_for_status()
    time.sleep(1.1)
    second = told(server, "run")
    assert second["given_up"] == [made["name"]] and not second["verified"]
    assert not keys(bucket, f"series/{made['name']}/") and "series/blobs/runs/ab/left" not in keys(bucket)
    shared = keys(bucket, "series/blobs/")
    assert len(shared) == second["files"] > 0
    time.sleep(1.1)
    third = told(server, "run")
    databases = third["copied_bytes"]
    assert third["given_up"] == [second["name"]] and databases < third["size_bytes"] and keys(bucket, "series/blobs/") == shared
    assert [backup["name"] for backup in listed()] == [third["name"]]
    assert third["name"] in server.command("backup", "list").stdout
    jobs = requests.get(f"{server.url}/api/v1/system/jobs", auth=("api", server.key), timeout=60).json()["items"]
    assert [(job["holds"], job["would_remove"]) for job in jobs if job["name"] == "backups"] == [(1, 0)]
    checks = json.loads(server.command("doctor", "--json").stdout)["checks"]
    [place] = [check for check in checks if check["name"] == "backup.place"]
    assert place["state"] == "good" and "s3://runs/series" in place["message"], place

    one = f"s3://runs/series/{third['name']}"
    assert told(server, "verify", one)["good"] and listed()[0]["verified_at"]
    restored = Restored(tmp_path / "restored", one, server.key, **for_backups(bucket, tmp_path))
    assert restored.run(path)["historyLineCount"] == 5
    assert requests.get(f"{restored.url}/files/{path}/kept.bin", auth=("api", server.key), timeout=60).content == b"kept"
    assert restored.stop() == 0
    assert "other things" in refusal(server, "create", "s3://runs/series"), "many backups are not one"
    assert server.stop() == 0
    assert SECRET not in server.log_file().read_text()


@pytest.fixture
def long_ago(tmp_path):
    """As `bucket`, on a server whose clock is three days behind: what is put there has lain there for so long."""
    (tmp_path / "sitecustomize.py").write_text(
        "import datetime\nimport moto.core.utils as utils\n"
        "utils.utcnow = lambda: datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) - datetime.timedelta(days=3)\n"
    )
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    log = open(tmp_path / "s3-log", "w")
    command = [str(VENVS / "s3" / "bin" / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=log, stderr=log, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path)})
    eventually(lambda: answers(url), "the S3 server", 60)
    requests.put(f"{url}/runs", timeout=10).raise_for_status()
    yield url
    process.kill()
    process.wait()


def test_the_doctor_finds_what_a_bucket_lacks_and_removes_what_nobody_needs(long_ago, tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    server = Server(folder, **settings(long_ago, "checked"))
    server.data_of('mutation { upsertBucket(input: {modelName: "p", name: "r"}) { inserted } }')
    upload(server, "ada/p/r", "kept.bin", b"kept")
    upload(server, "ada/p/r", "lost.bin", b"lost")
    [lost] = [key for key in keys(long_ago, "checked/runs/") if OWNER.get(f"{long_ago}/runs/{key}", timeout=10).content == b"lost"]
    [kept] = keys(long_ago, "checked/runs/") - {lost}
    orphan = "checked/artifacts/ab/nobodys"
    OWNER.put(f"{long_ago}/runs/{orphan}", data=b"12345", timeout=10).raise_for_status()

    def check(name: str, *words: str) -> tuple[str, str]:
        checks = json.loads(server.command("doctor", "--json", *words).stdout)["checks"]
        [found] = [found for found in checks if found["name"] == name]
        return found["state"], f"{found['message']} {found['advice']}"

    assert check("blobs.missing") == ("good", "all 2 files that rows name are there None")
    state, said = check("blobs.orphans")
    assert state == "warning" and "1 files with 5 bytes" in said and "--fix" in said, said
    # A page does not wait until a bucket is listed.
    assert check("blobs.missing", "--quick")[0] == check("blobs.orphans", "--quick")[0] == "skipped"

    OWNER.delete(f"{long_ago}/runs/{lost}", timeout=10)
    state, said = check("blobs.missing")
    assert state == "bad" and "1 of 2" in said and lost.removeprefix("checked/") in said, said
    state, said = check("blobs.orphans", "--fix")
    assert state == "good" and "removed" in said, said
    assert keys(long_ago, "checked/artifacts/") == set() and kept in keys(long_ago), "what rows name stays"
    assert check("blobs.orphans")[0] == "good"
    assert server.stop() == 0


def test_two_servers_do_not_share_a_prefix_for_their_backups(bucket, tmp_path):
    places = [tmp_path / "one", tmp_path / "two"]
    for place in places:
        place.mkdir()
    plan = {"RUNSTEAD_BACKUP__TO": "s3://runs/shared-by-mistake"}
    first = Server(places[0], **for_backups(bucket, tmp_path), **plan)
    eventually(lambda: keys(bucket, "shared-by-mistake/server.json"), "the first backup", 60)
    eventually(lambda: json.loads(first.command("backup", "list", "--json").stdout), "the first backup", 60)
    second = Server(places[1], **for_backups(bucket, tmp_path), **plan)
    jobs = lambda: requests.get(f"{second.url}/api/v1/system/jobs", auth=("api", second.key), timeout=60).json()["items"]
    told = eventually(lambda: [job["last_error"] for job in jobs() if job["name"] == "backups" and job["last_error"]], "the refusal", 60)
    assert "another server" in told[0] and str(first.data) in told[0]
    assert "another server" in refusal(second, "run")
    # Two cannot be of one second, and the schedule makes some too.
    eventually(lambda: first.command("backup", "run").returncode == 0, "a backup of the first")
    assert first.stop() == 0 and second.stop() == 0


def test_buckets_that_cannot_take_a_backup_are_refused_in_words(bucket, tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    server = Server(folder)
    assert "backup.s3_access_key_id" in refusal(server, "create", "s3://runs/x")
    server.environment |= for_backups(bucket, tmp_path)
    OWNER.put(f"{bucket}/runs/theses/thesis.txt", data=b"years of work", timeout=10).raise_for_status()
    assert "s3://runs/theses holds other things" in refusal(server, "create", "s3://runs/theses")
    assert OWNER.get(f"{bucket}/runs/theses/thesis.txt", timeout=10).content == b"years of work"
    assert "is no backup" in refusal(server, "verify", "s3://runs/nothing")
    assert "names no bucket" in refusal(server, "create", "gs://runs/x")
    assert "no-such-bucket" in refusal(server, "create", "s3://no-such-bucket/x")
    server.environment["RUNSTEAD_BACKUP__S3_ENDPOINT"] = f"http://127.0.0.1:{free_port()}"
    began = time.monotonic()
    assert "s3://runs/x" in refusal(server, "create", "s3://runs/x") and time.monotonic() - began < 45
    for setting, value, word in (("BACKUP__TO", "gs://runs", "backup.to"), ("BACKUP__S3_ACCESS_KEY_ID", "", "of use together")):
        server.environment["RUNSTEAD_" + setting] = value
        checked = server.command("config", "check")
        assert checked.returncode == 1 and word in checked.stderr, checked.stderr
    assert server.stop() == 0
