"""A server that is killed while clients stream loses nothing that it acknowledged."""

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
