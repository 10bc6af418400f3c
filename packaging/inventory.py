#!/usr/bin/env python3
"""What is built into the server and its pages: the bill of materials (CycloneDX) and the licences, as text.

Cargo says which crates the binary is linked from, npm's lock file which packages the pages are made from. The licences are
read from where cargo and npm unpacked them. The same sources give the same files: no time, no random number gets in.
"""

import argparse
import base64
import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import tomllib
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[1]
TARGET = os.environ.get("TARGET", "x86_64-unknown-linux-gnu")
TEXTS = ("LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE", "COPYRIGHT")


def cargo(*words: str) -> str:
    done = subprocess.run(["cargo", *words], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"inventory.py: cargo {words[0]} failed:\n{done.stderr}")
    return done.stdout


def crates() -> tuple[dict, dict]:
    """The crates linked into the binary, by (name, version), and which of them each needs."""
    words = ("--locked", "--edges", "normal,no-proc-macro", "--target", TARGET)
    found: dict[tuple, dict] = {}
    needs: dict[tuple, set] = {}
    above: list[tuple] = []
    for line in cargo("tree", *words, "--prefix", "depth", "--no-dedupe", "--format", " {p}").splitlines():
        depth, name, version = line.split()[:3]
        crate = (name, version.removeprefix("v"))
        above[int(depth) :] = [crate]
        needs.setdefault(crate, set())
        if int(depth) > 0:
            needs[above[int(depth) - 1]].add(crate)
    for package in json.loads(cargo("metadata", "--format-version", "1", "--locked", "--filter-platform", TARGET))["packages"]:
        if (package["name"], package["version"]) in needs:
            found[package["name"], package["version"]] = package
    return found, needs


def checksums() -> dict[tuple, str]:
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())
    return {(package["name"], package["version"]): package["checksum"] for package in lock["package"] if "checksum" in package}


def page_packages() -> dict[str, dict]:
    """The npm packages that the pages are made from, by their folder."""
    lock = json.loads((ROOT / "assets/package-lock.json").read_text())
    return {
        folder: {"name": folder.rpartition("node_modules/")[2], **package}
        for folder, package in lock["packages"].items()
        if folder and not package.get("dev") and not package.get("optional")
    }


def expression(text: str | None) -> list[dict]:
    """A licence as CycloneDX has it. A slash was once written for OR."""
    return [{"expression": re.sub(r" ?/ ?", " OR ", text)}] if text else []


def component(purl: str, name: str, version: str, licence: str | None, about: str | None, algorithm: str, digest: str) -> dict:
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        **({"description": about.strip()} if about else {}),
        "hashes": [{"alg": algorithm, "content": digest}],
        "licenses": expression(licence),
        "purl": purl,
    }


def bill_of_materials(linked: dict, needs: dict, pages: dict) -> dict:
    own = next(crate for crate in needs if crate[0] == "runstead")
    sums = checksums()
    itself = f"pkg:cargo/runstead@{own[1]}"

    def purl(crate: tuple) -> str:
        return f"pkg:cargo/{crate[0]}@{crate[1]}"

    components = [
        component(purl(crate), *crate, package["license"], package["description"], "SHA-256", sums[crate])
        for crate, package in sorted(linked.items())
        if crate != own
    ]
    of_pages = {}
    for _, package in sorted(pages.items()):
        name = f"pkg:npm/{package['name'].replace('@', '%40')}@{package['version']}"
        digest = base64.b64decode(package["integrity"].removeprefix("sha512-")).hex()
        of_pages[name] = component(name, package["name"], package["version"], package.get("license"), None, "SHA-512", digest)
    components += of_pages.values()
    edges = [{"ref": purl(crate), "dependsOn": sorted(map(purl, needs[crate]))} for crate in sorted(needs)]
    edges[[edge["ref"] for edge in edges].index(itself)]["dependsOn"] += sorted(of_pages)
    instant = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), datetime.UTC)
    contents = json.dumps([components, edges], sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": uuid.uuid5(uuid.NAMESPACE_OID, contents).urn,
        "version": 1,
        "metadata": {
            "timestamp": instant.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application",
                "bom-ref": itself,
                "name": "runstead",
                "version": own[1],
                "licenses": expression(linked[own]["license"]),
                "purl": itself,
            },
        },
        "components": components,
        "dependencies": edges,
    }


def texts(folder: pathlib.Path) -> list[str]:
    """The licences and notices that lie at the top of an unpacked package."""
    if not folder.is_dir():
        sys.exit(f"inventory.py: {folder} is missing; \"npm ci\" in assets/ and \"cargo fetch\" bring what is read here")
    found = sorted(path for path in folder.iterdir() if path.is_file() and path.name.upper().startswith(TEXTS))
    # Ends of lines and blanks differ between copies of the same text.
    read = (path.read_text(errors="replace").splitlines() for path in found)
    return ["\n".join(line.rstrip() for line in lines).strip("\n") for lines in read]


def licenses(linked: dict, pages: dict) -> str:
    """Every text once, under the names of all that come under it."""
    holders: dict[str, list[str]] = {}
    without: list[str] = []
    folders = [
        (f"{name} {version} ({package['license']})", pathlib.Path(package["manifest_path"]).parent)
        for (name, version), package in sorted(linked.items())
        if name != "runstead"
    ]
    folders += [
        (f"{package['name']} {package['version']} ({package.get('license')})", ROOT / "assets" / folder)
        for folder, package in sorted(pages.items())
    ]
    for label, folder in folders:
        found = texts(folder)
        for text in found:
            names = holders.setdefault(text, [])
            if label not in names:
                names.append(label)
        if not found and label not in without:
            without.append(label)
    rule = "=" * 80
    parts = ["Runstead is built from the work of others, under the licences below."]
    if without:
        parts.append("\n".join(["Under the licences named, whose texts they do not carry themselves:", *without]))
    parts += [f"{rule}\n{chr(10).join(names)}\n{rule}\n{text}" for text, names in holders.items()]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bom", type=pathlib.Path, required=True, help="write the bill of materials there")
    parser.add_argument("--licenses", type=pathlib.Path, required=True, help="write the licences there")
    wanted = parser.parse_args()
    (linked, needs), pages = crates(), page_packages()
    wanted.bom.write_text(json.dumps(bill_of_materials(linked, needs, pages), indent=1) + "\n")
    wanted.licenses.write_text(licenses(linked, pages))


main()
