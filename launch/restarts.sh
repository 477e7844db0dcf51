# shellcheck shell=bash
# Starts a run again after a rank has died or hung.
#
#   source launch/signals.sh
#   source launch/restarts.sh
#   run_with_restarts 3 start_ranks
#
# `start_ranks` is a function that starts the run by run_with_signals, with "${restart_options[@]}" behind its
# arguments if these say --resume, and returns its exit code. After 76 (a rank died, hung or had damaged
# memory), a signal that killed a rank, or 1, 205 or 255 (mpirun lost a host) it is called again, at most as
# often as the number says; the run then goes on from its newest valid
# checkpoint. What would happen again (64, 65, 70, 74) or was wanted (0, 75, 130) ends it.

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  sed -n '2,12s/^# \{0,1\}//p' "$0"
  exit 0
fi

run_with_restarts() {
  local most=$1 start=$2 restarts=0 status
  local own_verdict=''
  restart_options=()
  if [[ -z ${GMLP_TRAIN_VERDICT:-} ]]; then
    own_verdict=$(mktemp)
    export GMLP_TRAIN_VERDICT=$own_verdict
  fi
  stop_signal=''
  while true; do
    : >"$GMLP_TRAIN_VERDICT"
    hear_between_runs
    "$start" && status=0 || status=$?
    hear_between_runs
    if ((restarts >= most)) || [[ -n $stop_signal ]] || ! may_restart "$status"; then break; fi
    restarts=$((restarts + 1))
    # A fault that is rehearsed happens once: it would come again with its step.
    unset GMLP_TRAIN_FAULT
    # What --resume asked for was meant for the first start.
    # shellcheck disable=SC2034
    restart_options=(--resume auto)
    say "exit code $status: restart $restarts of $most"
    sleep "${restart_pause:-1}"
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

# Whether a run with this exit code may end otherwise the next time.
may_restart() {
  (($1 == 76 || $1 == 1 || ($1 > 128 && $1 != 130)))
}
