#!/usr/bin/env python3
"""Called by ../build.sh: writes the container image as the archive that "docker load" and "podman load" take.

The image is one layer with the program, a place for its data, and nothing else; image.json says how it is run. An engine is not
needed to write that down, and would put names and times of its own into it.
"""

import datetime
import hashlib
import io
import json
import os
import pathlib
import tarfile

COMMON, OUT = pathlib.Path(os.environ["COMMON"]), pathlib.Path(os.environ["OUT"])
VERSION, COMMIT, LABEL = (os.environ[name] for name in ("VERSION", "COMMIT", "LABEL"))
EPOCH = int(os.environ["SOURCE_DATE_EPOCH"])
CREATED = datetime.datetime.fromtimestamp(EPOCH, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def entry(name: str, mode: int, content: bytes | None = None, owner: tuple[int, int] = (0, 0)) -> tuple[tarfile.TarInfo, bytes]:
    """A file, or a folder if it has no content."""
    info = tarfile.TarInfo(name)
    info.type = tarfile.DIRTYPE if content is None else tarfile.REGTYPE
    info.mode, info.mtime, info.size = mode, EPOCH, len(content or b"")
    info.uid, info.gid = owner
    return info, content or b""


def packed(*entries: tuple[tarfile.TarInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for info, content in entries:
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def main() -> None:
    layer = packed(
        # Of the group 0 too: platforms that draw a user for every container give it that group.
        entry("data", 0o770, owner=(10001, 0)),
        entry("licenses.txt", 0o644, (COMMON / "licenses.txt").read_bytes()),
        entry("runstead", 0o755, (COMMON / "runstead").read_bytes()),
        entry("tmp", 0o1777),
    )
    layer_digest = hashlib.sha256(layer).hexdigest()
    said = {
        "title": "Runstead",
        "description": "A self-hosted home for machine-learning experiments",
        "version": VERSION,
        "revision": COMMIT,
        "created": CREATED,
        "licenses": "Apache-2.0",
    }
    how = json.loads((pathlib.Path(__file__).parent / "image.json").read_text())
    how["Labels"] = {f"org.opencontainers.image.{key}": value for key, value in said.items()}
    description = {
        "architecture": os.environ["ARCH"],
        "os": "linux",
        "created": CREATED,
        "config": how,
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer_digest}"]},
        "history": [{"created": CREATED, "created_by": f"Runstead {VERSION}"}],
    }
    described = json.dumps(description).encode()
    described_name = f"{hashlib.sha256(described).hexdigest()}.json"
    layer_name = f"{layer_digest}/layer.tar"
    # As 1, 1.4 and 1.4.2: whoever follows a line of releases names that.
    numbers = VERSION.split(".")
    tags = [f"localhost/runstead:{'.'.join(numbers[:count])}" for count in range(1, len(numbers) + 1)]
    manifest = [{"Config": described_name, "RepoTags": tags, "Layers": [layer_name]}]
    archive = packed(
        entry(described_name, 0o644, described),
        entry(layer_name, 0o644, layer),
        entry("manifest.json", 0o644, json.dumps(manifest).encode()),
    )
    (OUT / f"runstead-{VERSION}{LABEL}-image.tar").write_bytes(archive)


main()
