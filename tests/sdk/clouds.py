"""Objects of clouds and of the web that artifacts refer to: as little of S3, Google's storage and HTTP as the client asks."""

import base64
import hashlib
import http.server
import json
import threading
import urllib.parse

OBJECTS = {"bucket/data/one.bin": b"one of the cloud", "bucket/two.bin": b"another", "web/page.txt": b"of the web"}


def md5(data: bytes) -> bytes:
    return hashlib.md5(data).digest()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.answer(False)

    def do_GET(self):
        self.answer(True)

    def answer(self, with_body: bool):
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path).lstrip("/")
        if path.startswith("storage/v1/b/"):
            return self.google(path.removeprefix("storage/v1/b/"))
        if path.startswith("download/storage/v1/b/"):
            path = path.removeprefix("download/storage/v1/b/").replace("/o/", "/", 1)
        data = OBJECTS.get(path)
        if data is None:
            return self.say(404, b"")
        self.say(200, data, with_body, {"ETag": f'"{md5(data).hex()}"', "Content-Type": "text/plain", "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"})

    def google(self, path: str):
        bucket, _, name = path.partition("/o/")
        data = OBJECTS.get(f"{bucket}/{name}")
        if not name:
            return self.say(200, json.dumps({"kind": "storage#bucket", "name": bucket}).encode())
        if data is None:
            return self.say(404, b"{}")
        link = f"http://{self.headers['Host']}/download/storage/v1/b/{bucket}/o/{urllib.parse.quote(name, safe='')}?alt=media"
        digest = base64.b64encode(md5(data)).decode()
        about = {"kind": "storage#object", "name": name, "bucket": bucket, "size": str(len(data)), "etag": md5(data).hex(), "md5Hash": digest, "generation": "1", "mediaLink": link}
        self.say(200, json.dumps(about).encode(), headers={"Content-Type": "application/json"})

    def say(self, status: int, body: bytes, with_body: bool = True, headers: dict | None = None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body and self.command != "HEAD":
            self.wfile.write(body)


class Clouds:
    """On a free port of this machine, until it is closed."""

    def __enter__(self) -> "Clouds":
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def environment(self) -> dict[str, str]:
        """What makes the clouds' libraries come here."""
        return {
            "AWS_S3_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "STORAGE_EMULATOR_HOST": self.url,
            "GOOGLE_CLOUD_PROJECT": "nothing",
        }
