"""What is wrong is refused in words that help, and nothing is lost by it."""

import datetime
import gzip
import json

import pytest
import requests
from server import eventually

VIEWER = "{ viewer { username } }"


@pytest.mark.parametrize(("key", "word"), [("x" * 40, "does not know"), ("short", "40")])
def test_a_wrong_key_is_told_what_is_wrong_with_it(server, key, word):
    answer = server.graphql(VIEWER, key=key)
    assert answer.status_code == 401
    assert word in answer.json()["errors"][0]["message"]


def test_without_a_key_there_is_no_viewer(server):
    answer = requests.post(f"{server.url}/graphql", json={"query": VIEWER}, timeout=10)
    assert (answer.status_code, answer.json()["data"]["viewer"]) == (200, None)


def test_an_expired_key_says_so(server):
    def make(expires_at: datetime.datetime) -> requests.Response:
        body = {"name": "brief", "expires_at": expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")}
        return requests.post(f"{server.url}/api/v1/keys", json=body, auth=("api", server.key), timeout=10)

    now = datetime.datetime.now(datetime.UTC)
    late = make(now - datetime.timedelta(days=1))
    assert late.status_code == 400 and "expiry" in late.json()["message"]
    secret = make(now + datetime.timedelta(seconds=3)).json()["secret"]
    assert server.graphql(VIEWER, key=secret).status_code == 200
    eventually(lambda: server.graphql(VIEWER, key=secret).status_code == 401, "the key to expire")
    assert "expired" in server.graphql(VIEWER, key=secret).json()["errors"][0]["message"]


def test_the_client_learns_quickly_who_can_create_an_entity(client):
    told = client.run("init_only", "nobody-knows")
    assert "nobody-knows" in told["error"] and "administrator" in told["error"] and "ada" in told["error"]
    assert told["seconds"] < 5


def test_a_project_name_with_a_slash_is_refused(server):
    answer = server.graphql('mutation { upsertBucket(input: {modelName: "a/b", name: "r1"}) { inserted } }')
    assert answer.status_code == 400 and "a/b" in answer.json()["errors"][0]["message"]


@pytest.fixture
def run(server, request):
    name = request.node.name.replace("_", "-")[:60]
    query = "mutation($n: String) { upsertBucket(input: {modelName: \"bad\", name: $n}) { bucket { name } inserted } }"
    assert server.data_of(query, n=name)["upsertBucket"]["inserted"]
    return f"ada/bad/{name}"


def history(*lines: str, offset: int = 0) -> dict:
    return {"files": {"wandb-history.jsonl": {"offset": offset, "content": list(lines)}}}


def test_a_broken_stream_stores_nothing_and_harms_nobody(server, run):
    assert server.stream(run, history('{"_step":0,"a":1}')).status_code == 200
    for broken in (b"{", json.dumps(history('{"_step":1,"a":2}', '{"a":', offset=1)).encode(), b"[]"):
        answer = server.stream(run, broken)
        assert answer.status_code == 400 and answer.json()["errors"][0]["message"]
    assert server.run(run)["historyLineCount"] == 1
    assert server.stream(run, history('{"_step":1,"a":NaN}', offset=1)).status_code == 200
    assert server.run(run)["historyLineCount"] == 2


def test_a_message_sent_again_changes_nothing(server, run):
    message = history('{"_step":0,"a":1}', '{"_step":1,"a":2}')
    for _ in range(3):
        assert server.stream(run, message).status_code == 200
    assert server.run(run)["historyLineCount"] == 2


def test_a_long_line_is_kept_and_a_body_over_the_limit_refused(server, run):
    line = json.dumps({"_step": 0, "text": "x" * (10 << 20)})
    assert server.stream(run, history(line)).status_code == 200
    assert server.run(run)["history"] == [line]
    answer = server.stream(run, b'{"files":{}}' + b" " * (65 << 20))
    assert answer.status_code == 413


def test_a_stream_may_be_compressed_and_say_more_than_lines(server, run):
    def send(body: bytes) -> requests.Response:
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        return requests.post(f"{server.url}/files/{run}/file_stream", data=body, headers=headers, auth=("api", server.key), timeout=60)

    message = {**history('{"_step":0,"a":1}'), "uploaded": ["a.txt"], "failed": False, "dropped": 0, "unheard of": {}}
    assert send(gzip.compress(json.dumps(message).encode())).status_code == 200
    assert server.run(run)["historyLineCount"] == 1
    assert send(b"not compressed").status_code == 400
    # Small on its way, and too large when it is unpacked.
    assert send(gzip.compress(b'{"files":{}}' + b" " * (65 << 20))).status_code == 413
    assert server.run(run)["historyLineCount"] == 1


def test_streams_need_a_run_and_the_right_to_write(server):
    assert server.stream("ada/bad/not-there", {}).status_code == 404
    assert server.stream("ada/bad/not-there", {}, key="x" * 40).status_code == 401


def test_a_query_too_deep_or_too_costly_is_refused(server):
    deep = "{ viewer { organizations { orgEntity " + "{ organization { orgEntity " * 12 + "{ name }" + " } }" * 12 + " } } }"
    costly = "{ viewer { " + " ".join(f"a{number}: username" for number in range(3000)) + " } }"
    for query, word in ((deep, "deep"), (costly, "many fields")):
        answer = server.graphql(query)
        assert answer.status_code == 400 and word in answer.json()["errors"][0]["message"]
    long = requests.post(f"{server.url}/graphql", data=b" " * (65 << 20), auth=("api", server.key), timeout=60)
    assert long.status_code == 413 and "67108864 bytes" in long.json()["errors"][0]["message"]


def test_what_is_not_there_yet_is_said_in_words(server):
    answer = server.graphql('mutation { upsertSweep(input: {config: "{}"}) { sweep { name } } }')
    assert answer.status_code == 400 and "does not offer it yet" in answer.json()["errors"][0]["message"]


def test_file_names_cannot_leave_their_run(server, run):
    entity, project, name = run.split("/")
    query = """mutation($e: String!, $p: String!, $r: String!, $f: [String!]!) {
      createRunFiles(input: {entityName: $e, projectName: $p, runName: $r, files: $f}) { files { name uploadUrl } } }"""
    for bad in ("../../x", "/etc/passwd", "a/../../b"):
        answer = server.graphql(query, {"e": entity, "p": project, "r": name, "f": [bad]})
        assert answer.status_code == 400 and "file name" in answer.json()["errors"][0]["message"]
    [file] = server.data_of(query, e=entity, p=project, r=name, f=["./fine é.txt"])["createRunFiles"]["files"]
    assert file["name"] == "fine é.txt"
    assert requests.put(file["uploadUrl"], data=b"abc", headers={"Content-MD5": "wrong"}, timeout=10).status_code == 400
    assert requests.put(file["uploadUrl"].replace("/static/upload/", "/static/upload/9"), data=b"abc", timeout=10).status_code == 403
    assert requests.put(file["uploadUrl"], data=b"abc", timeout=10).status_code == 200
    known = f"{server.url}/files/{run}/fine é.txt"
    assert requests.get(known, auth=("api", server.key), headers={"Range": "bytes=1-1"}, timeout=10).content == b"b"
    assert requests.get(known, timeout=10).status_code == 404


def test_a_filter_that_is_not_understood_is_refused(server):
    for filters, word in (('{"stat":"x"}', "state"), ('{"name":{"$like":"x"}}', "$like")):
        query = "query($f: JSONString) { project(name: \"bad\", entityName: \"ada\") { runCount(filters: $f) } }"
        server.data_of("mutation { upsertModel(input: {name: \"bad\", entityName: \"ada\"}) { inserted } }")
        answer = server.graphql(query, {"f": filters})
        assert answer.status_code == 400 and word in answer.json()["errors"][0]["message"]


def test_a_second_server_on_the_same_data_or_port_refuses_in_words(server, tmp_path):
    second = server.command("serve", "--http.listen", "127.0.0.1:0")
    assert second.returncode == 1 and "another Runstead server" in second.stderr
    port = server.command("serve", "--data.dir", str(tmp_path / "own"))
    assert port.returncode == 1 and "cannot listen" in port.stderr


def test_a_broken_configuration_is_told_whole(server, tmp_path):
    file = tmp_path / "runstead.toml"
    file.write_text('[http]\nlistn = "x"\n[log]\nformat = 3\n')
    done = server.command("config", "check", "--config", str(file))
    assert done.returncode == 1 and "runstead.toml:2" in done.stderr and "http.listen" in done.stderr


def test_a_data_directory_that_cannot_be_used_is_named(server, tmp_path):
    (tmp_path / "file").write_text("")
    done = server.command("serve", "--http.listen", "127.0.0.1:0", "--data.dir", str(tmp_path / "file" / "data"))
    assert done.returncode == 1 and "data directory" in done.stderr and "--data.dir" in done.stderr
