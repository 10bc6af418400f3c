#!/usr/bin/env bash
# The life of the Debian package on other releases than this machine's, each with its own systemd, dpkg and C library:
#
#   tests/package/releases.sh trixie bullseye
#
# Each is downloaded once (250 MB). Takes minutes, so it is no part of the daily tests. Needs root and debootstrap.
set -euo pipefail
cd "$(dirname "$0")"
roots="${RUNSTEAD_ROOTS:-$HOME/.cache/runstead-roots}"
venvs="${RUNSTEAD_VENVS:-$HOME/.cache/runstead-venvs}"
[ $# -gt 0 ] || { sed -n 's/^# \{0,1\}//p' "$0" >&2; exit 2; }
mkdir -p "$roots"
for release in "$@"; do
  if [ ! -e "$roots/$release/.complete" ]; then
    rm -rf "${roots:?}/$release"
    debootstrap --variant=minbase --include=systemd,systemd-sysv,init-system-helpers,dbus,iproute2,procps "$release" "$roots/$release"
    touch "$roots/$release/.complete"
  fi
  printf '\n== %s\n' "$release"
  RUNSTEAD_MACHINE_ROOT="$roots/$release" "$venvs/package/bin/python" -m pytest -n 0 test_debian.py
done
