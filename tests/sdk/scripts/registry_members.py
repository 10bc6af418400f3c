"""The members of a registry: added, changed, removed, again and again."""

import json
import sys

import wandb

organization, name, team, person = sys.argv[1:5]
api = wandb.Api()
registry = api.registry(name, organization)


def members():
    people = {member.user.username: getattr(member.role, "value", member.role) for member in registry.user_members()}
    return people | {member.team.name: getattr(member.role, "value", member.role) for member in registry.team_members()}


seen = [members()]
user, group = api.user(person), api.team(team)
for _ in range(2):
    registry.add_members(user, group)
seen.append(members())
registry.update_member(user, role="admin").update_member(group, role="viewer")
seen.append(members())
for _ in range(2):
    registry.remove_members(user, group)
seen.append(members())
print(json.dumps({"seen": seen}))
