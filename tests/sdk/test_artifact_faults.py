"""Artifacts under fire: many who log one collection, and a server that is killed while they do."""

import base64
import hashlib
import json
import os
import socket
import threading
import time
import urllib.parse

import pytest
import requests
from client import NEWEST, Client, finish
from server import eventually
from test_teams import House


OLDER = "0.16.6"


def client(server, tmp_path, name, version=NEWEST):
    folder = tmp_path / name
    folder.mkdir()
    return Client(server, folder, version)


@pytest.mark.parametrize("version", [NEWEST, OLDER])
def test_concurrent_loggers_get_distinct_versions_and_latest_is_the_last(server, tmp_path, version):
    project = f"crowd-{version}"
    loggers = [client(server, tmp_path, f"logger-{number}", version).start("artifact_many", project, "data", "3") for number in range(4)]
    done = [finish(logger, 240) for logger in loggers]
    versions = [version for one in done for version in one["versions"]]
    assert sorted(versions, key=lambda version: int(version[1:])) == [f"v{number}" for number in range(12)]
    checked = client(server, tmp_path, "reader").run("artifact_verify", f"ada/{project}/data")
    assert checked["latest"] == "v11" and len(checked["seen"]) == 12
    for one in done:
        assert [checked["seen"][version] for version in one["versions"]] == [f"{one['id']} {number}" for number in range(3)]


@pytest.mark.parametrize("version", [NEWEST, OLDER])
def test_what_was_logged_is_whole_although_the_server_was_killed_again_and_again(own, tmp_path, version):
    # An older release waits for a version by a question that it asks once: who kills its server does not ask it for that.
    waits = {} if version == NEWEST else {"LATER": "1"}
    logger = client(own, tmp_path, "logger", version).start("artifact_many", "fire", "data", "12", **waits)
    eventually(lambda: artifacts(own) >= 1, "the first version", 120)
    for _ in range(4):
        own.kill()
        time.sleep(0.5)
        own.start()
        time.sleep(1.2)
    done = finish(logger, 300)
    checked = client(own, tmp_path, "reader").run("artifact_verify", "ada/fire/data")
    assert sorted(checked["seen"].values()) == sorted(f"{done['id']} {number}" for number in range(12))
    assert waits or [checked["seen"][version] for version in done["versions"]] == [f"{done['id']} {number}" for number in range(12)]


@pytest.mark.parametrize("version", [NEWEST, OLDER])
def test_what_a_team_logged_is_found_by_nobody_else_neither_by_name_nor_by_digest(server, tmp_path, version):
    house = House(server, tmp_path, team="hidden")
    name = f"stranger-{version.replace('.', '-')}"
    key = house.person(name)
    secret = client(server, tmp_path, "owner").run("artifact_many", "hidden", "data", "1")
    files = server.data_of(
        """{ project(name: "hidden", entityName: "ada") { artifactCollection(name: "data") { artifacts(first: 1) { edges { node { id
          files { edges { node { name digest } } } } } } } } }"""
    )["project"]["artifactCollection"]["artifacts"]["edges"][0]["node"]
    digest = base64.b64decode(files["files"]["edges"][0]["node"]["digest"]).hex()
    assert secret["versions"]
    (tmp_path / "stranger").mkdir()
    stranger = Client(server, tmp_path / "stranger", version, key)
    seen = stranger.run("artifact_foreign", "ada/hidden/data:latest", base64.b64decode(files["id"]).hex())
    assert seen == {"by_name": True, "used": True, "by_id": True}
    birth = urllib.parse.quote(files["id"], safe="")
    for path in (f"artifactsV2/default/ada/hidden/data/{birth}/{digest}/who.txt", f"artifactsV2/default/ada/{birth}/{digest}", f"artifacts/ada/{digest}", f"artifacts/{name}/{digest}"):
        assert requests.get(f"{server.url}/{path}", auth=("api", key), timeout=30).status_code == 404, path
        mine = "ada" in path
        assert requests.get(f"{server.url}/{path}", auth=("api", server.key), timeout=30).status_code == (200 if mine else 404), path


def artifacts(server, project: str = "fire") -> int:
    query = """query ($project: String) { project(name: $project, entityName: "ada") { artifactCollection(name: "data") { artifacts { totalCount } } } }"""
    project = server.data_of(query, project=project)["project"]
    collection = project and project["artifactCollection"]
    return collection["artifacts"]["totalCount"] if collection else 0


