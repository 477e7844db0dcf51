#!/usr/bin/env bash
# Compares gMLP, aMLP and Transformers of equal size on novels, each at its own best learning rates, and at three depths.
#
#   Benchmarks/text_parity.sh [--seeds N] [--steps N] [--part search|parity|depth|report] NOVELS [FOLDER]
#
# NOVELS has novels93.txt.xz and novels93.index.tsv (docs/results/text.md says where from). FOLDER, runs/text-parity by
# default, gets data, runs, tables and plots, and report.md with fitted exponents. Without --part all four follow each
# other. Stopped anywhere, the same command resumes.
#
#   part    runs                                                          hours on two idle cores of a Zen 5, estimated
#   search  rates and factors of 7 models, 10 million tokens each,
#           further ones where the best is at an edge                     2.5
#   parity  the best of each model, 40 million tokens, per seed           1.4 (two seeds by default: 2.8)
#   depth   the rates of 16 and 12 blocks again, 10 million tokens each;
#           then 40 million per seed                                      0.8 + 1.1 per seed (two seeds: 3.0)
#   report  the parameters and operations of every run, fits and plots    a minute
#
# All in all 8.3 hours with two seeds; --seeds 3 takes 10.8. Not to be run while speed is measured. --steps N
# ends each run after N steps, to try the script. Needs Python 3.11.
set -euo pipefail

usage() { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0"; }
seeds=2 length=() parts=(search parity depth report)
while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --seeds)
      seeds=${2:?text_parity.sh: --seeds needs a number}
      shift 2
      ;;
    --steps)
      length=(--set "train.steps=${2:?text_parity.sh: --steps needs a number}")
      shift 2
      ;;
    --part)
      parts=("${2:?text_parity.sh: --part needs a name}")
      case $2 in
        search | parity | depth | report) ;;
        *)
          echo "text_parity.sh: '$2' is no part; see Benchmarks/text_parity.sh --help" >&2
          exit 64
          ;;
      esac
      shift 2
      ;;
    -*)
      echo "text_parity.sh: '$1' is no option; see Benchmarks/text_parity.sh --help" >&2
      exit 64
      ;;
    *) break ;;
  esac
done
root=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
root=${root%/*}
source "$root/launch/environment.sh"
novels=$(readlink -e -- "${1:?text_parity.sh: name the folder of novels; see --help}") \
  || { echo "text_parity.sh: there is no folder $1" >&2; exit 66; }
folder=${2:-runs/text-parity}
mkdir -p "$folder"
cd -- "$folder"
study=(python3 "$root/Benchmarks/text_study.py")

# The sets of other novels would be taken for those of these. Earlier versions did not note what theirs are of.
made=data/text-train.sources
sources=$(sha256sum -- "$novels/novels93.txt.xz" "$novels/novels93.index.tsv" | cut -d ' ' -f 1) || exit 66
if [[ -e $made && $(<"$made") != "$sources" ]]; then
  echo "text_parity.sh: $PWD/data is of other novels than $novels; remove $PWD, or name another FOLDER" >&2
  exit 64
fi
if [[ ! -d data/text-test ]]; then
  mkdir -p data
  if [[ ! -d data/text-train ]]; then echo "$sources" >"$made"; fi
  "$root/launch/text.sh" --novels "$novels/novels93.txt.xz" "$novels/novels93.index.tsv" data
fi

# sweep NAME: trains what NAME.toml asks for in the folder NAME, or resumes.
sweep() {
  local options=(--set 'data.train=["data/text-train"]' --set 'data.test=["data/text-test"]')
  gmlp-train sweep "$1.toml" --output "$1" --threads 2 "${options[@]}" "${length[@]}"
}

# search NAME: sweeps NAME, then what its best leaves open, in at most three rounds.
search() {
  local files=("$1.toml") last=$1 round next code
  sweep "$last"
  for round in 1 2 3; do
    next=$last-$round
    if [[ ! -e $next.toml ]]; then
      code=0
      "${study[@]}" extend "$next.toml" "${files[@]}" || code=$?
      if ((code == 3)); then break; fi
      if ((code > 0)); then return "$code"; fi
    fi
    sweep "$next"
    files+=("$next.toml")
  done
}

# found NAME: the files of the sweep NAME and of its further rounds.
found() {
  local file
  for file in "$1.toml" "$1"-[123].toml; do
    if [[ -e $file ]]; then echo "$file"; fi
  done
}

search_rates() {
  sed "s|\.\./mlm-small|$root/configs/mlm-small|" "$root/configs/sweeps/text-parity-rates.toml" >rates.toml
  search rates
}

parity() {
  mapfile -t files < <(found rates)
  "${study[@]}" best parity.toml 20000 "$seeds" "${files[@]}"
  sweep parity
}

depth() {
  mapfile -t files < <(found rates)
  if [[ ! -e deeper-rates.toml ]]; then "${study[@]}" deeper deeper-rates.toml "${files[@]}"; fi
  search deeper-rates
  mapfile -t files < <(found deeper-rates)
  "${study[@]}" best deeper.toml 20000 "$seeds" "${files[@]}"
  sweep deeper
}

report() {
  mapfile -t files < <(found rates; found deeper-rates)
  local final=(parity.toml) run
  if [[ -e deeper.toml ]]; then final+=(deeper.toml); fi
  for run in parity/*/ deeper/*/; do
    if [[ -e $run/config.toml && ! -s $run/inspect.json ]]; then
      gmlp-train inspect "$run/config.toml" --json >"$run/inspect.json"
    fi
  done
  "${study[@]}" report . "${files[@]}" -- "${final[@]}"
}

for part in "${parts[@]}"; do
  case $part in
    search) search_rates ;;
    parity) parity ;;
    depth) depth ;;
    report) report ;;
  esac
done
