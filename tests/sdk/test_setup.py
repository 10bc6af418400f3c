"""A server that has no administrator yet."""

import re
import stat

import requests
from server import Server, eventually


def test_a_server_waits_for_its_first_administrator_and_then_forgets_the_link(tmp_path):
    server = Server(tmp_path, administrator=False)
    link = server.data / "setup-link"
    assert stat.S_IMODE(link.stat().st_mode) == 0o600
    token = re.search(r"token=([\w-]+)", link.read_text())[1]
    assert token in (tmp_path / "log").read_text()
    waiting = server.graphql("{ viewer { username } }", key="x" * 40)
    assert waiting.status_code == 503 and "not set up" in waiting.json()["errors"][0]["message"]

    server.create_administrator()
    eventually(lambda: not link.exists(), "the link to be removed")
    assert server.data_of("{ viewer { username } }")["viewer"]["username"] == "ada"
    body = {"token": token, "username": "eve", "email": "eve@example.org", "password": "correct horse battery"}
    late = requests.post(f"{server.url}/api/v1/setup", json=body, headers={"X-Requested-With": "runstead"}, timeout=10)
    assert late.status_code in (400, 409), late.text
    assert server.stop() == 0
    assert not (server.data / "setup-link").exists()
