#!/usr/bin/env bash
# Runs every command of the tutorials: the blocks of docs/tutorials/*.md that are marked sh, one tutorial
# after the other, each in a temporary folder that has launch/, configs/ and .build/ of this checkout.
#
#   Tests/docs.sh [PAGE...]
#
# PAGE is the path of a page; without one all tutorials are run, which takes about five minutes on two cores.
# Every line of a block that is marked output has to be among what the commands print.
# A page whose first line is <!-- needs NAME: ... --> is skipped, with a message, where the variable NAME is not set: its
# data cannot be installed. CIFAR10=FOLDER Tests/docs.sh docs/tutorials/cifar10-jpeg.md runs that page.
# The program is the release build of this checkout; the fuzzer comes with the build of its tests. Data: what ships
# with the program, Debian's package dataset-fashion-mnist, which launch/setup.sh installs, and the licences in
# /usr/share/common-licenses as Debian 12 has them. The page on images needs cjpeg, from libjpeg-turbo-progs.
set -euo pipefail

root=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
root=${root%/*}
case ${1:-} in
  -h | --help)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0"
    exit 0
    ;;
esac
pages=("$@")
if ((${#pages[@]} == 0)); then pages=("$root"/docs/tutorials/*.md); fi
for index in "${!pages[@]}"; do pages[index]=$(readlink -e -- "${pages[index]}"); done

work=$(readlink -f -- "$(mktemp -d)")
trap 'rm -rf "$work"' EXIT
commands=0
skipped=0
for page in "${pages[@]}"; do
  name=$(basename "$page" .md)
  needed=$(sed -n '1s/^<!-- needs \([A-Z0-9_]*\): .*-->$/\1/p' "$page")
  if [[ -n $needed && -z ${!needed:-} ]]; then
    echo "== $name: SKIPPED, \$$needed is not set; the first line of the page says to what"
    skipped=$((skipped + 1))
    continue
  fi
  mkdir "$work/$name"
  cd -- "$work/$name"
  ln -s "$root/launch" "$root/configs" "$root/.build" .
  # A block in a language, or in none, is not run.
  awk '/^```/ { inside = $0 == "```sh"; next } inside' "$page" >"$work/$name.sh"
  if [[ ! -s $work/$name.sh ]]; then continue; fi
  echo "== $name"
  started=$SECONDS
  if ! bash -euo pipefail -v "$work/$name.sh" >"$work/$name.log" 2>&1 </dev/null; then
    tail -n 40 "$work/$name.log" >&2
    echo "docs.sh: a command of $page failed; its output is above" >&2
    exit 1
  fi
  while IFS= read -r line; do
    if ! grep -Fxq -- "$line" "$work/$name.log"; then
      grep -F -- "${line:0:16}" "$work/$name.log" >&2 || true
      echo "docs.sh: $page quotes '$line', which its commands did not print; what begins like it is above" >&2
      exit 1
    fi
  done < <(awk '/^```/ { inside = $0 == "```output"; next } inside && NF' "$page")
  commands=$((commands + 1))
  echo "$((SECONDS - started)) s"
done
if ((commands + skipped == 0)); then
  echo "docs.sh: no page has a block of sh" >&2
  exit 1
fi
