"""An organization admin makes registries, links versions into them, and finds what is there."""

import json
import sys

import wandb

organization, project = sys.argv[1], sys.argv[2]
api = wandb.Api()
seen = {}


def refused(action):
    try:
        action()
    except (ValueError, wandb.CommError, RuntimeError):
        return True
    return False


registry = api.create_registry(name="models", organization=organization, visibility="organization", description="ours", artifact_types=["model"])
seen["made"] = [registry.name, registry.full_name, registry.visibility, registry.allow_all_artifact_types, list(registry.artifact_types), registry.description]
seen["same_again"] = refused(lambda: api.create_registry(name="models", organization=organization, visibility="organization"))
seen["no_organization"] = refused(lambda: api.create_registry(name="x", organization="nowhere", visibility="organization"))
secret = api.create_registry(name="secret", organization=organization, visibility="restricted")
seen["any_type"] = secret.allow_all_artifact_types

registry.description = "changed"
registry.artifact_types.append("dataset")
registry.save()
again = api.registry("models", organization)
seen["changed"] = [again.description, sorted(again.artifact_types)]
registry.name = "weights"
registry.save()
seen["renamed"] = [api.registry("weights", organization).full_name, refused(lambda: api.registry("models", organization).load())]

run = wandb.init(project=project)
for number in range(3):
    artifact = wandb.Artifact("net", type="model", metadata={"round": number})
    with artifact.new_file("weights.txt") as file:
        file.write("w" * (number + 1))
    run.log_artifact(artifact, aliases=["latest", f"round-{number}"]).wait()
    # By the name of the organization, and by that of its entity: both are the same here.
    run.link_artifact(artifact, f"wandb-registry-weights/nets", aliases=[f"good-{number}"])
other = wandb.Artifact("pictures", type="pictures")
with other.new_file("a.txt") as file:
    file.write("a")
run.log_artifact(other).wait()
seen["wrong_type"] = refused(lambda: other.link(f"{organization}/wandb-registry-weights/pictures"))
other.link(f"{organization}/wandb-registry-secret/pictures")
seen["no_such_registry"] = refused(lambda: other.link(f"{organization}/wandb-registry-nothing/pictures"))
run.finish()

linked = api.artifact(f"{organization}/wandb-registry-weights/nets:good-1")
seen["linked"] = [linked.version, linked.is_link, linked.source_name, linked.source_project == project, linked.type]
newest = api.artifact(f"wandb-registry-weights/nets:latest")
seen["latest"] = [newest.version, sorted(newest.aliases)]
source = api.artifact(f"{run.entity}/{project}/net:v0")
seen["links_of_source"] = [found.collection.name for found in source.linked_artifacts]
linked.aliases.append("production")
linked.save()
seen["alias_of_link"] = [
    "production" in api.artifact(f"{organization}/wandb-registry-weights/nets:v1").aliases,
    "production" in api.artifact(f"{run.entity}/{project}/net:v1").aliases,
]

collection = next(iter(api.registries(organization).collections()))
seen["collection_type"] = [collection.name, collection.type]
nets = api.artifact_collection("model", f"{organization}/wandb-registry-weights/nets")
nets.description, nets.tags = "the good ones", ["vision"]
nets.save()

registries = api.registries(organization)
names = lambda **options: [found.name for found in api.registries(organization, **options)]
seen["registries"] = [names(order="name"), names(order="-name"), names(filter={"name": "secret"})]
seen["by_pattern"] = [names(filter={"name": {"$regex": "wei"}}), names(filter={"name": {"$contains": "sec"}}), names(filter={"description": "changed"})]
pages = api.registries(organization, order="name", per_page=1)
first = next(pages)
seen["resumed"] = [first.name, [found.name for found in api.registries(organization, order="name", per_page=1, start=pages.cursor)]]
seen["collections"] = [sorted(found.name for found in registries.collections()), [found.name for found in registries.collections(filter={"tag": "vision"})]]
seen["of_registry"] = [found.name for found in api.registry("weights", organization).collections(filter={"name": {"$regex": "^n"}})]
versions = lambda **options: [f"{found.name}" for found in api.registry("weights", organization).versions(**options)]
seen["versions"] = [sorted(versions()), versions(filter={"alias": "good-2"}), versions(filter={"metadata.round": 1}), versions(filter={"version": "v0"})]
seen["ordered"] = [versions(order="-artifact_size"), versions(order="linked_at"), versions(filter={"artifact_size": {"$gte": 2}}, order="created_at")]
seen["latest_once"] = [found.name for found in api.registries(organization).versions() if "latest" in found.aliases and found.collection.name == "nets"]
print(json.dumps({"seen": seen, "run": f"{run.entity}/{project}/{run.id}"}))
