#!/usr/bin/env bash
# Downloads a text and prepares it for configs/mlm-small.toml.
#
#   launch/text.sh [--novels FILE.txt.xz INDEX.tsv] [FOLDER]
#
# Without --novels it takes the essays of Debian's package "anarchism" (11.7 MB of English prose, GPL-2),
# which it downloads and unpacks but does not install. FOLDER is data by default; it gets text-train and
# text-test, sequences of 128 tokens of a vocabulary of 8,192 pieces that is learned from the training text.
# Every twelfth document (of novels, every thirtieth) is held out for the test. Run again, it resumes.
if [ -z "${BASH_VERSION:-}" ]; then exec bash "$0" "$@"; fi # after sh launch/text.sh
set -euo pipefail

usage() { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }
novels=() folder=data
while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --novels)
      (($# > 2)) || { echo "text.sh: --novels needs a text and its index" >&2; exit 64; }
      novels=("$2" "$3")
      shift 3
      ;;
    -*)
      echo "text.sh: '$1' is not an option; see launch/text.sh --help" >&2
      exit 64
      ;;
    *)
      folder=$1
      shift
      ;;
  esac
done

source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/environment.sh"
mkdir -p "$folder"
if ((${#novels[@]})); then
  input=(--input "${novels[0]}" --index "${novels[1]}" --holdout 30)
else
  essays=$folder/essays
  if [[ ! -d $essays ]]; then
    # With a path that no CDPATH leads astray.
    package=$(readlink -f -- "$(mktemp -d)")
    trap 'rm -rf "$package"' EXIT
    download() { (cd -- "$package" && apt-get -o APT::Sandbox::User=root download anarchism); }
    if ! download; then
      # The lists of packages may be missing or out of date.
      as_root=()
      if ((EUID != 0)); then as_root=(sudo); fi
      "${as_root[@]}" apt-get update -q </dev/null
      download
    fi
    dpkg-deb -x "$package"/anarchism_*.deb "$package/unpacked"
    mkdir "$package/essays"
    for file in "$package"/unpacked/usr/share/doc/anarchism/markdown/*.md*; do
      name=$(basename "$file" .gz)
      case $file in
        *.gz) zcat "$file" ;;
        *) cat "$file" ;;
      esac >"$package/essays/${name%.md}.txt"
    done
    mv "$package/essays" "$essays"
  fi
  input=(--input "$essays" --holdout 12)
fi
common=("${input[@]}" --sequence-length 128)
gmlp-train prepare text "${common[@]}" --vocabulary-size 8192 --output "$folder/text-train"
gmlp-train prepare text "${common[@]}" --split test \
  --vocabulary "$folder/text-train/vocabulary.model" --output "$folder/text-test"
