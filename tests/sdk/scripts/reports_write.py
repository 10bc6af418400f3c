"""Writes a report and a workspace with the package for them, and does with both all that it offers. Arguments: entity and project; or
`end`, the address of a report that is shared and that of one to delete."""

import json
import sys

import wandb
import wandb_workspaces.reports.v2 as wr
import wandb_workspaces.workspaces as ws

if sys.argv[1] == "end":
    shared, extra = map(wr.Report.from_url, sys.argv[2:])
    unlinked = [shared.disable_share_link(), shared.get_share_url(), shared.disable_share_link()]
    deleted = extra.delete()
    print(json.dumps({"unlinked": unlinked, "deleted": [deleted, [found.display_name for found in wandb.Api().reports(f"{shared.entity}/{shared.project}")]]}))
    sys.exit()
entity, project = sys.argv[1:]
seen = {}


def reports(**more):
    # Anew each time: the client keeps the lists that it was given.
    return list(wandb.Api().reports(f"{entity}/{project}", **more))


runset = wr.Runset(entity=entity, project=project, name="All")
plot = wr.LinePlot(x="Step", y=["loss"], smoothing_factor=0.8)
report = wr.Report(entity=entity, project=project, title="Weekly results, 50 %", description="What we saw")
report.blocks = [wr.H1("Loss"), wr.P(["It ", wr.Link("falls", url="https://example.org")]), wr.PanelGrid(runsets=[runset], panels=[plot])]
report.save()
first = report.id
seen["made"] = [first != "", [found.display_name for found in reports()]]

again = wr.Report.from_url(report.url)
seen["read"] = [again.title, again.description, [type(block).__name__ for block in again.blocks], again.blocks[2].runsets[0].name, [metric.name for metric in again.blocks[2].panels[0].y]]
seen["same"] = again._to_model().spec.model_dump_json() == report._to_model().spec.model_dump_json()
again.title = "Weekly results"
again.save()
seen["changed"] = [again.id == first, [found.display_name for found in reports()]]

copy = wr.Report.from_url(again.url)
copy.title = "A copy"
copy.save(clone=True)
seen["cloned"] = [copy.id != first, sorted(found.display_name for found in reports()), [found.display_name for found in reports(name="A copy")]]

# A draft of the report is another view, and publishing it gives the report back.
again.description = "As a draft"
again.save(draft=True)
draft = again.id
seen["draft"] = [draft != first, wr.Report.from_url(copy.url).title, sorted(found.display_name for found in reports())]
again.save()
seen["published"] = [again.id == first, wr.Report.from_url(again.url).description]

seen["no_link"] = again.get_share_url()
link = again.enable_share_link()
seen["link"] = [link, link == again.enable_share_link(), link == again.get_share_url()]
wandb.Api().create_project(f"{project}-more", entity)
again.blocks = [*again.blocks, wr.PanelGrid(runsets=[wr.Runset(entity=entity, project=f"{project}-more", name="More")], panels=[plot])]
again.save()
seen["wider"] = again.enable_share_link() == link

workspace = ws.Workspace(entity=entity, project=project, name="Mine", sections=[ws.Section(name="Losses", panels=[plot], is_open=True)])
workspace.save()
found = ws.Workspace.from_url(workspace.url)
seen["workspace"] = [found.name, [section.name for section in found.sections], "?nw=" in workspace.url]
found.name = "Ours"
found.save()
new = ws.Workspace.from_url(workspace.url)
seen["workspace_changed"] = new.name
new.save_as_new_view()
seen["another"] = new.url != workspace.url and ws.Workspace.from_url(new.url).name == "Ours"
try:
    ws.Workspace.from_url(workspace.url[:-3] + "zzz")
except ValueError as error:
    seen["no_workspace"] = "not found" in str(error)
seen["reports_alone"] = sorted(found.display_name for found in reports())

seen["addresses"] = [again.url, copy.url]
print(json.dumps(seen))
