"""What a person does with teams through the client's public API; prints what came of it. First argument: the team."""

import json
import sys

import wandb


def tried(call, *what, refused=None, **how):
    """What the client answers. A refusal is `refused`, which old releases raise instead."""
    try:
        return call(*what, **how)
    except wandb.errors.CommError:
        return refused


api = wandb.Api()
name, *wanted = sys.argv[1:]
team = api.team(name) if "--create" not in wanted else api.create_team(name)
found = {"team": team.name, "entity": api.default_entity, "viewer": api.viewer.username, "viewer_teams": sorted(api.viewer.teams)}
if "--invite" in wanted:
    asked = [("bob", False), ("fay@example.org", True), ("nobody", False), ("bob", False)]
    found["invited"] = [tried(team.invite, whom, admin=admin, refused=False) for whom, admin in asked]
if "--service" in wanted:
    account = tried(team.create_service_account, "Nightly training")
    found["service"] = account and {"type": account.account_type, "name": account.username, "key": account.api_key}
if "--remove" in wanted:
    found["removed"] = [member.delete() for member in team.load(True)["members"] if member.pending]
members = team.load(True)["members"]
found["members"] = [[member.username or member.email, member.pending, member.account_type] for member in members]
if "--key" in wanted:
    user = api.viewer
    key = tried(user.generate_api_key, "from a script")
    found["key"] = [key, len(user.api_keys), key is not None and user.delete_api_key(key)]
if "--user" in wanted:
    made = api.create_user("gus@example.org")
    found["user"] = [made.email, api.user("gus@example.org").username, [user.username for user in api.users("gus")], api.user("nobody")]
print(json.dumps(found))
