#!/usr/bin/env bash
# Makes everything that a release consists of, in dist/:
#
#   runstead                              the static binary, without symbols
#   runstead.debug                        its symbols, for who debugs it
#   runstead_VERSION-1_amd64.deb          for Debian and Ubuntu
#   runstead-VERSION-x86_64-linux.tar.gz  for everything else
#   runstead-VERSION-image.tar            the container image, for "docker load" and "podman load"
#   runstead-VERSION.cdx.json             the bill of materials (CycloneDX)
#   runstead-VERSION-licenses.txt         the licences of all that is built in
#   SHA256SUMS
#   SHA256SUMS.minisig, SHA256SUMS.asc    signatures of that, with --sign
#
# With --arch arm64 the same for the other processor: runstead-arm64, runstead_VERSION-1_arm64.deb,
# runstead-VERSION-aarch64-linux.tar.gz, runstead-VERSION-arm64-image.tar and so on. SHA256SUMS covers all that is in the folder.
#
# Needs Rust, Node and npm, Python 3 and dpkg-deb; for a processor that is not the machine's own also Rust's library for it
# (rustup target add), a C compiler for it (gcc-aarch64-linux-gnu and libc6-dev-arm64-cross) and qemu-user. Nothing is downloaded
# but what Cargo.lock and package-lock.json name. The same sources give the same packages, byte for byte.
#
#   packaging/build.sh [--arch ARCH] [--binary FILE] [--out DIR] [--only deb,tarball,image,inventory] [--revision N] [--sign TOOL:KEY]... [--quick]
#
#   --arch ARCH     the processor: amd64 (if nothing is said) or arm64
#   --binary FILE   pack this binary instead of building one
#   --out DIR       put everything there instead of into dist/
#   --only LIST     make these alone
#   --revision N    the revision of the Debian package (1)
#   --sign TOOL:KEY sign SHA256SUMS, and with it all the rest: minisign:FILE with the secret key in a file,
#                   gpg:NAME with a key of the keyring; may be given once for each
#   --quick         compress little: for tests
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")

usage() {
  sed -n '/^#   packaging\/build.sh/,/^set /p' "$0" | sed -n 's/^#  \{0,1\}//p' >&2
  exit 2
}

binary='' out="$root/dist" only=deb,tarball,image,inventory signers=()
export REVISION=1 QUICK='' ARCH=amd64
while [ $# -gt 0 ]; do
  case $1 in
    --arch) ARCH=${2:?--arch needs a processor}; shift 2 ;;
    --binary) binary=$(realpath -e "${2:?--binary needs a file}"); shift 2 ;;
    --out) out=${2:?--out needs a folder}; shift 2 ;;
    --only) only=${2:?--only needs a list}; shift 2 ;;
    --revision) REVISION=${2:?--revision needs a number}; shift 2 ;;
    --sign) signers+=("${2:?--sign needs a tool and a key}"); shift 2 ;;
    --quick) QUICK=yes; shift ;;
    *) echo "build.sh: what is '$1'?" >&2; usage ;;
  esac
done
for part in ${only//,/ }; do
  case $part in deb|tarball|image|inventory) ;; *) echo "build.sh: there is no part '$part'" >&2; usage ;; esac
done

wanted() { case ",$only," in *",$1,"*) true ;; *) false ;; esac }
need() { command -v "$1" >/dev/null || { echo "build.sh: $1 is missing: install $2" >&2; exit 1; }; }

for signer in "${signers[@]}"; do
  case $signer in
    minisign:?*) need minisign 'minisign'; [ -r "${signer#*:}" ] || { echo "build.sh: the key ${signer#*:} cannot be read" >&2; exit 1; } ;;
    gpg:?*) need gpg 'gnupg' ;;
    *) echo "build.sh: '$signer' is no signer: minisign:FILE or gpg:NAME" >&2; usage ;;
  esac
done
case $ARCH in
  amd64) MACHINE=x86_64 LABEL='' elf=62 ;;
  arm64) MACHINE=aarch64 LABEL=-arm64 elf=183 ;;
  *) echo "build.sh: there is no processor '$ARCH': amd64 or arm64" >&2; usage ;;
