"""The examples that travel with the packages are valid, and agree with each other and with what the server really has."""

import json
import os
import pathlib
import re
import subprocess

import kubernetes_validate
import pytest
import requests
import yaml
from server import ROOT, Server, eventually

FOLDER = ROOT / "packaging"
MONITORING = FOLDER / "monitoring"
PROMTOOL = pathlib.Path(os.environ.get("RUNSTEAD_TOOLS", pathlib.Path.home() / ".cache/runstead-tools")) / "promtool"


def test_kubernetes_takes_the_manifests():
    parts = list(yaml.safe_load_all((FOLDER / "kubernetes/runstead.yaml").read_text()))
    assert [part["kind"] for part in parts] == ["Namespace", "ConfigMap", "StatefulSet", "Service", "Ingress"]
    for part in parts:
        kubernetes_validate.validate(part, "1.31", strict=True)
    probes = parts[2]["spec"]["template"]["spec"]["containers"][0]
    ports = {port["name"] for port in probes["ports"]}
    assert {probes[name]["httpGet"]["port"] for name in ("startupProbe", "readinessProbe", "livenessProbe")} <= ports


def test_examples_name_the_release_they_come_with(packages):
    for path in ("kubernetes/runstead.yaml", "quadlet/runstead.container"):
        named = re.findall(r"runstead:(\d+\.\d+\.\d+\S*)", (FOLDER / path).read_text())
        assert named == [packages.version], path


def test_traefik_s_recipe_says_what_those_that_are_run_say():
    """Traefik is not to be had where these tests run; its file is at least well-formed and leads to the same place."""
    recipe = yaml.safe_load((FOLDER / "proxies/traefik.yaml").read_text())
    router, service = recipe["http"]["routers"]["runstead"], recipe["http"]["services"]["runstead"]["loadBalancer"]
    assert router["service"] == "runstead" and service["servers"] == [{"url": "http://127.0.0.1:8080"}]
    assert service["serversTransport"] in recipe["http"]["serversTransports"]


def promtool(*words: str) -> None:
    done = subprocess.run([str(PROMTOOL), *words], cwd=MONITORING, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_alert_rules_fire_when_they_should():
    promtool("check", "config", "--syntax-only", "prometheus.yml")
    promtool("check", "rules", "alerts.yml")
    promtool("test", "rules", "alerts-test.yml")


def rules() -> list[dict]:
    return [rule for group in yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"] for rule in group["rules"]]


def test_every_rule_is_tested_and_says_what_to_do():
    headings = re.findall(r"^### (\w+)$", (FOLDER / "monitoring.md").read_text(), re.MULTILINE)
    tests = yaml.safe_load((MONITORING / "alerts-test.yml").read_text())["tests"]
    fired = {check["alertname"] for test in tests for check in test["alert_rule_test"] if check.get("exp_alerts")}
    silent = {check["alertname"] for test in tests for check in test["alert_rule_test"] if not check.get("exp_alerts")}
    names = [rule["alert"] for rule in rules()]
    assert set(names) == fired == silent and sorted(names) == sorted(headings)
    for rule in rules():
        assert rule["annotations"]["runbook"] == f"monitoring.md#{rule['alert'].lower()}"


@pytest.fixture(scope="module")
def exposition(tmp_path_factory) -> str:
    """What the collector of a server reads that has streamed, has refused, and has measured what it stores."""
    token = "0123456789abcdef0123456789abcdef"
    server = Server(tmp_path_factory.mktemp("watched"), RUNSTEAD_METRICS__TOKEN=token)

    def read() -> str:
        return requests.get(f"{server.url}/metrics", headers={"Authorization": f"Bearer {token}"}, timeout=10).text

    server.data_of('mutation { upsertModel(input: {entityName: "ada", name: "p"}) { model { id } } }')
    server.data_of('mutation { upsertBucket(input: {entityName: "ada", modelName: "p", name: "r"}) { bucket { id } } }')
    stored = {"files": {"wandb-history.jsonl": {"offset": 0, "content": ['{"_step": 0}']}}}
    assert server.stream("ada/p/r", stored).ok
    # It measures at its start.
    assert server.stop() == 0
    server.start()
    assert server.stream("ada/p/r", stored).ok and server.data_of("{ viewer { id } }")
    requests.post(f"{server.url}/api/v1/session", json={"username": "ada", "password": "wrong"}, timeout=10)
    eventually(lambda: "runstead_storage_bytes{" in read(), "the storage to be measured")
    text = read()
    assert server.stop() == 0
    return text


def asked(expression: str) -> list[tuple[str, dict]]:
    """The series that an expression reads: name and labels."""
    found = re.findall(r"\b((?:runstead_\w+|up))(?:\{([^}]*(?:\{\w+\}[^}]*)*)\})?", expression)
    return [(name, dict((key, (sign, value)) for key, sign, value in re.findall(r'(\w+)(=~|!~|!=|=)"([^"]*)"', labels))) for name, labels in found]


def expressions() -> list[str]:
    panels = json.loads((MONITORING / "dashboard.json").read_text())["panels"]
    return [rule["expr"] for rule in rules()] + [target["expr"] for panel in panels for target in panel.get("targets", [])]


@pytest.mark.parametrize("expression", expressions())
def test_what_is_watched_is_what_the_server_has(exposition, expression):
    """A rule on a series or a route that does not exist would be silent for ever."""
    series = asked(expression)
    assert series
    for name, labels in series:
        if name == "up":
            continue
        lines = [line for line in exposition.splitlines() if re.match(rf"{name}[{{ ]", line)]
        assert lines, f"the server has no {name}"
        for key, (sign, value) in labels.items():
            if key in ("instance", "status"):
                continue
            shown = set(re.findall(rf'[{{,]{key}="([^"]*)"', "\n".join(lines)))
            pattern = value if sign in ("=~", "!~") else re.escape(value)
            assert any(re.fullmatch(pattern, one) for one in shown), f"{name} has no {key} like {value}: {sorted(shown)}"
