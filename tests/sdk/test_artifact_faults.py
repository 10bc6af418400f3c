"""Artifacts under fire: many who log one collection, and a server that is killed while they do."""

import base64
import hashlib
import json
import os
import socket
import time
import urllib.parse

from client import Client, finish
from server import eventually


def client(server, tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    return Client(server, folder)


def test_concurrent_loggers_get_distinct_versions_and_latest_is_the_last(server, tmp_path):
    loggers = [client(server, tmp_path, f"logger-{number}").start("artifact_many", "crowd", "data", "3") for number in range(4)]
    done = [finish(logger) for logger in loggers]
    versions = [version for one in done for version in one["versions"]]
    assert sorted(versions, key=lambda version: int(version[1:])) == [f"v{number}" for number in range(12)]
    checked = client(server, tmp_path, "reader").run("artifact_verify", "ada/crowd/data")
    assert checked["latest"] == "v11" and len(checked["seen"]) == 12
    for one in done:
        assert [checked["seen"][version] for version in one["versions"]] == [f"{one['id']} {number}" for number in range(3)]


def test_what_was_logged_is_whole_although_the_server_was_killed_again_and_again(own, tmp_path):
    logger = client(own, tmp_path, "logger").start("artifact_many", "fire", "data", "12")
    eventually(lambda: artifacts(own) >= 1, "the first version")
    for _ in range(4):
        own.kill()
        time.sleep(0.5)
        own.start()
        time.sleep(1.2)
    done = finish(logger, 180)
    assert len(set(done["versions"])) == 12
    checked = client(own, tmp_path, "reader").run("artifact_verify", "ada/fire/data")
    assert {checked["seen"][version] for version in done["versions"]} == {f"{done['id']} {number}" for number in range(12)}


def artifacts(server) -> int:
    query = """{ project(name: "fire", entityName: "ada") { artifactCollection(name: "data") { artifacts { totalCount } } } }"""
    project = server.data_of(query)["project"]
    collection = project and project["artifactCollection"]
    return collection["artifacts"]["totalCount"] if collection else 0


def test_an_upload_that_is_cut_leaves_nothing_and_is_taken_up_again(own):
    content = os.urandom(3_000_000)
    md5 = base64.b64encode(hashlib.md5(content).digest()).decode()
    create = """mutation ($input: CreateArtifactInput!) { createArtifact(input: $input) { artifact { id state } } }"""
    place = {"entityName": "ada", "projectName": "cut"}
    new = {**place, "artifactTypeName": "dataset", "artifactCollectionName": "data", "digest": "d", "digestAlgorithm": "MANIFEST_MD5"}
    artifact = own.data_of(create, input=new)["createArtifact"]["artifact"]["id"]
    files = """mutation ($input: CreateArtifactFilesInput!) { createArtifactFiles(input: $input) { files { edges { node { uploadUrl } } } } }"""
    spec = {"artifactFiles": [{"artifactID": artifact, "name": "big", "md5": md5}], "storageLayout": "V2"}

    def announced():
        return own.data_of(files, input=spec)["createArtifactFiles"]["files"]["edges"][0]["node"]["uploadUrl"]

    def lying():
        return [path for path in (own.data / "blobs" / "artifacts").rglob("*") if path.is_file()]

    url = urllib.parse.urlsplit(announced())
    for kill in (False, True):
        with socket.create_connection((url.hostname, url.port)) as half:
            half.sendall(f"PUT {url.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content[:2_000_000])
            if kill:
                time.sleep(0.3)
                own.kill()
        if kill:
            own.start()
        else:
            eventually(lambda: lying() == [], "the half that arrived to be removed")
        assert not [path for path in lying() if "#" not in path.name], "nothing appears that is not whole"
    import requests

    assert requests.put(announced(), data=content, timeout=60).status_code == 200
    assert announced() is None, "what has arrived is not asked for again"
    manifest = json.dumps({"version": 1, "contents": {"big": {"digest": md5, "size": len(content)}}}).encode()
    listing = """mutation ($input: CreateArtifactManifestInput!) { createArtifactManifest(input: $input) { artifactManifest { file { uploadUrl } } } }"""
    digest = base64.b64encode(hashlib.md5(manifest).digest()).decode()
    named = {**place, "artifactID": artifact, "name": "wandb_manifest.json", "digest": digest, "runName": "", "type": "FULL"}
    target = own.data_of(listing, input=named)["createArtifactManifest"]["artifactManifest"]["file"]["uploadUrl"]
    assert requests.put(target, data=manifest, timeout=60).status_code == 200
    commit = """mutation ($input: CommitArtifactInput!) { commitArtifact(input: $input) { artifact { state } } }"""
    assert own.data_of(commit, input={"artifactID": artifact})["commitArtifact"]["artifact"]["state"] == "COMMITTED"
