"""Whom a comment on a report names is told by a real mail server, as they want it."""

import pytest
import requests
from server import Server, eventually
from test_alerts import Letters


@pytest.fixture(scope="module")
def letters(tmp_path_factory):
    letters = Letters(tmp_path_factory.mktemp("mail"))
    yield letters
    letters.process.terminate()
    letters.process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory, letters):
    server = Server(tmp_path_factory.mktemp("server"), **letters.settings())
    yield server
    assert server.stop() == 0


def rest(server, method: str, path: str, body: dict | None = None, key: str | None = None):
    answer = requests.request(method, f"{server.url}/api/v1{path}", json=body, auth=("api", key or server.key), timeout=30)
    assert answer.ok, answer.text
    return answer.json() if answer.text else None


def test_who_is_named_or_follows_is_mailed_what_they_want(server, letters):
    keys = {}
    rest(server, "POST", "/teams", {"name": "red"})
    for name in ("bob", "eve"):
        rest(server, "POST", "/users", {"username": name, "email": f"{name}@example.org", "name": f"{name.title()} B."})
        rest(server, "POST", "/teams/red/members", {"username": name, "role": "member"})
        keys[name] = rest(server, "POST", f"/users/{name}/api-keys", {"name": "test"})["secret"]
    rest(server, "POST", "/projects/red", {"name": "digits"})
    report = {"display_name": "Weekly\nresults", "spec": '{"blocks":[]}'}
    report = rest(server, "POST", "/projects/red/digits/reports", report, keys["bob"])
    threads = f"/reports/{report['id']}/threads"
    settings = rest(server, "GET", "/notification-settings", key=keys["eve"])
    assert settings["mail_possible"] and settings["why_not"] is None and not settings["mail"]["comment"]

    thread = rest(server, "POST", threads, {"body": "What do you think, @BOB?"}, keys["eve"])
    eventually(lambda: len(letters.taken()) == 1, "a letter")
    [(to, letter)] = letters.taken()
    assert to == ["bob@example.org"] and letter["Subject"] == 'Eve B. mentioned you on "Weekly results"'
    text = letter.get_content()
    assert "What do you think, @bob?" in text and "Notifications" in text and "/settings" in text
    assert f"{server.url}/red/digits/reports/Weekly-results--{report['id']}#thread-{thread['id']}" in text.replace("\r", "")

    # What nobody wants is not mailed; what somebody wants is.
    rest(server, "PATCH", "/notification-settings", {"mail": {"mention": False}}, keys["bob"])
    rest(server, "PATCH", "/notification-settings", {"mail": {"comment": True}}, keys["eve"])
    replies = f"/threads/{thread['id']}/comments"
    rest(server, "POST", replies, {"body": "Not for the post, @bob"}, keys["eve"])
    rest(server, "POST", replies, {"body": "Well done"}, keys["bob"])
    eventually(lambda: len(letters.taken()) == 2, "another letter")
    (to, letter) = letters.taken()[1]
    assert to == ["eve@example.org"] and letter["Subject"].startswith("Bob B. commented on")
    told = rest(server, "GET", "/notifications?unread=true", key=keys["bob"])
    assert [item["kind"] for item in told["items"]] == ["mention", "mention"]
