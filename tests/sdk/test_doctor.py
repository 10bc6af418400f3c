"""`runstead doctor` tries the public address from outside in, and finds what a proxy there does wrong."""

import http.client
import http.server
import json
import threading
import urllib.parse

import pytest
from server import Server, free_port

PUBLIC = ["reach", "trust", "clock", "body", "path", "headers", "caller", "range", "stream"]


class Proxy(http.server.BaseHTTPRequestHandler):
    """Passes requests on to a port; `faults` says what it does wrong."""

    protocol_version = "HTTP/1.1"
    port, faults = 0, frozenset()

    def version_string(self):
        return "nginx/1.22.1"

    def log_message(self, *_):
        pass

    def pass_on(self):
        size = int(self.headers.get("Content-Length", 0))
        if "body" in self.faults and size > 1_000_000:
            self.send_error(413)
            self.close_connection = True
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("connection", "transfer-encoding")}
        if "headers" in self.faults:
            headers.pop("authorization", None)
            headers.pop("Authorization", None)
        if "range" in self.faults:
            headers = {name: value for name, value in headers.items() if name.lower() != "range"}
        if "silent" not in self.faults:
            headers["X-Forwarded-For"] = "198.51.100.7"
        path = urllib.parse.quote(urllib.parse.unquote(self.path), safe="/%") if "path" in self.faults else self.path
        onward = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        onward.request(self.command, path, self.rfile.read(size) if size else None, headers)
        answer = onward.getresponse()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() in ("content-type", "content-range", "etag"):
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        if "stream" in self.faults:
            self.wfile.write(answer.read())
        else:
            while piece := answer.read1(65536):
                self.wfile.write(piece)
                self.wfile.flush()
        self.close_connection = True

    do_GET = do_PUT = pass_on


@pytest.fixture(scope="module")
def behind(tmp_path_factory):
    """A server that believes it is reached through a proxy, with the proxy's port and class."""
    port = free_port()
    server = Server(tmp_path_factory.mktemp("server"), RUNSTEAD_HTTP__PUBLIC_URL=f"http://127.0.0.1:{port}")
    kind = type("Own", (Proxy,), {"port": server.port})
    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", port), kind)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    yield server, kind
    proxy.shutdown()
    assert server.stop() == 0


def checks(server: Server) -> dict[str, dict]:
    done = server.command("doctor", "--json")
    assert done.returncode in (0, 1, 2), done.stderr
    return {check["name"]: check for check in json.loads(done.stdout)["checks"]}


def states(found: dict[str, dict]) -> dict[str, str]:
    return {name: found[f"public.{name}"]["state"] for name in PUBLIC}


def test_nothing_is_wrong_where_nothing_stands_between(own):
    found = checks(own)
    assert states(found) == dict.fromkeys(PUBLIC, "good"), found
    assert found["data.owner"]["state"] == "good" and own.command("doctor").returncode == 1, "only a backup is lacking"


@pytest.mark.parametrize("fault, advice", [
    ("body", "client_max_body_size 0"),
    ("path", "merge_slashes off"),
    ("headers", "proxy_set_header Host"),
    ("range", "proxy_set_header Range"),
    ("stream", "proxy_buffering off"),
])
def test_what_a_proxy_does_wrong_is_found_with_the_line_that_mends_it(behind, fault, advice):
    server, proxy = behind
    proxy.faults = frozenset([fault])
    found = checks(server)
    told = states(found)
    assert told[fault] in ("warning", "bad"), found
    assert advice in found[f"public.{fault}"]["advice"] and "Traefik" not in found[f"public.{fault}"]["advice"]
    others = [name for name in PUBLIC if name not in (fault, "caller")]
    assert all(told[name] == "good" for name in others), found


def test_a_proxy_that_is_not_trusted_is_named(behind):
    server, proxy = behind
    proxy.faults = frozenset()
    found = checks(server)
    assert found["public.caller"]["state"] == "warning" and "http.trusted_proxies to 127.0.0.1" in found["public.caller"]["advice"]
