#!/usr/bin/env bash
# Proves on bare systems of Debian that README's two commands work there, and that the Debian package does.
#
#   Tests/Packages/debian.sh [--tests] [RELEASE...]
#
# RELEASE is bookworm (12) or trixie (13); both by default. For each, debootstrap makes two systems below TMPDIR.
#
# The first gets the committed files, what swift.org asks for beside its toolchain, and this machine's toolchain,
# mounted read-only. launch/quickstart.sh runs in it, and with --tests launch/test.sh. packaging/debian.sh builds the
# package, and lintian finds no error in it. The second system has never had the checkout, nor Swift. It installs the
# package, trains with it as a user without rights, and removes it. The digests are those that README quotes.
#
# Needs root, debootstrap and the network: where one is missing, one line says so and nothing is proved. Takes about
# 30 minutes for each release on two cores, with --tests 2 hours, and 8 GB of disk.
set -euo pipefail

skip() {
  echo "debian.sh: skipped: $1"
  exit 0
}

tests=false
releases=()
for word; do
  case $word in
    -h | --help)
      sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    --tests) tests=true ;;
    bookworm | trixie) releases+=("$word") ;;
    *)
      echo "debian.sh: '$word' is no release; see Tests/Packages/debian.sh --help" >&2
      exit 64
      ;;
  esac
