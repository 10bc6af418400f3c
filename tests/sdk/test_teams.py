"""Teams with the real client as an admin, a member, a view-only person and a service account."""

import pytest
import requests
from client import NEWEST, VERSIONS, Client, begun, finish
from server import eventually

PASSWORD = "correct horse battery staple"


class House:
    """People of a server, each with a key or, for those who may have none, a session."""

    def __init__(self, server, folder, version=NEWEST, team="vision"):
        self.server, self.folder, self.version, self.team = server, folder, version, team

    def ask(self, method, path, key=None, **body):
        auth = ("api", key or self.server.key)
        return requests.request(method, f"{self.server.url}/api/v1{path}", json=body or None, auth=auth, timeout=10)

    def person(self, username, role=None):
        """Makes a person with a key, who then takes a seat in the team."""
        made = self.ask("POST", "/users", username=username, email=f"{username}@example.org", password=PASSWORD)
        assert made.status_code == 201, made.text
        key = self.ask("POST", f"/users/{username}/api-keys", name="laptop").json()["secret"]
        if role:
            seated = self.ask("PUT", f"/teams/{self.team}/members/{username}", role=role)
            assert seated.status_code == 201, seated.text
        return key

    def client(self, key):
        return Client(self.server, self.folder, self.version, key)

    def author(self, run):
        query = "query ($e: String, $n: String!) { project(name: \"people\", entityName: $e) { run(name: $n) { user { username } } } }"
        return self.server.data_of(query, e=self.team, n=run)["project"]["run"]["user"]["username"]


@pytest.fixture
def house(own, tmp_path, request):
    return House(own, tmp_path, getattr(request, "param", NEWEST))


@pytest.mark.parametrize("house", VERSIONS, indirect=True)
def test_admin_creates_a_team_invites_people_and_makes_a_service_account(house):
    house.ask("POST", "/users", username="bob", email="bob@example.org", password=PASSWORD)
    found = house.client(house.server.key).run("team", house.team, "--create", "--invite", "--service", "--user", "--key")
    assert found["team"] == house.team and found["viewer"] == "ada" and house.team in found["viewer_teams"]
    assert found["invited"] == [True, True, False, False]
    assert [member[:2] for member in found["members"]] == [["ada", False], ["bob", True], ["fay@example.org", True], ["Nightly-training", False]]
    assert found["service"]["type"] == "SERVICE" and len(found["service"]["key"]) == 40
    key, count, deleted = found["key"]
    if house.version == NEWEST:
        assert (len(key), count, deleted) == (40, 2, True)
        assert house.ask("GET", "/keys", key=key).status_code == 401
    else:
        # They make a key with what is shown of the person's last one, which is a hint here and no secret.
        assert (key, count, deleted) == (None, 1, False)
    assert found["user"] == ["gus@example.org", "gus", ["gus"], None]

    # The service account logs to its team, for a member of it and for nobody else.
    key = found["service"]["key"]
    eve = house.person("eve", "member")
    named = [({}, "Nightly-training"), ({"WANDB_USERNAME": "eve"}, "eve"), ({"WANDB_USER_EMAIL": "eve@example.org"}, "eve"), ({"WANDB_USERNAME": "bob"}, "Nightly-training")]
    # A release sends what is named or does not; what the server makes of it is not looked at again with each.
    for environment, author in named if house.version == NEWEST else named[1:3]:
        logged = house.client(key).run("log_as", house.team, **environment)
        assert house.author(logged["id"]) == author, environment
    if house.version == NEWEST:
        # A person's own key impersonates nobody.
        logged = house.client(eve).run("log_as", house.team, WANDB_USERNAME="ada")
        assert house.author(logged["id"]) == "eve"

    found = house.client(house.server.key).run("team", house.team, "--remove")
    assert found["removed"] == [True, True]
    assert [member[0] for member in found["members"]] == ["ada", "eve", "Nightly-training"]


@pytest.mark.parametrize("house", VERSIONS, indirect=True)
def test_whom_a_service_account_names_in_vain_is_told_in_the_run_and_in_the_log_of_who_runs_it(house):
    house.ask("POST", "/teams", name=house.team)
    house.person("eve", "member")
    key = house.ask("POST", f"/teams/{house.team}/service-accounts", name="nightly").json()["secret"]
    warning = f"bob is no active member of {house.team}, so the run is attributed to the service account that logs it"
    for named, said in [("bob", 1), ("eve", 0)]:
        # 0.18 looks every five seconds for what to say.
        process = house.client(key).start("log_as", house.team, "7" if house.version == "0.18.7" else "0", WANDB_USERNAME=named)
        run = finish(process, 120)
        assert process.output().count(warning) == said, process.output()
        shown = house.ask("GET", f"/projects/{house.team}/people/runs/{run['id']}").json()
        assert (shown["state"], shown["attribution_warning"] or None) == ("finished", warning if said else None)


