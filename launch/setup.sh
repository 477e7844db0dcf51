#!/usr/bin/env bash
# Installs what gmlp-train needs on Debian or Ubuntu, and builds it.
#
#   launch/setup.sh [--prefix DIR] [--packages-only]
#
#   --prefix DIR      also install it: DIR/bin/gmlp-train, launch scripts, configurations, man pages,
#                     completions and a modulefile. The Swift runtime is inside the program: it needs
#                     the packages on the machine, but neither Swift nor this checkout. DIR may be
#                     moved. packaging/install.sh --help lists the files and how to uninstall them.
#   --packages-only   install the packages, build nothing.
#
# The program is built for the processor of this machine. For other machines, set
# GMLP_TRAIN_MARCH to what all of them understand, e.g. GMLP_TRAIN_MARCH=x86-64-v3.
if [ -z "${BASH_VERSION:-}" ]; then exec bash "$0" "$@"; fi # after sh launch/setup.sh
set -euo pipefail

packages=(
  openmpi-bin libopenmpi-dev libopenblas-dev libdnnl-dev zlib1g-dev liblzma-dev libspng-dev libturbojpeg0-dev
  libwebp-dev libssl-dev libsentencepiece-dev sentencepiece xz-utils pkg-config dataset-fashion-mnist
)

usage() { sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

fail() {
  printf 'setup.sh: %s\n' "$1" >&2
  exit 1
}

install_packages() {
  local missing=() package
  if ! command -v dpkg-query >/dev/null; then
    echo "setup.sh: no Debian or Ubuntu: the equivalents of these must be there: ${packages[*]}"
    return
  fi
  for package in "${packages[@]}"; do
    if [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) != installed ]]; then
      missing+=("$package")
    fi
  done
  if ((${#missing[@]} == 0)); then return; fi

  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null \
      || fail "packages are missing; as root run: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  echo "setup.sh: installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  if ! "${as_root[@]}" apt-get update -q </dev/null \
    || ! "${as_root[@]}" apt-get install -q -y --no-install-recommends "${missing[@]}" </dev/null; then
    fail "the packages could not be installed; as root run: apt-get install ${missing[*]}"
  fi
}

check_swift() {
  command -v swift >/dev/null \
    || fail 'swift is missing: install Swift 6.3 or newer from https://www.swift.org/install/linux'
  local version
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p')
  [[ $(printf '%s\n' 6.3 "$version" | sort -V | head -n 1) == 6.3 ]] \
    || fail "Swift $version is too old: 6.3 or newer, from https://www.swift.org/install/linux"
}

prefix=''
build=true
while (($# > 0)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --prefix)
      [[ -n ${2:-} ]] || fail '--prefix needs a folder'
      prefix=$2
      shift
      ;;
    --packages-only) build=false ;;
    *) fail "unknown option '$1'; see launch/setup.sh --help" ;;
  esac
  shift
done

install_packages
if [[ $build == false ]]; then exit 0; fi
check_swift

root=$(dirname -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")")
swift build --package-path "$root" -c release --static-swift-stdlib --product gmlp-train
program=$root/.build/release/gmlp-train

"$program" --version >/dev/null || fail "$program does not start"
echo "setup.sh: built $program"
if [[ -n $prefix ]]; then
  "$root/packaging/install.sh" "$program" "$prefix"
  "$prefix/bin/gmlp-train" --version >/dev/null || fail "$prefix/bin/gmlp-train does not start"
  echo "setup.sh: installed $prefix/bin/gmlp-train"
fi
