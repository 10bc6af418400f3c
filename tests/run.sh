#!/usr/bin/env bash
# Sets up what the tests need and runs all of them: the code's own checks, the server through its doors, the web pages in a
# real browser, the real wandb clients, and the packages on machines with a real systemd. Stops at the first failure, and at what does not end.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$root/target}"
# The pages are built into the binary that the tests use; one way of building for all steps, or cargo would build twice.
export UI_BUILD=require
export RUNSTEAD_BINARY="$CARGO_TARGET_DIR/x86_64-unknown-linux-gnu/debug/runstead"
export RUNSTEAD_VENVS="${RUNSTEAD_VENVS:-$HOME/.cache/runstead-venvs}"

# Carried by everything that a step starts, so that nothing outlives it: helpers of the clients leave every process group.
export RUNSTEAD_TEST_STEP=''

# step NAME LIMIT COMMAND...: runs a function of this file, or a command, for at most so long.
step() {
  local name=$1 limit=$2 start=$SECONDS status=0
  shift 2
  printf '\n== %s\n' "$name"
  RUNSTEAD_TEST_STEP="$$ $name" timeout --kill-after=30s "$limit" bash -euo pipefail -c '"$@"' step "$@" || status=$?
  end_what_is_left "$$ $name"
  printf '== %s: %d s\n' "$name" $((SECONDS - start))
  [ $status = 0 ] || { printf '== %s failed (%s)\n' "$name" "$([ $status = 124 ] && echo "not done in $limit" || echo "exit code $status")"; exit 1; }
}

end_what_is_left() {
  local found
  for found in /proc/[0-9]*/environ; do
    if grep -qzsFx "RUNSTEAD_TEST_STEP=$1" "$found"; then kill -9 "$(basename "$(dirname "$found")")" 2>/dev/null || true; fi
  done
}

chromium() {
  [ -x /usr/bin/chromium ] && return
  local sudo=''
  [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -qq
  $sudo apt-get install -y -qq --no-install-recommends chromium
}

directory() {
  [ -x /usr/sbin/slapd ] && [ -x /usr/bin/ldapmodify ] && [ -x /usr/bin/openssl ] && return
  local sudo=''
  [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -qq
  $sudo apt-get install -y -qq --no-install-recommends slapd ldap-utils openssl
}

browser() {
  cd "$root/tests/web"
  npm ci --no-audit --no-fund
  WANDB_PYTHON="$RUNSTEAD_VENVS/0.31.0/bin/python" npm test
}

pages() {
  cd "$root/assets"
  npm run check
}

clients() {
  cd "$root/tests/sdk"
  "$RUNSTEAD_VENVS/runner/bin/python" -m pytest --durations=15
}

packages() {
  cd "$root/tests/package"
  # Packages are installed, on throw-away copies of this machine.
  local as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo --preserve-env env "PATH=$PATH")
  "${as_root[@]}" "$RUNSTEAD_VENVS/package/bin/python" -m pytest
}

export root
export -f chromium directory browser pages clients packages

step 'browser for the tests' 10m chromium
step 'directory server for the tests' 10m directory
step 'wandb clients for the tests' 20m tests/sdk/setup.sh
step 'tools for the package tests' 20m tests/package/setup.sh
step 'format' 1m cargo fmt --check
step 'build' 40m cargo build
step 'lints' 20m cargo clippy --all-targets -- -D warnings
step 'server tests' 30m cargo test
step 'page checks' 5m pages
step 'browser tests' 20m browser
step 'client tests' 30m clients
step 'package tests' 20m packages
