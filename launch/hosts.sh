#!/usr/bin/env bash
# Runs gmlp-train on several hosts, without those that do not answer.
#
#   launch/hosts.sh [--max-restarts K] HOSTFILE N [gmlp-train arguments...]
#
# HOSTFILE has a line `NAME slots=COUNT` for each host; N is the number of ranks. Before each start every
# host is contacted. The ranks start on the hosts that answer, at most one per slot: any number of ranks
# gives the same bits. After a rank, a host or the network has failed, the run is started again on the
# remaining hosts, at most K times (0 if not given), and resumes from its newest valid checkpoint.
# For example:
#
#   launch/hosts.sh --max-restarts 5 hosts 8 --config /shared/run.toml --run-dir /shared/run
#
# This machine, as localhost or by its own name, is not contacted and needs no ssh.
#
# All hosts need the program, the data and the run directory under the same paths. Set
# OMPI_MCA_btl_tcp_if_include and OMPI_MCA_oob_tcp_if_include to the network that joins them.
# OMPI_MCA_plm_rsh_agent names a replacement for ssh. Signals and exit codes are those of
# launch/local.sh.
if [ -z "${BASH_VERSION:-}" ]; then exec bash "$0" "$@"; fi # after sh launch/hosts.sh
set -euo pipefail

folder=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
usage() { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }
fail() {
  echo "hosts.sh: $1" >&2
  exit 64
}

restarts=0
case ${1:-} in
  -h | --help)
    usage
    exit 0
    ;;
  --max-restarts)
    [[ ${2:-} =~ ^[0-9]{1,6}$ ]] || fail "--max-restarts '${2:-}' is not a number; see launch/hosts.sh --help"
    restarts=$((10#$2))
    shift 2
    ;;
esac
hostfile=${1:-}
[[ -f $hostfile && -r $hostfile ]] || fail "'$hostfile' is not a file of hosts; see launch/hosts.sh --help"
[[ ${2:-} =~ ^[1-9][0-9]{0,5}$ ]] || fail "'${2:-}' is not a number of ranks; see launch/hosts.sh --help"
ranks=$2
shift 2

source "$folder/environment.sh"
source "$folder/signals.sh"
source "$folder/restarts.sh"

program=$(command -v "${GMLP_TRAIN_EXECUTABLE:-gmlp-train}" || true)
[[ -x $program ]] || fail "gmlp-train is not built yet: run launch/setup.sh"
check_mpirun
if [[ -t 1 ]]; then export GMLP_TRAIN_TERMINAL=1; fi

# The hosts of the host file that answer, as NAME slots=COUNT; the others are told.
answering_hosts() {
  local agent=${OMPI_MCA_plm_rsh_agent:-ssh -o BatchMode=yes -o ConnectTimeout=5} name count told
  while read -r name count; do
    # The agent may be several words.
    # shellcheck disable=SC2086
    if is_this_machine "$name" || told=$(timeout 10 $agent "$name" true </dev/null 2>&1 >/dev/null); then
      echo "$name slots=$count"
    else
      told=$(tail -n 1 <<<"${told//$'\r'/}")
      command -v "${agent%% *}" >/dev/null || told="${agent%% *} is missing; Debian has it in openssh-client"
      say "$name does not answer and is left out${told:+ ($told)}; try it: $agent $name true"
    fi
  done <"$listed"
}

# Whether mpirun starts ranks on the host without an agent.
is_this_machine() {
  local own
  own=$(uname -n)
  [[ $1 == localhost || $1 == 127.0.0.1 || $1 == "$own" || $1 == "${own%%.*}" || ${1%%.*} == "$own" ]]
}

# Takes names and slots of the hosts from the host file.
read_hosts() {
  local line number=0 host='^[[:space:]]*([^#[:space:]]+)[[:space:]]+slots=([1-9][0-9]{0,5})[[:space:]]*(#.*)?$'
  # Zero bytes, which the shell would drop.
  if [[ $(tr -d '\0' <"$hostfile" | wc -c) != $(wc -c <"$hostfile") ]]; then
    fail "$hostfile looks like UTF-16: convert it, with iconv -f UTF-16 -t UTF-8"
  fi
  while IFS= read -r line || [[ -n $line ]]; do
    number=$((number + 1))
    # An editor of another system may put a byte order mark first and CR at the end of lines.
    if ((number == 1)); then line=${line#$'\xef\xbb\xbf'}; fi
    line=${line%$'\r'}
    if [[ $line =~ ^[[:space:]]*(#.*)?$ ]]; then continue; fi
    [[ $line =~ $host ]] || fail "$hostfile, line $number: '$line' is not NAME slots=COUNT"
    echo "${BASH_REMATCH[1]} ${BASH_REMATCH[2]}"
  done <"$hostfile"
}

start_ranks() {
  local hosts slots
  hosts=$(answering_hosts)
  if [[ -n $stop_signal ]]; then return 75; fi
  if [[ -z $hosts ]]; then
    [[ -n ${GMLP_TRAIN_RESTART:-} ]] || fail "no host of $hostfile answers"
    say "no host of $hostfile answers"
    return 76
  fi
  slots=$(awk -F = '{ sum += $2 } END { print sum }' <<<"$hosts")
  ((slots < ranks)) || slots=$ranks
  if ((slots < ranks)); then say "$slots ranks instead of $ranks"; fi
  printf '%s\n' "$hosts" >"$answering"
  # mpirun takes its own variables to the other hosts, and no others.
  forward_variables
  run_with_signals mpirun -n "$slots" --hostfile "$answering" "${forwarded[@]}" "$program" "$@"
}

answering=$(temporary_file)
listed=$(temporary_file)
trap 'rm -f "$answering" "$listed"' EXIT
# mpirun takes a host once: of one that is named again the slots are added up.
read_hosts | awk '!($1 in slots) { order[++hosts] = $1 } { slots[$1] += $2 }
  END { for (host = 1; host <= hosts; host++) print order[host], slots[order[host]] }' >"$listed"
[[ -s $listed ]] || fail "$hostfile names no host"
start_with_arguments() { start_ranks "${arguments[@]}"; }
arguments=("$@")
run_with_restarts "$restarts" start_with_arguments
