"""A regression is noticed while the run goes: the real client logs, a real mail server and a listener of HTTP are told. The same mail server
takes invitations."""

import base64
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import subprocess
import sys
import threading

import pytest
import requests
import trustme
from client import VENVS, Client, begun, finish
from server import Server, eventually, free_port

SECRET, TOKEN, PASSWORD = "a secret of the webhook", "a-token-of-the-chat", "the password of mail"


class Letters:
    """A mail server with a certificate of an own authority."""

    def __init__(self, folder: pathlib.Path):
        self.folder, self.port = folder, free_port()
        authority = trustme.CA()
        self.authorities = folder / "ca.d"
        self.authorities.mkdir()
        authority.cert_pem.write_to_path(self.authorities / "own.pem")
        made = authority.issue_cert("localhost")
        made.private_key_and_cert_chain_pem.write_to_path(folder / "mail.pem")
        python, script = VENVS / "smtp" / "bin" / "python", pathlib.Path(__file__).parent / "mail_server.py"
        command = [str(python), str(script), str(self.port), str(folder / "mail.pem"), str(folder / "mail.pem"), str(folder)]
        self.process = subprocess.Popen(command, env={"PATH": os.environ["PATH"], "HOME": str(folder)}, stderr=sys.stderr)

    def settings(self) -> dict[str, str]:
        return {
            "RUNSTEAD_TLS__AUTHORITIES": str(self.authorities),
            "RUNSTEAD_MAIL__SERVER": "localhost",
            "RUNSTEAD_MAIL__PORT": str(self.port),
            "RUNSTEAD_MAIL__USERNAME": "runstead",
            "RUNSTEAD_MAIL__PASSWORD": PASSWORD,
            "RUNSTEAD_MAIL__FROM": "Runstead <runs@example.org>",
        }

    def taken(self) -> list[tuple[list[str], email.message.EmailMessage]]:
        read = lambda path: email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        return [(path.with_suffix(".to").read_text().split("\n"), read(path)) for path in sorted(self.folder.glob("*.eml"))]


class Listener:
    """Takes what is posted, with its headers."""

    def __init__(self):
        taken = self.taken = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                taken.append((self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"thank you")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def letters(tmp_path_factory):
    letters = Letters(tmp_path_factory.mktemp("mail"))
    yield letters
    letters.process.terminate()
    letters.process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory, letters):
    settings = {**letters.settings(), "RUNSTEAD_ALERTS__WEBHOOK_HOSTS": "127.0.0.1"}
    server = Server(tmp_path_factory.mktemp("server"), **settings)
    rest(server, "POST", "/teams", {"name": "red"})
    yield server
    assert server.stop() == 0


def rest(server, method: str, path: str, body: dict | None = None):
    answer = requests.request(method, f"{server.url}/api/v1{path}", json=body, auth=("api", server.key), timeout=30)
    assert answer.ok, answer.text
    return answer.json() if answer.text else None


def firings(server, **query) -> list[dict]:
    answer = requests.get(f"{server.url}/api/v1/projects/red/watched/firings", params=query, auth=("api", server.key), timeout=30)
    assert answer.ok, answer.text
    return answer.json()["items"]


def test_a_run_that_gets_worse_is_told_by_mail_and_to_a_webhook_while_it_goes(server, letters, tmp_path):
    listener = Listener()
    rest(server, "POST", "/projects/red", {"name": "watched"})
    rest(server, "POST", "/webhooks/red", {"name": "chat", "url": listener.url, "secret": SECRET, "token": TOKEN})
    worse = {"kind": "baseline", "metric": "val/loss", "better": "lower", "percent": 200, "points": 2, "run": "best"}
    told = {"mail": ["ada", "ops@elsewhere.example"], "webhook": "chat", "filter": json.dumps({"name": "worse"})}
    made = rest(server, "POST", "/projects/red/watched/alerts", {"name": "val/loss rises", "condition": worse, **told})
    assert made["mail"] == told["mail"]
    sent = {"name": "runs say so", "condition": {"kind": "sent", "severity": "warn"}, "webhook": "chat"}
    rest(server, "POST", "/projects/red/watched/alerts", sent)

    process = Client(server, tmp_path).start("worse", "red")
    path = begun(process)["path"]
    # It goes on training; what it logged last is told within seconds.
    eventually(lambda: len(letters.taken()) >= 2 and listener.taken, "letters and a post", 30)
    assert server.run(path)["exitcode"] is None
    (tmp_path / "go-on").touch()
    finish(process)
    eventually(lambda: len(listener.taken) >= 2, "what the run says itself", 30)

    assert sorted(to for to, _ in letters.taken()) == [["ada@example.org"], ["ops@elsewhere.example"]]
    letter = letters.taken()[0][1]
    text = letter.get_content()
    assert letter["From"] == "Runstead <runs@example.org>" and "val/loss rises" in letter["Subject"] and "a bad idea" in letter["Subject"]
    for part in ("val/loss", "0.55", "red/watched/worse", f"{server.url}/red/watched/runs/worse"):
        assert part in text, f"{part} in {text}"
    assert "0.1 of the run best" in text and letter["Auto-Submitted"] == "auto-generated"

    headers, body = listener.taken[0]
    signed = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    assert headers["X-Wandb-Signature"] == signed and headers["Authorization"] == f"Bearer {TOKEN}"
    posted = json.loads(body)
    assert posted["facts"]["baseline"] == 0.1 and posted["facts"]["step"] == 5 and posted["run"]["name"] == "worse"
    own = json.loads(listener.taken[1][1])
    assert own["title"] == "this goes nowhere" and own["severity"] == "WARN" and "the loss rises" in own["text"]

    # What was told is kept with each answer; nothing came twice, and nothing secret is shown or logged.
    kept = firings(server, run="worse")
    assert [one["alert"] for one in kept] == ["runs say so", "val/loss rises"]
    answers = [(one["state"], one["attempts"][-1]["answer"]) for one in kept[1]["deliveries"]]
    assert [state for state, _ in answers] == ["sent"] * 3 and answers[2][1].startswith("200 OK thank you") and answers[0][1].startswith("250"), answers
    shown = json.dumps([kept, rest(server, "GET", "/webhooks/red"), rest(server, "GET", "/system/settings"), rest(server, "GET", "/audit")])
    for secret in (SECRET, TOKEN, PASSWORD):
        assert secret not in shown and secret not in server.log_file().read_text()
        assert secret.encode() not in (server.data / "runstead.db").read_bytes()
    assert len(letters.taken()) == 2 and len(listener.taken) == 2


