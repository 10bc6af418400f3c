"""A server that has no administrator yet."""

import re
import stat
import subprocess

import requests
from client import Client
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


class Unattended(Server):
    """A server that a file sets up when it starts, as in a container."""

    def start(self) -> None:
        (self.folder / "password").write_text("correct horse battery staple\n")
        (self.folder / "key").write_text(f"{self.key}\n")
        wanted = self.folder / "wanted.toml"
        wanted.write_text(
            f"""[administrator]
username = "ada"
email = "ada@example.org"
password_file = "{self.folder}/password"

[[team]]
name = "vision"
admin = "ada"

[[service_account]]
name = "nightly"
team = "vision"
key_file = "{self.folder}/key"
"""
        )
        self.log = open(self.log_file(), "a")
        words = [*self.program(), "serve", "--bootstrap", str(wanted)]
        self.process = subprocess.Popen(words, env=self.environment, cwd=self.folder, stdout=self.log, stderr=self.log)
        eventually(self.answers, "the server to answer")


def test_a_file_sets_a_server_up_at_its_start_and_a_client_logs_at_once(tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    Unattended.key = "a-key-that-came-with-the-machine-not-from-us"
    server = Unattended(folder, administrator=False)
    (tmp_path / "client").mkdir()
    client = Client(server, tmp_path / "client")
    path = client.run("log_steps", "3", "0", WANDB_ENTITY="vision")["path"]
    assert path.startswith("vision/") and server.run(path)["historyLineCount"] == 3
    assert server.stop() == 0
    server.start()
    said = server.log_file().read_text()
    assert said.count("created administrator ada") == 1 and "setup-link" not in [file.name for file in server.data.iterdir()]
    assert server.key not in said and "signup?token" not in said
    assert server.stop() == 0
