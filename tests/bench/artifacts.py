"""How fast the bytes of artifacts come and go, beside nginx on the same disk in the same minutes.

    cargo build --release
    ~/.cache/runstead-venvs/runner/bin/python tests/bench/artifacts.py [--scale 0.1]

nginx (the Debian package nginx-light) takes files by PUT and gives them by GET. It checks nothing and waits for no disk, so
its uploads are shown both as they are and with the wait for the disk that makes them as durable as ours: what the targets
speak of. The generator shares the server's cores; all that it sends is made and digested before a clock starts.
"""

import argparse
import base64
import hashlib
import http.client
import json
import os
import pathlib
import selectors
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "sdk"))
from server import ROOT, TRIPLE, Server, eventually, free_port  # noqa: E402

CONNECTIONS = 64
SMALL = 16 << 10
BATCH = 1000
PLACE = {"entityName": "ada", "projectName": "bench"}


def md5(data: bytes) -> str:
    return base64.b64encode(hashlib.md5(data).digest()).decode()


def memory_mib(server: Server) -> float:
    """The most memory that the server has taken."""
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def report(work: str, measured: str, beside: str = "") -> None:
    print(f"{work:<58} {measured:<24} {beside}", flush=True)


class Logger:
    """Somebody who logs versions, step by step as the client does."""

    def __init__(self, server: Server):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        self.headers = {"Content-Type": "application/json", "Authorization": f"Bearer {server.key}"}

    def post(self, path: str, body: bytes) -> bytes:
        self.connection.request("POST", path, body, self.headers)
        answer = self.connection.getresponse()
        content = answer.read()
        # While a large file goes its way the server closes what says nothing.
        self.connection.close()
        assert answer.status == 200, (answer.status, content[:300])
        return content

    def ask(self, name: str, selection: str, /, **given) -> dict:
        query = f"mutation ($input: {name[0].upper()}{name[1:]}Input!) {{ {name}(input: $input) {{ {selection} }} }}"
        answer = json.loads(self.post("/graphql", json.dumps({"query": query, "variables": {"input": given}}).encode()))
        assert not answer.get("errors"), answer
        return answer["data"][name]

    def create(self, name: str) -> str:
        given = {**PLACE, "artifactTypeName": "dataset", "artifactCollectionName": name, "digest": name, "digestAlgorithm": "MANIFEST_MD5"}
        return self.ask("createArtifact", "artifact { id }", **given)["artifact"]["id"]

    def announce(self, artifact: str, files: dict[str, str]) -> list[str | None]:
        """Where to send each of these names with their MD5."""
        specs = [{"artifactID": artifact, "name": name, "md5": digest} for name, digest in files.items()]
        edges = self.ask("createArtifactFiles", "files { edges { node { uploadUrl } } }", artifactFiles=specs, storageLayout="V2")["files"]["edges"]
        return [edge["node"]["uploadUrl"] for edge in edges]

    def commit(self, artifact: str, contents: dict) -> float:
        """Sends the manifest and commits; the seconds of the commit alone."""
        manifest = json.dumps({"version": 1, "storagePolicy": "wandb-storage-policy-v1", "storagePolicyConfig": {"storageLayout": "V2"}, "contents": contents}).encode()
        given = {**PLACE, "artifactID": artifact, "name": "wandb_manifest.json", "digest": md5(manifest), "runName": "", "type": "FULL"}
        file = self.ask("createArtifactManifest", "artifactManifest { file { uploadUrl } }", **given)["artifactManifest"]["file"]
        send(file["uploadUrl"], manifest)
        begun = time.perf_counter()
        done = self.ask("commitArtifact", "artifact { state fileCount }", artifactID=artifact)["artifact"]
        assert done == {"state": "COMMITTED", "fileCount": len(contents)}, done
        return time.perf_counter() - begun

    def link(self, artifact: str) -> str:
        query = "query ($id: ID!) { artifact(id: $id) { files { edges { node { directUrl } } } } }"
        answer = json.loads(self.post("/graphql", json.dumps({"query": query, "variables": {"id": artifact}}).encode()))
        return answer["data"]["artifact"]["files"]["edges"][0]["node"]["directUrl"]


