"""The packages, made once from the binary that all tests use, and machines to install them on."""

import dataclasses
import fcntl
import os
import pathlib
import subprocess

import pytest
from machine import Machine
from server import ROOT, binary

BUILD = ROOT / "packaging/build.sh"


@dataclasses.dataclass
class Packages:
    """What `packaging/build.sh` made."""

    folder: pathlib.Path
    version: str

    @property
    def binary(self) -> pathlib.Path:
        return self.folder / "runstead"

    def deb(self, revision: int = 1) -> pathlib.Path:
        return self.folder / f"runstead_{self.version}-{revision}_amd64.deb"

    @property
    def tarball(self) -> pathlib.Path:
        return self.folder / f"runstead-{self.version}-x86_64-linux.tar.gz"

    @property
    def image(self) -> pathlib.Path:
        return self.folder / f"runstead-{self.version}-image.tar"


def build(out: pathlib.Path, *arguments: str) -> None:
    """Packs the binary of the tests."""
    words = [str(BUILD), "--binary", binary(), "--out", str(out), "--quick", *arguments]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"


def session_folder(tmp_path_factory) -> pathlib.Path:
    """The folder that all workers of a run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def made(base: pathlib.Path) -> pathlib.Path:
    """The workers of a run share one folder; the first to come builds."""
    folder = base / "packages"
    with open(base / "packages.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (base / "packages.done").exists():
            build(folder, "--only", "deb,tarball,image,inventory")
            build(folder, "--only", "deb", "--revision", "2")
            (base / "packages.done").touch()
    return folder


@pytest.fixture(scope="session")
def packages(tmp_path_factory) -> Packages:
    """All packages, and a second revision of the Debian package to upgrade to: those of RUNSTEAD_PACKAGES if that is set, else
    made from the binary of the tests."""
    if os.geteuid() != 0:
        pytest.fail("these tests install packages on copies of this machine: run them as root")
    folder = pathlib.Path(os.environ.get("RUNSTEAD_PACKAGES") or made(session_folder(tmp_path_factory)))
    version = next(folder.glob("runstead-*[0-9]-image.tar")).name.removeprefix("runstead-").removesuffix("-image.tar")
    return Packages(folder, version)


@pytest.fixture(scope="module")
def machine(tmp_path_factory, packages):
    """A machine of the module's own that has nothing of ours yet; it sees the packages and the tests' folders."""
    machine = Machine(session_folder(tmp_path_factory), packages.folder)
    yield machine
    machine.stop()
