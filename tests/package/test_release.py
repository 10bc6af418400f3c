"""What a release consists of: the program itself, its parts list, and that the same sources give the same packages."""

import hashlib
import json
import os
import re
import subprocess
import tarfile

from conftest import build
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from server import ROOT, Server


def output(*words) -> str:
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=120).stdout


def test_the_program_is_static_and_has_no_symbols(packages):
    kind = output("file", "--brief", packages.binary)
    assert "static-pie linked" in kind and ", stripped" in kind, kind
    assert "statically linked" in output("ldd", packages.binary)
    assert output(packages.binary, "--version") == f"runstead {packages.version}\n"


def test_the_image_is_small(packages):
    # What is not made for a release has neither been optimized nor compressed.
    limit = 60_000_000 if "RUNSTEAD_PACKAGES" in os.environ else 240_000_000
    assert packages.image.stat().st_size < limit


def test_a_server_that_nobody_uses_takes_little_memory(packages, tmp_path, monkeypatch):
    monkeypatch.setenv("RUNSTEAD_BINARY", str(packages.binary))
    server = Server(tmp_path)
    server.data_of("{ viewer { username } }")
    taken = int(re.search(r"VmRSS:\s+(\d+) kB", open(f"/proc/{server.process.pid}/status").read())[1])
    assert server.stop() == 0
    assert taken < 100_000, f"{taken} KiB"


def test_the_same_sources_give_the_same_packages(packages, tmp_path):
    build(tmp_path, "--only", "deb,tarball,image,inventory")
    names = sorted(path.name for path in tmp_path.iterdir() if path.name != "SHA256SUMS")
    assert len(names) == 6, names
    for name in names:
        again = (tmp_path / name).read_bytes()
        assert again == (packages.folder / name).read_bytes(), f"{name} differs from one build to the next"
        assert f"{hashlib.sha256(again).hexdigest()}  {name}\n" in (tmp_path / "SHA256SUMS").read_text()


def test_a_release_is_signed_with_the_key_of_who_makes_it(packages, tmp_path, monkeypatch):
    out, keys = tmp_path / "out", tmp_path / "keys"
    keys.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(keys))
    made = output("gpg", "--batch", "--passphrase", "", "--quick-gen-key", "releaser@example.org", "ed25519", "sign", "never")
    assert subprocess.run(["minisign", "-G", "-W", "-p", keys / "public", "-s", keys / "secret"], capture_output=True).returncode == 0, made
    build(out, "--only", "inventory", "--sign", f"minisign:{keys}/secret", "--sign", "gpg:releaser@example.org")

    def verified() -> list[bool]:
        words = [["minisign", "-V", "-q", "-p", keys / "public", "-m", "SHA256SUMS"], ["gpg", "--verify", "SHA256SUMS.asc", "SHA256SUMS"]]
        return [subprocess.run(word, cwd=out, capture_output=True).returncode == 0 for word in words]

    assert verified() == [True, True]
    assert "SHA256SUMS" not in (out / "SHA256SUMS").read_text() and "runstead\n" in (out / "SHA256SUMS").read_text()
    with open(out / "SHA256SUMS", "a") as sums:
        sums.write("0" * 64 + "  more\n")
    assert verified() == [False, False]
    # A build without a key leaves no signature that is of another.
    build(out, "--only", "inventory")
    assert not [path.name for path in out.iterdir() if path.name.startswith("SHA256SUMS.")]
    for wrong in ("cosign:x", "minisign:", f"minisign:{keys}/none"):
        refused = subprocess.run([str(ROOT / "packaging/build.sh"), "--sign", wrong], capture_output=True, text=True)
        assert refused.returncode in (1, 2) and "build.sh: " in refused.stderr, refused.stderr


def test_the_parts_list_is_valid_and_names_what_is_built_in(packages):
    text = (packages.folder / f"runstead-{packages.version}.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_5).validate_str(text) is None
    parts = json.loads(text)
    purls = {part["purl"].rpartition("@")[0] for part in parts["components"]}
    assert {"pkg:cargo/actix-web", "pkg:cargo/libsqlite3-sys", "pkg:cargo/ring", "pkg:npm/react", "pkg:npm/vega-lite"} <= purls
    # What builds and tests it is not in it.
    assert not {"pkg:cargo/proptest", "pkg:cargo/syn", "pkg:npm/vite"} & purls
    refs = {part["bom-ref"] for part in parts["components"]} | {parts["metadata"]["component"]["bom-ref"]}
    for edge in parts["dependencies"]:
        assert edge["ref"] in refs and set(edge["dependsOn"]) <= refs, edge


def test_every_licence_is_there_and_none_asks_for_more_than_naming(packages):
    parts = json.loads((packages.folder / f"runstead-{packages.version}.cdx.json").read_text())["components"]
    texts = (packages.folder / f"runstead-{packages.version}-licenses.txt").read_text()
    given = {"MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Zlib", "Unicode-3.0", "0BSD", "CC0-1.0", "Unlicense", "OFL-1.1", "CDLA-Permissive-2.0"}
    for part in parts:
        assert f"{part['name']} {part['version']} (" in texts, f"no licence of {part['name']}"
        assert part["licenses"], f"{part['name']} has no licence"
        # Of "A OR B" one is enough, of "A AND B" both are needed.
        expression = part["licenses"][0]["expression"]
        for needed in re.sub(r"[()]", "", expression).split(" AND "):
            assert given & set(needed.split(" OR ")), f"{part['name']} comes under {expression}"


def test_the_archive_runs_where_it_is_unpacked(packages, tmp_path):
    with tarfile.open(packages.tarball) as archive:
        assert {(member.uname, member.uid, member.gid) for member in archive} == {("", 0, 0)}
        archive.extractall(tmp_path, filter="data")
    (tree,) = tmp_path.iterdir()
    assert (tree / "bin/runstead").read_bytes() == packages.binary.read_bytes()
    guide = (tree / "INSTALL.md").read_text()
    named = re.findall(r"(?<=\s)(?:bin|systemd|etc|share)/[\w./-]+", guide) + re.findall(r"\]\((share/[\w./-]+)\)", guide)
    assert len(named) >= 5
    for path in named:
        assert (tree / path).is_file(), f"INSTALL.md names {path}"
    done = output(tree / "bin/runstead", "config", "check", "--config", tree / "etc/runstead.toml")
    assert done == "the configuration is good\n"


def test_documents_name_only_what_is_there(packages):
    """Links in the documents that travel with the packages lead somewhere inside them."""
    folder = ROOT / "packaging"
    for document in folder.glob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+?)(?:#[\w-]+)?\)", document.read_text()):
            assert (folder / target).exists(), f"{document.name} links to {target}"
