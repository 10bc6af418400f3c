"""Histories as Parquet files: read by the client as the rows are, and opened by the tools people analyse with."""

import duckdb
import pandas
import requests
from client import begun, kill_family
from server import eventually


def expected(step: int, sparse: bool = False) -> dict:
    row = {"_step": step, "loss": step * 0.7, "epoch": step // 10, "phase": "warm" if step < 100 else "hot", "good": step % 3 == 0}
    return {key: value for key, value in row.items() if key != "loss" or not sparse or step % 5 == 0}


def files(server, path: str) -> list[str]:
    entity, project, name = path.split("/")
    query = """query($e: String!, $p: String!, $r: String!) { project(name: $p, entityName: $e) { run(name: $r) {
        parquetHistory(liveKeys: ["_step"]) { parquetUrls liveData } } } }"""
    found = server.data_of(query, e=entity, p=project, r=name)["project"]["run"]["parquetHistory"]
    return found["parquetUrls"]


def until_sealed(server, path: str, count: int):
    eventually(lambda: len(files(server, path)) == count, "the run to be sealed", 60)


def check(found: dict, count: int):
    rows = [expected(step) for step in range(count)]
    assert found["all"] == rows
    assert found["some"] == found["cached"] == [{"_step": row["_step"], "loss": row["loss"]} for row in rows]
    # From files the client gives the step unasked.
    assert [row["loss"] for row in found["part"]] == [row["loss"] for row in rows[1200:1205]]


def test_a_finished_run_is_read_from_files_as_from_its_rows(client, server, tmp_path):
    path = client.run("exports", "log", "dense", "0", "3000", "dense")["path"]
    before = client.run("exports", "read", path, str(tmp_path / "before"), WANDB_CACHE_DIR=str(tmp_path / "none"))
    until_sealed(server, path, 1)
    found = client.run("exports", "read", path, str(tmp_path / "files"))
    check(found, 3000)
    check(before, 3000)
    [file] = found["files"]
    read = pandas.read_parquet(file)
    assert list(read["loss"]) == [step * 0.7 for step in range(3000)] and list(read["phase"][:2]) == ["warm", "warm"]
    # It goes on, and ends again.
    client.run("exports", "log", "dense", "3000", "100", "dense")
    until_sealed(server, path, 2)
    more = client.run("exports", "read", path, str(tmp_path / "more"))
    check(more, 3100)
    assert len(more["files"]) == 2


def test_a_run_that_goes_on_is_read_from_its_rows(client, server, tmp_path):
    path = client.run("exports", "log", "goes-on", "0", "300", "dense")["path"]
    until_sealed(server, path, 1)
    process = client.start("exports", "log", "goes-on", "300", "100", "dense", WAIT="1")
    begun(process)
    # The client keeps its last row until the next one begins.
    eventually(lambda: server.run(path)["historyLineCount"] == 399, "the rows to arrive")
    found = client.run("exports", "read", path, str(tmp_path / "more"))
    kill_family(process.pid)
    process.wait(timeout=30)
    assert [row["_step"] for row in found["all"]] == list(range(399)) == [row["_step"] for row in found["some"]]
    assert found["refused"] == "IncompleteRunHistoryError"


def test_rows_that_differ_in_their_keys_are_read_as_rows_and_come_whole_in_one_file(client, server, tmp_path):
    path = client.run("exports", "log", "sparse", "0", "600", "sparse")["path"]
    found = client.run("exports", "read", path, str(tmp_path / "files"))
    rows = [expected(step, sparse=True) for step in range(600)]
    assert found["all"] == rows
    assert found["some"] == [{"_step": row["_step"], "loss": row["loss"]} for row in rows if "loss" in row]
    assert found["refused"] == "IncompleteRunHistoryError"

    entity, project, name = path.split("/")
    address = f"{server.url}/api/v1/projects/{entity}/{project}/runs/{name}/history.parquet"
    answer = requests.get(address, headers={"Authorization": f"Bearer {server.key}"}, timeout=30)
    answer.raise_for_status()
    whole = tmp_path / "whole.parquet"
    whole.write_bytes(answer.content)
    told = duckdb.sql(f"SELECT count(*), count(loss), max(epoch), sum(CAST(good AS INT)) FROM '{whole}'").fetchone()
    assert told == (600, 120, 59, 200)
    assert pandas.read_parquet(whole)["loss"].isna().sum() == 480
