"""What somebody sees of a registry and does in it, by the role they have there."""

import json
import pathlib
import sys

import wandb

organization, name = sys.argv[1], sys.argv[2]
api = wandb.Api()


def works(action):
    try:
        action()
    except Exception as error:
        print(type(error).__name__, error, file=sys.stderr)
        return False
    return True


path = f"{organization}/wandb-registry-{name}/nets"


def find():
    return api.artifact(f"{path}:latest")


seen = {"listed": name in [found.name for found in api.registries(organization)], "found": works(find)}
if seen["found"]:
    found = find()
    seen["metadata"] = found.metadata
    seen["source"] = [found.source_entity or None, found.source_project or None]
    seen["downloaded"] = works(lambda: found.download(root="copy"))
    seen["bytes"] = pathlib.Path("copy", "weights.txt").read_text() if seen["downloaded"] else None

    def alias():
        artifact = find()
        artifact.aliases.append(f"of-{sys.argv[3]}")
        artifact.save()

    seen["aliased"] = works(alias)

    def protected():
        artifact = find()
        artifact.aliases.append("production")
        artifact.save()

    seen["protected"] = works(protected)

    def describe():
        registry = api.registry(name, organization)
        registry.visibility = "restricted"
        registry.save()
        registry.visibility = "organization"
        registry.save()

    seen["managed"] = works(describe)
print(json.dumps(seen))
