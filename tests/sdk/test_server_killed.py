"""A server that is killed while clients stream loses nothing that it acknowledged."""

import base64
import hashlib

import requests
from client import NEWEST, VERSIONS, Client, begun, finish
from server import eventually, values


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(own, tmp_path):
    processes = started(own, tmp_path, 10, "log_steps", "150", "0.1", versions=VERSIONS)
    begins = [begun(process) for process in processes]
    eventually(lambda: any(own.run(begin["path"])["historyLineCount"] for begin in begins), "a first line")
    before = {begin["path"]: own.run(begin["path"])["history"] for begin in begins}
    own.kill()
    own.start()
    for path, lines in before.items():
        assert own.run(path)["history"][: len(lines)] == lines
    for process in processes:
        path = finish(process)["path"]
        # The newest releases do not say a word of it; older ones say that they wait.
        told = process.output().lower()
        assert process.version not in VERSIONS[:2] or not any(word in told for word in ("error", "warn", "retry", "fail")), told
        run = own.run(path)
        assert values(run) == list(range(150)) and run["state"] == "finished"


def test_files_that_are_saved_while_the_server_is_killed_arrive_whole(own, tmp_path):
    processes = started(own, tmp_path, 3, "save_steps", "100", "0.1")
    paths = [begun(process)["path"] for process in processes]
    eventually(lambda: all(saved(own, path) for path in paths), "a first file of each")
    before = {path: saved(own, path) for path in paths}
    own.kill()
    own.start()
    for path, files in before.items():
        assert files.items() <= saved(own, path).items()
    for process in processes:
        done = finish(process)
        assert saved(own, done["path"]) == done["digests"]


def started(server, folder, count: int, *script: str, versions: list[str] = [NEWEST]) -> list:
    """As many clients that run a script, of these releases in turn, each with a folder of its own."""
    processes = []
    for number in range(count):
        own = folder / f"client-{number}"
        own.mkdir()
        process = Client(server, own, versions[number % len(versions)]).start(*script)
        process.version = versions[number % len(versions)]
        processes.append(process)
    return processes


def saved(server, path: str) -> dict[str, str]:
    """The digests of the files that the script saved, of their bytes as the server gives them."""
    listed = server.run(path)["files"]["edges"]
    names = [edge["node"]["name"] for edge in listed if edge["node"]["name"].startswith("part ")]
    digests = {}
    for name in names:
        answer = requests.get(f"{server.url}/files/{path}/{name}", auth=("api", server.key), timeout=30)
        answer.raise_for_status()
        digests[name] = base64.b64encode(hashlib.md5(answer.content).digest()).decode()
    return digests
