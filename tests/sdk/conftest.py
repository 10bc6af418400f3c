import pytest
from client import Client
from server import Server


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