def test_member_sees_the_team_and_changes_nothing_of_it(house):
    house.ask("POST", "/teams", name=house.team)
    key = house.person("mia", "member")
    found = house.client(key).run("team", house.team, "--invite", "--service", "--remove")
    assert found["entity"] == house.team, "the first team that was joined is where runs go"
    assert found["invited"] == [False] * 4 and found["service"] is None and found["removed"] == []
    assert [member[0] for member in found["members"]] == ["ada", "mia"]
    logged = house.client(key).run("log_as", house.team)
    assert f"/{house.team}/people/runs/" in logged["url"] and house.author(logged["id"]) == "mia"


@pytest.mark.parametrize("house", VERSIONS, indirect=True)
def test_a_service_account_sees_its_team_and_changes_nothing_of_it(house):
    house.ask("POST", "/teams", name=house.team)
    house.ask("POST", "/teams", name="speech")
    key = house.ask("POST", f"/teams/{house.team}/service-accounts", name="nightly").json()["secret"]
    found = house.client(key).run("team", house.team, "--invite", "--service", "--remove")
    assert (found["viewer"], found["entity"]) == ("nightly", house.team)
    assert found["invited"] == [False] * 4 and found["service"] is None and found["removed"] == []
    assert [member[0] for member in found["members"]] == ["ada", "nightly"]
    # Nor does it log to another team, and it is told so at once.
    with pytest.raises(AssertionError, match="speech|ermission"):
        house.client(key).run("log_as", "speech")


@pytest.mark.parametrize("house", [NEWEST, "0.18.7"], indirect=True)
def test_who_may_not_log_to_a_team_learns_why_at_once(house):
    house.ask("POST", "/teams", name=house.team)
    house.ask("POST", "/teams", name="speech")
    key = house.person("vic")
    for role, words in [(None, "not a member of the team speech: ask ada"), ("view-only", "view-only, which logs nothing: ask ada")]:
        if role:
            assert house.ask("PUT", f"/teams/{house.team}/members/vic", role="member").status_code == 201
            assert house.ask("PUT", "/teams/speech/members/vic", role=role).status_code == 201
        told = house.client(key).run("init_only", "speech")
        assert words in told["error"] and told["seconds"] < 5


def test_viewonly_people_have_no_key_that_works(house):
    house.ask("POST", "/teams", name=house.team)
    key = house.person("vic")
    assert house.ask("GET", "/keys", key=key).status_code == 200
    assert house.ask("PUT", f"/teams/{house.team}/members/vic", role="view-only").status_code == 201
    refused = house.ask("GET", "/keys", key=key)
    assert refused.status_code == 403 and "view-only" in refused.json()["message"]
    with pytest.raises(AssertionError, match="view-only"):
        house.client(key).run("log_as", house.team)
    assert house.ask("POST", "/users/vic/api-keys", name="another").status_code == 403


@pytest.mark.parametrize("house", VERSIONS, indirect=True)
def test_members_delete_their_own_runs_and_admins_all(house):
    house.ask("POST", "/teams", name=house.team)
    rita, mia = house.person("rita", "member"), house.person("mia", "member")
    paths = [f"{house.team}/people/{house.client(rita).run('log_as', house.team)['id']}" for _ in range(2)]
    refused = house.client(mia).run("delete_run", paths[0])
    assert refused["deleted"] is False and ("ermission" in refused["error"] or "team admin" in refused["error"]), refused
    assert house.server.run(paths[0]), "it is still there"
    for path, key in zip(paths, [rita, house.server.key], strict=True):
        assert house.client(key).run("delete_run", path) == {"deleted": True}
        assert house.server.run(path) is None


@pytest.mark.parametrize("house", VERSIONS[:-1], indirect=True)
def test_removed_author_ends_the_run_with_its_artifact(house):
    house.ask("POST", "/teams", name=house.team)
    key = house.person("rita", "member")
    process = house.client(key).start("log_on", house.team)
    path = f"{house.team}/people/{begun(process)['id']}"
    eventually(lambda: house.server.run(path)["historyLineCount"], "a first line")
    removed = house.ask("DELETE", f"/teams/{house.team}/members/rita")
    assert removed.status_code == 204, removed.text
    (house.folder / "go-on").touch()
    run = finish(process)["id"]
    found = house.server.run(path)
    assert (found["state"], found["historyLineCount"]) == ("finished", 2), "what a training has cost is not lost"
    query = "query ($e: String, $n: String!) { project(name: \"people\", entityName: $e) { artifactCollectionMembership(name: $n) { versionIndex artifact { state } } } }"
    member = house.server.data_of(query, e=house.team, n=f"model-{run}:latest")["project"]["artifactCollectionMembership"]
    assert member == {"versionIndex": 0, "artifact": {"state": "COMMITTED"}}
    with pytest.raises(AssertionError, match="not a member|permission|Permission"):
        house.client(key).run("log_as", house.team)
