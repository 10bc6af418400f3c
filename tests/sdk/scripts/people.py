"""Asks who one is, and for others by the words of the command line."""

import json
import sys

import wandb

api = wandb.Api()
found = {text: api.users(text) for text in sys.argv[1:]}
first = {text: api.user(text) for text in sys.argv[1:]}
me = api.viewer
print(json.dumps({
    "me": {"username": me.username, "email": me.email, "entity": api.default_entity, "teams": me.teams, "keys": len(me.api_keys)},
    "found": {text: [user.username for user in users] for text, users in found.items()},
    "first": {text: user and {"username": user.username, "email": user.email, "keys": len(user.api_keys)} for text, user in first.items()},
}))
