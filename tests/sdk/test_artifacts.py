"""What is logged as an artifact comes back bit by bit, with each release of the client."""

import pytest
from client import VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_a_logged_directory_comes_back_bit_by_bit(client_of, server, version):
    seen = client_of(version).run("artifact_log", f"data-{version}", "words")
    # Releases up to 0.13 ask for a new version whenever something is logged.
    assert seen["versions"] == ["v0", "v1", "v2" if version == "0.13.11" else "v1"]
    assert seen["equal"]
    assert (seen["newest"], seen["alone"]) == ("second", "first")
    assert "first" in seen["aliases"]
    assert seen["described"] == ["words", {"rows": 3}, "dataset", "COMMITTED"]
    assert (seen["reference"], seen["referred"]) == ("outside.bin", "elsewhere")


@pytest.mark.parametrize("version", VERSIONS)
def test_tables_come_back_with_their_pictures(client_of, server, version):
    seen = client_of(version).run("artifact_tables", f"tables-{version}")
    assert seen["numbers"] == list(range(100))
    assert seen["logged"] == [[1, "ü"], [2, None]]
    assert seen["pictures"] == ["Image", "Image"]
    assert "run_table" in seen["types"] and "result" in seen["types"]
    if version == VERSIONS[0]:
        # A table that grows is sent as what was added; the last version has all of it.
        assert len([name for name in seen["steps"] if name.endswith(".table.json")]) == 3
    run = server.run(seen["path"])
    assert run["state"] == "finished"