esac
# The number of the processor in the head of an ELF file.
fits() {
  [ "$(od -An -t u2 -j 18 -N 2 "$binary" | tr -d ' ')" = $elf ] || { echo "build.sh: $binary is no program for $ARCH" >&2; exit 1; }
}
[ -z "$binary" ] || fits
# What the binary of another processor is taken apart with, and run by.
tools='' RUN_BY=''
if [ "$(uname -m)" != "$MACHINE" ]; then
  tools=$MACHINE-linux-gnu- RUN_BY=qemu-$MACHINE
  need "$RUN_BY" 'qemu-user'
fi
TARGET=$MACHINE-unknown-linux-gnu
export TARGET MACHINE LABEL RUN_BY
need python3 'Python 3'
need "${tools}strip" "binutils${tools:+ for $MACHINE}"
if wanted deb; then need dpkg-deb 'dpkg'; fi

VERSION=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml" | head -n 1)
# Every time in what is packed is that of the commit.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct)}
COMMIT=${COMMIT:-$(git -C "$root" rev-parse HEAD)}
export VERSION SOURCE_DATE_EPOCH COMMIT LC_ALL=C TZ=UTC
umask 022

# The release command. Its profile and target folder are its own, so that nobody's daily build is slowed or rebuilt; the
# paths of this machine do not get into the binary.
compile() {
  export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$root/target}/dist-build" UI_BUILD=require
  local cargo_home=${CARGO_HOME:-$HOME/.cargo}
  export CFLAGS="-ffile-prefix-map=$cargo_home=/cargo -ffile-prefix-map=$root=/runstead"
  local flags
  flags=$(printf '"--remap-path-prefix=%s",' "$cargo_home=/cargo" "$root=/runstead")
  (cd "$root" && cargo build --locked --profile dist --target "$TARGET" --config "target.$TARGET.rustflags=[${flags%,}]")
  binary=$CARGO_TARGET_DIR/$TARGET/dist/runstead
}

[ -n "$binary" ] || compile
fits
mkdir -p "$out"
out=$(cd "$out" && pwd)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

# Parts get the binary and the documents from here.
mkdir "$stage/common"
if [ -z "$QUICK" ]; then
  "${tools}objcopy" --only-keep-debug "$binary" "$out/runstead$LABEL.debug"
  chmod 0644 "$out/runstead$LABEL.debug"
fi
"${tools}strip" --strip-all --remove-section=.comment -o "$stage/common/runstead" "$binary"
chmod 0755 "$stage/common/runstead"
python3 "$here/inventory.py" --bom "$stage/common/runstead.cdx.json" --licenses "$stage/common/licenses.txt"
"$here/documents.sh" "$stage/common"

export COMMON=$stage/common OUT=$out
install -m 0755 "$COMMON/runstead" "$out/runstead$LABEL"
wanted deb && "$here/debian/make.sh" "$stage/deb"
wanted tarball && "$here/tarball/make.sh" "$stage/tarball"
wanted image && "$here/container/make.py"
if wanted inventory; then
  install -m 0644 "$COMMON/runstead.cdx.json" "$out/runstead-$VERSION$LABEL.cdx.json"
  install -m 0644 "$COMMON/licenses.txt" "$out/runstead-$VERSION$LABEL-licenses.txt"
fi
cd "$out"
# A signature of an earlier build says nothing of this one.
rm -f SHA256SUMS.minisig SHA256SUMS.asc
sha256sum -- $(find . -maxdepth 1 -type f ! -name SHA256SUMS -printf '%f\n' | sort) > SHA256SUMS
for signer in "${signers[@]}"; do
  case $signer in
    minisign:*) minisign -S -s "${signer#*:}" -c "Runstead $VERSION" -t "Runstead $VERSION of $(date -d "@$SOURCE_DATE_EPOCH" +%F), commit $COMMIT" -m SHA256SUMS ;;
    gpg:*) gpg --batch --yes --local-user "${signer#*:}" --armor --output SHA256SUMS.asc --detach-sign SHA256SUMS ;;
  esac
done
cat SHA256SUMS
