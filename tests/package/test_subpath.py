"""A server below a path of its host, beside other things: the real client of every release, pages and links, through a real nginx
with TLS that passes the path on, as the guide has it, or takes it away."""

import json
import pathlib
import subprocess

import pytest
import requests
import trustme
from client import NEWEST, VERSIONS, Client
from server import Server, eventually, free_port, inherited

BASE = "/ml/runs"
# What the guide says to write, and what others write.
WAYS = {"keeps": "http://127.0.0.1:{port}", "takes": "http://127.0.0.1:{port}/"}
NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log {folder}/access.log;
    {temporary}
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/certificate.pem;
        ssl_certificate_key {folder}/key.pem;
        client_max_body_size 0;
        # Something else is at the root: whoever forgets the path ends there.
        location / {{ return 418; }}
        location {base}/ {{
            proxy_pass {upstream};
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_request_buffering off;
            proxy_buffering off;
        }}
    }}
}}
"""


class Below(Server):
    """A server that is reached at `url`, through nginx."""

    def __init__(self, folder: pathlib.Path, way: str):
        self.ca_file = folder / "ca.pem"
        ca = trustme.CA()
        ca.cert_pem.write_to_path(self.ca_file)
        shown = ca.issue_cert("127.0.0.1")
        shown.private_key_pem.write_to_path(folder / "key.pem")
        shown.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
        port = free_port()
        self.public = f"https://127.0.0.1:{port}{BASE}"
        authorities = folder / "ca.d"
        authorities.mkdir()
        ca.cert_pem.write_to_path(authorities / "ca.pem")
        super().__init__(
            folder,
            RUNSTEAD_HTTP__PUBLIC_URL=self.public,
            RUNSTEAD_HTTP__TRUSTED_PROXIES="127.0.0.1",
            RUNSTEAD_TLS__AUTHORITIES=str(authorities),
        )
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
        upstream = WAYS[way].format(port=self.port)
        written = NGINX.format(folder=folder, port=port, base=BASE, upstream=upstream, temporary=temporary)
        (folder / "nginx.conf").write_text(written)
        words = ["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
        path = f"{inherited()['PATH']}:/usr/sbin"
        self.nginx = subprocess.Popen(words, env={**inherited(), "PATH": path, "HOME": str(folder)})
        self.direct, self.url = self.url, self.public
        eventually(lambda: self.ask("/ready") == 200, "nginx to answer")

    def ask(self, path: str) -> int:
        try:
            return requests.get(f"{self.public}{path}", timeout=5, verify=str(self.ca_file)).status_code
        except requests.ConnectionError:
            return 0

    def astray(self) -> list[str]:
        """Requests that went beside the path."""
        return [line for line in (self.folder / "access.log").read_text().splitlines() if '" 418 ' in line]

    def stop(self) -> int:
        self.nginx.terminate()
        self.nginx.wait(timeout=30)
        return super().stop()


@pytest.fixture(scope="module", params=WAYS)
def below(request, tmp_path_factory):
    server = Below(tmp_path_factory.mktemp(request.param), request.param)
    yield server
    assert server.stop() == 0


def trust(below: Below) -> dict[str, str]:
    return {"SSL_CERT_FILE": str(below.ca_file), "REQUESTS_CA_BUNDLE": str(below.ca_file)}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_release_of_the_client_logs_and_reads_below_a_path(below, tmp_path, version):
    client = Client(below, tmp_path, version)
    assert client.run("secure", **trust(below)) == {"values": [0, 1, 2, 3, 4], "note": "over TLS"}
    assert below.astray() == []


def test_login_and_artifacts_go_below_the_path(below, tmp_path):
    client = Client(below, tmp_path, NEWEST)
    client.environment |= trust(below)
    del client.environment["WANDB_API_KEY"], client.environment["WANDB_BASE_URL"]
    client.wandb("login", "--host", below.public, below.key)
    assert client.run("large_file") == {"values": [0, 1, 2, 3, 4], "same": True}
    assert below.astray() == []


def test_pages_and_sessions_stay_below_the_path(below):
    session = requests.Session()
    # What this machine trusts says nothing here.
    session.trust_env = False
    session.verify = str(below.ca_file)
    page = session.get(f"{below.public}/ada", headers={"Accept": "text/html"}, timeout=10)
    assert page.status_code == 200 and f'data-base="{BASE}"' in page.text
    again = session.get(f"{below.public}/ada", headers={"Accept": "text/html", "If-None-Match": page.headers["etag"]}, timeout=10)
    assert again.status_code == 304
    form = {"username": "ada", "password": "correct horse battery staple"}
    signed_in = session.post(f"{below.public}/api/v1/session", json=form, headers={"X-Requested-With": "runstead"}, timeout=10)
    assert signed_in.status_code == 200
    (cookie,) = session.cookies
    assert (cookie.path, cookie.secure) == (BASE, True)
    assert session.get(f"{below.public}/api/v1/session", timeout=10).json()["account"]["username"] == "ada"


def test_the_address_of_a_run_that_moved_leads_below_the_path(below):
    direct = lambda method, path, **how: requests.request(method, f"{below.direct}{path}", auth=("api", below.key), timeout=30, **how)
    for name in ("from", "to"):
        direct("POST", "/graphql", json={"query": f'mutation {{ upsertModel(input: {{entityName: "ada", name: "{name}"}}) {{ model {{ id }} }} }}'})
    direct("POST", "/graphql", json={"query": 'mutation { upsertBucket(input: {entityName: "ada", modelName: "from", name: "r"}) { bucket { id } } }'})
    moved = below.command("run", "move", "ada/from", "ada/to", "r", "--json")
    assert moved.returncode == 0 and json.loads(moved.stdout)["moved"] == 1, moved.stderr
    old = requests.get(
        f"{below.public}/ada/from/runs/r", headers={"Accept": "text/html"}, auth=("api", below.key), timeout=10,
        verify=str(below.ca_file), allow_redirects=False,
    )
    assert (old.status_code, old.headers["location"]) == (302, f"{BASE}/ada/to/runs/r")


def test_the_doctor_finds_nothing_wrong_with_the_way(below):
    found = {check["name"]: check for check in json.loads(below.command("doctor", "--json").stdout)["checks"]}
    states = {name: check["state"] for name, check in found.items() if name.startswith("public.")}
    assert states == {name: "good" for name in states} and len(states) == 9, found
    assert found["public.reach"]["message"] == f"{below.public} answers"


def test_what_nginx_is_told_is_what_it_takes(below, tmp_path):
    """The recipe that the server prints for itself, tried by nginx."""
    told = below.command("config", "proxy", "nginx", "--json")
    recipe = json.loads(told.stdout)["recipe"]
    assert f"location {BASE}/ {{" in recipe and f"server 127.0.0.1:{below.port};" in recipe
    for path, own in (("/etc/ssl/runstead/fullchain.pem", "certificate.pem"), ("/etc/ssl/runstead/privkey.pem", "key.pem")):
        recipe = recipe.replace(path, str(below.folder / own))
    file = tmp_path / "nginx.conf"
    file.write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n{recipe}\n}}\n")
    path = f"{inherited()['PATH']}:/usr/sbin"
    tried = subprocess.run(["nginx", "-t", "-c", str(file), "-e", str(tmp_path / "log")], env={"PATH": path}, capture_output=True, text=True, timeout=30)
    assert tried.returncode == 0, tried.stderr
