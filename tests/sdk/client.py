"""The real client, of any release, in a process of its own with nothing of this machine's settings."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from server import eventually, inherited

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
            **inherited(),
            "HOME": str(folder),
            "WANDB_BASE_URL": server.url,
            "WANDB_API_KEY": server.key if key is None else key,
            "WANDB_ERROR_REPORTING": "false",
            # A busy machine is no reason to fail: how long clients wait for the helper that they start.
            "WANDB__SERVICE_WAIT": "120",
            "WANDB_X_SERVICE_WAIT": "120",
            **{f"WANDB_{kind}_DIR": str(folder / kind.lower()) for kind in ("CONFIG", "CACHE", "DATA")},
            "PYTHONIOENCODING": "utf-8",
        }

    def around(self) -> list[str]:
        """The words before every command, as to run it on another machine."""
        return []

    def start(self, script: str, *arguments: str, **environment: str) -> "Process":
        python = VENVS / self.version / "bin" / "python"
        # As a person has it: the script lies where it runs, so that it can be saved as code.
        own = shutil.copy(SCRIPTS / f"{script}.py", self.folder)
        return Process([*self.around(), str(python), own, *arguments], {**self.environment, **environment}, self.folder)

    def run(self, script: str, *arguments: str, seconds: float = 120, **environment: str) -> dict:
        """Runs a script to its end; returns the JSON of its last line."""
        return finish(self.start(script, *arguments, **environment), seconds)

    def wandb(self, *arguments: str, seconds: float = 120) -> str:
        """Runs the command line tool; returns what it printed."""
        process = Process([*self.around(), str(VENVS / self.version / "bin" / "wandb"), *arguments], self.environment, self.folder)
        assert ended(process, seconds) == 0, process.output()
        return process.output()


class Process(subprocess.Popen):
    """A script that runs. What it prints goes to files: the client's helpers inherit pipes, and whoever waits for the end of
    a pipe waits for the last of them."""

    def __init__(self, command: list[str], environment: dict[str, str], folder: pathlib.Path):
        self.beginning, self.restarts = (command, environment, folder), 0
        self.begin()

    def begin(self) -> None:
        command, environment, folder = self.beginning
        self.printed = tempfile.TemporaryFile()
        self.complained = tempfile.TemporaryFile()
        super().__init__(command, env=environment, cwd=folder, stdout=self.printed, stderr=self.complained)

    def restarted(self) -> bool:
        """Begins a script that ended once more when it never met its own helper. Releases before 0.18 start one that says its port
        before it listens there; on a busy machine they come too early and end, without a word to the server."""
        missed = self.returncode != 0 and "Connection to wandb service failed: [Errno 111]" in self.output()
        if missed and self.restarts < 3:
            self.restarts += 1
            self.begin()
            return True
        return False

    def output(self) -> str:
        """All that it has printed so far."""
        return text(self.printed) + text(self.complained)

    def lines(self) -> list[str]:
        """The lines that hold JSON, whole ones alone."""
        return [line for line in text(self.printed).splitlines(keepends=True) if line.startswith("{") and line.endswith("\n")]


def text(file) -> str:
    # Without seeking: the script writes on where this open file stands.
    size = os.fstat(file.fileno()).st_size
    return os.pread(file.fileno(), size, 0).decode(errors="replace")


def ended(process: Process, seconds: float) -> int:
    """Waits for a script to end; returns its exit code."""
    try:
        code = process.wait(timeout=seconds)
        return ended(process, seconds) if process.restarted() else code
    except subprocess.TimeoutExpired:
        kill_family(process.pid)
        process.wait()
        raise AssertionError(f"the client did not end in {seconds} s:\n{process.output()}") from None


def finish(process: Process, seconds: float = 120) -> dict:
    """Waits for a script that ends well; returns the JSON of its last line."""
    code = ended(process, seconds)
    assert code == 0 and process.lines(), f"the client ended with {code}:\n{process.output()}"
    return json.loads(process.lines()[-1])


def refused(process: Process, seconds: float = 60) -> str:
    """Waits for a script that must fail; returns what its user saw."""
    assert ended(process, seconds) != 0, process.output()
    return process.output()


def begun(process: Process, seconds: float = 120) -> dict:
    """The line that a script prints once its run has begun."""
    eventually(lambda: process.lines() or (process.poll() is not None and not process.restarted()), "the run to begin", seconds)
    assert process.lines(), f"the client ended with {process.returncode}:\n{process.output()}"
    return json.loads(process.lines()[0])


def kill_family(pid: int) -> None:
    """Ends a process and all that it started, at once. The client's helper alone would still end the run well."""
    os.kill(pid, signal.SIGSTOP)
    for child in subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split():
        kill_family(int(child))
    os.kill(pid, signal.SIGKILL)
