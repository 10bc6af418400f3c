"""Whom the client says one is, and whom it finds."""

import json

import pytest
import requests
from client import VERSIONS, Client
from server import Server

PASSWORD = "correct horse battery staple"


def person(server: Server, username: str, email: str) -> str:
    """Makes an account that may do nothing special; returns its key."""
    body = {"username": username, "email": email, "password": PASSWORD}
    made = requests.post(f"{server.url}/api/v1/users", json=body, auth=("api", server.key), timeout=10)
    assert made.status_code == 201, made.text
    with requests.Session() as browser:
        browser.headers["X-Requested-With"] = "runstead"
        signed = browser.post(f"{server.url}/api/v1/session", json={"username": username, "password": PASSWORD}, timeout=10)
        assert signed.ok, signed.text
        return browser.post(f"{server.url}/api/v1/keys", json={"name": "laptop"}, timeout=10).json()["secret"]


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("people"))
    # Whose address begins like another's name must not be taken for that other.
    person(server, "albert", "grace@example.org")
    server.grace = person(server, "grace", "hopper@example.org")
    yield server
    assert server.stop() == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_an_administrator_finds_people_by_name_and_address(people, tmp_path, version):
    seen = Client(people, tmp_path, version).run("people", "grace", "hopper@example.org", "nobody-of-that-name")
    assert seen["me"] == {"username": "ada", "email": "ada@example.org", "entity": "ada", "teams": ["ada"], "keys": 1}
    grace = {"username": "grace", "email": "hopper@example.org", "keys": 1}
    assert seen["first"] == {"grace": grace, "hopper@example.org": grace, "nobody-of-that-name": None}
    assert seen["found"] == {"grace": ["grace", "albert"], "hopper@example.org": ["grace"], "nobody-of-that-name": []}


@pytest.mark.parametrize("version", VERSIONS)
def test_others_see_names_but_neither_addresses_nor_keys(people, tmp_path, version):
    seen = Client(people, tmp_path, version, people.grace).run("people", "ada", "grace")
    assert seen["me"] == {"username": "grace", "email": "hopper@example.org", "entity": "grace", "teams": ["grace"], "keys": 1}
    assert seen["first"]["ada"] == {"username": "ada", "email": None, "keys": 0}
    assert seen["first"]["grace"]["keys"] == 1
    assert json.dumps(seen).count("ada@example.org") == 0
