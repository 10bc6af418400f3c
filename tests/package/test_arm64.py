"""Packages for the other processor. To make them takes as long as a release, so who has made them names their folder in
RUNSTEAD_ARM64_PACKAGES, as `arm64.sh` does; what is in them runs under emulation."""

import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tarfile

import pytest
import server as servers
from client import Client
from conftest import BUILD
from server import Server

FOLDER = os.environ.get("RUNSTEAD_ARM64_PACKAGES")
made = pytest.mark.skipif(not FOLDER, reason="RUNSTEAD_ARM64_PACKAGES names no packages for arm64: arm64.sh makes them")


def test_a_program_for_one_processor_is_not_packed_for_another(tmp_path):
    # Any program of this machine.
    words = [str(BUILD), "--binary", sys.executable, "--out", str(tmp_path), "--quick", "--arch"]
    other = "arm64" if platform.machine() == "x86_64" else "amd64"
    refused = subprocess.run([*words, other], capture_output=True, text=True, timeout=60)
    assert refused.returncode == 1 and f"is no program for {other}" in refused.stderr, refused.stderr
    unknown = subprocess.run([*words, "mips"], capture_output=True, text=True, timeout=60)
    assert unknown.returncode == 2 and "amd64 or arm64" in unknown.stderr
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def packages() -> pathlib.Path:
    return pathlib.Path(FOLDER)


@made
def test_every_package_says_which_processor_it_is_for(packages):
    [deb] = packages.glob("runstead_*_arm64.deb")
    said = subprocess.run(["dpkg-deb", "--field", str(deb), "Architecture"], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "arm64"
    [image] = packages.glob("runstead-*-arm64-image.tar")
    with tarfile.open(image) as archive:
        manifest = json.load(archive.extractfile("manifest.json"))[0]
        described = json.load(archive.extractfile(manifest["Config"]))
    assert described["architecture"] == "arm64"
    version = deb.name.split("_")[1].split("-")[0]
    assert (packages / f"runstead-{version}-aarch64-linux.tar.gz").exists()
    said = subprocess.run(["file", "--brief", str(packages / "runstead-arm64")], capture_output=True, text=True, check=True).stdout
    assert "ARM aarch64" in said and "statically linked" in said
    # The sums name what is there, and nothing of it has changed.
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=packages, check=True)


@made
def test_it_serves_and_the_real_client_logs_to_it(packages, tmp_path, monkeypatch):
    monkeypatch.setattr(Server, "program", lambda _: [shutil.which("qemu-aarch64"), str(packages / "runstead-arm64")])
    monkeypatch.setattr(servers.subprocess, "run", patient(servers.subprocess.run))
    own = Server(tmp_path)
    assert Client(own, tmp_path).run("secure")["values"] == [0, 1, 2, 3, 4]
    assert own.stop() == 0
    own.check_integrity()


def patient(run):
    """What is emulated takes longer than what is not."""
    return lambda *words, **how: run(*words, **{**how, "timeout": 600})
