"""Registries of an organization: made, filled, searched and shared with the real client, by people of every role."""

import pytest
from client import VERSIONS, Client
from test_teams import House

ORGANIZATION = "Runstead"


@pytest.fixture(scope="module")
def filled(server, tmp_path_factory):
    """What the organization's admin did; a registry `weights` with three versions of `nets` is there afterwards."""
    return Client(server, tmp_path_factory.mktemp("admin")).run("registry_admin", ORGANIZATION, "research")["seen"]


def test_an_admin_makes_fills_and_searches_registries(filled):
    assert filled == {
        "made": ["models", "wandb-registry-models", "organization", False, ["model"], "ours"],
        "same_again": True,
        "no_organization": True,
        "any_type": True,
        "changed": ["changed", ["dataset", "model"]],
        "renamed": ["wandb-registry-weights", True],
        "wrong_type": True,
        "no_such_registry": True,
        "linked": ["v1", True, "net:v1", True, "model"],
        "latest": ["v2", ["good-2", "latest"]],
        "links_of_source": ["nets"],
        "alias_of_link": [True, False],
        "collection_type": filled["collection_type"],
        "registries": [["secret", "weights"], ["weights", "secret"], ["secret"]],
        "by_pattern": [["weights"], ["secret"], ["weights"]],
        "resumed": ["secret", ["weights"]],
        "collections": [["nets", "pictures"], ["nets"]],
        "of_registry": ["nets"],
        "versions": [["nets:v0", "nets:v1", "nets:v2"], ["nets:v2"], ["nets:v1"], ["nets:v0"]],
        "ordered": [["nets:v2", "nets:v1", "nets:v0"], ["nets:v0", "nets:v1", "nets:v2"], ["nets:v1", "nets:v2"]],
        "latest_once": ["nets:v2"],
    }
    assert filled["collection_type"] in (["pictures", "pictures"], ["nets", "model"])


# Who is in the organization may look and download; what more they may, their role in the registry says.
ROLES = {
    "restricted_viewer": {"downloaded": False, "aliased": False, "protected": False, "managed": False},
    "viewer": {"downloaded": True, "aliased": False, "protected": False, "managed": False},
    "member": {"downloaded": True, "aliased": True, "protected": False, "managed": False},
    "admin": {"downloaded": True, "aliased": True, "protected": True, "managed": True},
}
UPDATE = """mutation ($input: UpdateProjectMemberInput!) { updateProjectMember(input: $input) { success } }"""
PROTECT = """mutation ($input: ProtectAliasesInput!) { protectAliases(input: $input) { project { name } } }"""
IDS = """query ($name: String!) { project(name: "wandb-registry-weights", entityName: "Runstead") { id } users(query: $name) { edges { node { id username } } } }"""


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_in_a_registry_allows(server, house, filled, role):
    server.data_of(PROTECT, input={"entityName": ORGANIZATION, "projectName": "wandb-registry-weights", "aliases": ["production"]})
    name = role.replace("_", "-") + "-of-registry"
    key = house.person(name)
    belongs = house.ask("PUT", f"/organizations/{ORGANIZATION}/members/{name}", role="member")
    assert belongs.status_code in (200, 201), belongs.text
    # What everybody has would hide what the lower roles have not.
    restricted(server, role == "restricted_viewer")
    found = server.data_of(IDS, name=name)
    account = next(edge["node"]["id"] for edge in found["users"]["edges"] if edge["node"]["username"] == name)
    server.data_of(UPDATE, input={"projectId": found["project"]["id"], "userId": account, "userProjectRole": role})
    seen = house.client(key).run("registry_roles", ORGANIZATION, "weights", name)
    assert seen["listed"] and seen["found"] and seen["metadata"] == {"round": 2}
    # The project that it was logged to is the admin's own.
    assert seen["source"] == [None, None]
    assert {what: seen[what] for what in ROLES[role]} == ROLES[role]
    assert seen["bytes"] == ("www" if ROLES[role]["downloaded"] else None)


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_older_releases_link_into_a_registry_and_use_what_is_there(client_of, filled, version):
    seen = client_of(version).run("registry_older", ORGANIZATION, f"older-{version}", f"nets-{version}", seconds=240)
    assert seen.pop("unlinked", True)
    assert seen == {
        "first": ["model", {"round": 0}],
        "newest": {"round": 1},
        "bytes": "w",
        "versions": [{"round": 1}, {"round": 0}],
        "used": "ww",
        "inputs": [{"round": 1}],
        "alias": {"round": 0},
        "alias_of_source": [],
    }


def restricted(server, is_restricted):
    save = """mutation ($input: UpsertModelInput!) { upsertModel(input: $input) { inserted } }"""
    access = "RESTRICTED" if is_restricted else "PRIVATE"
    server.data_of(save, input={"entityName": ORGANIZATION, "name": "wandb-registry-weights", "access": access})


def test_a_restricted_registry_is_for_its_members_alone(server, house, filled):
    key = house.person("colleague")
    house.ask("PUT", f"/organizations/{ORGANIZATION}/members/colleague", role="member")
    restricted(server, False)
    seen = house.client(key).run("registry_roles", ORGANIZATION, "weights", "colleague")
    assert (seen["listed"], seen["downloaded"], seen["aliased"]) == (True, True, False)
    restricted(server, True)
    seen = house.client(key).run("registry_roles", ORGANIZATION, "weights", "colleague")
    assert seen == {"listed": False, "found": False}
    # A team of theirs is let in, and with it they are.
    house.ask("POST", "/teams", name=house.team)
    house.ask("PUT", f"/teams/{house.team}/members/colleague", role="member")
    query = """query ($team: String) { entity(name: $team) { id } project(name: "wandb-registry-weights", entityName: "Runstead") { id } }"""
    found = server.data_of(query, team=house.team)
    update = """mutation ($input: UpdateProjectTeamMemberInput!) { updateProjectTeamMember(input: $input) { success } }"""
    server.data_of(update, input={"projectId": found["project"]["id"], "teamId": found["entity"]["id"], "teamProjectRole": "member"})
    seen = house.client(key).run("registry_roles", ORGANIZATION, "weights", "colleague")
    assert (seen["listed"], seen["downloaded"], seen["aliased"], seen["managed"]) == (True, True, True, False)


def test_members_are_named_changed_and_removed_again_and_again(server, house, filled):
    house.person("named")
    house.ask("PUT", f"/organizations/{ORGANIZATION}/members/named", role="member")
    house.ask("POST", "/teams", name=house.team)
    before, added, changed, after = house.client(server.key).run("registry_members", ORGANIZATION, "secret", house.team, "named")["seen"]
    assert before == after == {"ada": "admin"}
    assert added == {"ada": "admin", "named": "restricted_viewer", house.team: "restricted_viewer"}
    assert changed == {"ada": "admin", "named": "admin", house.team: "viewer"}


def test_a_registry_that_is_deleted_leaves_the_versions(server, client, filled):
    seen = client.run("registry_delete", ORGANIZATION, "secret", "research")
    assert seen == {"deleted": True, "again": False, "listed": False, "link": False, "source": True, "name_is_free": True}


@pytest.fixture
def house(server, tmp_path, request):
    return House(server, tmp_path, team="team-" + request.node.name.split("_")[1].split("[")[0])
