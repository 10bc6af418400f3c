"""A certificate from an authority that speaks ACME: a real one (pebble), which asks for the proof at the server's own port."""

import json
import os
import pathlib
import socket
import ssl
import subprocess

import pytest
import requests
import trustme
import urllib3
from server import Server, binary, eventually, free_port, inherited

NAME, OTHER, LOST = "runs.example", "train.example", "lost.example"


class Authority:
    """Pebble, with a server of names for which every name is this machine."""

    def __init__(self, folder: pathlib.Path, port_of_proofs: int):
        folder.mkdir()
        self.ca_file = folder / "ca.pem"
        ca = trustme.CA()
        ca.cert_pem.write_to_path(self.ca_file)
        shown = ca.issue_cert("127.0.0.1")
        shown.private_key_pem.write_to_path(folder / "key.pem")
        shown.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
        listens, self.manages, names, self.manages_names = (free_port() for _ in range(4))
        self.directory = f"https://127.0.0.1:{listens}/dir"
        settings = {
            "listenAddress": f"127.0.0.1:{listens}",
            "managementListenAddress": f"127.0.0.1:{self.manages}",
            "certificate": str(folder / "certificate.pem"),
            "privateKey": str(folder / "key.pem"),
            "httpPort": free_port(),
            "tlsPort": port_of_proofs,
        }
        (folder / "pebble.json").write_text(json.dumps({"pebble": settings}))
        environment = {**inherited(), "HOME": str(folder), "PEBBLE_VA_NOSLEEP": "1"}
        start = lambda *words: subprocess.Popen(words, env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        none = ["-http01", "", "-https01", "", "-tlsalpn01", ""]
        management = ["-management", f"127.0.0.1:{self.manages_names}", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""]
        self.processes = [
            start("pebble-challtestsrv", "-dns01", f"127.0.0.1:{names}", *none, *management),
            start("pebble", "-config", str(folder / "pebble.json"), "-dnsserver", f"127.0.0.1:{names}"),
        ]
        eventually(self.answers, "the authority to answer")

    def answers(self) -> bool:
        try:
            return requests.get(self.directory, timeout=2, verify=str(self.ca_file)).ok
        except requests.ConnectionError:
            return False

    def root(self) -> str:
        """The certificate of what it signs with, in PEM."""
        return requests.get(f"https://127.0.0.1:{self.manages}/roots/0", timeout=5, verify=str(self.ca_file)).text

    def lose(self, name: str) -> None:
        """From now on nobody finds that name."""
        assert requests.post(f"http://127.0.0.1:{self.manages_names}/set-servfail", json={"host": name}, timeout=5).ok

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


class Certified(Server):
    def start(self):
        self.url = f"https://127.0.0.1:{self.port}"
        super().start()

    def ask(self, path: str, method: str = "GET") -> requests.Response:
        with urllib3.warnings.catch_warnings():
            urllib3.disable_warnings()
            return requests.request(method, f"{self.url}{path}", timeout=5, verify=False, auth=("api", self.key))

    def answers(self) -> bool:
        try:
            return self.ask("/ready").ok
        except requests.ConnectionError:
            return False

    def shown(self) -> str:
        return ssl.get_server_certificate(("127.0.0.1", self.port)).strip()

    def job(self) -> dict:
        return next(job for job in self.ask("/api/v1/system/jobs").json()["items"] if job["name"] == "certificate")


def is_trusted(server: Certified, root: str, name: str) -> bool:
    context = ssl.create_default_context(cadata=root)
    try:
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as plain, context.wrap_socket(plain, server_hostname=name):
            return True
    except ssl.SSLCertVerificationError:
        return False


@pytest.fixture
def settings(tmp_path):
    """An authority, and what a server has to be told to get its certificate there."""
    port = free_port()
    authority = Authority(tmp_path / "authority", port)
    authorities = tmp_path / "ca.d"
    authorities.mkdir()
    os.link(authority.ca_file, authorities / "authority.pem")
    yield authority, {
        "RUNSTEAD_HTTP__LISTEN": f"127.0.0.1:{port}",
        "RUNSTEAD_HTTP__PUBLIC_URL": f"https://{NAME}:{port}",
        "RUNSTEAD_HTTP__ALSO_KNOWN_AS": OTHER,
        "RUNSTEAD_TLS__AUTHORITIES": str(authorities),
        "RUNSTEAD_TLS__ACME_DIRECTORY": authority.directory,
        "RUNSTEAD_TLS__ACME_CONTACT": "ops@runs.example",
    }
    authority.stop()


class AtPort(Certified):
    """At the port that the authority asks for proofs."""

    def __init__(self, folder: pathlib.Path, **settings: str):
        self.wanted = int(settings["RUNSTEAD_HTTP__LISTEN"].rpartition(":")[2])
        super().__init__(folder, **settings)

    def start(self):
        self.port = self.wanted
        super().start()


def test_an_authority_gives_the_certificate_for_all_names_and_it_stays_until_it_is_due(settings, tmp_path):
    authority, told = settings
    server = AtPort(tmp_path, **told)
    root = authority.root()
    eventually(lambda: is_trusted(server, root, NAME), "the certificate of the authority")
    assert is_trusted(server, root, OTHER) and not is_trusted(server, root, "elsewhere.example")
    got = server.shown()
    eventually(lambda: server.job()["last_count"] == 1, "the job to have counted it")
    assert server.job()["last_error"] is None and server.command("health").returncode == 0
    for name in ("acme.key", "acme-account.json"):
        assert (server.data / "tls" / name).stat().st_mode & 0o777 == 0o600, name
    # It is kept over a restart, and got anew for another name.
    assert server.stop() == 0
    server.start()
    eventually(lambda: server.job()["last_count"] == 0, "the job to have looked")
    assert server.shown() == got and server.stop() == 0
    server.environment["RUNSTEAD_HTTP__ALSO_KNOWN_AS"] = f"{OTHER},third.example"
    server.start()
    eventually(lambda: is_trusted(server, root, "third.example"), "a certificate for the new name too")
    # What cannot be proven is told, and what was there stays.
    authority.lose(LOST)
    got = server.shown()
    assert server.stop() == 0
    server.environment["RUNSTEAD_HTTP__ALSO_KNOWN_AS"] = f"{OTHER},{LOST}"
    server.start()
    eventually(lambda: server.job()["last_error"], "the job to fail", 60)
    assert LOST in server.job()["last_error"] and authority.directory in server.job()["last_error"]
    assert server.shown() == got and server.stop() == 0
    log = server.log_file().read_text()
    assert "was taken again" in log and "BEGIN" not in log


def test_an_authority_that_cannot_be_asked_leaves_a_server_that_answers(settings, tmp_path):
    authority, told = settings
    authority.stop()
    server = AtPort(tmp_path, **told)
    eventually(lambda: server.job()["last_error"], "the job to fail", 60)
    assert authority.directory in server.job()["last_error"] and not is_trusted(server, authority.ca_file.read_text(), NAME)
    assert server.ask("/api/v1/session").ok and server.stop() == 0


@pytest.mark.parametrize("flags, words", [
    (["--tls.acme-directory", "http://ca.example/dir"], "must begin with https://"),
    (["--tls.acme-directory", "https://ca.example/dir", "--http.public-url", "https://10.0.0.7"], "needs http.public_url with a name"),
    (["--tls.acme-directory", "https://ca.example/dir", "--http.public-url", "https://a.example", "--tls.self-signed", "true"], "without tls.self_signed only"),
    (["--tls.acme-directory", "https://ca.example/dir", "--tls.certificate", "/a", "--tls.key", "/b"], "without tls.certificate and tls.key only"),
    (["--tls.acme-contact", "ops@a.example"], "with tls.acme_directory only"),
])
def test_what_contradicts_itself_is_refused(flags, words):
    refused = subprocess.run([binary(), "config", "check", "--json", *flags], env=inherited(), capture_output=True, text=True, timeout=30)
    told = json.loads(refused.stdout)
    assert refused.returncode == 1 and not told["good"] and words in told["mistakes"][0] and words in refused.stderr
