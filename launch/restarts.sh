# shellcheck shell=bash
# Starts a run again after a rank has died or hung.
#
#   source launch/signals.sh
#   source launch/restarts.sh
#   run_with_restarts 3 start_ranks
#
# `start_ranks` is a function that starts the run by run_with_signals and returns its exit code. After 76 (a
# rank died, hung or had damaged memory), a signal that killed a rank, or 1, 205 or 255 (mpirun lost a host)
# it is called again, at most as often as the number says. An error that would recur (64, 65, 70, 74) or an
# intended end (0, 75, 130) ends the loop. A restart that is refused (64) is tried again too: the first start
# was not refused, so the cause is the lock of a lost host.
#
# GMLP_TRAIN_RESTART tells the program the number of the restart, and GMLP_TRAIN_LAUNCH names the series of
# starts: a restart continues the run that the first start has begun, regardless of --resume.

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  sed -n '2,15s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
  exit 0
fi

run_with_restarts() {
  local most=$1 start=$2 restarts=0 status
  local own_verdict=''
  GMLP_TRAIN_LAUNCH=$(</proc/sys/kernel/random/uuid)
  export GMLP_TRAIN_LAUNCH
  unset GMLP_TRAIN_RESTART
  if [[ -z ${GMLP_TRAIN_VERDICT:-} ]]; then
    own_verdict=$(temporary_file)
    export GMLP_TRAIN_VERDICT=$own_verdict
  fi
  stop_signal=''
  while true; do
    : >"$GMLP_TRAIN_VERDICT"
    hear_between_runs
    "$start" && status=0 || status=$?
    hear_between_runs
    if ((restarts >= most)) || [[ -n $stop_signal ]] || ! may_restart "$status" "$restarts"; then break; fi
    restarts=$((restarts + 1))
    # An injected fault happens once: it would come again with its step.
    unset GMLP_TRAIN_FAULT
    export GMLP_TRAIN_RESTART=$restarts
    say "exit code $status: restart $restarts of $most"
    pause_between_runs "${restart_pause:-1}"
    if [[ -n $stop_signal ]]; then
      status=75
      break
    fi
  done
  trap - USR1 INT TERM HUP USR2
  if [[ -n $own_verdict ]]; then rm -f "$own_verdict"; fi
  return "$status"
}

# Between two runs there is nothing to save; what asks for a stop ends the restarts with 75.
hear_between_runs() {
  local signal
  trap 'true' USR1
  # The name is meant now.
  # shellcheck disable=SC2064
  for signal in INT TERM HUP USR2; do trap "stop_signal=$signal" "$signal"; done
}

# Waits for so many whole seconds, or until a signal asks for a stop. By short sleeps: bash may lose a signal that
# comes as it begins to wait for a child in the background.
pause_between_runs() {
  local left
  for ((left = 5 * $1; left > 0; left--)); do
    if [[ -n $stop_signal ]]; then break; fi
    sleep 0.2 || true
  done
}

# Whether a start with this exit code, restart number $2 or 0, may end otherwise the next time.
may_restart() {
  (($1 == 76 || $1 == 1 || ($1 > 128 && $1 != 130) || ($1 == 64 && $2 > 0)))
}

# Sets `forwarded` to the options of mpirun that take the program's variables to other hosts.
forward_variables() {
  local name
  forwarded=()
  # The others are those by which rank zero knows a requeue of Slurm, and those by which libraries compute other
  # bits: all ranks have to have them alike.
  for name in $(compgen -e GMLP_TRAIN_ || true) SLURM_JOB_ID SLURM_CLUSTER_NAME SLURM_RESTART_COUNT \
    OPENBLAS_CORETYPE OPENBLAS_BLOCK_FACTOR ONEDNN_MAX_CPU_ISA DNNL_MAX_CPU_ISA ONEDNN_CPU_ISA_HINTS \
    DNNL_CPU_ISA_HINTS GLIBC_TUNABLES; do
    # Files of this host, and what only scripts read.
    case $name in GMLP_TRAIN_VERDICT | GMLP_TRAIN_EXECUTABLE) continue ;; esac
    if [[ -n ${!name:-} ]]; then forwarded+=(-x "$name"); fi
  done
}
