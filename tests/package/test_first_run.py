"""From the package to a logged run on a machine without internet, and through each proxy that there is a recipe for, with TLS by
an operator's own CA, as people do it: `wandb login --host`."""

import json
import pathlib
import re
import shutil

import pytest
import trustme
from client import NEWEST, SCRIPTS, VENVS, Client, finish
from server import ROOT, eventually

NAME = "runstead.example.org"
URL = f"https://{NAME}"
HERE = pathlib.Path(__file__).parent
RECIPES = ROOT / "packaging/proxies"
AS_SERVER = ["setpriv", "--reuid=runstead", "--regid=runstead", "--clear-groups"]


class Inside(Client):
    """The real client on a machine, told nothing but where it is at home."""

    def __init__(self, machine, folder: pathlib.Path, version: str = NEWEST, **environment: str):
        self.url, self.key, self.machine = "", "", machine
        super().__init__(self, folder, version)
        del self.environment["WANDB_BASE_URL"], self.environment["WANDB_API_KEY"]
        self.environment |= {"PATH": "/usr/bin:/bin", **environment}

    def around(self) -> list[str]:
        return [*self.machine.inside(), f"--wdns={self.folder}"]


def test_from_the_package_to_the_first_run_in_under_five_minutes_without_internet(machine, packages, tmp_path):
    assert re.findall(r"^\d+: (\w+):", machine.do("ip", "address"), re.MULTILINE) == ["lo"], "there is a network on this machine"
    script = shutil.copy(SCRIPTS / "secure.py", tmp_path)
    words = ["sh", str(HERE / "first_run.sh"), str(packages.deb()), str(VENVS / NEWEST / "bin/python"), script]
    said = machine.do(*words, HOME=str(tmp_path), WANDB_DIR=str(tmp_path), WANDB_ERROR_REPORTING="false")
    assert json.loads(next(line for line in said.splitlines() if line.startswith("{")))["values"] == [0, 1, 2, 3, 4]
    assert int(re.search(r"took (\d+) seconds", said)[1]) < 300


@pytest.fixture(scope="module")
def proxied(machine, packages, tmp_path_factory):
    """The machine with its server known by its public name, a certificate of an own CA, and the CA's file."""
    machine.do("dpkg", "-i", str(packages.deb()))
    ca = trustme.CA()
    shown = ca.issue_cert(NAME)
    folder = tmp_path_factory.mktemp("tls")
    ca.cert_pem.write_to_path(folder / "ca.pem")
    shown.private_key_pem.write_to_path(folder / "privkey.pem")
    for number, part in enumerate(shown.cert_chain_pems):
        part.write_to_path(folder / "fullchain.pem", append=number > 0)
    # Caddy does not run as root.
    machine.sh(f"cp -r {folder} /etc/ssl/runstead; chown -R root:www-data /etc/ssl/runstead; chmod 0750 /etc/ssl/runstead; chmod 0640 /etc/ssl/runstead/*; adduser --quiet caddy www-data || usermod -aG www-data caddy")
    machine.sh(f"printf 'RUNSTEAD_HTTP__PUBLIC_URL={URL}\\nRUNSTEAD_HTTP__TRUSTED_PROXIES=127.0.0.1\\n' >> /etc/default/runstead; systemctl restart runstead")
    machine.ca = "/etc/ssl/runstead/ca.pem"
    machine.sh("echo correct horse battery staple > /run/password; chown runstead /run/password")
    words = ["admin", "create", "eve", "--email", "eve@example.org", "--password-file", "/run/password", "--json"]
    machine.key = json.loads(machine.do(*AS_SERVER, "runstead", *words))["api_key"]
    return machine


# How a recipe becomes the configuration of Debian's package of the proxy.
PROXIES = {
    "nginx": "cp {recipe}/nginx.conf /etc/nginx/conf.d/runstead.conf",
    "apache2": "a2enmod -q proxy_http ssl reqtimeout; a2dissite -q 000-default; cp {recipe}/apache.conf /etc/apache2/sites-available/runstead.conf; a2ensite -q runstead",
    "caddy": "cp {recipe}/Caddyfile /etc/caddy/Caddyfile",
}


@pytest.fixture(params=PROXIES)
def proxy(request, proxied):
    """A proxy with its recipe as it is, started by its own unit."""
    name = request.param
    proxied.sh(PROXIES[name].format(recipe=RECIPES))
    started = proxied.run("systemctl", "start", name)
    assert started.returncode == 0, proxied.run("journalctl", "--unit", name, "--no-pager").stdout
    eventually(lambda: proxied.run("runstead", "health", "--url", URL, "--ca", proxied.ca).returncode == 0, f"{name} to answer", 15)
    yield proxied
    proxied.do("systemctl", "stop", name)


def test_login_and_a_run_with_a_large_file_through_a_proxy_with_an_own_ca(proxy, tmp_path):
    """Larger than any usual limit of a proxy, and than that of the server for what is not a file."""
    client = Inside(proxy, tmp_path, SSL_CERT_FILE=proxy.ca, REQUESTS_CA_BUNDLE=proxy.ca)
    client.wandb("login", "--host", URL, proxy.key)
    assert client.run("large_file") == {"values": [0, 1, 2, 3, 4], "same": True}


def test_the_audit_log_has_the_callers_address_and_not_what_the_caller_says(proxy, request):
    name = request.node.name
    curl = f"curl --fail --silent --show-error --cacert {proxy.ca} --interface 127.0.0.3 --user api:{proxy.key}"
    proxy.sh(f"""{curl} -H 'X-Forwarded-For: 8.8.8.8' --json '{{"name": "{name}"}}' {URL}/api/v1/keys""")
    (noted,) = [entry for entry in json.loads(proxy.sh(f"{curl} {URL}/api/v1/audit"))["items"] if name in json.dumps(entry)]
    assert noted["address"] == "127.0.0.3"


def test_runs_outlive_an_upgrade_a_removal_and_a_new_installation(proxied, packages, tmp_path):
    client = Inside(proxied, tmp_path, WANDB_BASE_URL="http://127.0.0.1:8080", WANDB_API_KEY=proxied.key)
    before = client.run("read_values", "eve/large-file")
    assert before and all(values == [0, 1, 2, 3, 4] for values in before.values())
    for words in (["-i", str(packages.deb(2))], ["--remove", "runstead"], ["-i", str(packages.deb())]):
        proxied.do("dpkg", *words)
    assert client.run("read_values", "eve/large-file") == before