done
if ((${#releases[@]} == 0)); then releases=(bookworm trixie); fi

script=$(readlink -f -- "${BASH_SOURCE[0]}")
checkout=${script%/*/*/*}
mirror=${GMLP_TRAIN_DEBIAN_MIRROR:-http://deb.debian.org/debian}
if [[ -z ${GMLP_TRAIN_SYSTEMS:-} ]]; then
  ((EUID == 0)) || skip 'needs root, for chroot'
  command -v debootstrap >/dev/null || skip 'debootstrap is missing: apt-get install debootstrap'
  command -v swift >/dev/null || skip 'swift is not in PATH'
  wget -q --spider --timeout=30 --tries=2 "$mirror/dists/${releases[0]}/Release" || skip "$mirror does not answer"
  # What is mounted is so in a namespace of its own: it is gone before the systems are removed, and so are their
  # processes.
  GMLP_TRAIN_SYSTEMS=$(readlink -f -- "$(mktemp -d)")
  export GMLP_TRAIN_SYSTEMS
  trap 'rm -rf --one-file-system "$GMLP_TRAIN_SYSTEMS"' EXIT
  unshare --mount --pid --fork --kill-child -- bash "$script" "$@"
  exit
fi
systems=$GMLP_TRAIN_SYSTEMS
unset GMLP_TRAIN_SYSTEMS
toolchain=$(readlink -f -- "$(command -v swift)")
toolchain=${toolchain%/bin/*}

say() { echo "debian.sh: $release: $1"; }

# make_system FOLDER: what debootstrap makes, with the ways to the network that this machine has.
make_system() {
  debootstrap --variant=minbase --include=ca-certificates "$release" "$1" "$mirror" >"$1.log" 2>&1 \
    || { tail -n 20 "$1.log" >&2; return 1; }
  cp -L /etc/resolv.conf "$1/etc/resolv.conf"
  if compgen -G '/usr/local/share/ca-certificates/*.crt' >/dev/null; then
    cp /usr/local/share/ca-certificates/*.crt "$1/usr/local/share/ca-certificates/"
  fi
  mount -t proc proc "$1/proc"
  mount --rbind /sys "$1/sys"
  mount --rbind /dev "$1/dev"
  inside "$1" update-ca-certificates >/dev/null 2>&1
  local key value folder
  # Where git takes repositories from elsewhere on this machine, it does so in the system.
  while read -r key value; do
    git config --file "$1/etc/gitconfig" --add "$key" "$value"
    folder=${key#url.}
    folder=${folder%.insteadof}
    if [[ -d $folder && ! -e $1$folder ]]; then
      mkdir -p "$1$folder"
      mount --bind "$folder" "$1$folder"
      mount -o remount,bind,ro "$1$folder"
    fi
  done < <(git config --get-regexp '^url\..*\.insteadof$' || true)
}

# inside FOLDER COMMAND...: runs it as root of that system, with no variables of this one.
inside() {
  local system=$1 name variables=()
  shift
  for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    if [[ -n ${!name:-} ]]; then variables+=("$name=${!name}"); fi
  done
  chroot "$system" /usr/bin/env -i HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "${variables[@]}" \
    PATH=/opt/swift/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@" </dev/null
}

# The digest that README quotes behind a command's name.
quoted() { grep -A 12 -F -- "$1" "$checkout/README.md" | sed -n 's/^weights sha256 //p' | head -n 1; }

# expect FILE WORDS: the output in the file has a line with them.
expect() {
  grep -qF -- "$2" "$1" && return
  tail -n 40 "$1" >&2
  echo "debian.sh: $release: '$2' is not in the output above" >&2
  return 1
}

# README's two commands, from the committed files.
build() {
  local system=$1 gold=()
  make_system "$system"
  inside "$system" apt-get update -q >/dev/null
  # Where the linker gold is a package of its own.
  if inside "$system" apt-cache show binutils-gold >/dev/null 2>&1; then gold=(binutils-gold); fi
  inside "$system" apt-get install -q -y --no-install-recommends binutils "${gold[@]}" g++ git libcurl4 libedit2 \
    libncurses6 libsqlite3-0 libxml2 tzdata >"$system.log"
  mkdir -p "$system/opt/swift" "$system/srv/gmlp-train"
  mount --bind "$toolchain" "$system/opt/swift"
  mount -o remount,bind,ro "$system/opt/swift"
  git -C "$checkout" archive HEAD | tar -x -C "$system/srv/gmlp-train"

  say 'launch/quickstart.sh'
  inside "$system" /srv/gmlp-train/launch/quickstart.sh >"$system.log" 2>&1 || true
  expect "$system.log" "weights sha256 $(quoted 'The first command ends with')"
  if [[ $tests == true ]]; then
    say 'launch/test.sh'
    inside "$system" /srv/gmlp-train/launch/test.sh >"$system.tests" 2>&1 || { tail -n 60 "$system.tests" >&2; return 1; }
  fi

  say 'packaging/debian.sh'
  inside "$system" apt-get install -q -y --no-install-recommends binutils chrpath dpkg-dev lintian >"$system.log"
  # lintian wants an address that could exist.
  inside "$system" env DEBFULLNAME=Tester DEBEMAIL=nobody@debian.org \
    /srv/gmlp-train/packaging/debian.sh /srv/packages >"$system.log" 2>&1 || { tail -n 40 "$system.log" >&2; return 1; }
  inside "$system" sh -c 'lintian --fail-on error /srv/packages/*.deb'
}

# What a user of the package does.
use() {
  local system=$1 package=$2 left
  make_system "$system"
  cp "$package" "$system/srv/gmlp-train.deb"
  inside "$system" apt-get update -q >/dev/null
  inside "$system" apt-get install -q -y /srv/gmlp-train.deb >"$system.log" 2>&1 \
    || { tail -n 40 "$system.log" >&2; return 1; }
  inside "$system" useradd --create-home tester

  say 'a user trains with the package'
  inside "$system" su - tester -c 'gmlp-train --version && gmlp-train-local 2 --config configs/digits.toml' \
    >"$system.log" 2>&1 || { tail -n 40 "$system.log" >&2; return 1; }
  expect "$system.log" "weights sha256 $(quoted '--config configs/digits.toml')"
  inside "$system" apt-get purge -q -y gmlp-train >"$system.log" 2>&1
  left=$(inside "$system" find /usr /etc -name '*gmlp-train*')
  if [[ -n $left ]]; then
    echo "debian.sh: $release: left behind by the removal: $left" >&2
    return 1
  fi
}

for release in "${releases[@]}"; do
  build "$systems/$release-built"
  use "$systems/$release-bare" "$systems/$release-built"/srv/packages/gmlp-train_*.deb
  say 'README'\''s commands and the package work'
done
