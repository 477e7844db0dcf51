#!/usr/bin/env bash
# Runs gmlp-train on this machine.
#
#   launch/local.sh [--max-restarts K] N [gmlp-train arguments...]
#
# N is the number of ranks; with 1 the program runs alone, without mpirun. For example:
#
#   launch/local.sh 4 --config configs/digits.toml
#
# After a rank has died or hung, the run is started again, at most K times (0 if not given). It resumes
# from its newest valid checkpoint, regardless of --resume, which is for the first start.
#
# Ctrl-C, TERM, HUP and USR2 save a checkpoint and stop (exit code 75); the same command then resumes.
# A second Ctrl-C ends at once (130). USR1 saves a checkpoint, and training continues. Other exit
# codes are those of gmlp-train, or 128 + the signal that killed a rank.
#
# GMLP_TRAIN_EXECUTABLE names the program; otherwise it is the one built in this checkout, or else
# the one in PATH.
if [ -z "${BASH_VERSION:-}" ]; then exec bash "$0" "$@"; fi # after sh launch/local.sh
set -euo pipefail

folder=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
usage() { sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

restarts=0
if [[ ${1:-} == --max-restarts ]]; then
  if [[ ! ${2:-} =~ ^[0-9]{1,6}$ ]]; then
    echo "local.sh: --max-restarts '${2:-}' is not a number; see launch/local.sh --help" >&2
    exit 64
  fi
  restarts=$((10#$2))
  shift 2
fi
case ${1:-} in
  -h | --help)
    usage
    exit 0
    ;;
  '' | *[!0-9]* | 0* | ???????*)
    echo "local.sh: '${1:-}' is not a number of ranks; see launch/local.sh --help" >&2
    exit 64
    ;;
esac
ranks=$1
shift

source "$folder/environment.sh"
source "$folder/signals.sh"
source "$folder/restarts.sh"

program=${GMLP_TRAIN_EXECUTABLE:-gmlp-train}
if ! command -v "$program" >/dev/null; then
  echo "local.sh: $program is not built yet: run launch/setup.sh" >&2
  exit 64
fi

# Under mpirun the program cannot see whether a person watches.
if [[ -t 1 ]]; then export GMLP_TRAIN_TERMINAL=1; fi

command=("$program" "$@")
if ((ranks > 1)); then
  check_mpirun
  command=(mpirun -n "$ranks" "${command[@]}")
fi
start_ranks() { run_with_signals "${command[@]}"; }
run_with_restarts "$restarts" start_ranks
