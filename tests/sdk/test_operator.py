"""What who runs the server sees of it: its log, its end, its configuration."""

import json
import shutil
import signal
import subprocess
import time

import pytest
import requests
from server import Server, eventually


@pytest.fixture
def logging(tmp_path):
    """A server that logs JSON; the test stops it."""
    return Server(tmp_path, RUNSTEAD_LOG__FORMAT="json")


def logged(server: Server) -> list[dict]:
    return [json.loads(line) for line in server.log_file().read_text().splitlines() if line.startswith("{")]


def of_request(server: Server, request_id: str) -> list[dict]:
    return [line for line in logged(server) if line.get("request_id") == request_id]


def test_every_request_has_one_line_and_an_error_its_cause_there_and_nowhere_else(logging):
    answer = logging.graphql("{ viewer { username } }")
    [line] = of_request(logging, answer.headers["x-request-id"])
    assert {key: line[key] for key in ("level", "method", "route", "status")} == {"level": "INFO", "method": "POST", "route": "/graphql", "status": 200}
    assert line["actor"] > 0 and line["queries"] >= 2 and line["rows"] >= 2 and 0 < line["millis"] < 60_000 and "cause" not in line

    nobody = requests.get(f"{logging.url}/api/v1/keys", headers={"X-Request-Id": "from-a-proxy"}, timeout=10)
    assert nobody.json()["request_id"] == nobody.headers["x-request-id"] == "from-a-proxy"
    [line] = of_request(logging, "from-a-proxy")
    assert (line["status"], line["actor"], line["route"]) == (401, 0, "/api/v1/keys") and "sign in" in line["cause"]

    # A fault of the server's: the bytes of a file are gone from the disk.
    logging.data_of('mutation { upsertBucket(input: {modelName: "p", name: "r"}) { inserted } }')
    made = logging.data_of('mutation { createRunFiles(input: {entityName: "ada", projectName: "p", runName: "r", files: ["a.txt"]}) { files { uploadUrl } } }')
    assert requests.put(made["createRunFiles"]["files"][0]["uploadUrl"], data=b"abc", timeout=10).ok
    shutil.rmtree(logging.data / "blobs")
    failed = requests.get(f"{logging.url}/files/ada/p/r/a.txt", auth=("api", logging.key), timeout=10)
    assert failed.status_code == 500 and str(logging.data) not in failed.text
    lines = [line for line in logged(logging) if line["level"] == "ERROR"]
    assert [line["request_id"] for line in lines] == [failed.headers["x-request-id"]]
    assert "not found" in lines[0]["cause"].lower() or "no such file" in lines[0]["cause"].lower()
    secrets = logging.log_file().read_text()
    assert logging.key not in secrets and "correct horse" not in secrets
    assert logging.stop() == 0


def test_requests_that_fail_or_take_long_leave_a_line_and_the_others_if_they_are_asked_for(tmp_path):
    settings = tmp_path / "runstead.toml"
    settings.write_text('[log]\nformat = "json"\n')
    server = Server(tmp_path, RUNSTEAD_CONFIG=str(settings), RUNSTEAD_LOG__REQUESTS=None)
    server.data_of('mutation { upsertBucket(input: {modelName: "p", name: "r"}) { inserted } }')

    def lines(method: str, path: str, **how) -> list[tuple[str, str]]:
        answer = requests.request(method, f"{server.url}{path}", auth=("api", server.key), timeout=30, **how)
        return [(line["level"], line["message"]) for line in of_request(server, answer.headers["x-request-id"])]

    def slowly():
        yield b'{"files": '
        time.sleep(2.2)
        yield b"{}}"

    stream = {"headers": {"Content-Type": "application/json"}}
    assert lines("GET", "/api/v1/keys") == lines("GET", "/api/v1/nothing") == []
    assert lines("POST", "/files/ada/p/r/file_stream", data=slowly(), **stream) == [("WARN", "slow request")]
    made = server.data_of('mutation { createRunFiles(input: {entityName: "ada", projectName: "p", runName: "r", files: ["a"]}) { files { uploadUrl } } }')
    assert requests.put(made["createRunFiles"]["files"][0]["uploadUrl"], data=b"abc", timeout=10).ok
    shutil.rmtree(server.data / "blobs")
    assert lines("GET", "/files/ada/p/r/a") == [("ERROR", "request failed")]
    settings.write_text('[log]\nformat = "json"\nrequests = true\n')
    server.process.send_signal(signal.SIGHUP)
    eventually(lambda: "reloaded" in server.log_file().read_text(), "a word that it is taken")
    assert lines("GET", "/api/v1/keys") == [("INFO", "request")]
    assert "restart is needed" not in server.log_file().read_text() and server.stop() == 0


