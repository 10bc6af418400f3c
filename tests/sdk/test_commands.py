"""People and teams from the command line, beside a running server."""

import json

import requests


def test_people_teams_and_keys_are_managed_from_the_command_line(server):
    def run(*arguments):
        done = server.command(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def refused(*arguments):
        done = server.command(*arguments)
        assert done.returncode == 1, done.stdout
        return done.stderr

    organization = run("org", "list")[0]["organization"]
    made = run("user", "create", "kit", "--email", "kit@example.org")
    assert made["link"].startswith(f"{server.url}/recover?token=")
    assert run("team", "create", organization, "command-team", "ada") == {"team": "command-team", "admin": "ada"}
    run("team", "add", "command-team", "kit", "member")
    assert [member["username"] for member in run("team", "members", "command-team")] == ["ada", "kit"]
    assert "last admin" in refused("team", "remove", "command-team", "ada")
    assert "there is no role boss" in refused("team", "add", "command-team", "kit", "boss")
    assert "/invitation?token=" in run("team", "invite", "command-team", "new@example.org", "member")["link"]

    secret = server.folder / "kit-password"
    secret.write_text("a password of kit\n")
    browser = requests.Session()
    browser.headers["X-Requested-With"] = "runstead"
    sign_in = lambda word: browser.post(f"{server.url}/api/v1/session", json={"username": "kit", "password": word}, timeout=10).status_code
    run("user", "set-password", "kit", "--password-file", str(secret))
    assert sign_in("a password of kit") == 200 and browser.get(f"{server.url}/api/v1/keys", timeout=10).status_code == 200
    secret.write_text("short\n")
    assert "at least 10 characters" in refused("user", "set-password", "kit", "--password-file", str(secret))
    secret.write_text("another password of kit\n")
    run("user", "set-password", "kit", "--password-file", str(secret))
    assert browser.get(f"{server.url}/api/v1/keys", timeout=10).status_code == 401, "the session has ended"
    browser.cookies.clear()
    assert sign_in("a password of kit") == 401 and sign_in("another password of kit") == 200
    assert "not found" in refused("user", "set-password", "nobody", "--password-file", str(secret))

    key = run("key", "create", "kit", "laptop")
    answer = lambda: requests.get(f"{server.url}/api/v1/keys", auth=("api", key["secret"]), timeout=10).status_code
    assert answer() == 200
    run("user", "disable", "kit")
    assert answer() == 401
    assert [person["active"] for person in run("user", "list") if person["username"] == "kit"] == [False]
    run("user", "reactivate", "kit")
    run("key", "revoke", str(key["id"]))
    assert answer() == 401
    assert run("org", "role", organization, "kit", "viewer")["role"] == "viewer"
    run("user", "delete", "kit", "--anonymize")
    assert "account kit not found" in refused("key", "list", "kit")
    # Without --json it is for people to read.
    assert "username=ada" in server.command("user", "list").stdout


def test_an_administrator_who_is_locked_out_is_let_in_by_a_link_that_works_once(own):
    made = own.command("admin", "recover", "ada", "--json")
    assert made.returncode == 0, made.stderr
    token = json.loads(made.stdout)["link"].split("token=")[1]
    form = {"token": token, "password": "another long password"}
    recover = lambda: requests.post(f"{own.url}/api/v1/recover", json=form, timeout=10)
    assert recover().json()["account"]["username"] == "ada"
    assert recover().status_code == 400
    unknown = own.command("admin", "recover", "nobody")
    assert unknown.returncode == 1 and "nobody" in unknown.stderr
