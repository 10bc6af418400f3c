"""The real client, of any release, in a process of its own with nothing of this machine's settings."""

import json
import os
import pathlib
import shutil
import signal
import subprocess

VENVS = pathlib.Path(os.environ.get("RUNSTEAD_VENVS", pathlib.Path.home() / ".cache" / "runstead-venvs"))
SCRIPTS = pathlib.Path(__file__).parent / "scripts"
NEWEST = "0.31.0"
VERSIONS = [NEWEST, "0.18.7", "0.16.6", "0.13.11"]
# The releases that know a feature.
FORKING = [NEWEST, "0.18.7", "0.16.6"]
REWINDING = [NEWEST, "0.18.7"]
# Older releases name no writer at all: their lines cannot be told apart.
SHARING = [NEWEST, "0.18.7"]


class Client:
    def __init__(self, server, folder: pathlib.Path, version: str = NEWEST, key: str | None = None):
        self.folder = folder
        self.version = version
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "WANDB_BASE_URL": server.url,
            "WANDB_API_KEY": server.key if key is None else key,
            "WANDB_ERROR_REPORTING": "false",
            **{f"WANDB_{kind}_DIR": str(folder / kind.lower()) for kind in ("CONFIG", "CACHE", "DATA")},
            "PYTHONIOENCODING": "utf-8",
        }

    def start(self, script: str, *arguments: str, **environment: str) -> subprocess.Popen:
        python = VENVS / self.version / "bin" / "python"
        # As a person has it: the script lies where it runs, so that it can be saved as code.
        own = shutil.copy(SCRIPTS / f"{script}.py", self.folder)
        command = [str(python), own, *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env={**self.environment, **environment}, cwd=self.folder, stdout=pipe, stderr=pipe, text=True)

    def run(self, script: str, *arguments: str, seconds: float = 120, **environment: str) -> dict:
        """Runs a script to its end; returns the JSON of its last line."""
        return finish(self.start(script, *arguments, **environment), seconds)

    def wandb(self, *arguments: str, seconds: float = 120) -> str:
        """Runs the command line tool; returns what it printed."""
        tool = VENVS / self.version / "bin" / "wandb"
        done = subprocess.run([str(tool), *arguments], env=self.environment, cwd=self.folder, capture_output=True, text=True, timeout=seconds)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr


def finish(process: subprocess.Popen, seconds: float = 120) -> dict:
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        kill_family(process.pid)
        out, err = process.communicate()
        raise AssertionError(f"the client did not end in {seconds} s:\n{out}\n{err}") from None
    lines = [line for line in out.splitlines() if line.startswith("{")]
    assert process.returncode == 0 and lines, f"the client ended with {process.returncode}:\n{out}\n{err}"
    return json.loads(lines[-1])


def refused(process: subprocess.Popen, seconds: float = 60) -> str:
    """Waits for a script that must fail; returns what its user saw."""
    out, err = process.communicate(timeout=seconds)
    assert process.returncode != 0, out + err
    return out + err


def begun(process: subprocess.Popen) -> dict:
    """The line that a script prints once its run has begun."""
    while True:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        if line.startswith("{"):
            return json.loads(line)


def kill_family(pid: int) -> None:
    """Ends a process and all that it started, at once. The client's helper alone would still end the run well."""
    os.kill(pid, signal.SIGSTOP)
    for child in subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split():
        kill_family(int(child))
    os.kill(pid, signal.SIGKILL)
