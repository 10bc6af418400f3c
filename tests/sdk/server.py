"""The real server, in a folder of its own, on a free port."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import time

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
TRIPLE = "x86_64-unknown-linux-gnu"


def binary() -> str:
    """The binary named by the environment, else the debug build."""
    named = os.environ.get("RUNSTEAD_BINARY")
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return named or str(target / TRIPLE / "debug" / "runstead")


def inherited() -> dict[str, str]:
    """What processes take over of the environment of the tests: little, and the mark by which run.sh finds what is left."""
    return {name: os.environ[name] for name in ("PATH", "RUNSTEAD_TEST_STEP") if name in os.environ}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """Starts with an administrator `ada`, whose key is `key`, unless told to wait for its set-up. A setting that is None is left
    to the configuration."""

    def __init__(self, folder: pathlib.Path, administrator: bool = True, **settings: str | None):
        self.folder = folder
        self.data = folder / "data"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **inherited(),
            # Where it lives: what is left of it when its test has ended is found by this.
            "HOME": str(folder),
            "RUNSTEAD_HTTP__LISTEN": f"127.0.0.1:{self.port}",
            "RUNSTEAD_HTTP__PUBLIC_URL": self.url,
            "RUNSTEAD_DATA__DIR": str(self.data),
            "RUNSTEAD_ACCOUNTS__PASSWORD_MEMORY_KIB": "64",
            "RUNSTEAD_ACCOUNTS__PASSWORD_PASSES": "1",
            # Who reads the log of a test that failed wants to see what was asked.
            "RUNSTEAD_LOG__REQUESTS": "true",
            **settings,
        }
        self.environment = {name: value for name, value in self.environment.items() if value is not None}
        if administrator:
            self.create_administrator()
        self.start()

    def program(self) -> list[str]:
        """The words that run the binary."""
        return [binary()]

    def log_file(self) -> pathlib.Path:
        return self.folder / "log"

    def create_administrator(self) -> None:
        password = self.folder / "password"
        password.write_text("correct horse battery staple\n")
        made = self.command("admin", "create", "ada", "--email", "ada@example.org", "--password-file", password.name, "--json")
        assert made.returncode == 0, made.stderr
        password.unlink()
        self.key = json.loads(made.stdout)["api_key"]

    def command(self, *arguments: str) -> subprocess.CompletedProcess:
        """Runs the binary beside the server."""
        return subprocess.run([*self.program(), *arguments], env=self.environment, cwd=self.folder, capture_output=True, text=True, timeout=60)

    def start(self) -> None:
        self.log = open(self.log_file(), "a")
        self.process = subprocess.Popen([*self.program(), "serve"], env=self.environment, cwd=self.folder, stdout=self.log, stderr=self.log)
        eventually(self.answers, "the server to answer")

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/ready", timeout=2).ok
        except (requests.ConnectionError, requests.Timeout):
            return False

    def kill(self) -> None:
        """As a power cut would: no time for anything."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Asks it to end; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        self.log.close()
        return code

    def check_integrity(self) -> None:
        """Of a server that has ended: its databases are what they should be."""
        for name in ("runstead.db", "history.db"):
            with contextlib.closing(sqlite3.connect(self.data / name)) as database:
                assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)], name

    def graphql(self, query: str, variables: dict | None = None, key: str | None = None) -> requests.Response:
        body = {"query": query, "variables": variables or {}}
        return requests.post(f"{self.url}/graphql", json=body, auth=("api", key or self.key), timeout=30)

    def data_of(self, query: str, **variables) -> dict:
        answer = self.graphql(query, variables)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def stream(self, path: str, body, key: str | None = None) -> requests.Response:
        """Sends a file_stream message, as JSON or as raw bytes."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        return requests.post(f"{self.url}/files/{path}/file_stream", data=data, headers=headers, auth=("api", key or self.key), timeout=60)

    def runs(self, project: str, group: str) -> list[dict]:
        """The runs of a group, as `run` gives them."""
        entity, name = project.split("/")
        query = """query ($entity: String, $name: String, $filters: JSONString) { project(name: $name, entityName: $entity) {
          runs(filters: $filters) { edges { node { name } } } } }"""
        edges = self.data_of(query, entity=entity, name=name, filters=json.dumps({"group": group}))["project"]["runs"]["edges"]
        return [self.run(f"{project}/{edge['node']['name']}") for edge in edges]

    def run(self, path: str) -> dict | None:
        entity, project, name = path.split("/")
        query = """query ($entity: String, $project: String, $name: String) { project(name: $project, entityName: $entity) {
          run(name: $name) { name displayName state stateReason exitcode tags notes group jobType config summaryMetrics
            historyLineCount eventsLineCount logLineCount history(minStep: 0, maxStep: 1000000000)
            logLines(first: 1000) { edges { node { number level label line } } } files(first: 1000) { edges { node { name md5 } } }
            alerts { title text severity } } } }"""
        project = self.data_of(query, entity=entity, project=project, name=name)["project"]
        return project and project["run"]


def values(run: dict, key: str = "value") -> list:
    """What a run's history has for a key, row by row."""
    return [row[key] for row in map(json.loads, run["history"]) if key in row]


def said(run: dict) -> list[str]:
    """The lines of a run's console."""
    return [edge["node"]["line"] for edge in run["logLines"]["edges"]]


def eventually(condition, what: str, seconds: float = 30):
    """Waits for a condition; returns what it returned."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s for {what}")