def test_a_stop_drains_and_leaves_whole_databases(tmp_path):
    server = Server(tmp_path)
    server.data_of('mutation { upsertBucket(input: {modelName: "p", name: "r"}) { inserted } }')
    rows = [json.dumps({"_step": step, "loss": step}) for step in range(100)]
    assert server.stream("ada/p/r", {"files": {"wandb-history.jsonl": {"offset": 0, "content": rows}}}).ok
    assert server.stop() == 0
    # Nothing remains beside the databases that a copy of them would miss.
    assert sorted(path.name for path in server.data.glob("*.db*")) == ["history.db", "runstead.db"]
    server.start()
    assert server.run("ada/p/r")["historyLineCount"] == 100
    assert server.stop() == 0


def test_the_configuration_says_where_each_value_comes_from(server, tmp_path):
    secret = tmp_path / "token"
    secret.write_text("a-token-of-the-collector\n")
    file = tmp_path / "runstead.toml"
    file.write_text(f'[runs]\ntrash_days = 3\n\n[metrics]\ntoken_file = "{secret}"\n')
    shown = server.command("config", "show", "--config", str(file), "--data.readers", "9", "--json")
    assert shown.returncode == 0, shown.stderr
    entries = {entry["key"]: (entry["value"], entry["origin"]) for entry in json.loads(shown.stdout)}
    assert entries["runs.trash_days"] == ("3", f"{file}:2")
    assert entries["metrics.token_file"] == (str(secret), f"{file}:5")
    assert entries["data.readers"] == ("9", "flag --data.readers")
    assert entries["http.listen"] == (f"127.0.0.1:{server.port}", "environment RUNSTEAD_HTTP__LISTEN")
    assert entries["log.level"] == ("info", "default")
    assert "a-token-of" not in shown.stdout


class Recovering(Server):
    """Started for an administrator who mends something."""

    def start(self) -> None:
        self.log = open(self.log_file(), "a")
        words = [*self.program(), "serve", "--recovery"]
        self.process = subprocess.Popen(words, env=self.environment, cwd=self.folder, stdout=self.log, stderr=self.log)
        eventually(self.answers, "the server to answer")


def test_a_start_for_mending_leaves_everything_alone_and_lets_an_administrator_in(tmp_path):
    # A directory that would keep every sign-in waiting, and backups that are due.
    down = {"RUNSTEAD_LDAP__SERVERS": "ldap://127.0.0.1:1", "RUNSTEAD_LDAP__BASE_DN": "dc=example,dc=org", "RUNSTEAD_LDAP__START_TLS": "false"}
    server = Recovering(tmp_path, RUNSTEAD_BACKUP__TO=str(tmp_path / "backups"), RUNSTEAD_AUDIT__FILE=str(tmp_path / "audit.jsonl"), **down)
    form = {"username": "ada", "password": "correct horse battery staple"}
    browser = requests.Session()
    browser.headers["X-Requested-With"] = "runstead"
    assert browser.post(f"{server.url}/api/v1/session", json=form, timeout=10).status_code == 200
    assert browser.get(f"{server.url}/api/v1/system/jobs", timeout=10).json()["items"] == []
    assert not browser.get(f"{server.url}/api/v1/directory", timeout=10).json()["configured"]
    assert "recovery: people of the directory cannot sign in" in server.log_file().read_text()
    assert not (tmp_path / "backups").exists() and not (tmp_path / "audit.jsonl").exists()
    assert server.stop() == 0
