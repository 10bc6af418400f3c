"""Reads the reports of a project as every release of the client does. Argument: the project, as entity/project."""

import json
import sys

import wandb

path = sys.argv[1]
api = wandb.Api()
found = list(api.reports(path, per_page=1))
report = list(api.reports(path, name="Old style"))[0]
print(
    json.dumps(
        {
            "titles": [one.display_name if hasattr(one, "display_name") else one.name for one in found],
            "user": (report.user if hasattr(report, "user") else report._attrs["user"])["username"],
            "description": report.description,
            "url": report.url,
            "sections": [section["name"] for section in report.sections],
            "runs": [run.id for run in report.runs(report.sections[0])],
            "all": sorted(run.id for run in report.runs(report.sections[0], only_selected=False)),
        }
    )
)
