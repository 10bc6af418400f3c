"""Reports and workspaces, written by the package for them and read by every release of the client."""

import json

import pytest
import requests
from client import VERSIONS, Client

WORKSPACES = "0.31.0-workspaces"

UPSERT_RUN = "mutation($i: UpsertBucketInput!) { upsertBucket(input: $i) { inserted } }"
UPSERT_VIEW = "mutation($i: UpsertViewInput!) { upsertView(input: $i) { view { id type } inserted } }"


def with_runs(server, project: str) -> None:
    for name, loss in (("first", 0.5), ("second", 0.25)):
        place = {"entityName": "ada", "modelName": project, "name": name, "summaryMetrics": json.dumps({"loss": loss})}
        assert server.data_of(UPSERT_RUN, i=place)["upsertBucket"]["inserted"]


def held(server, link: str, path: str = "", **body) -> requests.Response:
    """What somebody sees who has a link and no account, in the way of the pages."""
    address, token = link.split("?accessToken=")
    headers = {"X-Runstead-Report-Token": requests.utils.unquote(token)}
    if body:
        return requests.post(f"{server.url}/api/v1{path}", json=body, headers=headers, timeout=30)
    return requests.get(f"{server.url}/api/v1/reports/{address.rsplit('--')[-1].rstrip('=')}{path}", headers=headers, timeout=30)


def test_reports_and_workspaces_are_written_shared_and_deleted(server, tmp_path):
    with_runs(server, "written")
    client = Client(server, tmp_path, WORKSPACES)
    seen = client.run("reports_write", "ada", "written")
    title = "Weekly results, 50 %"
    assert seen["made"] == [True, [title]]
    assert seen["read"] == [title, "What we saw", ["H1", "P", "PanelGrid"], "All", ["loss"]] and seen["same"]
    assert seen["changed"] == [True, ["Weekly results"]]
    assert seen["cloned"] == [True, ["A copy", "Weekly results"], ["A copy"]]
    assert seen["draft"] == [True, "A copy", ["A copy", "Weekly results"]]
    assert seen["published"] == [True, "As a draft"]
    assert seen["workspace"] == ["Mine", ["Losses"], True] and seen["workspace_changed"] == "Ours"
    assert seen["another"] and seen["no_workspace"] and seen["reports_alone"] == ["A copy", "Weekly results"]
    assert seen["no_link"] is None and seen["link"][1:] == [True, True] and seen["wider"]
    link = seen["link"][0]
    assert held(server, link).json()["display_name"] == "Weekly results"
    runs = held(server, link, "/runs?order=%2Bsummary_metrics.loss").json()["items"]
    assert [(run["name"], run["summary"]) for run in runs] == [("second", {"loss": 0.25}), ("first", {"loss": 0.5})]
    assert held(server, link, "/runs?entity=ada&project=written-more").json()["items"] == []
    assert held(server, link, "/runs?entity=ada&project=read").status_code == 404
    chart = {"entity": "ada", "project": "written", "keys": ["loss"], "runs": [{"name": "first"}]}
    assert held(server, link, "/metrics", **chart).content[:4] == b"RSM1"
    log = server.log_file().read_text()
    assert link.split("?accessToken=")[1] not in log and "/api/v1/reports/{id}" in log
    ended = client.run("reports_write", "end", *seen["addresses"])
    assert ended["unlinked"] == [True, None, False] and held(server, link).status_code == 404
    assert ended["deleted"] == [True, ["Weekly results"]]


@pytest.mark.parametrize("version", VERSIONS)
def test_reports_are_read_with_their_sections_and_runs(server, tmp_path, version):
    project = f"read-{version.replace('.', '-')}"
    with_runs(server, project)
    run_set = {
        "name": "Run set", "sort": {"key": {"section": "run", "name": "createdAt"}, "ascending": True}, "selections": {"root": 0, "bounds": [], "tree": ["second"]},
        "filters": {"op": "OR", "filters": [{"op": "AND", "filters": [{"key": {"section": "summary", "name": "loss"}, "op": "<", "value": 1, "disabled": False}]}]},
    }
    spec = json.dumps({"panelGroups": [{"name": "Losses", "openRunSet": 0, "runSets": [run_set]}]})
    for title in ("Old style", "Another"):
        view = {"entityName": "ada", "projectName": project, "type": "runs", "displayName": title, "description": "words", "spec": spec, "createdUsing": "WANDB_SDK"}
        assert server.data_of(UPSERT_VIEW, i=view)["upsertView"]["inserted"]
    seen = Client(server, tmp_path, version).run("reports_read", f"ada/{project}")
    assert sorted(seen["titles"]) == ["Another", "Old style"]
    assert (seen["user"], seen["description"], seen["sections"]) == ("ada", "words", ["Losses"])
    assert seen["url"].startswith(f"{server.url}/ada/{project}/reports/Old-style--Vmlld")
    assert (seen["runs"], seen["all"]) == (["second"], ["first", "second"])
