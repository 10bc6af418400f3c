#!/usr/bin/env bash
# Called by build.sh: makes in the folder $1 what every kind of package carries beside the program.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
common=$1

runstead() { ${RUN_BY:+"$RUN_BY"} "$common/runstead" "$@"; }

mkdir -p "$common/man" "$common/completions" "$common/doc/examples"
runstead manual "$common/man"
runstead completion bash > "$common/completions/runstead.bash"
runstead completion zsh > "$common/completions/_runstead"
runstead completion fish > "$common/completions/runstead.fish"

runstead config sample > "$common/doc/default.toml"
cp "$here"/*.md "$common/doc/"
for folder in compose fail2ban kubernetes monitoring proxies quadlet; do
  cp -r "$here/$folder" "$common/doc/examples/"
done
cp "$here/systemd/low-port.conf" "$here/systemd/backup-folder.conf" "$common/doc/examples/"
find "$common/doc" -type d -exec chmod 0755 {} +
find "$common/doc" -type f -exec chmod 0644 {} +
