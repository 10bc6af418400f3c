import pytest
from client import Client
from server import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One server for all tests of a process; each test has runs of its own."""
    server = Server(tmp_path_factory.mktemp("server"))
    yield server
    assert server.stop() == 0


@pytest.fixture
def client(server, tmp_path):
    return Client(server, tmp_path)


@pytest.fixture
def client_of(server, tmp_path):
    return lambda version: Client(server, tmp_path, version)
