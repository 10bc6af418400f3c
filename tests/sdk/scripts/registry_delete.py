"""Deletes a registry, twice."""

import json
import sys

import wandb

organization, name, project = sys.argv[1:4]
api = wandb.Api()
registry = api.registry(name, organization)
linked = f"{organization}/wandb-registry-{name}/pictures:latest"


def deleted():
    try:
        registry.delete()
    except ValueError:
        return False
    return True


seen = {"deleted": deleted(), "again": deleted()}
seen["listed"] = name in [found.name for found in api.registries(organization)]
seen["link"] = api.artifact_exists(linked)
seen["source"] = api.artifact_exists(f"{api.viewer.username}/{project}/pictures:latest")
seen["name_is_free"] = api.create_registry(name=name, organization=organization, visibility="organization").name == name
print(json.dumps(seen))
