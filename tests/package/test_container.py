"""The image, run read-only and without rights: as it is, as any user, and as each of the examples says."""

import json
import os
import re
import tarfile

import pytest
import requests
import yaml
from client import Client
from container import Container, Image
from server import ROOT, free_port

EXAMPLES = ROOT / "packaging"


@pytest.fixture(scope="module")
def image(packages, tmp_path_factory) -> Image:
    return Image(packages.image, tmp_path_factory.mktemp("image"))


@pytest.fixture
def run(image, tmp_path):
    """Starts a container of the image that is stopped, well, when the test ends."""
    started = []

    def start(**more) -> Container:
        started.append(Container(image, f"{tmp_path.name}-{len(started)}", **more))
        return started[-1]

    yield start
    for container in started:
        assert container.stop() == 0, container.log.read_text()


class Reached:
    """What a client needs to know of a server in a container: where it is, and a key made with its own command."""

    def __init__(self, container: Container, url: str, password: str):
        self.url = url
        made = container.exec("/runstead", "admin", "create", "ada", "--email", "ada@example.org", "--password-file", password, "--json")
        assert made.returncode == 0, made.stderr
        self.key = json.loads(made.stdout)["api_key"]


def volume(tmp_path, owner: str) -> dict:
    """A folder for /data, as an engine makes it for a user."""
    data = tmp_path / "data"
    data.mkdir(mode=0o770)
    os.chown(data, *map(int, owner.split(":")))
    password = tmp_path / "password"
    password.write_text("correct horse battery staple")
    password.chmod(0o644)
    return {"/data": data, "/password": password}


def test_the_image_holds_the_program_and_nothing_else(image, packages):
    names = sorted(str(path.relative_to(image.root)) for path in image.root.rglob("*"))
    assert names == ["data", "licenses.txt", "runstead", "tmp"]
    assert (image.root / "runstead").read_bytes() == packages.binary.read_bytes()
    # Of the group 0, which platforms give to containers whose user they draw.
    data = (image.root / "data").stat()
    assert (data.st_uid, data.st_gid, data.st_mode & 0o7777) == (10001, 0, 0o770)


def test_the_image_says_what_it_is(image, packages):
    assert image.name == f"localhost/runstead:{packages.version}"
    with tarfile.open(packages.image) as archive:
        (described,) = json.load(archive.extractfile("manifest.json"))
    major, minor, _ = packages.version.split(".")
    names = [major, f"{major}.{minor}", packages.version]
    assert described["RepoTags"] == [f"localhost/runstead:{name}" for name in names]
    labels = {key.removeprefix("org.opencontainers.image."): value for key, value in image.config["Labels"].items()}
    assert labels["version"] == packages.version and re.fullmatch("[0-9a-f]{40}", labels["revision"])
    assert set(labels) == {"title", "description", "version", "revision", "created", "licenses"}
    assert image.config["User"] == "10001:10001" and list(image.config["Volumes"]) == ["/data"]
    assert image.config["Healthcheck"]["Test"] == ["CMD", "/runstead", "health"]


@pytest.mark.parametrize("user", ["10001:10001", "1234567:0", "4711:4711"])
def test_any_user_runs_it_read_only_and_a_client_logs_to_it(run, image, tmp_path, user):
    url = f"http://127.0.0.1:{free_port()}"
    listen = url.removeprefix("http://")
    container = run(user=user, mounts=volume(tmp_path, user), RUNSTEAD_HTTP__LISTEN=listen, RUNSTEAD_HTTP__PUBLIC_URL=url)
    container.wait_for(image.config["Healthcheck"]["Test"][1:])
    client = Client(Reached(container, url, "/password"), tmp_path)
    assert client.run("secure") == {"values": [0, 1, 2, 3, 4], "note": "over TLS"}
    owners = {(path.stat().st_uid, path.stat().st_gid) for path in (tmp_path / "data").rglob("*")}
    assert owners == {tuple(map(int, user.split(":")))}


def test_a_volume_that_cannot_be_written_is_said_in_plain_words(image, tmp_path):
    container = Container(image, "refused", user="4711:4711", mounts=volume(tmp_path, "10001:0"))
    assert container.process.wait(timeout=30) == 1
    said = container.log.read_text()
    assert "/data" in said and "user 4711" in said and "chown -R 4711:4711" in said, said
    assert len(said.splitlines()) <= 2, said


def compose(tmp_path) -> dict:
    service = yaml.safe_load((EXAMPLES / "compose/compose.yaml").read_text())["services"]["runstead"]
    assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["volumes"] == ["data:/data"]
    given = {"${RUNSTEAD_PUBLIC_URL:?where people reach it, as https://runstead.example.org}": "https://runstead.example.org"}
    return {"environment": {key: given.get(value, value) for key, value in service["environment"].items()}}


def kubernetes(tmp_path) -> dict:
    parts = {part["kind"]: part for part in yaml.safe_load_all((EXAMPLES / "kubernetes/runstead.yaml").read_text())}
    pod = parts["StatefulSet"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    security = container["securityContext"]
    assert security["readOnlyRootFilesystem"] and security["capabilities"] == {"drop": ["ALL"]}
    config, secrets = tmp_path / "config", tmp_path / "secrets"
    config.mkdir()
    secrets.mkdir()
    for name, text in parts["ConfigMap"]["data"].items():
        (config / name).write_text(text)
    (secrets / "metrics-token").write_text("0123456789abcdef0123456789abcdef")
    places = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert places["data"] == "/data"
    user = f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}"
    return {"user": user, "words": container["args"], "mounts": {places["config"]: config, places["secrets"]: secrets}, "environment": {}}


def quadlet(tmp_path) -> dict:
    unit = (EXAMPLES / "quadlet/runstead.container").read_text()
    lines = [line.split("=", 1) for line in unit.splitlines() if "=" in line and not line.startswith("#")]
    found = {key: value for key, value in lines}
    assert found["ReadOnly"] == "true" and found["DropCapability"] == "all" and found["Volume"] == "runstead-data.volume:/data"
    assert found["HealthCmd"] == "/runstead health"
    return {"environment": dict(value.split("=", 1) for key, value in lines if key == "Environment")}


@pytest.mark.parametrize("example", [compose, kubernetes, quadlet])
def test_each_example_starts_the_server_it_describes(run, image, tmp_path, example):
    wanted = example(tmp_path)
    user = wanted.get("user", image.config["User"])
    # The example's own port may be taken on this machine.
    port = free_port()
    environment = wanted["environment"] | {"RUNSTEAD_HTTP__LISTEN": f"127.0.0.1:{port}"}
    container = run(user=user, words=wanted.get("words"), mounts=volume(tmp_path, user) | wanted.get("mounts", {}), **environment)
    container.wait_for(image.config["Healthcheck"]["Test"][1:])
    assert "https://runstead.example.org/signup?token=" in container.log.read_text()
    for probe in ("/healthz", "/ready"):
        assert requests.get(f"http://127.0.0.1:{port}{probe}", timeout=5).ok
