"""Runs the image as an engine does, with runc: its root read-only, and without rights."""

import json
import pathlib
import subprocess

from server import eventually


class Image:
    """The archive that `docker load` takes, loaded by an engine's own tool."""

    def __init__(self, archive: pathlib.Path, folder: pathlib.Path):
        self.folder = folder
        self.engine = ["buildah", "--root", str(folder / "store"), "--runroot", str(folder / "run"), "--storage-driver", "vfs"]
        self.do("from", "--name", "loaded", f"docker-archive:{archive}")
        self.root = pathlib.Path(self.do("mount", "loaded").strip())
        inspected = json.loads(self.do("inspect", "loaded"))
        self.name, self.config = inspected["FromImage"], inspected["Docker"]["config"]

    def do(self, *words: str) -> str:
        done = subprocess.run([*self.engine, *words], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout


class Container:
    """A container in the network of this machine, which a client can reach."""

    def __init__(self, image: Image, name: str, user: str | None = None, words: list[str] | None = None, mounts: dict | None = None, **environment: str):
        """`mounts` says which folders or files of this machine are where; those at /data may be written."""
        self.name, self.log = name, image.folder / f"{name}.log"
        bundle = image.folder / name
        bundle.mkdir()
        subprocess.run(["runc", "spec"], cwd=bundle, check=True, timeout=30)
        spec = json.loads((bundle / "config.json").read_text())
        uid, gid = map(int, (user or image.config["User"]).split(":"))
        own = dict(pair.split("=", 1) for pair in image.config["Env"]) | environment
        spec["root"] = {"path": str(image.root), "readonly": True}
        spec["process"] |= {
            "terminal": False,
            "user": {"uid": uid, "gid": gid},
            "args": image.config["Entrypoint"] + (words or image.config["Cmd"]),
            "env": [f"{key}={value}" for key, value in own.items()],
            "cwd": image.config.get("WorkingDir") or "/",
            "capabilities": {},
            "noNewPrivileges": True,
            "rlimits": [],
        }
        spec["linux"]["namespaces"] = [space for space in spec["linux"]["namespaces"] if space["type"] != "network"]
        for place, source in (mounts or {}).items():
            rights = "rw" if place == "/data" else "ro"
            spec["mounts"].append({"destination": place, "type": "bind", "source": str(source), "options": ["bind", rights]})
        (bundle / "config.json").write_text(json.dumps(spec))
        self.runc = ["runc", "--root", str(image.folder / "runc")]
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([*self.runc, "run", "--bundle", str(bundle), name], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def exec(self, *words: str) -> subprocess.CompletedProcess:
        return subprocess.run([*self.runc, "exec", self.name, *words], capture_output=True, text=True, timeout=60)

    def wait_for(self, health: list[str]) -> None:
        """Asks the image's own health check, as an engine does."""
        eventually(lambda: self.process.poll() is not None or self.exec(*health).returncode == 0, "the container to be healthy")
        assert self.process.poll() is None, self.log.read_text()

    def stop(self) -> int:
        if self.process.poll() is None:
            subprocess.run([*self.runc, "kill", self.name, "TERM"], check=True, timeout=30)
        return self.process.wait(timeout=60)
