"""What a person does with teams through the client's public API; prints what came of it. First argument: the team."""

import json
import sys

import wandb

api = wandb.Api()
name, *asked = sys.argv[1:]
team = api.team(name) if "--create" not in asked else api.create_team(name)
found = {"team": team.name, "entity": api.default_entity, "viewer": api.viewer.username, "viewer_teams": sorted(api.viewer.teams)}
if "--invite" in asked:
    found["invited"] = [team.invite("bob"), team.invite("fay@example.org", admin=True), team.invite("nobody"), team.invite("bob")]
if "--service" in asked:
    account = team.create_service_account("Nightly training")
    found["service"] = account and {"type": account.account_type, "name": account.username, "key": account.api_key}
if "--remove" in asked:
    found["removed"] = [member.delete() for member in team.load(True)["members"] if member.pending]
members = team.load(True)["members"]
found["members"] = [[member.username or member.email, member.pending, member.account_type] for member in members]
if "--key" in asked:
    user = api.viewer
    key = user.generate_api_key("from a script")
    names = user.api_keys
    found["key"] = [key, len(names)]
if "--user" in asked:
    made = api.create_user("gus@example.org")
    found["user"] = [made.email, api.user("gus@example.org").username, [user.username for user in api.users("gus")], api.user("nobody")]
print(json.dumps(found))
