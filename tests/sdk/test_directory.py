"""People of a directory with the real client: a group gives them a team, and a key of theirs logs to it. And the commands of the
directory as processes, for people and for programs, beside a server that runs."""

import fcntl
import json
import pathlib
import signal
import threading

import pytest
import requests
from client import Client
from server import Server, eventually
from slapd import BASE, ROOT, Slapd, group, person

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


def started(slapd, tmp_path, **settings):
    folder = tmp_path / "server"
    folder.mkdir()
    (folder / "rules.toml").write_text(RULES)
    return Server(folder, **slapd.settings(rules_file=str(folder / "rules.toml"), **settings))


@pytest.fixture
def server(slapd, tmp_path):
    server = started(slapd, tmp_path, sync_minutes="1")
    yield server
    assert server.stop() == 0


@pytest.fixture
def quiet_server(slapd, tmp_path):
    """One that syncs only when it is asked to."""
    server = started(slapd, tmp_path, sync_minutes="0")
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


def test_the_commands_answer_people_and_programs(quiet_server):
    server, api = quiet_server, ("api", quiet_server.key)

    def answered(*words, code=0):
        """What a command says to programs."""
        done = server.command("ldap", *words, "--json")
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)

    def said(*words, code=0):
        """What it says to people."""
        done = server.command("ldap", *words)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    tested = answered("test", "--user", "user1")
    assert [step["step"] for step in tested["steps"]] == ["address", "tls", "bind", "search", "groups", "person"]
    assert tested["person"]["may_sign_in"] and ["leads", "admin of the team vision"] in tested["person"]["gives"]
    failed = answered("test", "--user", "no*body", code=1)
    assert not failed["steps"][-1]["good"] and "no entry" in failed["steps"][-1]["outcome"]

    shown = answered("sync", "--dry-run")
    assert shown["outcome"] == "applied" and shown["id"] is None and shown["counts"]["removed"] == 0
    assert {"create-account", "create-team", "seat"} <= {change["change"] for change in shown["changes"]}
    assert "+ user2 in the team vision as member (group vision)" in said("sync", "--dry-run")
    assert requests.get(f"{server.url}/api/v1/teams/vision", auth=api, timeout=10).status_code == 404, "only shown"
    done = answered("sync")
    assert done["outcome"] == "applied" and done["changes"] == shown["changes"] and done["started_by"] == "operator"
    assert "everything is as it says" in said("sync")
    # The running server knows what the command beside it did.
    last = requests.get(f"{server.url}/api/v1/directory", auth=api, timeout=10).json()["last_sync"]
    assert (last["outcome"], last["started_by"]) == ("unchanged", "operator")
    metrics = requests.get(f"{server.url}/metrics", auth=api, timeout=10).text
    assert 'runstead_directory_last_sync_outcome{outcome="unchanged"} 1' in metrics

    explained = answered("explain", "user1")
    assert explained["seats"] == [{"place": "team vision", "role": "admin", "from": "group leads (admin)"}]
    assert explained["account"] == {"username": "user1", "active": True, "local": False}
    assert "of this server alone" in said("explain", "ada")
    assert "not found" in said("explain", "*)(uid=*", code=1)
    assert "subcommands: test, sync, undo, explain" in said(code=2)

    # The team that the sync made stays, and so somebody who leads it.
    kept = answered("undo")
    assert {item["what"] for item in kept} == {"what the sync did for user1 stays"}, kept
    assert "last admin of the team vision" in kept[0]["because"]
    assert "there is no sync to take back" in said("undo", code=1)


def test_two_syncs_never_run_at_once(slapd, quiet_server):
    server, api = quiet_server, ("api", quiet_server.key)

    def ask():
        return requests.post(f"{server.url}/api/v1/directory/syncs", json={}, auth=api, timeout=30)

    # The command waits for a directory that takes its time; meanwhile the server refuses.
    done = []
    slapd.process.send_signal(signal.SIGSTOP)
    command = threading.Thread(target=lambda: done.append(server.command("ldap", "sync", "--json")))
    try:
        command.start()
        lock = server.data / "directory-sync.lock"
        eventually(lambda: lock.exists() and is_held(lock), "the command to begin")
        refused = ask()
    finally:
        slapd.process.send_signal(signal.SIGCONT)
    command.join()
    assert refused.status_code == 409 and "runs already" in refused.text, refused.text
    assert json.loads(done[0].stdout)["outcome"] == "applied", done[0].stdout + done[0].stderr
    # And the other way round.
    with open(lock) as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused = server.command("ldap", "sync")
        assert refused.returncode == 1 and "runs already" in refused.stderr, refused.stdout + refused.stderr
        undone = server.command("ldap", "undo")
        assert undone.returncode == 1 and "runs already" in undone.stderr, undone.stdout + undone.stderr
        assert server.command("ldap", "sync", "--dry-run").returncode == 0
    # A command that is killed leaves nothing behind.
    assert ask().json()["outcome"] == "unchanged"


def is_held(lock) -> bool:
    """As the kernel tells, so that asking holds it for nobody."""
    return f":{lock.stat().st_ino} " in pathlib.Path("/proc/locks").read_text()


