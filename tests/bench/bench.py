"""How fast metrics are taken and given, as ratios to what this machine's disk can do in the same minutes.

    cargo build --release
    ~/.cache/runstead-venvs/runner/bin/python tests/bench/bench.py [--scale 0.1]

(the Python is that of `tests/sdk/setup.sh`; `RUNSTEAD_BINARY` names another binary). It is no part of the tests. The server
runs as people run it: every message is on the disk before it is acknowledged. The generator shares its cores, and all its
messages are made before a clock starts.

The baseline is a file: the same messages, appended by one process that waits for the disk after every tenth, as a commit of
ten runs does. Nothing that keeps what it acknowledges can be much faster, so `x baseline` says how near the server comes.
"""

import argparse
import http.client
import json
import math
import os
import pathlib
import random
import statistics
import struct
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "sdk"))
from server import ROOT, TRIPLE, Server, eventually  # noqa: E402

METRICS = 10
LINES = 100


def losses(rows: int, metrics: int, seed: int):
    """Rows as training logs them: falling and noisy, one schedule, one counter."""
    chance = random.Random(seed)
    for step in range(rows):
        row = {"_step": step, "_runtime": round(step * 0.11, 3), "_timestamp": 1.7e9 + step * 0.11, "epoch": step // 1000}
        for metric in range(metrics - 1):
            row[f"train/m{metric}"] = math.exp(-step / 20000) * (1 + metric) + chance.gauss(0, 0.05)
        yield json.dumps(row, separators=(",", ":"))


def messages(rows: int, metrics: int, lines: int, seed: int) -> list[bytes]:
    """The bodies of one run's file_stream messages."""
    all_rows = list(losses(rows, metrics, seed))
    files = ({"wandb-history.jsonl": {"offset": at, "content": all_rows[at : at + lines]}} for at in range(0, rows, lines))
    return [json.dumps({"files": each}).encode() for each in files]


class Client:
    """A run's process: one connection that is kept."""

    def __init__(self, server: Server):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        self.headers = {"Content-Type": "application/json", "Authorization": f"Bearer {server.key}"}

    def post(self, path: str, body: bytes) -> bytes:
        self.connection.request("POST", path, body, self.headers)
        answer = self.connection.getresponse()
        content = answer.read()
        assert answer.status == 200, (answer.status, content[:300])
        return content

    def graphql(self, query: str) -> dict:
        answer = json.loads(self.post("/graphql", json.dumps({"query": query}).encode()))
        assert not answer.get("errors"), answer
        return answer["data"]


def begin(server: Server, names: list[str]) -> None:
    client = Client(server)
    for name in names:
        client.graphql(f'mutation {{ upsertBucket(input: {{ entityName: "ada", modelName: "bench", name: "{name}" }}) {{ bucket {{ id }} }} }}')


def stream(server: Server, runs: dict[str, list[bytes]]) -> tuple[float, list[float]]:
    """Sends all messages, a thread a run; the seconds it took, and those of each message."""
    times: list[float] = []
    start = threading.Barrier(len(runs) + 1)

    def send(name: str, bodies: list[bytes]) -> None:
        client, own = Client(server), []
        start.wait()
        for body in bodies:
            at = time.perf_counter()
            client.post(f"/files/ada/bench/{name}/file_stream", body)
            own.append(time.perf_counter() - at)
        times.extend(own)

    threads = [threading.Thread(target=send, args=run) for run in runs.items()]
    for thread in threads:
        thread.start()
    start.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begun, times


def append_only(folder: pathlib.Path, bodies: list[bytes]) -> float:
    """The seconds that appending the same bytes takes."""
    with open(folder / "baseline", "wb", buffering=0) as file:
        begun = time.perf_counter()
        for number, body in enumerate(bodies):
            file.write(body)
            if number % 10 == 9:
                os.fdatasync(file.fileno())
        os.fdatasync(file.fileno())
        return time.perf_counter() - begun


def cpu_seconds(server: Server) -> float:
    fields = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mib(server: Server) -> float:
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def segment_bytes(server: Server) -> int:
    return sum(path.stat().st_size for path in (server.data / "blobs" / "history").rglob("*") if path.is_file())


def timed(work, times: int) -> list[float]:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return taken


def milliseconds(times: list[float]) -> str:
    ordered = sorted(times)
    return f"p50 {statistics.median(ordered) * 1000:.1f} ms, p99 {ordered[int(len(ordered) * 0.99)] * 1000:.1f} ms"


def report(work: str, measured: str, beside: str = "") -> None:
    print(f"{work:<58} {measured:<42} {beside}", flush=True)


def ingest(server: Server, folder: pathlib.Path, runs: int, rows: int, prefix: str) -> None:
    bodies = {f"{prefix}{run}": messages(rows, METRICS, LINES, run) for run in range(runs)}
    begin(server, list(bodies))
    points, cpu = runs * rows * METRICS, cpu_seconds(server)
    seconds, times = stream(server, bodies)
    cpu = cpu_seconds(server) - cpu
    baseline = append_only(folder, [body for run in bodies.values() for body in run])
    report(
        f"ingest: {runs} runs x {LINES}-line messages x {METRICS} metrics",
        f"{points / seconds:,.0f} points/s, {milliseconds(times)}",
        f"{baseline / seconds:.2f} x baseline; {cpu / points * 1e6:.2f} CPU s a million",
    )


def end(server: Server, name: str) -> None:
    Client(server).post(f"/files/ada/bench/{name}/file_stream", b'{"complete":true,"exitcode":0}')


def sealed(server: Server) -> int:
    """Waits until no more is sealed; the bytes of all segments."""
    known = -1
    while known != (now := segment_bytes(server)):
        known = now
        time.sleep(12)
    return now


def long_run(server: Server, steps: int) -> None:
    before = segment_bytes(server)
    begin(server, ["long"])
    stream(server, {"long": messages(steps, METRICS, 5000, 1)})
    end(server, "long")
    grown = sealed(server) - before
    # The four columns that every row has count as metrics too: they are numbers that can be drawn.
    report(f"one run of {steps:,} steps, sealed", f"{grown / (steps * (METRICS + 3)):.2f} bytes a point")
    client = Client(server)
    spec = json.dumps(json.dumps({"keys": ["_step", "train/m1"], "samples": 500}))
    query = f'{{ project(name: "bench", entityName: "ada") {{ run(name: "long") {{ sampledHistory(specs: [{spec}]) }} }} }}'

    def sample() -> None:
        points = client.graphql(query)["project"]["run"]["sampledHistory"][0]
        assert len(points) == 500, len(points)

    sample()
    report(f"sampledHistory of one metric of {steps:,} steps", milliseconds(timed(sample, 20)))


def charts(server: Server, runs: int, steps: int) -> None:
    bodies = {f"chart{run}": messages(steps, 3, 5000, run) for run in range(runs)}
    begin(server, list(bodies))
    stream(server, bodies)
    for name in bodies:
        end(server, name)
    sealed(server)
    asked = {"entity": "ada", "project": "bench", "keys": ["train/m1"], "buckets": 500, "runs": [{"name": name} for name in bodies]}
    client = Client(server)

    def draw() -> None:
        answer = client.post("/api/v1/metrics", json.dumps(asked).encode())
        (length,) = struct.unpack_from("<I", answer, 4)
        head = json.loads(answer[8 : 8 + length])
        assert all(run["series"][0]["points"] == steps for run in head["runs"])

    draw()
    report(f"chart: {runs} runs x 1 metric x 500 buckets, {steps:,} steps each", milliseconds(timed(draw, 10)))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--scale", type=float, default=1.0, help="shrinks every workload; 1 is what the targets speak of")
    scale = options.parse_args().scale
    os.environ.setdefault("RUNSTEAD_BINARY", str(ROOT / "target" / TRIPLE / "release" / "runstead"))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        server = Server(folder)
        try:
            eventually(server.answers, "the server")
            report("work", "measured", "beside")
            ingest(server, folder, 10, max(LINES, int(20_000 * scale)), "ten")
            ingest(server, folder, max(10, int(1000 * scale)), LINES, "thousand")
            long_run(server, max(10_000, int(1_000_000 * scale)))
            charts(server, max(2, int(100 * scale)), max(5000, int(100_000 * scale)))
            report("memory", f"{memory_mib(server):.0f} MiB at most")
        finally:
            server.stop()


if __name__ == "__main__":
    main()
