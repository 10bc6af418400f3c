#!/usr/bin/env bash
# The packages for arm64 on a machine of another kind: makes them, runs the server in them under emulation, and logs to it with the
# real client.
#
#   tests/package/arm64.sh [FOLDER]
#
# FOLDER has the packages already (packaging/build.sh --arch arm64 --out FOLDER). To make them takes as long as a release, so this is
# no part of the daily tests.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
venvs="${RUNSTEAD_VENVS:-$HOME/.cache/runstead-venvs}"
sudo=''
[ "$(id -u)" = 0 ] || sudo=sudo
if ! command -v qemu-aarch64 >/dev/null || ! command -v aarch64-linux-gnu-gcc >/dev/null; then
  $sudo apt-get update -qq
  $sudo apt-get install -y -qq --no-install-recommends gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user >/dev/null
fi
if [ $# -gt 0 ]; then
  packages=$(realpath -e "$1")
else
  packages=$root/dist
  rustup target add aarch64-unknown-linux-gnu
  "$root/packaging/build.sh" --arch arm64 --out "$packages"
fi
./setup.sh
RUNSTEAD_ARM64_PACKAGES="$packages" "$venvs/package/bin/python" -m pytest -n 0 test_arm64.py
