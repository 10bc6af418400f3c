"""What a service manager sees of the server."""

import socket

from server import Server, eventually


def test_the_manager_is_told_when_the_server_is_ready_that_it_lives_and_that_it_stops(tmp_path):
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(address))
        manager.setblocking(False)
        heard = []

        def hears(word: str) -> bool:
            try:
                heard.append(manager.recv(4096).decode().strip())
            except BlockingIOError:
                pass
            return word in heard

        server = Server(tmp_path, NOTIFY_SOCKET=str(address), WATCHDOG_USEC="600000")
        eventually(lambda: hears("READY=1"), "word that the server is ready")
        heard.clear()
        eventually(lambda: hears("WATCHDOG=1"), "a sign of life")
        assert server.stop() == 0
        eventually(lambda: hears("STOPPING=1"), "word that the server stops")
