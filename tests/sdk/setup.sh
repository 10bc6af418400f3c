#!/usr/bin/env bash
# One environment for each client release, and one for the tests themselves. Does nothing that is done already.
set -euo pipefail
venvs="${RUNSTEAD_VENVS:-$HOME/.cache/runstead-venvs}"
mkdir -p "$venvs"

# make NAME PACKAGE...: an environment with these packages, complete once its marker is there.
make() {
  local name=$1 wanted
  shift
  wanted="$*"
  [ "$(cat "$venvs/$name/.installed" 2>/dev/null)" = "$wanted" ] && return
  rm -rf "${venvs:?}/$name"
  python3 -m venv "$venvs/$name"
  "$venvs/$name/bin/pip" install -q --disable-pip-version-check "$@"
  echo "$wanted" > "$venvs/$name/.installed"
}

make runner 'pytest>=8,<9' 'pytest-xdist>=3,<4' 'pytest-timeout>=2,<3' 'requests>=2,<3' 'trustme>=1,<2' 'duckdb>=1,<2' 'pandas<4' 'pyarrow<26'
make s3 'moto[server]>=5,<6'
make smtp 'aiosmtpd>=1.4.6,<2'
make 0.31.0 wandb==0.31.0 'numpy<3' 'pillow<13' 'plotly<7' 'pandas<4' soundfile
# References to objects in clouds are the business of the clouds' own libraries.
make 0.31.0-clouds wandb==0.31.0 'boto3<2' 'google-cloud-storage<4'
# Reports and kept workspaces are written by a package of their own.
make 0.31.0-workspaces wandb==0.31.0 wandb-workspaces==0.4.13
make 0.18.7 wandb==0.18.7 'numpy<3' 'pillow<13' 'plotly<7' 'pandas<4' soundfile
make 0.16.6 wandb==0.16.6 'numpy<2' 'pillow<13' 'plotly<6' 'pandas<3' 'setuptools<81' soundfile
make 0.13.11 wandb==0.13.11 'numpy<2' 'pillow<11' 'plotly<6' 'pandas<3' 'setuptools<81' soundfile
make schemathesis 'schemathesis>=4.32,<5'
