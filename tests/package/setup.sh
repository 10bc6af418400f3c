#!/usr/bin/env bash
# What the tests of the packages need: Debian's tools, the proxies that there are recipes for, and an environment for Python.
# Does nothing that is done already.
set -euo pipefail
venvs="${RUNSTEAD_VENVS:-$HOME/.cache/runstead-venvs}"
tools="${RUNSTEAD_TOOLS:-$HOME/.cache/runstead-tools}"
sudo=''
[ "$(id -u)" = 0 ] || sudo=sudo

debian() {
  local missing=()
  # Program, then the package that has it.
  while [ $# -gt 0 ]; do
    PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null || missing+=("$2")
    shift 2
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  $sudo apt-get update -qq
  # The proxies are wanted as programs: this keeps them from being started on the machine that tests.
  local policy=/usr/sbin/policy-rc.d own=''
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
    $sudo chmod 0755 "$policy"
    own=yes
  fi
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  [ -z "$own" ] || $sudo rm "$policy"
}
debian lintian lintian buildah buildah runc runc systemd-nspawn systemd-container systemd-analyze systemd \
  nginx nginx-light apache2 apache2 caddy caddy rsyslogd rsyslog pebble pebble file file strip binutils minisign minisign gpg gpg

# What speaks TLS for rsyslog is a package of its own.
compgen -G '/usr/lib/*/rsyslog/lmnsd_ossl.so' >/dev/null || $sudo apt-get install -y -qq --no-install-recommends rsyslog-openssl >/dev/null

# Prometheus as a whole is not wanted, only what checks its rules.
if [ ! -x "$tools/promtool" ]; then
  mkdir -p "$tools"
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  [ -n "$(apt-cache policy prometheus 2>/dev/null)" ] || $sudo apt-get update -qq
  (cd "$folder" && apt-get download -qq prometheus 2>/dev/null && dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool)
  mv "$folder/usr/bin/promtool" "$tools/promtool"
fi

# Nor is fail2ban's service, only what tries its filters.
if [ ! -x "$tools/fail2ban/usr/bin/fail2ban-regex" ]; then
  mkdir -p "$tools"
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  [ -n "$(apt-cache policy fail2ban 2>/dev/null)" ] || $sudo apt-get update -qq
  (cd "$folder" && apt-get download -qq fail2ban 2>/dev/null && dpkg-deb --extract fail2ban_*.deb "$folder/fail2ban")
  rm -rf "$tools/fail2ban"
  mv "$folder/fail2ban" "$tools/fail2ban"
fi

wanted='pytest>=8,<9 pytest-xdist>=3,<4 pytest-timeout>=2,<3 requests>=2,<3 trustme>=1,<2 pyyaml>=6,<7 kubernetes-validate>=1.30 cyclonedx-python-lib[json-validation]>=8,<12'
if [ "$(cat "$venvs/package/.installed" 2>/dev/null)" != "$wanted" ]; then
  rm -rf "${venvs:?}/package"
  python3 -m venv "$venvs/package"
  # shellcheck disable=SC2086 # a list
  "$venvs/package/bin/pip" install -q --disable-pip-version-check $wanted
  echo "$wanted" > "$venvs/package/.installed"
fi
