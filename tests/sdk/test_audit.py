"""The audit log is told to a file and to collectors of syslog, and compared with what was told."""

import json
import socket
import socketserver
import threading

import requests
from server import Server, eventually, free_port


class Collector(socketserver.ThreadingTCPServer):
    """Takes messages of syslog over TCP, each with its length before it (RFC 6587)."""

    allow_reuse_address = True

    def __init__(self, port: int):
        self.received = b""
        super().__init__(("127.0.0.1", port), self.handler())
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handler(self):
        collector = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                collector.received += self.rfile.read()

        return Handler

    def messages(self) -> list[str]:
        found, rest = [], self.received
        while rest:
            length, _, rest = rest.partition(b" ")
            found.append(rest[: int(length)].decode())
            rest = rest[int(length) :]
        return found


def tell(server: Server) -> None:
    """Has the job done now that tells."""
    rung = requests.post(f"{server.url}/api/v1/system/jobs/audit outputs/run", auth=("api", server.key), timeout=10)
    assert rung.status_code == 202, rung.text


def job(server: Server) -> dict:
    jobs = requests.get(f"{server.url}/api/v1/system/jobs", auth=("api", server.key), timeout=10).json()["items"]
    return next(job for job in jobs if job["name"] == "audit outputs")


def entry(message: str) -> dict:
    return json.loads(message[message.index("{") :])


def drain(listener: socket.socket) -> list[str]:
    listener.settimeout(20)
    found = [listener.recv(70_000).decode()]
    listener.settimeout(0.5)
    try:
        while True:
            found.append(listener.recv(70_000).decode())
    except TimeoutError:
        return found


def test_the_log_is_told_to_a_file_and_to_collectors(tmp_path):
    file, port = tmp_path / "audit.jsonl", free_port()
    server = Server(tmp_path, RUNSTEAD_AUDIT__FILE=str(file), RUNSTEAD_AUDIT__SYSLOG=f"tcp://127.0.0.1:{port}")
    # What happened before anybody listened is told too. The collector that is down keeps the file from nothing.
    eventually(file.exists, "the file")
    eventually(lambda: job(server)["last_error"], "the failure to be seen")
    assert f"syslog tcp://127.0.0.1:{port}: " in job(server)["last_error"]
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["id"] for line in lines] == list(range(1, len(lines) + 1))
    assert {"account.create", "server.setup", "key.create"} & {line["action"] for line in lines}
    assert file.stat().st_mode & 0o777 & ~0o640 == 0

    collector = Collector(port)
    moved = tmp_path / "audit.jsonl.1"
    file.rename(moved)
    assert server.command("user", "create", "bob").returncode == 0
    tell(server)
    eventually(file.exists, "a new file")
    told = lambda: [entry(message) for message in collector.messages()]
    eventually(lambda: told() and told()[-1] == json.loads(file.read_text().splitlines()[-1]), "the collector to be told")
    assert told()[: len(lines)] == lines, "all that waited, in its order"
    assert told()[len(lines) :] == [json.loads(line) for line in file.read_text().splitlines()]
    assert collector.messages()[0].startswith("<110>1 20") and " runstead " in collector.messages()[0]
    eventually(lambda: job(server)["last_error"] is None, "the job to go well")
    assert server.key not in collector.received.decode()
    collector.shutdown()

    verified = server.command("audit", "verify", "--against", str(moved), "--json")
    assert verified.returncode == 0 and json.loads(verified.stdout)["as_told"] == len(lines), verified.stderr

    # Another collector begins with everything.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        assert server.stop() == 0
        server.environment["RUNSTEAD_AUDIT__SYSLOG"] = f"udp://127.0.0.1:{listener.getsockname()[1]}"
        server.start()
        told = [entry(message) for message in drain(listener)]
        assert [line["id"] for line in told] == list(range(1, len(told) + 1)) and len(told) > len(lines)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "log.sock"))
        assert server.stop() == 0
        server.environment["RUNSTEAD_AUDIT__SYSLOG"] = f"unix:{tmp_path}/log.sock"
        server.start()
        messages = drain(listener)
        assert messages[0].startswith("<110>runstead[") and entry(messages[0])["id"] == 1
    assert server.stop() == 0


def test_a_collector_that_cannot_be_is_refused_before_the_start(server):
    for wrong in ("logs.example.org:514", "udp://logs.example.org", "tcp://:601", "unix:"):
        checked = server.command("config", "check", "--audit.syslog", wrong)
        assert checked.returncode == 1 and "udp://logs.example.org:514" in checked.stderr, checked.stderr
