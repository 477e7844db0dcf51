#!/usr/bin/env bash
# Proves runs on several hosts, which are network namespaces of this machine: whatever happens to a rank,
# a host or the network, every rank ends, and the run ends with the weights of one process.
#
#   Tests/Hosts/test.sh [--short | STEP...]
#
# Steps: exact slow pause cut noticed gone zero processes start files killed stopped frozen asked. --short
# leaves out those that wait for clocks, trains less, and has a lost host noticed after 5 s. Needs root and
# iproute2; exit code 77: they are missing.
set -euo pipefail

tests=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
root=${tests%/*/*}
all=(exact slow pause cut noticed gone zero processes start files killed stopped frozen asked)
steps=() length=600 exact_runs=(fp32:2 fp32:3 bf16:2 bf16:3)
case ${1:-} in
  -h | --help)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0"
    exit 0
    ;;
  --short)
    steps=(exact gone files killed) length=100 exact_runs=(fp32:3 bf16:2)
    export OMPI_MCA_oob_tcp_keepalive_time=2 OMPI_MCA_oob_tcp_keepalive_intvl=1 OMPI_MCA_oob_tcp_keepalive_probes=3
    ;;
  '') steps=("${all[@]}") ;;
  *) steps=("$@") ;;
esac
for step in "${steps[@]}"; do
  if [[ " ${all[*]} " != *" $step "* ]]; then
    echo "test.sh: '$step' is no step; see --help" >&2
    exit 64
  fi
done

unset OPENBLAS_CORETYPE
source "$root/launch/environment.sh"
for tool in ip tc unshare mpirun; do
  if ! command -v "$tool" >/dev/null || ((EUID != 0)); then
    echo "test.sh: needs root and $tool" >&2
    exit 77
  fi
done
if ! GMLP_TRAIN_EXECUTABLE=$(command -v "${GMLP_TRAIN_EXECUTABLE:-gmlp-train}"); then
  echo 'test.sh: gmlp-train is not built: run launch/setup.sh' >&2
  exit 64
fi
export GMLP_TRAIN_EXECUTABLE OMPI_MCA_orte_execute_quiet=1
source "$tests/hosts.sh"

finish() {
  local status=$?
  trap - EXIT
  remove_hosts || status=1
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP
make_hosts 3
two=$hosts_folder/two three=$hosts_folder/three last=$hosts_folder/last
printf '%s slots=2\n' "${addresses[@]}" >"$three"
head -n 2 "$three" >"$two"
tac "$two" >"$last"

report() { printf '%-10s  %s\n' "$step" "$1"; }
fail() {
  echo "FAILED  $step: $1" >&2
  if [[ -e $log ]]; then tail -n 30 "$log" >&2; fi
  exit 1
}
now() { date +%s%3N; }
seconds() { awk -v ms="$1" 'BEGIN { printf "%.1f s", ms / 1000 }'; }

# Waits until the command succeeds.
wait_until() {
  local deadline=$((SECONDS + 900))
  until "$@"; do
    if ((SECONDS >= deadline)); then fail "waited 900 s for: $*"; fi
    sleep 0.1
  done
}

# The processes of this name on a host.
processes() {
  local process name
  for process in $(ip netns pids "${hosts[$1]}"); do
    if read -r name 2>/dev/null <"/proc/$process/comm" && [[ $name == "$2" ]]; then echo "$process"; fi
  done
}
# The process of a rank.
rank_process() {
  local host process
  for host in "${!hosts[@]}"; do
    for process in $(processes "$host" gmlp-train); do
      if tr '\0' '\n' <"/proc/$process/environ" | grep -qx "OMPI_COMM_WORLD_RANK=$1"; then
        echo "$process"
        return
      fi
    done
  done
  fail "rank $1 was not found"
}
is_empty() { [[ -z $(ip netns pids "${hosts[$1]}") ]]; }

digest() { sed -n 's/^weights sha256 //p' "$1" | tail -n 1; }
# The weights of one process with these settings; each is trained once.
reference() {
  local file=$hosts_folder/reference-$length-$*
  if [[ ! -e $file ]]; then
    "$GMLP_TRAIN_EXECUTABLE" --config "$root/configs/digits.toml" --steps "$length" \
      --run-dir "$file-run" --set train.evaluate_every=1000000 "$@" >"$file" 2>&1 || fail "$(<"$file")"
  fi
  digest "$file"
}

# The arguments of the run of this step.
arguments() {
  arguments=(--config "$root/configs/digits.toml" --steps "$length" --run-dir "$run"
    --set train.bucket_mb=0.05 --set train.checkpoint_every=20 --set train.evaluate_every=1000000 "$@")
}
# with_mpirun HOSTFILE N [argument...]: starts the run by mpirun itself, in the background.
with_mpirun() {
  local file=$1 ranks=$2
  arguments "${@:3}"
  start mpirun -n "$ranks" --hostfile "$file" "$GMLP_TRAIN_EXECUTABLE" "${arguments[@]}"
}
# with_script RESTARTS HOSTFILE N [argument...]: the same by launch/hosts.sh.
with_script() {
  local restarts=$1 file=$2 ranks=$3
  arguments "${@:4}"
  start "$root/launch/hosts.sh" --max-restarts "$restarts" "$file" "$ranks" "${arguments[@]}"
}
# lasting COMMAND...: starts a run, of whose first start each step takes a while, however fast the machine is.
lasting() { GMLP_TRAIN_FAULT='0:norm:*:slow:200' "$@"; }
start() {
  # What a script that is killed leaves behind goes with the hosts.
  on_host 0 env TMPDIR="$hosts_folder" "$@" </dev/null >>"$log" 2>&1 &
  job=$!
}
has_checkpoint() {
  [[ -n $(find "$run/checkpoints" -name 'step-*' 2>/dev/null) ]] || { is_running || fail 'it ended early'; false; }
}
is_running() { kill -0 "$job" 2>/dev/null; }

# Waits for the end of what was started, and says when each host had no rank any more; sets `status`.
wait_for_end() {
  local start=$1 limit=$2 host gone=() said=''
  while is_running; do
    for host in 0 1; do
      if [[ -z ${gone[host]:-} && -z $(processes "$host" gmlp-train) ]]; then
        gone[host]=$(($(now) - start))
        said+="ranks of host $((host + 1)) gone after $(seconds "${gone[host]}"), "
      fi
    done
    if (($(now) - start > limit * 1000)); then fail "still there $limit s after the fault"; fi
    sleep 0.05
  done
  local ended=$(($(now) - start))
  wait "$job" && status=0 || status=$?
  report "${said}end after $(seconds "$ended") with exit code $status"
}
expect_status() { (($2 == $1)) || fail "exit code $2 in place of $1"; }
expect_line() { grep -qE -- "$1" "$log" || fail "no line with: $1"; }
show_line() { report "$(grep -E -- "$1" "$log" | tail -n 1)"; }
# The run ends by itself, with the weights of one process.
expect_same_weights() {
  wait_until_ended
  [[ -n $(digest "$log") && $(digest "$log") == "$(reference "$@")" ]] || fail 'other weights'
  report "same weights: $(digest "$log")"
}
wait_until_ended() {
  local deadline=$((SECONDS + 900))
  while is_running; do
    if ((SECONDS >= deadline)); then fail 'did not end within 900 s'; fi
    sleep 0.1
  done
  wait "$job" && status=0 || status=$?
  expect_status 0 "$status"
}
expect_valid_checkpoint() {
  "$GMLP_TRAIN_EXECUTABLE" checkpoints verify "$run" >"$log.verify" 2>&1 || fail "$(<"$log.verify")"
  report "checkpoints verify: $(tail -n 1 "$log.verify")"
}
# The same command goes on from the newest checkpoint.
expect_resumed() {
  with_script 0 "$two" 4
  expect_same_weights
  expect_line 'resumed after step'
}

exact() {
  local entry precision count
  for entry in "${exact_runs[@]}"; do
    precision=${entry%:*} count=${entry#*:}
    head -n "$count" "$three" >"$hosts_folder/hostfile"
    rm -rf "$run" "$log"
    with_mpirun "$hosts_folder/hostfile" "$((2 * count))" --set "train.precision=$precision"
    wait_until_ended
    grep -q "\"hosts\":\[.*\"${hosts[count - 1]}\"" "$run/metrics.jsonl" || fail 'not all hosts'
    report "$precision on $count hosts:"
    expect_same_weights --set "train.precision=$precision"
  done
  rm -rf "$run" "$log"
  with_mpirun "$two" 3
  report 'fp32 on 2 hosts of 2 and 1 ranks:'
  expect_same_weights
}

slow() {
  local rate started
  for rate in 1gbit 100mbit; do
    rm -rf "$run" "$log"
    limit_link 0 "$rate"
    limit_link 1 "$rate"
    started=$(now)
    with_mpirun "$two" 4
    expect_same_weights
    report "at $rate in $(seconds $(($(now) - started)))"
  done
  free_link 0
  free_link 1
}

pause() {
  lasting with_mpirun "$two" 4
  wait_until has_checkpoint
  cut_link 1
  sleep 2
  join_link 1
  is_running || fail 'it ended during a pause of 2 s'
  report 'the network was away for 2 s'
  expect_same_weights
}

# The ranks give up first; mpirun would wait for the other host.
cut() {
  local started
  lasting with_script 0 "$two" 4 --set train.hang_timeout=5
  wait_until has_checkpoint
  cut_link 1
  started=$(now)
  wait_for_end "$started" 900
  expect_status 76 "$status"
  expect_line "ranks on ${hosts[0]} have waited .* rank 2 on ${hosts[1]}, rank 3 on ${hosts[1]} or the network"
  show_line 'or the network between them'
  show_line 'mpirun still waits'
  [[ -z $(processes 1 gmlp-train) ]] || fail 'ranks are left on the host that was cut off'
  expect_valid_checkpoint
  started=$(now)
  join_link 1
  wait_until is_empty 1
  report "that host is empty $(seconds $(($(now) - started))) after the network is back"
  expect_resumed
}

# mpirun notices first, as with the default of train.hang_timeout.
noticed() {
  local started
  lasting with_script 0 "$two" 4
  wait_until has_checkpoint
  cut_link 1
  started=$(now)
  wait_for_end "$started" 900
  expect_status 205 "$status"
  show_line 'mpirun has lost a host'
  wait_until is_empty 1
  report "the host that was cut off is empty after $(seconds $(($(now) - started)))"
  join_link 1
  expect_valid_checkpoint
  expect_resumed
}

# A host loses its power; the run goes on without it.
gone() {
  local started
  lasting with_script 3 "$two" 4
  wait_until has_checkpoint
  lose_host 1
  started=$(now)
  wait_until grep -q 'restart 1 of 3' "$log"
  report "restarted $(seconds $(($(now) - started))) after the host was lost"
  expect_same_weights
  expect_line "${addresses[1]} does not answer and is left out"
  expect_line '2 ranks instead of 4'
  expect_line 'resumed after step'
  return_host 1
}

# The same where rank zero was there, which holds the lock of the run directory.
zero() {
  local started fault
  for fault in lose_host cut_link; do
    rm -rf "$run" "$log"
    lasting with_script 3 "$last" 4
    wait_until has_checkpoint
    "$fault" 1
    started=$(now)
    wait_until grep -q 'restart 1 of 3' "$log"
    report "$fault: restarted after $(seconds $(($(now) - started))): $(grep -c 'restart . of 3' "$log")"
    expect_same_weights
    expect_line 'resumed after step'
    wait_until is_empty 1
    join_link 1
  done
}

# All processes of a host are killed, but its network lives.
processes_killed() {
  lasting with_mpirun "$two" 4
  wait_until has_checkpoint
  end_processes 1
  wait_for_end "$(now)" 900
  ((status != 0)) || fail 'exit code 0'
  is_empty 0 || fail 'something was left'
  rm -rf "$run" "$log"
  lasting with_script 3 "$two" 4
  wait_until has_checkpoint
  end_processes 1
  expect_same_weights
  expect_line 'restart 1 of 3'
}

start_without() {
  local started
  cut_link 1
  started=$(now)
  with_mpirun "$two" 4
  wait_for_end "$started" 900
  ((status != 0)) || fail 'exit code 0'
  rm -rf "$run" "$log"
  with_script 0 "$two" 4
  expect_same_weights
  expect_line "${addresses[1]} does not answer and is left out"
  cut_link 0
  with_script 0 "$two" 4
  wait_for_end "$(now)" 900
  expect_status 64 "$status"
  show_line 'no host of'
  join_link 0
  join_link 1
}

# refused WORDS HOSTFILE N: ends with 64 and a line with these words.
refused() {
  rm -rf "$log"
  with_script 3 "$2" "$3"
  wait "$job" && status=0 || status=$?
  expect_status 64 "$status"
  expect_line "$1"
  report "$(tail -n 1 "$log")"
}
files() {
  local file=$hosts_folder/hostfile
  refused 'is not a file of hosts' "$hosts_folder/none" 2
  refused 'is not a file of hosts' "$hosts_folder" 2
  printf '# nothing\n\n' >"$file"
  refused 'names no host' "$file" 2
  printf '%s slots=2\n%s\n' "${addresses[@]:0:2}" >"$file"
  refused 'line 2: .* is not NAME slots=COUNT' "$file" 2
  printf '%s slots=0\n' "${addresses[0]}" >"$file"
  refused 'line 1: .* is not NAME slots=COUNT' "$file" 2
  printf '%s slots=2\r\n' "${addresses[0]}" >"$file"
  printf '%s slots=2, 3\n' "${addresses[0]}" >>"$file"
  refused 'line 2: .* is not NAME slots=COUNT' "$file" 2
  refused 'is not a number of ranks' "$two" four
  printf '# ours\n%s slots=1 # of slots=8\n\n  %s\tslots=2' "${addresses[@]:0:2}" >"$file"
  rm -rf "$log"
  # Now and then mpirun cannot join its own daemons and ends with 1.
  with_script 3 "$file" 8
  expect_same_weights
  expect_line '3 ranks instead of 8'
  show_line 'ranks instead of'
}

killed() {
  lasting with_mpirun "$two" 4
  wait_until has_checkpoint
  kill -s KILL "$(rank_process 3)"
  wait_for_end "$(now)" 900
  expect_status 137 "$status"
  expect_line "rank 3 on ${hosts[1]} .* has died"
  show_line "rank 3 on ${hosts[1]} .* has died"
  (($(grep -c 'has died' "$log") == 1)) || fail 'ranks that only mpirun has ended are called dead'
  wait_until is_empty 1
  expect_resumed
}

stopped() {
  lasting with_mpirun "$two" 4 --set train.hang_timeout=5
  wait_until has_checkpoint
  kill -s STOP "$(rank_process 3)"
  wait_for_end "$(now)" 900
  expect_status 76 "$status"
  expect_line "rank 3 on ${hosts[1]} .* has not run"
  show_line 'has not run'
  wait_until is_empty 1
  expect_resumed
}

# All ranks of one of three hosts are stopped, as on a frozen machine: the others name them, and no more.
frozen() {
  lasting with_mpirun "$three" 6 --set train.hang_timeout=5
  wait_until has_checkpoint
  kill -s STOP "$(rank_process 2)" "$(rank_process 3)"
  wait_for_end "$(now)" 900
  expect_status 76 "$status"
  expect_line "have waited .*: rank 2 on ${hosts[1]}, rank 3 on ${hosts[1]} or the network"
  show_line 'have waited'
  if grep -E 'have waited .* rank [0145] on' "$log"; then fail 'ranks are named that were heard'; fi
  wait_until is_empty 1
  expect_resumed
}

# TERM to the script: all ranks of both hosts save and stop.
asked() {
  lasting with_script 3 "$two" 4
  wait_until has_checkpoint
  # The script is mpirun's parent.
  kill -s TERM "$(ps -o ppid= -p "$(processes 0 mpirun)" | tr -d ' ')"
  wait_for_end "$(now)" 900
  expect_status 75 "$status"
  show_line 'SIGTERM: saving'
  expect_resumed
}

for step in "${steps[@]}"; do
  run=$hosts_folder/run-$step log=$hosts_folder/log-$step started=$(now)
  case $step in
    processes) processes_killed ;;
    start) start_without ;;
    *) "$step" ;;
  esac
  report "passed in $(seconds $(($(now) - started)))"
done
