"""The management API does what its OpenAPI document says: no 5xx, no answer that is not in it, whatever is sent."""

import re
import subprocess

import requests
from client import VENVS

SECONDS = 40
CONFIGURATION = """
[parameters]
"path.entity" = "ada"
"path.project" = "digits"
"path.run" = "first"
"path.team" = "red"
"path.organization" = "runstead"
"path.username" = "bob"
"path.thread" = 1
"""
# Without its key the tester would see 401 alone.
NEVER = r"/keys/|/api-keys/"


def test_nothing_is_answered_that_the_document_does_not_say(own, tmp_path):
    def ask(path, **body):
        answer = requests.post(f"{own.url}/api/v1{path}", json=body, auth=("api", own.key), timeout=10)
        assert answer.status_code < 300, answer.text

    ask("/users", username="bob", email="bob@example.org")
    ask("/teams", name="red")
    ask("/projects/ada", name="digits")
    ask("/projects/red", name="digits")
    own.data_of('mutation { upsertBucket(input: { entityName: "ada", modelName: "digits", name: "first" }) { inserted } }')
    report = requests.post(
        f"{own.url}/api/v1/projects/ada/digits/reports", json={"display_name": "Weekly", "spec": "{}"}, auth=("api", own.key), timeout=10
    )
    ask(f"/reports/{report.json()['id']}/threads", body="Is this right?")
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
    command = [
        str(VENVS / "schemathesis" / "bin" / "schemathesis"), "--config-file", str(tmp_path / "schemathesis.toml"), "run",
        f"{own.url}/api/v1/openapi.json", "--header", f"Authorization: Bearer {own.key}",
        "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        "--phases", "coverage,fuzzing", "--max-time", str(SECONDS), "--seed", "4", "--no-shrink", "--continue-on-failure",
        "--exclude-path-regex", NEVER,
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS * 5)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    tested = re.search(r"Tested: (\d+)", done.stdout)
    assert tested and int(tested[1]) > 60, done.stdout[-4000:]
    assert "Unresolvable references" not in done.stdout, done.stdout[-8000:]
