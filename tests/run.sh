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

step() {
  local name=$1 start=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  "$@"
  printf '== %s: %d s\n' "$name" $((SECONDS - start))
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
  WANDB_PYTHON="$RUNSTEAD_VENVS/0.31.0/bin/python" timeout 10m npm test
}

pages() {
  cd "$root/assets"
  npm run check
}

clients() {
  cd "$root/tests/sdk"
  timeout 25m "$RUNSTEAD_VENVS/runner/bin/python" -m pytest
}

packages() {
  cd "$root/tests/package"
  # Packages are installed, on throw-away copies of this machine.
  local as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo --preserve-env env "PATH=$PATH")
  "${as_root[@]}" timeout 15m "$RUNSTEAD_VENVS/package/bin/python" -m pytest
}

step 'browser for the tests' chromium
step 'directory server for the tests' directory
step 'wandb clients for the tests' tests/sdk/setup.sh
step 'tools for the package tests' tests/package/setup.sh
step 'format' cargo fmt --check
step 'build' cargo build
step 'lints' cargo clippy --all-targets -- -D warnings
step 'server tests' timeout 30m cargo test
step 'page checks' pages
step 'browser tests' browser
step 'client tests' clients
step 'package tests' packages
