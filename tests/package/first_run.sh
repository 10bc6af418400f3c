#!/bin/sh
# From the package to the first logged run, on a machine without internet:
#
#   first_run.sh runstead_VERSION_amd64.deb PYTHON SCRIPT
#
# PYTHON is an interpreter that has the wandb client, SCRIPT what trains. Prints the seconds that it took.
set -eu
package=$1 python=$2 script=$3
started=$(date +%s)

dpkg --install "$package"

# The first administrator, with an API key; in a browser it is the link in /var/lib/runstead/setup-link.
password=$(mktemp)
head -c 18 /dev/urandom | base64 > "$password"
chown runstead "$password"
key=$(setpriv --reuid=runstead --regid=runstead --clear-groups \
  runstead admin create ada --email ada@example.org --password-file "$password" --json |
  sed -n 's/.*"api_key": *"\([^"]*\)".*/\1/p')
rm "$password"

WANDB_BASE_URL=http://127.0.0.1:8080 WANDB_API_KEY=$key "$python" "$script"
echo "took $(($(date +%s) - started)) seconds"
