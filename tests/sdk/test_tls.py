"""TLS with an operator's own CA: the real client trusts it, and a renewed certificate is taken while the server runs."""

import hashlib
import signal
import ssl

import pytest
import requests
import trustme
from client import NEWEST, Client
from server import Server, eventually


class TlsServer(Server):
    def __init__(self, folder, ca):
        self.ca, self.ca_file = ca, folder / "ca.pem"
        ca.cert_pem.write_to_path(self.ca_file)
        self.certificate, self.private_key = folder / "server.pem", folder / "server.key"
        self.renew()
        super().__init__(folder, RUNSTEAD_TLS__CERTIFICATE=str(self.certificate), RUNSTEAD_TLS__KEY=str(self.private_key))

    def renew(self) -> str:
        """Puts a new certificate where the server looks for it; returns it."""
        made = self.ca.issue_cert("127.0.0.1")
        made.private_key_pem.write_to_path(self.private_key)
        for number, part in enumerate(made.cert_chain_pems):
            part.write_to_path(self.certificate, append=number > 0)
        return made.cert_chain_pems[0].bytes().decode().strip()

    def start(self):
        self.url = self.environment["RUNSTEAD_HTTP__PUBLIC_URL"] = f"https://127.0.0.1:{self.port}"
        super().start()

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/ready", timeout=2, verify=str(self.ca_file)).ok
        except requests.ConnectionError:
            return False

    def shown(self) -> str:
        return ssl.get_server_certificate(("127.0.0.1", self.port)).strip()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = TlsServer(tmp_path_factory.mktemp("tls"), trustme.CA())
    yield server
    assert server.stop() == 0


# The newest has its own network code, the oldest Python's.
@pytest.mark.parametrize("version", [NEWEST, "0.13.11"])
def test_a_client_that_trusts_the_operators_ca_logs_and_reads_over_tls(server, tmp_path, version):
    client = Client(server, tmp_path, version)
    trust = {"SSL_CERT_FILE": str(server.ca_file), "REQUESTS_CA_BUNDLE": str(server.ca_file)}
    assert client.run("secure", **trust) == {"values": [0, 1, 2, 3, 4], "note": "over TLS"}


def test_a_client_that_does_not_trust_it_learns_why(server):
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"{server.url}/ready", timeout=5)


class SelfSigned(TlsServer):
    """Makes its own certificate."""

    def __init__(self, folder, **settings):
        self.ca_file = folder / "data" / "tls" / "self-signed.pem"
        Server.__init__(self, folder, RUNSTEAD_TLS__SELF_SIGNED="true", **settings)

    def answers(self) -> bool:
        return self.ca_file.exists() and super().answers()


def test_a_server_without_an_authority_signs_its_own_certificate(tmp_path):
    server = SelfSigned(tmp_path)
    shown = server.shown()
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(shown)).hexdigest().upper()
    fingerprint = ":".join(digest[at : at + 2] for at in range(0, 64, 2))
    assert f"SHA-256 fingerprint {fingerprint}" in server.log_file().read_text()
    assert (tmp_path / "data" / "tls" / "self-signed.key").stat().st_mode & 0o777 == 0o600
    assert server.command("health").returncode == 0
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"{server.url}/ready", timeout=5)
    # Pages say that there is something to trust, and give it.
    ask = lambda path: requests.get(f"{server.url}/api/v1/{path}", timeout=5, verify=str(server.ca_file))
    assert ask("session").json()["own_authorities"]
    given = ask("authorities.pem")
    assert given.text.strip() == shown and given.headers["content-type"] == "application/x-pem-file"
    # The client of today and that of Python's own network code trust it as they would an authority.
    for version in (NEWEST, "0.13.11"):
        folder = tmp_path / version
        folder.mkdir()
        trust = {"SSL_CERT_FILE": str(server.ca_file), "REQUESTS_CA_BUNDLE": str(server.ca_file)}
        assert Client(server, folder, version).run("secure", **trust)["note"] == "over TLS"
    assert server.stop() == 0
    # It stays as long as the names do.
    server.start()
    assert server.shown() == shown and server.stop() == 0
    server.environment["RUNSTEAD_HTTP__ALSO_KNOWN_AS"] = "runs.example.org"
    server.start()
    assert server.shown() != shown
    server.environment |= {"RUNSTEAD_TLS__CERTIFICATE": "/x.pem", "RUNSTEAD_TLS__KEY": "/x.key"}
    assert "tls.self_signed is of use without" in server.command("config", "check").stderr
    assert server.stop() == 0


def test_health_knows_the_server_by_its_certificate(server):
    healthy = server.command("health")
    assert (healthy.returncode, healthy.stdout) == (0, "ready\n"), healthy.stderr


def test_a_renewed_certificate_is_taken_and_a_broken_one_is_not(server):
    before = server.shown()
    after = server.renew()
    assert before != after
    server.process.send_signal(signal.SIGHUP)
    eventually(lambda: server.shown() == after, "the renewed certificate")
    server.certificate.write_text("no certificate\n")
    server.process.send_signal(signal.SIGHUP)
    eventually(lambda: "the renewed certificate is not used" in server.log_file().read_text(), "a word in the log")
    assert server.shown() == after
    server.renew()


def test_the_log_level_is_taken_while_running_and_other_settings_are_named(tmp_path):
    settings = tmp_path / "runstead.toml"
    settings.write_text('[log]\nlevel = "error"\n')
    server = Server(tmp_path, RUNSTEAD_CONFIG=str(settings))
    requests.get(f"{server.url}/healthz", timeout=5)
    assert "/healthz" not in server.log_file().read_text()
    settings.write_text('[log]\nlevel = "info"\n[data]\nreaders = 3\n')
    server.process.send_signal(signal.SIGHUP)
    eventually(lambda: "a restart is needed for data.readers" in server.log_file().read_text(), "a word on the restart")
    requests.get(f"{server.url}/healthz", timeout=5)
    eventually(lambda: "/healthz" in server.log_file().read_text(), "a line for the request")
    settings.write_text("[log]\nlevel = 3\nnonsense = 1\n")
    server.process.send_signal(signal.SIGHUP)
    eventually(lambda: "nothing is reloaded" in server.log_file().read_text(), "a word on the mistake")
    assert server.stop() == 0
