"""The audit log told over TLS to a real rsyslog, with a certificate of an operator's own authority."""

import json
import pathlib
import subprocess

import pytest
import requests
import trustme
from server import Server, eventually, free_port, inherited

CONFIGURATION = """
global(
  workDirectory="{folder}"
  defaultNetstreamDriver="ossl"
  defaultNetstreamDriverCAFile="{folder}/ca.pem"
  defaultNetstreamDriverCertFile="{folder}/certificate.pem"
  defaultNetstreamDriverKeyFile="{folder}/key.pem"
)
module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon")
template(name="raw" type="string" string="%rawmsg%\\n")
input(type="imtcp" address="127.0.0.1" port="{port}")
action(type="omfile" file="{folder}/received" template="raw")
"""


class Collector:
    def __init__(self, folder: pathlib.Path):
        folder.mkdir()
        self.folder, self.port, self.ca = folder, free_port(), trustme.CA()
        self.ca.cert_pem.write_to_path(folder / "ca.pem")
        shown = self.ca.issue_cert("127.0.0.1")
        shown.private_key_pem.write_to_path(folder / "key.pem")
        shown.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
        (folder / "rsyslog.conf").write_text(CONFIGURATION.format(folder=folder, port=self.port))
        words = ["rsyslogd", "-n", "-f", str(folder / "rsyslog.conf"), "-i", str(folder / "pid")]
        path = f"{inherited()['PATH']}:/usr/sbin"
        self.process = subprocess.Popen(words, env={**inherited(), "PATH": path, "HOME": str(folder)})

    def messages(self) -> list[str]:
        file = self.folder / "received"
        return file.read_text().splitlines() if file.exists() else []

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


@pytest.fixture
def collector(tmp_path):
    made = Collector(tmp_path / "collector")
    yield made
    made.stop()


def job(server: Server) -> dict:
    jobs = requests.get(f"{server.url}/api/v1/system/jobs", auth=("api", server.key), timeout=10).json()["items"]
    return next(job for job in jobs if job["name"] == "audit outputs")


def tell(server: Server) -> None:
    assert requests.post(f"{server.url}/api/v1/system/jobs/audit outputs/run", auth=("api", server.key), timeout=10).ok


def test_rsyslog_takes_the_audit_log_over_tls_from_who_trusts_its_authority(collector, tmp_path):
    to = f"tls://127.0.0.1:{collector.port}"
    authorities = tmp_path / "ca.d"
    authorities.mkdir()
    file = tmp_path / "audit.jsonl"
    server = Server(tmp_path, RUNSTEAD_AUDIT__SYSLOG=to, RUNSTEAD_AUDIT__FILE=str(file), RUNSTEAD_TLS__AUTHORITIES=str(authorities))
    eventually(lambda: job(server)["last_error"], "the job to fail")
    assert f"syslog {to}: " in job(server)["last_error"] and "UnknownIssuer" in job(server)["last_error"]
    assert collector.messages() == [], "nothing is told to who may be anybody"
    collector.ca.cert_pem.write_to_path(authorities / "own.pem")
    assert server.stop() == 0
    server.start()
    tell(server)
    eventually(lambda: job(server)["last_error"] is None, "the job to go well")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    read = lambda: [json.loads(message[message.index("{") :]) for message in collector.messages()]
    eventually(lambda: len(read()) >= len(lines), "the collector to have written them")
    assert read()[: len(lines)] == lines and len(lines) > 1
    assert collector.messages()[0].startswith("<110>1 20") and server.stop() == 0