def connect(url: str) -> socket.socket:
    parts = urllib.parse.urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port))


def head_of(method: str, url: str, *headers: str) -> bytes:
    """The head of a request; the server is called by its own name, for it answers to no other."""
    parts = urllib.parse.urlsplit(url)
    return "\r\n".join([f"{method} {parts.path} HTTP/1.1", f"Host: {parts.netloc}", *headers, "", ""]).encode()


def answered(connection: socket.socket) -> bytes:
    """The head of an answer, and what came with it."""
    head = b""
    while b"\r\n\r\n" not in head:
        more = connection.recv(65536)
        assert more, head
        head += more
    return head


def send(url: str, data) -> float:
    """PUTs bytes, or an open file; the seconds it took."""
    size = len(data) if isinstance(data, bytes) else os.fstat(data.fileno()).st_size
    with connect(url) as connection:
        begun = time.perf_counter()
        connection.sendall(head_of("PUT", url, f"Content-Length: {size}"))
        if isinstance(data, bytes):
            connection.sendall(data)
        else:
            connection.sendfile(data, 0)
        head = answered(connection)
        assert head.split()[1] in (b"200", b"201", b"204"), head
        return time.perf_counter() - begun


def fetch(url: str, size: int) -> float:
    """GETs so many bytes; the seconds it took."""
    room = bytearray(1 << 20)
    with connect(url) as connection:
        begun = time.perf_counter()
        connection.sendall(head_of("GET", url))
        head = answered(connection)
        assert head.split()[1] == b"200", head
        left = size - len(head.split(b"\r\n\r\n", 1)[1])
        while left > 0:
            got = connection.recv_into(room)
            assert got, left
            left -= got
        return time.perf_counter() - begun


class Nginx:
    """nginx on a folder of its own, taking and giving files."""

    def __init__(self, folder: pathlib.Path):
        self.root = folder / "www"
        self.root.mkdir(parents=True)
        self.port = free_port()
        temporary = "".join(f"{kind}_temp_path {folder}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (folder / "nginx.conf").write_text(
            f"daemon off; user root; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; events {{ worker_connections 256; }}\n"
            f"http {{ access_log off; sendfile on; client_max_body_size 0; {temporary}\n"
            f"server {{ listen 127.0.0.1:{self.port}; root {self.root}; dav_methods PUT; }} }}\n"
        )
        self.process = subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)])
        eventually(self.answers, "nginx")

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}"

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def on_disk(path: pathlib.Path) -> float:
    """The seconds that it takes to have a file on the disk."""
    with open(path, "rb") as file:
        begun = time.perf_counter()
        os.fsync(file.fileno())
        return time.perf_counter() - begun


def one_large_file(server: Server, folder: pathlib.Path, size: int, times: int) -> None:
    """Up and down, by turns with nginx."""
    nginx = Nginx(folder / "nginx") if shutil.which("nginx") or os.path.exists("/usr/sbin/nginx") else None
    client = Logger(server)
    source = folder / "large"
    taken: dict[str, list[float]] = {"up": [], "down": [], "nginx up": [], "nginx up, durable": [], "nginx down": []}
    try:
        for turn in range(times):
            piece = os.urandom(1 << 20)
            digest = hashlib.md5()
            with open(source, "wb") as file:
                for number in range(size >> 20):
                    part = piece[8:] + turn.to_bytes(4, "big") + number.to_bytes(4, "big")
                    digest.update(part)
                    file.write(part)
                os.fsync(file.fileno())
            digest = base64.b64encode(digest.digest()).decode()
            with open(source, "rb") as file:
                if nginx:
                    seconds = send(nginx.url(f"large-{turn}"), file)
                    taken["nginx up"].append(seconds)
                    taken["nginx up, durable"].append(seconds + on_disk(nginx.root / f"large-{turn}"))
                    taken["nginx down"].append(fetch(nginx.url(f"large-{turn}"), size))
                    (nginx.root / f"large-{turn}").unlink()
                file.seek(0)
                artifact = client.create(f"large-{turn}")
                (url,) = client.announce(artifact, {"large": digest})
                taken["up"].append(send(url, file))
            client.commit(artifact, {"large": {"digest": digest, "size": size}})
            taken["down"].append(fetch(client.link(artifact), size))
    finally:
        if nginx:
            nginx.stop()
        source.unlink(missing_ok=True)
    middle = {name: statistics.median(times) for name, times in taken.items() if times}
    speed = lambda name: f"{size / middle[name] / 1e6:,.0f} MB/s"  # noqa: E731
    for way, beside in (("up", "nginx up, durable"), ("down", "nginx down")):
        compared = f"{middle[beside] / middle[way]:.2f} x nginx's {speed(beside)}" if beside in middle else ""
        raw = f" ({middle['nginx up'] / middle['up']:.2f} x without the disk)" if way == "up" and compared else ""
        report(f"one file of {size >> 20} MiB, {way}", speed(way), compared + raw)


