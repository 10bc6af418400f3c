"""How fast metrics are taken and given: one table, each row beside its target and beside an append-only file in the same run.

    cargo build --release
    ~/.cache/runstead-venvs/runner/bin/python tests/bench/bench.py [--scale 0.1] [--only ingest,charts]

(the Python is that of `tests/sdk/setup.sh`; `RUNSTEAD_BINARY` names another binary.) It is no part of the tests. The server runs
as people run it: every message is on the disk before it is acknowledged. `loadgen.rs`, which it compiles, makes all messages
before a clock starts; it shares the machine's cores with the server, as everything else that runs does: trust ratios within a
run, and repeat it.

The ceiling is a server of the same protocol that appends messages to one file as they are, with one sync for all that wait, and
never looks into them. Nothing that keeps what it acknowledges can be much faster.
"""

import argparse
import contextlib
import json
import os
import pathlib
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

import requests

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "sdk"))
from server import ROOT, TRIPLE, Server, eventually, free_port  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
METRICS = 10


class Process:
    """What another process costs."""

    def __init__(self, pid: int):
        self.proc = pathlib.Path(f"/proc/{pid}")

    def cpu_seconds(self) -> float:
        fields = (self.proc / "stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def mebibytes(self, field: str) -> float:
        lines = (self.proc / "status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


class Generator:
    """`loadgen` with its clock held until the caller has read its own."""

    def __init__(self, binary: pathlib.Path, mode: str, **options):
        words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]
        self.process = subprocess.Popen([binary, mode, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline().strip() == "ready"

    def start(self) -> None:
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def result(self) -> dict:
        output = self.process.stdout.read()
        assert self.process.wait() == 0, output
        return json.loads(output)


class Bench:
    def __init__(self, folder: pathlib.Path, scale: float):
        self.folder, self.scale, self.rows = folder, scale, []
        self.generator = folder / "loadgen"
        subprocess.run(["rustc", "-O", "--edition", "2024", HERE / "loadgen.rs", "-o", self.generator], check=True)
        self.server = Server(folder)
        eventually(self.server.answers, "the server")

    def scaled(self, number: int, least: int = 1) -> int:
        return max(least, int(number * self.scale))

    def report(self, work: str, measured: str, target: str, beside: str = "") -> None:
        self.rows.append((work, measured, target, beside))
        print(f"{work:<60} {measured:<58} {target:<34} {beside}", flush=True)

    def address(self) -> dict:
        return {"address": f"127.0.0.1:{self.server.port}", "key": self.server.key}

    # -- ingest

    def stream(self, prefix: str, **options) -> tuple[dict, float]:
        """Streams runs; what the generator saw, and the server's CPU seconds."""
        process = Process(self.server.process.pid)
        generator = Generator(self.generator, "ingest", prefix=prefix, metrics=METRICS, **self.address(), **options)
        before = process.cpu_seconds()
        generator.start()
        return generator.result(), process.cpu_seconds() - before

    def ceiling(self, prefix: str, **options) -> dict:
        """The same messages to the append-only server."""
        port = free_port()
        server = subprocess.Popen([self.generator, "append-only", str(port), self.folder / "ceiling"])
        try:
            time.sleep(0.3)
            options = {**options, "begin": 0}
            generator = Generator(self.generator, "ingest", prefix=prefix, metrics=METRICS, address=f"127.0.0.1:{port}", key="-", **options)
            generator.start()
            return generator.result()
        finally:
            server.kill()
            server.wait()
            (self.folder / "ceiling").unlink(missing_ok=True)

    def ingest(self) -> None:
        for runs, lines, posts, target in [
            (10, 100, self.scaled(1000, 20), ">= 1 M/s, >= 0.5 x ceiling, p99 50 ms"),
            (100, 100, self.scaled(100, 5), "(100 runs at once)"),
            (self.scaled(1000, 20), 100, 5, ">= 2 M/s"),
            (10, 1, self.scaled(1000, 50), "(a row a message)"),
        ]:
            options = {"runs": runs, "posts": posts, "lines": lines}
            ceiling = self.ceiling(f"c{runs}-{lines}-", **options)
            took, cpu = self.stream(f"i{runs}-{lines}-", **options)
            rate, limit = took["points"] / took["seconds"], ceiling["points"] / ceiling["seconds"]
            self.report(
                f"ingest: {runs} runs x {lines}-line messages x {METRICS} metrics",
                f"{rate:,.0f} points/s, p50 {took['p50_ms']:.1f}, p99 {took['p99_ms']:.1f} ms",
                target,
                f"{rate / limit:.2f} x ceiling ({limit:,.0f}/s, p99 {ceiling['p99_ms']:.1f} ms); {cpu / took['points'] * 1e6:.2f} CPU s/M points",
            )

    def steady(self) -> None:
        runs, every = self.scaled(1000, 20), 15_000
        took, cpu = self.stream("steady", runs=runs, posts=3, lines=15, every_ms=every)
        self.report(
            f"{runs} runs, 15 lines each every 15 s",
            f"p50 {took['p50_ms']:.1f}, p99 {took['p99_ms']:.1f} ms, {cpu / took['seconds']:.1%} of a core",
            "p99 <= 20 ms, < 15 % of a core",
        )

    # -- files

    def segment_bytes(self) -> int:
        folder = self.server.data / "blobs" / "history"
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

    def sealed(self) -> int:
        """Waits until no more is sealed; the bytes of all segments."""
        known = -1
        while known != (now := self.segment_bytes()):
            known = now
            time.sleep(12)
        return now

    def shapes(self) -> None:
        for steps, metrics, lines in [(self.scaled(20_000, 2000), 10, 500), (self.scaled(2000, 400), 500, 20)]:
            before, process = self.sealed(), Process(self.server.process.pid)
            cpu = process.cpu_seconds()
            options = {"runs": 1, "posts": steps // lines, "lines": lines, "end": 1}
            generator = Generator(self.generator, "ingest", prefix=f"shape{metrics}-", metrics=metrics, **self.address(), **options)
            generator.start()
            took = generator.result()
            columns = steps * (metrics + 3)
            grown = self.sealed() - before
            self.report(
                f"one run of {steps:,} steps x {metrics} metrics, sealed",
                f"{grown / columns:.2f} bytes a point, {took['points'] / took['seconds']:,.0f} points/s",
                "<= 4 bytes a point",
                f"{(process.cpu_seconds() - cpu) / columns * 1e6:.2f} CPU s/M points with sealing",
            )

    # -- reads

    def ask(self, method: str, path: str, **options) -> requests.Response:
        answer = self.session.request(method, self.server.url + path, auth=("api", self.server.key), timeout=300, **options)
        assert answer.ok, answer.text[:300]
        return answer

    def timed(self, work, times: int) -> str:
        with requests.Session() as self.session:
            work()
            taken = []
            for _ in range(times):
                begun = time.perf_counter()
                work()
                taken.append((time.perf_counter() - begun) * 1000)
        return f"p50 {statistics.median(taken):.1f}, max {max(taken):.1f} ms"

    def long_run(self) -> None:
        steps = self.scaled(1_000_000, 50_000)
        self.stream("long", runs=1, posts=steps // 5000, lines=5000, end=1)
        self.sealed()
        for samples in [500, 5000]:
            spec = json.dumps({"keys": ["_step", "train/loss"], "samples": samples})
            query = '{ project(name: "bench", entityName: "ada") { run(name: "long0") { sampledHistory(specs: [%s]) } } }' % json.dumps(spec)

            def sample() -> None:
                answer = self.ask("POST", "/graphql", json={"query": query}).json()
                assert len(answer["data"]["project"]["run"]["sampledHistory"][0]) == samples, answer

            self.report(f"sampledHistory: {samples} points of {steps:,} steps", self.timed(sample, 20), "<= 20 ms")

    def asked(self, prefix: str, runs: int) -> str:
        names = [{"name": f"{prefix}{run}"} for run in range(runs)]
        # As the generator's readers know it: without blanks.
        asked = {"entity": "ada", "project": "bench", "keys": ["train/loss"], "buckets": 500, "runs": names}
        return json.dumps(asked, separators=(",", ":"))

    def charts(self) -> None:
        runs, steps = self.scaled(100, 5), self.scaled(100_000, 10_000)
        self.stream("chart", runs=runs, posts=steps // 1000, lines=1000, end=1)
        self.sealed()
        asked = self.asked("chart", runs)

        def draw() -> None:
            answer = self.ask("POST", "/api/v1/metrics", data=asked).content
            head = json.loads(answer[8 : 8 + int.from_bytes(answer[4:8], "little")])
            assert all(run["series"][0]["points"] == steps for run in head["runs"])

        self.report(f"chart: {runs} runs x 1 metric x 500 buckets, {steps:,} steps each", self.timed(draw, 20), "<= 50 ms")

    def crowd(self) -> None:
        """Readers draw charts of what is being written."""
        runs, posts, readers = self.scaled(24, 4), self.scaled(1000, 50), 100
        options = {"runs": runs, "posts": posts, "lines": 100, "prefix": "crowd", "metrics": METRICS, **self.address()}
        writer = Generator(self.generator, "ingest", **options)
        asked = self.asked("crowd", min(runs, 10))
        seconds = self.scaled(20, 5)
        watchers = Generator(self.generator, "charts", readers=readers, seconds=seconds, every_ms=2000, deltas=1, asked=asked, **self.address())
        process = Process(self.server.process.pid)
        cpu = process.cpu_seconds()
        writer.start()
        watchers.start()
        written, drawn = writer.result(), watchers.result()
        rate = written["points"] / written["seconds"]
        self.report(
            f"{written['points'] / 1e6:.0f} M points taken while {readers} readers draw, each every 2 s",
            f"{rate:,.0f} points/s, post p99 {written['p99_ms']:.1f}; chart p50 {drawn['p50_ms']:.1f}, p99 {drawn['p99_ms']:.1f} ms",
            "chart p99 <= 150 ms",
            f"{drawn['count']} charts; {process.cpu_seconds() - cpu:.1f} CPU s",
        )
        counted = self.server.run("ada/bench/crowd0")["historyLineCount"]
        assert counted == posts * 100, counted

    # -- tables

    def table(self) -> None:
        runs, fields = self.scaled(100_000, 2000), 50
        upsert = 'mutation { upsertBucket(input: { entityName: "ada", modelName: "table", name: "first" }) { bucket { id } } }'
        self.server.graphql(upsert).raise_for_status()
        self.server.stop()
        # Through the doors this would take an hour; the rows are those that the doors write.
        fill(self.server.data / "runstead.db", runs, fields)
        self.server.start()
        base = "/api/v1/projects/ada/table"
        where = {"filter": json.dumps({"config.c1": {"$gt": 0.5}, "state": "finished"})}
        for name, path, parameters, target in [
            ("filter, sort by a summary metric, first 50", "/runs", {**where, "order": "-summary_metrics.s1", "limit": 50}, "<= 50 ms"),
            ("newest 50", "/runs", {"limit": 50}, "<= 50 ms"),
            ("groups of a config key, mean of a metric", "/run-groups", {"by": "config.kind", "aggregate": "summary_metrics.s1"}, ""),
            ("values of state and a config key", "/run-facets", {"fields": "state,config.kind"}, ""),
            ("search of fields", "/run-fields", {"query": "s1"}, "<= 50 ms"),
        ]:
            work = f"table of {runs:,} runs x {2 * fields} fields: {name}"
            self.report(work, self.timed(lambda: self.ask("GET", base + path, params=parameters), 10), target)

    def footprint(self) -> None:
        folder = self.folder / "idle"
        folder.mkdir()
        server = Server(folder)
        server.stop()
        begun = time.perf_counter()
        process = subprocess.Popen([*server.program(), "serve"], env=server.environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            with contextlib.suppress(requests.ConnectionError):
                requests.get(f"{server.url}/ready", timeout=1)
                break
            time.sleep(0.001)
        started = time.perf_counter() - begun
        time.sleep(3)
        self.report("start to first answer; idle memory", f"{started * 1000:.0f} ms; {Process(process.pid).mebibytes('VmRSS'):.0f} MiB", "<= 50 ms; <= 32 MiB")
        process.terminate()
        process.wait()

    def memory(self) -> None:
        self.report("memory of the server at most", f"{Process(self.server.process.pid).mebibytes('VmHWM'):.0f} MiB", "")


def fill(path: pathlib.Path, runs: int, fields: int) -> None:
    """Copies the project's only run many times, each with as many values of config and of summary, as the doors would store them."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA cache_size = -1000000")
    (first, project) = database.execute("SELECT id, project_id FROM runs WHERE name = 'first'").fetchone()
    indexes = database.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'run_fields' AND sql IS NOT NULL").fetchall()
    for name, _ in indexes:
        database.execute(f"DROP INDEX {name}")
    database.execute("CREATE TEMP TABLE made AS WITH RECURSIVE made (id) AS (SELECT ?1 + 1 UNION ALL SELECT id + 1 FROM made WHERE id < ?1 + ?2 - 1) SELECT id FROM made", (first, runs))
    database.execute("CREATE TEMP TABLE fields (section TEXT, key TEXT, kind TEXT)")
    named = [(section, f"{section[0]}{key}", "number") for section in ("config", "summary") for key in range(fields)]
    database.executemany("INSERT INTO fields VALUES (?, ?, ?)", [("config", "kind", "text"), *named[1:]])
    columns = [column for _, column, *_ in database.execute("PRAGMA table_info(runs)")]
    copied = ", ".join({"id": "made.id", "name": "'r' || made.id", "ordinal": "made.id", "state": "'finished'"}.get(column, f"runs.{column}") for column in columns)
    database.execute(f"INSERT INTO runs ({', '.join(columns)}) SELECT {copied} FROM runs CROSS JOIN made WHERE runs.id = {first}")
    database.execute(
        """INSERT INTO run_fields (run_id, section, key, project_id, kind, number, text)
           SELECT made.id, section, key, ?, kind, iif(kind = 'number', abs(random() % 1000000) / 1000000.0, NULL),
                  iif(kind = 'text', 'opt' || (made.id % 7), NULL) FROM made CROSS JOIN fields""",
        (project,),
    )
    document = "SELECT json_group_object(key, {value}) FROM run_fields WHERE run_id = runs.id AND section = '{section}'"
    config = document.format(value="json_object('value', coalesce(number, text))", section="config")
    summary = document.format(value="coalesce(number, text)", section="summary")
    database.execute(f"UPDATE runs SET config = ({config}), summary = ({summary}) WHERE id > {first} AND project_id = {project}")
    for _, sql in indexes:
        database.execute(sql)
    database.commit()
    database.close()


def main() -> None:
    works = ["footprint", "ingest", "steady", "shapes", "long_run", "charts", "crowd", "table", "memory"]
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--scale", type=float, default=1.0, help="shrinks every workload; 1 is what the targets speak of")
    options.add_argument("--only", default=",".join(works), help=f"which of {', '.join(works)}")
    chosen = options.parse_args()
    os.environ.setdefault("RUNSTEAD_BINARY", str(ROOT / "target" / TRIPLE / "release" / "runstead"))
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(pathlib.Path(name), chosen.scale)
        try:
            bench.report("work", "measured", "target", "beside")
            for work in chosen.only.split(","):
                getattr(bench, work)()
        finally:
            bench.server.stop()


if __name__ == "__main__":
    main()
