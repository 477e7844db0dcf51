#!/usr/bin/env bash
# Builds a Debian package, gmlp-train_VERSION_ARCHITECTURE.deb, and prints its path.
#
#   packaging/debian.sh [--program FILE] [FOLDER]
#
# FOLDER receives the package; .build/packages by default. The package is for the release of Debian or Ubuntu on which
# it is built, whose libraries it depends on, and for processors from GMLP_TRAIN_MARCH on: x86-64-v3 (AVX2) by default,
# on arm64 armv8.2-a. --program FILE packs a program that is built already.
#
# Wants what launch/setup.sh installs, Swift, and the packages binutils, chrpath and dpkg-dev. DEBFULLNAME and DEBEMAIL
# name the maintainer; by default that is git's user.
set -euo pipefail

fail() {
  echo "debian.sh: $1" >&2
  exit 64
}

program=''
while [[ ${1:-} == -* ]]; do
  case $1 in
    -h | --help)
      sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    --program)
      program=$(readlink -e -- "${2:-}") || fail "--program ${2:-}: no such file"
      shift 2
      ;;
    *) fail "'$1' is no option; see packaging/debian.sh --help" ;;
  esac
done
for tool in chrpath dpkg-deb dpkg-shlibdeps strip; do
  command -v "$tool" >/dev/null || fail "$tool is missing: apt-get install binutils chrpath dpkg-dev"
done
folder=${1:+$(realpath -m -- "$1")}
cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."
folder=${folder:-$PWD/.build/packages}
work=$(readlink -f -- "$(mktemp -d)")
trap 'rm -rf "$work"' EXIT
umask 022
architecture=$(dpkg --print-architecture)

processor='the processor of the machine that built it'
if [[ -z $program ]]; then
  case $architecture in
    arm64) export GMLP_TRAIN_MARCH=${GMLP_TRAIN_MARCH:-armv8.2-a} ;;
    *) export GMLP_TRAIN_MARCH=${GMLP_TRAIN_MARCH:-x86-64-v3} ;;
  esac
  processor="$GMLP_TRAIN_MARCH and newer processors"
  build=$PWD/.build/$GMLP_TRAIN_MARCH
  swift build --scratch-path "$build" -c release --static-swift-stdlib --product gmlp-train >&2
  program=$build/release/gmlp-train
fi
version=$("$program" --version)
# Debian sorts 0.2.0~dev before 0.2.0.
package_version=${version/-/\~}-1

tree=$work/tree
document=$tree/usr/share/doc/gmlp-train
packaging/install.sh "$program" "$tree/usr"
# The library path of SwiftPM's programs: their own folder, which holds none here.
chrpath --delete "$tree/usr/bin/gmlp-train" >/dev/null
# In /usr no module is needed, and the licence is part of Debian.
rm -r "$tree/usr/share/modulefiles" "$document/LICENSE"
mkdir "$tree/usr/share/zsh/vendor-completions"
mv "$tree/usr/share/zsh/site-functions/_gmlp-train" "$tree/usr/share/zsh/vendor-completions"
rmdir "$tree/usr/share/zsh/site-functions"

# The same sources give the same package.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}
export SOURCE_DATE_EPOCH
name=${DEBFULLNAME:-$(git config user.name 2>/dev/null || echo 'The gmlp-train authors')}
maintainer="$name <${DEBEMAIL:-$(git config user.email 2>/dev/null || echo "root@$(uname -n)")}>"
install -m 644 packaging/copyright "$document/copyright"
mv "$document/CHANGELOG.md" "$document/changelog"
cat >"$document/changelog.Debian" <<CHANGES
gmlp-train ($package_version) unstable; urgency=medium

  * Package of version $version; /usr/share/doc/gmlp-train/changelog.gz says what is new in it.

 -- $maintainer  $(date --utc --rfc-email --date="@$SOURCE_DATE_EPOCH")
CHANGES
gzip -9n "$document/changelog" "$document/changelog.Debian" "$tree"/usr/share/man/man1/*.1

# The libraries by their packages, as dpkg-shlibdeps knows them of this release.
mkdir "$work/debian" "$tree/DEBIAN"
printf 'Source: gmlp-train\n\nPackage: gmlp-train\nArchitecture: any\n' >"$work/debian/control"
depends=$(env --chdir="$work" dpkg-shlibdeps --warnings=1 -O tree/usr/bin/gmlp-train \
  | sed -n 's/^shlibs:Depends=//p')
[[ -n $depends ]] || fail 'dpkg-shlibdeps knows no package of the libraries'
cat >"$tree/DEBIAN/control" <<CONTROL
Package: gmlp-train
Version: $package_version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -sk "$tree/usr" | cut -f 1)
Depends: $depends
Recommends: dataset-fashion-mnist, openmpi-bin
Suggests: openssh-client, slurm-client
Section: science
Priority: optional
Description: distributed trainer for gMLP models of images and text
 gmlp-train trains gMLP models, Transformers, Mixers and ResMLPs on CPUs, alone
 or on several hosts by MPI. The weights are the same, bit for bit, on any
 number of ranks and threads, also after a run was killed and resumed.
 .
 This package is for $processor.
CONTROL
(cd -- "$tree" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)
chmod 644 "$tree/DEBIAN/control" "$tree/DEBIAN/md5sums"

mkdir -p "$folder"
file=$folder/gmlp-train_${package_version}_$architecture.deb
dpkg-deb --root-owner-group --build "$tree" "$file" >&2
printf '%s\n' "$file"
