"""A server that is killed while clients stream loses nothing that it acknowledged."""

import base64
import hashlib

import requests
from client import Client, begun, finish
from server import Server, eventually, values


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    server = Server(folder)
    processes = []
    for number in range(10):
        own = tmp_path / f"client-{number}"
        own.mkdir()
        processes.append(Client(server, own).start("log_steps", "150", "0.1"))
    begins = [begun(process) for process in processes]
    eventually(lambda: any(server.run(begin["path"])["historyLineCount"] for begin in begins), "a first line")
    before = {begin["path"]: server.run(begin["path"])["history"] for begin in begins}
    server.kill()
    server.start()
    for path, lines in before.items():
        assert server.run(path)["history"][: len(lines)] == lines
    for process in processes:
        path = finish(process)["path"]
        run = server.run(path)
        assert values(run) == list(range(150)) and run["state"] == "finished"
    assert server.stop() == 0


def test_files_that_are_saved_while_the_server_is_killed_arrive_whole(tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    server = Server(folder)
    processes = []
    for number in range(3):
        own = tmp_path / f"client-{number}"
        own.mkdir()
        processes.append(Client(server, own).start("save_steps", "100", "0.1"))
    paths = [begun(process)["path"] for process in processes]
    eventually(lambda: all(saved(server, path) for path in paths), "a first file of each")
    before = {path: saved(server, path) for path in paths}
    server.kill()
    server.start()
    for path, files in before.items():
        assert files.items() <= saved(server, path).items()
    for process in processes:
        done = finish(process)
        assert saved(server, done["path"]) == done["digests"]
    assert server.stop() == 0


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
