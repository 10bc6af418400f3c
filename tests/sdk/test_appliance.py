"""The binary needs nothing of the machine: it works in a root directory that holds nothing but itself and its data."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest
from client import Client
from server import Server, binary, eventually

NOBODY = 65534


class Appliance(Server):
    """The server as nobody in a root directory of its own: no /dev, no /etc, no /proc, no library, no shell."""

    def __init__(self, root: pathlib.Path, **settings: str):
        (root / "data").mkdir(parents=True)
        shutil.copy(binary(), root / "runstead")
        if os.geteuid() == 0:
            os.chown(root / "data", NOBODY, NOBODY)
        super().__init__(root, RUNSTEAD_DATA__DIR="/data", **settings)

    def program(self) -> list[str]:
        # Who is not root is root in a name space of one's own, which has no more rights to files than before.
        words = [f"--userspec={NOBODY}:{NOBODY}", str(self.folder), "/runstead"]
        return ["chroot", *words] if os.geteuid() == 0 else ["unshare", "-r", "chroot", *words[1:]]

    def log_file(self) -> pathlib.Path:
        return self.folder.with_suffix(".log")


@pytest.fixture
def root(tmp_path):
    """An empty root directory that this user may change to."""
    words = ["chroot", "/", "true"] if os.geteuid() == 0 else ["unshare", "-r", "chroot", "/", "true"]
    tried = subprocess.run(words, capture_output=True, text=True, timeout=30)
    if tried.returncode != 0:
        pytest.fail(f"this test changes the root directory: run it as root, or allow user name spaces ({tried.stderr.strip()})")
    return tmp_path / "root"


@pytest.fixture
def appliance(root):
    server = Appliance(root)
    yield server
    assert server.stop() == 0


def test_an_empty_root_directory_is_enough_for_a_run_with_files(appliance, tmp_path):
    assert sorted(path.name for path in appliance.folder.iterdir()) == ["data", "runstead"]
    for name in ("writer", "reader"):
        (tmp_path / name).mkdir()
    path = Client(appliance, tmp_path / "writer").run("log_much")["path"]
    seen = Client(appliance, tmp_path / "reader").run("read_back", path)
    assert seen["state"] == "finished" and [row["count"] for row in seen["rows"][:10]] == list(range(10))
    assert seen["content"] == "kept"
    assert sorted(path.name for path in appliance.folder.iterdir()) == ["data", "runstead"]


def test_health_is_asked_in_an_empty_root_directory(appliance):
    healthy = appliance.command("health")
    assert (healthy.returncode, healthy.stdout) == (0, "ready\n"), healthy.stderr
    gone = appliance.command("health", "--url", "http://127.0.0.1:1")
    assert gone.returncode == 1 and "does not answer" in gone.stderr


@pytest.mark.parametrize("hosts", ["mymachines resolve [!UNAVAIL=return] myhostname", "mdns4_minimal [NOTFOUND=return]"])
def test_names_are_looked_up_in_the_hosts_file_whatever_the_machine_prescribes(appliance, hosts):
    """A static binary that loaded the modules which nsswitch.conf names would crash, or find nothing."""
    etc = appliance.folder / "etc"
    etc.mkdir()
    (etc / "nsswitch.conf").write_text(f"passwd: systemd\nhosts: {hosts}\n")
    (etc / "hosts").write_text("127.0.0.1 trainer.test\n")
    log = appliance.folder.with_suffix(".second")
    words = [*appliance.program(), "serve", "--http.listen", "trainer.test:0", "--data.dir", "/data/second"]
    with open(log, "w") as file:
        second = subprocess.Popen(words, env={"PATH": os.environ["PATH"]}, stdout=file, stderr=file)
    try:
        address = eventually(lambda: second.poll() is not None or re.search(r"listens on 127\.0\.0\.1:(\d+)", log.read_text()), "the address")
        assert second.poll() is None, log.read_text()
        healthy = appliance.command("health", "--url", f"http://trainer.test:{address[1]}")
        assert healthy.returncode == 0, healthy.stderr
        unknown = appliance.command("health", "--url", f"http://nobody.test:{address[1]}")
        assert unknown.returncode == 1 and "does not answer" in unknown.stderr
    finally:
        second.terminate()
        assert second.wait(timeout=60) == 0, log.read_text()
