"""How long the management API takes on a large site: 5,000 people in 500 teams, and a move of 5,000 runs.

    cargo build --release
    ~/.cache/runstead-venvs/runner/bin/python tests/bench/teams.py [--scale 0.1]

Prints the milliseconds that each list takes as its caller sees them, which is more than the server's own time, and ends with 1
if one takes more than 100, or the move more than 30 seconds.
"""

import argparse
import base64
import http.client
import json
import pathlib
import random
import statistics
import sys
import tempfile
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "sdk"))
from server import Server, eventually  # noqa: E402

LIST_MS_MAX = 100
MOVE_SECONDS_MAX = 30
THREADS = 16


class Api:
    """The management API on a connection that is kept."""

    def __init__(self, server: Server):
        secret = base64.b64encode(f"api:{server.key}".encode()).decode()
        self.headers = {"Authorization": f"Basic {secret}", "Content-Type": "application/json"}
        self.connection = http.client.HTTPConnection("127.0.0.1", urllib.parse.urlsplit(server.url).port, timeout=120)

    def post(self, path: str, body: bytes) -> None:
        self.connection.request("POST", path, body, self.headers)
        answer = self.connection.getresponse()
        text = answer.read()
        assert answer.status == 200, (path, answer.status, text[:300])

    def ask(self, method: str, path: str, body: object = None, key: str | None = None):
        headers = {**self.headers, **({"Authorization": f"Bearer {key}"} if key else {})}
        content = None if body is None else json.dumps(body).encode()
        self.connection.request(method, f"/api/v1{path}", content, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        assert answer.status < 300, (method, path, answer.status, text[:300])
        return json.loads(text) if text else None


def shared(server: Server, work: list, do) -> None:
    """Does all of the work, on some connections at once."""
    waiting = list(reversed(work))

    def go() -> None:
        api = Api(server)
        while True:
            try:
                item = waiting.pop()
            except IndexError:
                return
            do(api, item)

    threads = [threading.Thread(target=go) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def settle(server: Server, people: int, teams: int, runs: int) -> None:
    """Makes the site: everybody in four teams or so, three projects a team, one of which some are named for."""
    chance = random.Random(4)
    names = [f"person{number:05}" for number in range(people)]
    form = lambda name: {"username": name, "name": f"Person {name}", "email": f"{name}@runs.example"}  # noqa: E731
    shared(server, names, lambda api, name: api.ask("POST", "/users", form(name)))
    crews = [f"team{number:04}" for number in range(teams)]
    shared(server, crews, lambda api, team: api.ask("POST", "/teams", {"name": team}))
    seats = {(chance.choice(crews), name) for name in names for _ in range(4)}
    # One team that everybody is in.
    seats |= {(crews[0], name) for name in names}
    role = lambda name: {"role": ["member", "view-only", "admin"][int(name[6:]) % 3]}  # noqa: E731
    shared(server, sorted(seats), lambda api, seat: api.ask("PUT", f"/teams/{seat[0]}/members/{seat[1]}", role(seat[1])))
    projects = [(team, f"project{number}") for team in crews for number in range(3)]
    shared(server, projects, lambda api, at: api.ask("POST", f"/projects/{at[0]}", {"name": at[1]}))
    config = json.dumps({f"option{number}": {"value": number * 0.5} for number in range(40)})

    def begin(api: Api, number: int) -> None:
        told = json.dumps({"name": f"run{number}", "config": config})
        query = "mutation($name: String, $config: JSONString) { upsertBucket(input: { entityName: \"team0000\", modelName: \"project0\", name: $name, config: $config }) { inserted } }"
        api.post("/graphql", json.dumps({"query": query, "variables": json.loads(told)}).encode())

    shared(server, list(range(runs)), begin)


def lists(server: Server, key: str) -> dict[str, float]:
    """Milliseconds of each list: of five times the second longest."""
    api = Api(server)
    taken = {}
    for who, secret in (("administrator", None), ("member", key)):
        for path in (
            "/users?limit=50",
            "/users?query=4999&limit=50",
            "/organizations",
            "/organizations/runstead/members?limit=50",
            "/organizations/runstead/members?limit=1000",
            "/organizations/runstead/teams?limit=50",
            "/organizations/runstead/teams?limit=1000",
            "/teams",
            "/teams/team0000",
            "/teams/team0000/members?limit=50",
            "/teams/team0000/members?limit=1000",
            "/teams/team0000/invitations",
            "/projects/team0000?limit=50",
            "/projects/team0000/project0/runs?limit=50",
            "/projects/team0000/project0/members",
            "/moves",
            "/keys",
            "/audit?limit=50",
            "/audit?team=team0000&limit=50",
            "/audit?actor=ada&limit=50",
            "/audit?action=team.add_member&limit=50",
        ):
            if secret and path.startswith(("/audit", "/teams/team0000/inv")):
                continue
            times = []
            for _ in range(5):
                at = time.perf_counter()
                api.ask("GET", path, key=secret)
                times.append((time.perf_counter() - at) * 1000)
            taken[f"{who} {path}"] = sorted(times)[-2]
    return taken


def move(server: Server) -> tuple[int, float]:
    """Moves all runs of a project; how many, in how many seconds."""
    api = Api(server)
    ends = {"from": {"entity": "team0000", "project": "project0"}, "to": {"entity": "team0000", "project": "project1"}}
    at = time.perf_counter()
    job = api.ask("POST", "/moves", {**ends, "filter": "{}"})["id"]
    eventually(lambda: api.ask("GET", f"/moves/{job}")["state"] == "done", "the move to end", 120)
    return api.ask("GET", f"/moves/{job}")["moved"], time.perf_counter() - at


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--scale", type=float, default=1.0, help="of the site; the limits stay")
    scale = options.parse_args().scale
    with tempfile.TemporaryDirectory() as folder:
        server = Server(pathlib.Path(folder))
        try:
            at = time.perf_counter()
            settle(server, int(5000 * scale), max(1, int(500 * scale)), int(5000 * scale))
            print(f"made in {time.perf_counter() - at:.0f} s")
            key = Api(server).ask("POST", "/users/person00000/api-keys", {"name": "bench"})["secret"]
            taken = lists(server, key)
            for what, milliseconds in sorted(taken.items(), key=lambda item: -item[1]):
                print(f"{milliseconds:8.1f} ms  {what}")
            moved, seconds = move(server)
            print(f"{moved} runs moved in {seconds:.1f} s; median of lists {statistics.median(taken.values()):.1f} ms")
        finally:
            server.stop()
    slow = [what for what, milliseconds in taken.items() if milliseconds > LIST_MS_MAX]
    print("too slow: " + ", ".join(slow) if slow else f"every list took at most {LIST_MS_MAX} ms")
    return 1 if slow or seconds > MOVE_SECONDS_MAX else 0


if __name__ == "__main__":
    sys.exit(main())