CREATE = """mutation ($input: CreateArtifactInput!) { createArtifact(input: $input) { artifact { id } } }"""
FILES = """mutation ($input: CreateArtifactFilesInput!) { createArtifactFiles(input: $input) { files { edges { node { uploadUrl } } } } }"""
MANIFEST = """mutation ($input: CreateArtifactManifestInput!) { createArtifactManifest(input: $input) { artifactManifest { file { uploadUrl } } } }"""
COMMIT = """mutation ($input: CommitArtifactInput!) { commitArtifact(input: $input) { artifact { state fileCount versionIndex } } }"""
PLACE = {"entityName": "ada", "projectName": "cut"}


def md5_of(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content).digest()).decode()


class Draft:
    """A version on its way, step by step as the client takes them."""

    def __init__(self, server):
        self.server = server
        new = {**PLACE, "artifactTypeName": "dataset", "artifactCollectionName": "data", "digest": "d", "digestAlgorithm": "MANIFEST_MD5"}
        self.id = server.data_of(CREATE, input=new)["createArtifact"]["artifact"]["id"]

    def announced(self, name: str, md5: str) -> str | None:
        """Where a file is to be sent; nowhere if it is there."""
        spec = {"artifactFiles": [{"artifactID": self.id, "name": name, "md5": md5}], "storageLayout": "V2"}
        return self.server.data_of(FILES, input=spec)["createArtifactFiles"]["files"]["edges"][0]["node"]["uploadUrl"]

    def send_manifest(self, contents: dict) -> None:
        manifest = json.dumps({"version": 1, "contents": contents}).encode()
        named = {**PLACE, "artifactID": self.id, "name": "wandb_manifest.json", "digest": md5_of(manifest), "runName": "", "type": "FULL"}
        target = self.server.data_of(MANIFEST, input=named)["createArtifactManifest"]["artifactManifest"]["file"]["uploadUrl"]
        assert requests.put(target, data=manifest, timeout=60).status_code == 200

    def commit(self) -> dict:
        return self.server.data_of(COMMIT, input={"artifactID": self.id})["commitArtifact"]["artifact"]


def test_an_upload_that_is_cut_leaves_nothing_and_is_taken_up_again(own):
    content = os.urandom(3_000_000)
    md5 = md5_of(content)
    draft = Draft(own)

    def lying():
        return [path for path in (own.data / "blobs" / "artifacts").rglob("*") if path.is_file()]

    url = urllib.parse.urlsplit(draft.announced("big", md5))
    for kill in (False, True):
        with socket.create_connection((url.hostname, url.port)) as half:
            half.sendall(f"PUT {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content[:2_000_000])
            eventually(lying, "the first part to be written")
            if kill:
                own.kill()
        if kill:
            own.start()
        else:
            eventually(lambda: lying() == [], "the half that arrived to be removed")
        assert not [path for path in lying() if "#" not in path.name], "nothing appears that is not whole"
    assert requests.put(draft.announced("big", md5), data=content, timeout=60).status_code == 200
    assert draft.announced("big", md5) is None, "what has arrived is not asked for again"
    draft.send_manifest({"big": {"digest": md5, "size": len(content)}})
    assert draft.commit() == {"state": "COMMITTED", "fileCount": 1, "versionIndex": 0}


def test_a_commit_that_the_end_of_the_server_cuts_is_done_again_as_if_it_had_not_begun(own):
    content = b"one of many"
    draft = Draft(own)
    assert requests.put(draft.announced("one", md5_of(content)), data=content, timeout=60).status_code == 200
    entries = 20_000
    draft.send_manifest({f"{number:05}.bin": {"digest": md5_of(content), "size": len(content)} for number in range(entries)})
    for seconds in (0.1, 0.4, 0.9):
        committing = threading.Thread(target=attempt, args=(draft,))
        committing.start()
        time.sleep(seconds)
        own.kill()
        committing.join()
        own.start()
        assert artifacts(own, "cut") in (0, 1)
    assert draft.commit() == {"state": "COMMITTED", "fileCount": entries, "versionIndex": 0}
    assert artifacts(own, "cut") == 1


def attempt(draft: Draft) -> None:
    try:
        draft.commit()
    except requests.RequestException:
        pass  # the server ended under it
