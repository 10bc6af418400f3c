"""Reads a run with the public API and prints what it sees."""

import json
import sys

import wandb

api = wandb.Api()
run = api.run(sys.argv[1])
entity, project, name = sys.argv[1].split("/")


def names(**query):
    return [found.id for found in api.runs(f"{entity}/{project}", **query)]


content = run.file("some dir/note é.txt").download(root="down", replace=True).read()
image = [file.name for file in run.files() if file.name.startswith("media/images/")]
print(json.dumps({
    "state": run.state, "config": run.config, "summary": json.loads(json.dumps(dict(run.summary), default=dict)), "name": run.name, "tags": run.tags,
    "notes": run.notes, "group": run.group, "job_type": run.job_type, "user": run.user.username,
    "last_step": run.lastHistoryStep, "rows": list(run.scan_history()),
    "sampled": run.history(keys=["loss", "count"], pandas=False),
    "by_metric": run.history(keys=["count"], x_axis="loss", pandas=False),
    "range": [row["_step"] for row in run.scan_history(keys=["_step"], min_step=2, max_step=5, page_size=2)],
    "system": len(run.history(stream="system", pandas=False)),
    "files": [file.name for file in run.files()], "image": image, "content": content,
    "by_config": names(filters={"config.lr": 0.1}),
    "by_nothing": names(filters={"config.lr": {"$gt": 1}}),
    "by_summary": names(filters={"$and": [{"summary_metrics.loss": {"$lt": 0.2}}, {"tags": "ü"}]}, order="-summary_metrics.loss"),
    "length": len(api.runs(f"{entity}/{project}", filters={"name": name})),
}))
