"""People of a directory with the real client: a group gives them a team, and a key of theirs logs to it."""

import json

import pytest
import requests
from client import Client
from server import Server, eventually
from slapd import BASE, Slapd, group, person

RULES = """
[[rule]]
group = "vision"
team = "vision"
role = "member"
[[rule]]
group = "leads"
team = "vision"
role = "admin"
create_team = true
"""


@pytest.fixture
def slapd(tmp_path):
    people = [f"user{number}" for number in range(1, 11)]
    slapd = Slapd(tmp_path / "slapd", [person(uid) for uid in people] + [group("vision", people), group("leads", people[:1])])
    yield slapd
    slapd.stop()


@pytest.fixture
def server(slapd, tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    (folder / "rules.toml").write_text(RULES)
    server = Server(folder, **slapd.settings(rules_file=str(folder / "rules.toml"), sync_minutes="1"))
    yield server
    assert server.stop() == 0


def sign_in(server, login):
    browser = requests.Session()
    browser.headers["X-Requested-With"] = "runstead"
    answer = browser.post(f"{server.url}/api/v1/session", json={"username": login, "password": f"pw-{login}"}, timeout=30)
    assert answer.status_code == 200, answer.text
    return browser


def test_a_key_of_a_person_of_the_directory_logs_to_the_team_that_a_group_gave(slapd, server, tmp_path):
    # The schedule's first sync makes the team; nobody asked for it.
    api = ("api", server.key)
    team = f"{server.url}/api/v1/teams/vision"
    eventually(lambda: requests.get(team, auth=api, timeout=10).status_code == 200, "the schedule to sync")
    key = sign_in(server, "user2").post(f"{server.url}/api/v1/keys", json={"name": "laptop"}, timeout=10).json()["secret"]
    logged = Client(server, tmp_path, key=key).run("log_as", "vision")
    assert logged["url"].endswith(f"/vision/people/runs/{logged['id']}")
    assert server.run(f"vision/people/{logged['id']}")["summaryMetrics"]

    # Renamed there, the key and the runs stay theirs.
    slapd.change(f"dn: uid=user2,ou=people,{BASE}\nchangetype: modrdn\nnewrdn: uid=second\ndeleteoldrdn: 1\n")
    slapd.change(f"dn: cn=vision,ou=groups,{BASE}\nchangetype: modify\ndelete: member\nmember: uid=user2,ou=people,{BASE}\n-\nadd: member\nmember: uid=second,ou=people,{BASE}\n")
    done = server.command("ldap", "sync", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["outcome"] == "applied", done.stdout + done.stderr
    assert Client(server, tmp_path, key=key).run("log_as", "vision")["id"] != logged["id"]

    # While the directory is down, training goes on.
    slapd.stop()
    failed = server.command("ldap", "sync")
    assert failed.returncode == 1 and "nothing was changed" in failed.stderr, failed.stdout + failed.stderr
    Client(server, tmp_path, key=key).run("log_as", "vision")
    slapd.start()

    # It lost a third of its people: nothing changes but an alert, and the operator sees why.
    for number in (7, 8, 9):
        slapd.change(f"dn: uid=user{number},ou=people,{BASE}\nchangetype: delete\n")
    refused = server.command("ldap", "sync")
    assert refused.returncode == 1 and "3 of 10 people would lose something" in refused.stderr, refused.stdout + refused.stderr
    assert len(requests.get(f"{team}/members", auth=api, timeout=10).json()["items"]) == 10
    assert "3 of 10" in requests.get(f"{server.url}/api/v1/session", auth=api, timeout=10).json()["directory_alert"]
    shown = server.command("ldap", "sync", "--dry-run", "--allow-removals")
    assert shown.returncode == 0 and "- account user7 is deactivated; its runs stay" in shown.stdout, shown.stdout

    # Left: the key is refused from the next sync on.
    slapd.change(f"dn: uid=second,ou=people,{BASE}\nchangetype: delete\n")
    assert server.command("ldap", "sync", "--allow-removals").returncode == 0
    assert requests.get(f"{server.url}/api/v1/session", auth=("api", key), timeout=10).json()["account"] is None
    explained = server.command("ldap", "explain", "user1")
    assert "has       admin of team vision, from group leads (admin)" in explained.stdout, explained.stdout + explained.stderr
    assert server.command("ldap", "undo").returncode == 0
    assert requests.get(f"{server.url}/api/v1/session", auth=("api", key), timeout=10).json()["account"]["username"] == "user2"
    tested = server.command("ldap", "test", "--user", "user1")
    assert tested.returncode == 0 and "gets      admin of the team vision (group leads)" in tested.stdout, tested.stdout + tested.stderr