def put_all(server: Server, puts: list[tuple[str, bytes]]) -> None:
    """Sends requests over connections that are kept, the next as soon as one is answered."""
    waiting = iter(puts)
    turns = selectors.DefaultSelector()

    def go_on(connection: socket.socket) -> bool:
        url, data = next(waiting, (None, b""))
        if url is None:
            return False
        connection.sendall(head_of("PUT", url, f"Content-Length: {len(data)}") + data)
        return True

    for _ in range(CONNECTIONS):
        connection = socket.create_connection(("127.0.0.1", server.port))
        if go_on(connection):
            turns.register(connection, selectors.EVENT_READ)
    while turns.get_map():
        for key, _ in turns.select():
            head = answered(key.fileobj)
            assert head.startswith(b"HTTP/1.1 200"), head
            if not go_on(key.fileobj):
                turns.unregister(key.fileobj)
                key.fileobj.close()


def many_small_files(server: Server, count: int) -> dict[str, str]:
    """From the creation of the version to its commit; the files by their names."""
    bodies = {f"{number // 100}/{number}.bin": os.urandom(SMALL) for number in range(count)}
    files = {name: md5(body) for name, body in bodies.items()}
    client = Logger(server)
    begun = time.perf_counter()
    artifact = client.create("small")
    names = list(files)
    for at in range(0, count, BATCH):
        batch = {name: files[name] for name in names[at : at + BATCH]}
        put_all(server, [(url, bodies[name]) for name, url in zip(batch, client.announce(artifact, batch)) if url])
    client.commit(artifact, {name: {"digest": digest, "size": SMALL} for name, digest in files.items()})
    seconds = time.perf_counter() - begun
    report(f"{count:,} files of {SMALL >> 10} KiB in one version, all of it", f"{count / seconds:,.0f} files/s")
    return files


def one_large_manifest(server: Server, files: dict[str, str], entries: int) -> None:
    names = list(files)
    client = Logger(server)
    artifact = client.create("wide")
    contents = {f"{number:06}/{names[number % len(names)]}": {"digest": files[names[number % len(names)]], "size": SMALL} for number in range(entries)}
    for at in range(0, len(names), BATCH):
        assert not any(client.announce(artifact, {name: files[name] for name in names[at : at + BATCH]})), "all of it is known"
    report(f"a manifest of {entries:,} entries, committed", f"{client.commit(artifact, contents):.2f} s")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--scale", type=float, default=1.0, help="shrinks every workload; 1 is what the targets speak of")
    scale = options.parse_args().scale
    os.environ.setdefault("RUNSTEAD_BINARY", str(ROOT / "target" / TRIPLE / "release" / "runstead"))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        server = Server(folder)
        try:
            report("work", "measured", "beside")
            before = memory_mib(server)
            one_large_file(server, folder, max(16, int(1024 * scale)) << 20, 3)
            report("memory that large files took", f"{memory_mib(server) - before:.0f} MiB")
            files = many_small_files(server, max(BATCH, int(10_000 * scale)))
            one_large_manifest(server, files, max(1000, int(100_000 * scale)))
            report("memory", f"{memory_mib(server):.0f} MiB at most")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
