#!/usr/bin/env bash
# Called by ../build.sh: makes the Debian package in a folder of its own.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tree=$1
version=$VERSION-$REVISION
documents=$tree/usr/share/doc/runstead

put() { # MODE FROM TO
  install -D -m "$1" "$2" "$tree/$3"
}
pressed() { # FROM TO, compressed without a time
  mkdir -p "$(dirname "$tree/$2")"
  gzip -9 -n -c "$1" > "$tree/$2"
}

put 0755 "$COMMON/runstead" usr/bin/runstead
put 0640 "$here/runstead.toml" etc/runstead/runstead.toml
mkdir "$tree/etc/runstead/ca.d"
put 0644 "$here/default" etc/default/runstead
put 0644 "$here/../systemd/runstead.service" usr/lib/systemd/system/runstead.service
put 0644 "$here/../systemd/sysusers.conf" usr/lib/sysusers.d/runstead.conf
put 0644 "$here/lintian-overrides" usr/share/lintian/overrides/runstead
mkdir -p "$documents"
cp -r "$COMMON/doc/." "$documents/"
put 0644 "$here/copyright" usr/share/doc/runstead/copyright
pressed "$COMMON/licenses.txt" usr/share/doc/runstead/licenses.txt.gz
pressed "$COMMON/runstead.cdx.json" usr/share/doc/runstead/runstead.cdx.json.gz
pressed "$here/../../CHANGELOG.md" usr/share/doc/runstead/changelog.gz
printf 'runstead (%s) stable; urgency=medium\n\n  * Release %s: see changelog.gz.\n\n -- %s  %s\n' "$version" "$VERSION" \
  "$(sed -n 's/^Maintainer: //p' "$here/control.in")" "$(date -R -d "@$SOURCE_DATE_EPOCH")" > "$tree/changelog"
pressed "$tree/changelog" usr/share/doc/runstead/changelog.Debian.gz
rm "$tree/changelog"
for page in "$COMMON"/man/*.1; do
  pressed "$page" "usr/share/man/man1/$(basename "$page").gz"
done
put 0644 "$COMMON/completions/runstead.bash" usr/share/bash-completion/completions/runstead
put 0644 "$COMMON/completions/_runstead" usr/share/zsh/vendor-completions/_runstead
put 0644 "$COMMON/completions/runstead.fish" usr/share/fish/vendor_completions.d/runstead.fish

size=$(du -sk --apparent-size "$tree" | cut -f1)
mkdir "$tree/DEBIAN"
sed "s/@VERSION@/$version/; s/@ARCH@/$ARCH/; s/@SIZE@/$size/" "$here/control.in" > "$tree/DEBIAN/control"
printf '%s\n' /etc/runstead/runstead.toml /etc/default/runstead > "$tree/DEBIAN/conffiles"
(cd "$tree" && find usr -type f -print0 | sort -z | xargs -0 md5sum) > "$tree/DEBIAN/md5sums"
chmod 0644 "$tree/DEBIAN"/*
for script in postinst prerm postrm; do
  install -m 0755 "$here/$script" "$tree/DEBIAN/$script"
done
# One thread: with more, where the compressor cuts would depend on the machine.
compression=(-Zxz --threads-max=1)
[ -z "$QUICK" ] || compression=(-Zgzip -z1)
dpkg-deb --root-owner-group "${compression[@]}" --build "$tree" "$OUT/runstead_${version}_$ARCH.deb" >/dev/null