def test_a_wrong_value_names_the_step_and_the_vendors_names_are_understood(slapd, quiet_server):
    server = quiet_server
    usual = dict(server.environment)

    def tested(**changed):
        server.environment = usual | {f"RUNSTEAD_LDAP__{key.upper()}": value for key, value in changed.items()}
        done = server.command("ldap", "test", "--json")
        steps = json.loads(done.stdout)["steps"]
        return done.returncode, steps[-1]["step"], steps[-1]["outcome"]

    nobody = slapd.url.rsplit(":", 1)[0] + ":1"
    for changed, step, why in [
        ({"servers": nobody}, "address", "refused"),
        ({"start_tls": "true"}, "tls", ""),
        ({"bind_password": "wrong"}, "bind", "ldap.bind_password"),
        ({"base_dn": "ou=nowhere,dc=example,dc=org"}, "search", "ldap.base_dn"),
        ({"user_filter": "(uid={login}"}, "search", "ldap.user_filter"),
        ({"group_base_dn": "ou=nowhere,dc=example,dc=org"}, "groups", "no such entry"),
    ]:
        code, last, outcome = tested(**changed)
        assert (code, last) == (1, step) and why in outcome, (changed, last, outcome)
    server.environment = {key: value for key, value in usual.items() if not key.startswith("RUNSTEAD_LDAP__")} | {
        "LOCAL_LDAP_ADDRESS": slapd.url,
        "LOCAL_LDAP_BASE_DN": f"ou=people,{BASE}",
        "LOCAL_LDAP_BIND_DN": ROOT[1],
        "LOCAL_LDAP_BIND_PW": ROOT[3],
        "LOCAL_LDAP_TLS_ENABLE": "false",
        "LOCAL_LDAP_ATTRIBUTES": "email=mail,group=memberOf",
    }
    done = server.command("ldap", "test", "--user", "user3")
    assert done.returncode == 0 and "mail      user3@example.org" in done.stdout, done.stdout + done.stderr
    server.environment = usual


def test_settings_that_were_tried_in_the_pages_are_those_of_the_configuration(slapd, tmp_path):
    server = Server(tmp_path)
    wish = {key: value for key, value in [
        ("servers", slapd.url), ("start_tls", "false"), ("base_dn", f"ou=people,{BASE}"), ("group_base_dn", f"ou=groups,{BASE}"), ("bind_dn", ROOT[1])
    ]}
    form = {"settings": wish, "bind_password": ROOT[3], "login": "user4"}
    told = requests.post(f"{server.url}/api/v1/directory/draft", json=form, auth=("api", server.key), timeout=30).json()
    assert told["tested"]["good"] and len(told["people"]) == 10 and {group["name"] for group in told["groups"]} == {"vision", "leads"}
    # As the page says: the text into the file, the password into a file of its own.
    (tmp_path / "directory-password").write_text(ROOT[3] + "\n")
    (tmp_path / "runstead.toml").write_text(told["configuration"] + f'bind_password_file = "{tmp_path / "directory-password"}"\n')
    tested = server.command("ldap", "test", "--user", "user4", "--config", str(tmp_path / "runstead.toml"))
    assert tested.returncode == 0 and "mail      user4@example.org" in tested.stdout, tested.stdout + tested.stderr
    assert server.stop() == 0


def test_settings_of_the_directory_are_read_again_without_a_restart(slapd, tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    (folder / "rules.toml").write_text(RULES)
    file = folder / "runstead.toml"
    file.write_text('[ldap]\nuser_filter = "(&(objectClass=person)(uid={login})(uid=user1))"\nsync_minutes = 60\n')
    server = Server(folder, RUNSTEAD_CONFIG=str(file), **slapd.settings(rules_file=str(folder / "rules.toml")))

    def status(login: str) -> int:
        form = {"username": login, "password": f"pw-{login}"}
        return requests.post(f"{server.url}/api/v1/session", json=form, headers={"X-Requested-With": "runstead"}, timeout=30).status_code

    def reloaded(text: str, word: str) -> str:
        before = len(server.log_file().read_text())
        file.write_text(text)
        server.process.send_signal(signal.SIGHUP)
        return eventually(lambda: (said := server.log_file().read_text()[before:]) and word in said and said, word)

    assert (status("user1"), status("user2")) == (200, 401)
    wide = '[ldap]\nuser_filter = "(&(objectClass=person)(uid={login}))"\n'
    assert "restart" not in reloaded(f"{wide}sync_minutes = 60\n", "reloaded")
    assert (status("user1"), status("user2")) == (200, 200)
    settings = requests.get(f"{server.url}/api/v1/directory", auth=("api", server.key), timeout=10).json()["settings"]
    assert [one["value"] for one in settings if one["key"] == "ldap.user_filter"] == ["(&(objectClass=person)(uid={login}))"]
    # What cannot be is not taken, and what needs a restart is said.
    assert "must contain {login}" in reloaded('[ldap]\nuser_filter = "(uid=user1)"\nsync_minutes = 60\n', "nothing is reloaded")
    assert status("user3") == 200
    assert "a restart is needed for ldap.sync_minutes" in reloaded(f"{wide}sync_minutes = 30\n", "restart is needed")
    assert server.stop() == 0
