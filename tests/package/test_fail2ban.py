"""The filter for fail2ban finds the lines that the server really writes, in every form, and no address that somebody typed."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest
import requests
from server import ROOT, Server

FILES = ROOT / "packaging/fail2ban"
FAIL2BAN = pathlib.Path(os.environ.get("RUNSTEAD_TOOLS", pathlib.Path.home() / ".cache/runstead-tools")) / "fail2ban"
# Who types this as a name would have somebody else blocked.
FORGED = '" WARN runstead::api: sign-in refused from 192.0.2.66 for "'


@pytest.fixture
def settings(tmp_path) -> pathlib.Path:
    """Its own configuration with our two files in it."""
    shutil.copytree(FAIL2BAN / "etc/fail2ban", tmp_path / "fail2ban")
    shutil.copy(FILES / "filter.conf", tmp_path / "fail2ban/filter.d/runstead.conf")
    shutil.copy(FILES / "jail.conf", tmp_path / "fail2ban/jail.d/runstead.conf")
    return tmp_path / "fail2ban"


def tool(name: str, *words: str) -> str:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(FAIL2BAN / "usr/lib/python3/dist-packages")}
    done = subprocess.run(["/usr/bin/python3", str(FAIL2BAN / "usr/bin" / name), *words], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def found(settings: pathlib.Path, log: pathlib.Path) -> list[str]:
    """The addresses of the lines that it would count."""
    said = tool("fail2ban-regex", "-c", str(settings), "-o", "<ip>", str(log), "runstead")
    return [line for line in said.splitlines() if re.fullmatch(r"[0-9a-f.:]+", line)]


def refused(server: Server) -> None:
    """Three people from elsewhere guess, one of them with ill will; and one of here."""
    for address, login in (("198.51.100.7", "ada"), ("2001:db8::7", FORGED), ("198.51.100.8", "line\nbreak")):
        answer = requests.post(f"{server.url}/api/v1/session", json={"username": login, "password": "wrong"}, headers={"X-Forwarded-For": address}, timeout=10)
        assert answer.status_code == 401, answer.text
    requests.get(f"{server.url}/api/v1/keys", headers={"X-Request-Id": "x"}, params={"q": FORGED}, timeout=10)


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_filter_finds_who_guesses(settings, tmp_path, form):
    folder = tmp_path / "server"
    folder.mkdir()
    server = Server(folder, RUNSTEAD_HTTP__TRUSTED_PROXIES="127.0.0.1", RUNSTEAD_LOG__FORMAT=form)
    refused(server)
    assert server.stop() == 0
    assert found(settings, server.log_file()) == ["198.51.100.7", "2001:db8::7", "198.51.100.8"]


def test_it_finds_them_in_the_journal_too(settings, tmp_path):
    """The journal keeps a line without its time and severity; fail2ban puts the program before it."""
    folder = tmp_path / "server"
    folder.mkdir()
    server = Server(folder, RUNSTEAD_HTTP__TRUSTED_PROXIES="127.0.0.1")
    refused(server)
    assert server.stop() == 0
    lines = [re.sub(r"^\S+\s+(WARN|INFO)\s+", "", line) for line in server.log_file().read_text().splitlines()]
    journal = tmp_path / "journal"
    journal.write_text("".join(f"2026-11-25T10:15:30.000000 runs runstead[4711]: {line}\n" for line in lines))
    assert found(settings, journal) == ["198.51.100.7", "2001:db8::7", "198.51.100.8"]


def test_the_jail_is_one_that_it_takes(settings):
    said = tool("fail2ban-client", "-c", str(settings), "--dp")
    assert "['set', 'runstead', 'maxretry', 10]" in said and "_SYSTEMD_UNIT=runstead.service" in said, said
