import os
import pathlib
import signal

import pytest
from client import Client
from server import Server


def end_what_is_left(folder: pathlib.Path) -> None:
    """Ends every process that lives in a folder: what a failed test started, and helpers of clients that outlive these."""
    for environment in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            homes = [word[5:] for word in environment.read_bytes().split(b"\0") if word.startswith(b"HOME=")]
            if any(pathlib.Path(os.fsdecode(home)).is_relative_to(folder) for home in homes):
                os.kill(int(environment.parent.name), signal.SIGKILL)
        except (PermissionError, ProcessLookupError, FileNotFoundError):
            continue  # somebody else's, or gone meanwhile


@pytest.fixture(autouse=True)
def nothing_outlives_its_test(tmp_path):
    yield
    end_what_is_left(tmp_path)


@pytest.fixture(autouse=True, scope="session")
def nothing_outlives_the_tests(tmp_path_factory):
    yield
    end_what_is_left(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One server for the tests of a module; each test has runs of its own. Who is in a team logs there, so modules part."""
    server = Server(tmp_path_factory.mktemp("server"))
    yield server
    assert server.stop() == 0


@pytest.fixture
def client(server, tmp_path):
    return Client(server, tmp_path)


@pytest.fixture
def client_of(server, tmp_path):
    return lambda version: Client(server, tmp_path, version)


@pytest.fixture
def own(tmp_path):
    """A server of the test's own, which it may kill."""
    folder = tmp_path / "server"
    folder.mkdir()
    server = Server(folder)
    yield server
    assert server.stop() == 0
