"""A machine to install on: a throw-away copy of this one, booted by its own systemd, without any network but its own.

Its files are those of this machine under a layer in memory that takes every change (overlayfs), so that it costs neither a
download nor a second, and nothing that happens on it is seen here. The folder of the test is the same one on both.
RUNSTEAD_MACHINE_ROOT names a folder with the files of another system to take instead, as releases.sh does.
"""

import os
import pathlib
import subprocess
import tempfile

from server import eventually

BOOT = """
set -euo pipefail
mount -t tmpfs -o mode=755 runstead-test "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay runstead-test -o "lowerdir=${RUNSTEAD_MACHINE_ROOT:-/},upperdir=$1/upper,workdir=$1/work" "$1/root"
# What keeps services from being started here must not keep them there; nor is the index of manual pages of any use.
rm -f "$1/root/var/lib/man-db/auto-update" "$1/root/usr/sbin/policy-rc.d" "$1/root/etc/resolv.conf"
: > "$1/root/etc/machine-id"
printf '127.0.0.1 localhost runstead.example.org\\n' > "$1/root/etc/hosts"
exec systemd-nspawn --quiet --directory "$1/root" "${@:2}" --private-network --resolv-conf off --timezone off \\
  --register no --keep-unit --console pipe --kill-signal SIGRTMIN+3 /lib/systemd/systemd systemd.unit=basic.target
"""


class Machine:
    def __init__(self, *shared: pathlib.Path):
        """`shared` are folders that the machine sees too, at the same place."""
        self.mount = tempfile.mkdtemp(prefix="runstead-machine-")
        self.console = tempfile.TemporaryFile()
        words = ["unshare", "--mount", "bash", "-c", BOOT, "boot", self.mount, *(f"--bind={folder}" for folder in shared)]
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=self.console, stderr=self.console)
        self.leader = eventually(self.init, "the machine's first process")
        eventually(lambda: self.run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded"), "the machine to boot")

    def init(self) -> int | None:
        """The process that is the first one of the machine."""
        assert self.process.poll() is None, self.said()
        for child in subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True).stdout.split():
            try:
                status = pathlib.Path(f"/proc/{child}/status").read_text()
            except FileNotFoundError:
                continue
            if any(line.startswith("NSpid:") and line.split()[-1] == "1" for line in status.splitlines()):
                return int(child)
        return None

    def said(self) -> str:
        self.console.seek(0)
        return self.console.read().decode(errors="replace")

    def inside(self) -> list[str]:
        """The words that a command begins with to run on the machine."""
        # One that has its own root and environment needs nothing of this process's.
        return ["nsenter", "--target", str(self.leader), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root"]

    def run(self, *words: str, seconds: float = 120, **environment: str) -> subprocess.CompletedProcess:
        clean = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive", **environment}
        return subprocess.run([*self.inside(), *words], env=clean, cwd="/", capture_output=True, text=True, timeout=seconds)

    def do(self, *words: str, **more) -> str:
        """Runs a command that must end well; returns what it printed."""
        done = self.run(*words, **more)
        assert done.returncode == 0, f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}{self.journal()}"
        return done.stdout

    def sh(self, script: str, **more) -> str:
        return self.do("sh", "-ec", script, **more)

    def journal(self) -> str:
        """The last that the server said."""
        return self.run("journalctl", "--unit", "runstead", "--no-pager", "--lines", "30").stdout

    def show(self, *properties: str, unit: str = "runstead") -> list[str]:
        """What systemd knows of a unit."""
        words = [word for name in properties for word in ("--property", name)]
        return [self.do("systemctl", "show", unit, "--value", *words[at : at + 2]).strip() for at in range(0, len(words), 2)]

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.rmdir(self.mount)
