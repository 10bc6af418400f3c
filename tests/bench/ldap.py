"""How long a sync with a directory takes, beside the directory's own time.

    cargo build --release
    ~/.cache/runstead-venvs/runner/bin/python tests/bench/ldap.py [--people 5000] [--groups 500]

It is no part of the tests. A real OpenLDAP server of this machine has the people and groups; everybody is in two groups, each
of which gives seats in a team of its own. The first sync makes all accounts, teams and seats, the second finds nothing to do. The
server gives 500 entries at once, so that all come in pages. On two cores: 5,000 people 1.6 s and 0.4 s, 50,000 people 14 s and 3.5 s.
"""

import argparse
import json
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "sdk"))
from server import Server  # noqa: E402
from slapd import Slapd, group, person  # noqa: E402

# The first sync may take so long beside the directory's own time, with 5,000 people and 500 groups.
SECONDS_MAX = 5


def synced(server: Server) -> dict:
    started = time.monotonic()
    done = server.command("ldap", "sync", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    seconds = time.monotonic() - started
    own = seconds - found["reading_ms"] / 1000
    print(f"{found['outcome']}: {found['people']} people, {found['groups']} groups, {len(found['changes'])} changes: {own:.2f} s beside {found['reading_ms'] / 1000:.2f} s of the directory")
    return {**found, "own": own}


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--people", type=int, default=5000)
    options.add_argument("--groups", type=int, default=500)
    options = options.parse_args()
    people = [f"user{number:05}" for number in range(options.people)]
    members = {f"group{number:04}": people[number :: options.groups] + people[number + 1 :: options.groups] for number in range(options.groups)}
    rules = [f'[[rule]]\ngroup = "{name}"\nteam = "team-{name}"\nrole = "admin"\ncreate_team = true\n' for name in members]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "rules.toml").write_text("".join(rules))
        slapd = Slapd(folder / "slapd", [person(uid) for uid in people] + [group(name, listed) for name, listed in members.items()])
        home = folder / "server"
        home.mkdir()
        server = Server(home, **slapd.settings(rules_file=str(folder / "rules.toml"), sync_minutes="0", timeout_seconds="60"))
        try:
            first, second = synced(server), synced(server)
        finally:
            server.stop()
            slapd.stop()
    assert (first["outcome"], second["outcome"]) == ("applied", "unchanged")
    if (options.people, options.groups) == (5000, 500):
        assert first["own"] < SECONDS_MAX, f"{first['own']:.2f} s"


if __name__ == "__main__":
    main()