def test_a_server_that_is_killed_after_it_acknowledged_rows_tells_of_them_once(server, tmp_path):
    listener = Listener()
    rest(server, "POST", "/webhooks/red", {"name": "pager", "url": listener.url})
    high = {"kind": "threshold", "metric": "loss", "is": "above", "value": 8.5}
    rest(server, "POST", "/projects/red", {"name": "killed"})
    rest(server, "POST", "/projects/red/killed/alerts", {"name": "high", "condition": high, "webhook": "pager"})
    upsert = """mutation ($name: String) { upsertBucket(input: {entityName: "red", modelName: "killed", name: $name}) { inserted } }"""
    for number in range(6):
        server.data_of(upsert, name=f"run{number}")
        for offset in range(0, 20, 5):
            lines = [json.dumps({"_step": step, "loss": step}) for step in range(offset, offset + 5)]
            message = {"files": {"wandb-history.jsonl": {"offset": offset, "content": lines}}}
            assert server.stream(f"red/killed/run{number}", message).status_code == 200
        # Whatever of judging and telling it was at.
        server.kill()
        server.start()
    eventually(lambda: len({json.loads(body)["run"]["name"] for _, body in listener.taken}) == 6, "all six runs", 30)
    answer = requests.get(f"{server.url}/api/v1/projects/red/killed/firings", auth=("api", server.key), timeout=30).json()["items"]
    assert sorted(one["run"]["name"] for one in answer) == [f"run{number}" for number in range(6)]
    assert {one["facts"]["step"] for one in answer} == {9}
    # Who dies between sending and noting it sends twice, with the same number: nobody is told of two firings.
    assert len({json.loads(body)["firing"] for _, body in listener.taken}) == 6


def test_the_doctor_tries_the_mail_server(server, letters):
    checks = {check["name"]: check for check in rest(server, "GET", "/system/checks")["checks"]}
    assert checks["mail.server"]["state"] == "good", checks["mail.server"]
    wrong = {**server.environment, "RUNSTEAD_MAIL__PASSWORD": "another"}
    told = subprocess.run([*server.program(), "doctor", "--json"], env=wrong, cwd=server.folder, capture_output=True, text=True, timeout=60)
    check = next(one for one in json.loads(told.stdout)["checks"] if one["name"] == "mail.server")
    assert check["state"] == "bad" and "another" not in told.stdout, check


def test_an_invitation_to_an_address_is_mailed_there_and_its_link_makes_the_account(server, letters):
    rest(server, "POST", "/teams", {"name": "secretive"})
    rest(server, "PATCH", "/teams/secretive", {"description": "trains on moons"})
    rest(server, "POST", "/projects/secretive", {"name": "moonshot"})
    before = len(letters.taken())
    asked = rest(server, "POST", "/teams/secretive/invitations", {"people": ["fay@elsewhere.example"], "role": "member"})
    first = asked["items"][0]["invitation"]
    assert first["mail"]["state"] in ("waiting", "sent") and first["link"]
    eventually(lambda: len(letters.taken()) > before, "a letter", 30)
    rest(server, "POST", f"/teams/secretive/invitations/{first['id']}/resend", {})
    eventually(lambda: len(letters.taken()) > before + 1, "another letter", 30)
    (to, letter), (_, again) = letters.taken()[before:]
    assert to == ["fay@elsewhere.example"] and letter["Subject"] == "ada invites you to the team secretive"
    assert letter["Auto-Submitted"] == "auto-generated" and letter["Message-ID"] != again["Message-ID"]
    for told in ("moon", "Runstead"):
        assert told not in letter.get_content(), "no more is told than the team's name and who invites"
    link = lambda text: next(line for line in text.split("\n") if "/invitation?token=" in line).strip()
    assert link(letter.get_content()) == first["link"]
    look = lambda url: requests.post(f"{server.url}/api/v1/invitation-links", json={"token": url.split("token=")[1]}, headers={"X-Requested-With": "runstead"}, timeout=30)
    assert look(first["link"]).status_code == 404, "the link before works no more"
    seen = look(link(again.get_content()))
    assert seen.json()["team"] == "secretive" and seen.json()["mail"] is None, seen.text
    kept = rest(server, "GET", "/teams/secretive/invitations")["items"][0]["mail"]
    assert kept["state"] == "sent" and [one["answer"][:3] for one in kept["attempts"]] == ["250", "250"], kept
    token = link(again.get_content()).split("token=")[1]
    assert token not in server.log_file().read_text() and token.encode() not in (server.data / "runstead.db").read_bytes()
