#!/usr/bin/env bash
# Called by ../build.sh: makes the archive for machines without a package manager that we know.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
name=runstead-$VERSION-$MACHINE-linux
tree=$1/$name

install -D -m 0755 "$COMMON/runstead" "$tree/bin/runstead"
mkdir -p "$tree/share/man/man1" "$tree/share/doc" "$tree/share/completions"
install -m 0644 "$COMMON"/man/*.1 "$tree/share/man/man1/"
install -m 0644 "$COMMON"/completions/* "$tree/share/completions/"
cp -r "$COMMON/doc" "$tree/share/doc/runstead"
install -m 0644 "$COMMON/licenses.txt" "$COMMON/runstead.cdx.json" "$here/../../CHANGELOG.md" "$tree/share/doc/runstead/"
install -D -m 0644 "$here/../systemd/runstead.service" "$tree/systemd/runstead.service"
install -m 0644 "$here/../systemd/sysusers.conf" "$tree/systemd/"
install -m 0640 -D "$here/../debian/runstead.toml" "$tree/etc/runstead.toml"
install -m 0644 "$here/../../LICENSE" "$here/INSTALL.md" "$tree/"

level=-9
[ -z "$QUICK" ] || level=-1
tar --create --directory "$1" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" \
  --format=gnu "$name" | gzip "$level" -n > "$OUT/$name.tar.gz"
