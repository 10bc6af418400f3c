"""What is logged as an artifact comes back bit by bit, with each release of the client."""

import hashlib
import os

import pytest
from client import NEWEST, VERSIONS
from clouds import OBJECTS, Clouds


@pytest.mark.parametrize("version", VERSIONS)
def test_a_logged_directory_comes_back_bit_by_bit(client_of, server, version):
    before = sent(server)
    seen = client_of(version).run("artifact_log", f"data-{version}", "words", seconds=240)
    # 33 files, of which two are empty and need not both be sent, then the one that changed, then nothing.
    assert sent(server) - before in (33, 34)
    # Releases up to 0.13 ask for a new version whenever something is logged.
    assert seen["versions"] == ["v0", "v1", "v2" if version == "0.13.11" else "v1"]
    assert seen["equal"]
    assert (seen["newest"], seen["alone"]) == ("second", "first")
    assert "first" in seen["aliases"]
    assert seen["described"] == ["words", {"rows": 3}, "dataset", "COMMITTED"]
    assert (seen["reference"], seen["referred"]) == ("outside.bin", "elsewhere")


def sent(server) -> int:
    """How many files of artifacts were sent so far."""
    return server.log_file().read_text().count("/static/artifact/upload/")


@pytest.mark.parametrize("version", VERSIONS)
def test_tables_come_back_with_their_pictures(client_of, server, version):
    seen = client_of(version).run("artifact_tables", f"tables-{version}", seconds=240)
    assert seen["numbers"] == list(range(100))
    assert seen["logged"] == [[1, "ü"], [2, None]]
    assert seen["pictures"] == ["Image", "Image"]
    assert "run_table" in seen["types"] and "result" in seen["types"]
    if version == VERSIONS[0]:
        # A table that grows is sent as what was added; the last version has all of it.
        assert len([name for name in seen["steps"] if name.endswith(".table.json")]) == 3
    run = server.run(seen["path"])
    assert run["state"] == "finished"


@pytest.mark.parametrize("version", VERSIONS)
def test_the_public_api_reads_and_changes_artifacts(client_of, version):
    seen = client_of(version).run("artifact_public", f"public-{version}")
    expected = {
        "collections": ["data", "other"],
        "versions": ["v1", "v0"],
        "exists": [True, False, False],
        "collection_exists": [True, False],
        "files": [["a.txt", 3], ["deep/b.txt", 4]],
        "storage_path": True,
        "used_by": [True],
        "logged_by": True,
        "logged": ["data:v0", "data:v1", "other:v0"],
        "used": ["data:v0"],
        "checkout": ["a.txt", "deep/b.txt"],
        "changed": ["v0", "changed", {"rows": 2}],
        "tags": ["a tag", "b"],
        "fewer_tags": ["b"],
        "ttl": 7,
        "alias_gone": False,
        "linked": ["v0", "v1", "v0"],
        "linked_bytes": "one",
        "unlinked": [False, True],
        "draft": ["v2", ["a.txt", "c.txt"]],
        "delete_refused": True,
        "deleted": [False, "v1"],
        "collection": ["renamed", "words", ["one", "two"]],
        "moved": ["renamed", "moved"],
        "collection_deleted": False,
    }
    assert "dataset" in seen.pop("types")
    # Older releases know less; what they know, they see alike.
    assert seen == {key: value for key, value in expected.items() if key in seen}
    if version == VERSIONS[0]:
        assert set(seen) == set(expected)


@pytest.mark.parametrize("version", VERSIONS)
def test_artifacts_refer_to_entries_of_others(client_of, version):
    seen = client_of(version).run("artifact_refs", f"refs-{version}")
    assert seen == {"referred": "inner bytes", "reference": "wandb-artifact", "again": [1, 2], "chosen": "v0"}


def test_objects_of_clouds_and_of_the_web_stay_where_they_are(client_of, server):
    with Clouds() as clouds:
        seen = client_of(f"{NEWEST}-clouds").run("artifact_clouds", "clouds", clouds.url, **clouds.environment())
    assert seen["references"] == {
        "s3.bin": "s3://bucket/data/one.bin",
        "gs.bin": "gs://bucket/two.bin",
        "http.txt": f"{clouds.url}/web/page.txt",
        "unchecked": "s3://elsewhere/not/looked/at",
        "own.txt": None,
    }
    one, two, page = OBJECTS.values()
    assert seen["bytes"] == {"s3.bin": one.decode(), "gs.bin": two.decode(), "http.txt": page.decode(), "own.txt": "kept here"}
    assert seen["digest"] == hashlib.md5(one).hexdigest()
    assert seen["files"] == ["gs.bin", "http.txt", "own.txt", "s3.bin", "unchecked"]
    # What is referred to takes no room here.
    project = server.data_of("""{ project(name: "clouds", entityName: "ada") { artifactBytes } }""")["project"]
    assert project["artifactBytes"] < 4096


@pytest.mark.skipif(not os.environ.get("RUNSTEAD_LARGE"), reason="takes minutes and 8 GiB of disk: RUNSTEAD_LARGE=1 runs it")
def test_a_file_of_gigabytes_goes_up_and_comes_down_in_parts(client):
    seen = client.run("artifact_parts", "parts", seconds=400)
    assert seen == {"equal": True, "files": 1, "parts": True}


def test_the_clients_own_check_of_a_server_is_content(client):
    found = client.run("verify_server")
    assert all(found.values()), found


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_the_check_of_older_releases_is_content_with_all_but_the_missing_tls(client_of, version):
    client = client_of(version)
    # They write their settings into a folder that must be there already, and work in one of their own.
    (client.folder / "config").mkdir()
    client.environment["TMPDIR"] = str(client.folder)
    said = client.wandb("verify", seconds=300)
    assert (said.count("✅"), said.count("❌"), said.count("over https")) == (7, 2, 2), said


def test_jobs_are_kept_as_artifacts(client, server):
    source = client.folder / "source"
    source.mkdir()
    (source / "main.py").write_text("print('trained')\n")
    (source / "requirements.txt").write_text("wandb\n")
    created = client.wandb("job", "create", "--project", "jobs", "--name", "trainer", "--entry-point", "python main.py", "code", str(source))
    assert "ada/jobs/trainer:v0" in created
    query = """{ project(name: "jobs", entityName: "ada") { artifactType(name: "job") { artifactCollection(name: "trainer") { name } } } }"""
    assert server.data_of(query)["project"]["artifactType"]["artifactCollection"] == {"name": "trainer"}
