# shellcheck shell=bash
# Runs a command so that signals to the script reach it as gmlp-train and mpirun want them.
#
#   source launch/signals.sh
#   run_with_signals mpirun -n 8 gmlp-train
#
# On TERM and INT mpirun kills its ranks within two seconds and forgets their exit code, but it
# forwards USR1 and USR2. So here USR1 is passed as it is, and TERM, INT, HUP and USR2 all become
# USR2: save and stop. A second INT (Ctrl-C) ends the command at once.
#
# The exit code is the command's: 75 after a stop, 130 after the second INT. Afterwards stop_signal
# holds the name of the signal that asked for the stop, or nothing. If a rank has written to the
# file GMLP_TRAIN_VERDICT why the run ends, but mpirun stays, it is ended after 15 s: 76.

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  sed -n '2,14s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
  exit 0
fi

# In this mode, which POSIXLY_CORRECT sets, bash forgets an exit code that was asked for once.
set +o posix

# Of a standard error that is closed no copy can be made, and the next file to be opened would get its number.
[[ -e /proc/self/fd/2 ]] || exec 2>/dev/null
# A copy of standard error: `say` needs it where 2 is redirected to hide what bash says of killed jobs.
exec {words}>&2

run_with_signals() {
  local child status started=$1
  local repeater='' guard='' ended=''
  stop_signal=''
  # A stop is said again in the first moments of each start.
  SECONDS=0

  # A session of its own keeps the terminal's Ctrl-C from the command; if this script is killed
  # the command is told to stop. mpirun's banners are left out: they say that 75 is an error.
  # Open MPI 5 reads the second name.
  local quiet=${OMPI_MCA_orte_execute_quiet:-1}
  OMPI_MCA_orte_execute_quiet=$quiet PRTE_MCA_prte_execute_quiet=${PRTE_MCA_prte_execute_quiet:-$quiet} \
    setpriv --pdeathsig USR2 setsid "$@" </dev/null {words}>&- &
  child=$!
  end_lingering "$child" &
  guard=$!

  trap 'kill -s USR1 "$child" 2>/dev/null || true' USR1
  trap 'request_stop INT' INT
  trap 'request_stop TERM' TERM
  trap 'request_stop HUP' HUP
  trap 'request_stop USR2' USR2
  wait_for "$child"
  status=$ended_with
  if [[ -n $repeater ]]; then kill "$repeater" 2>/dev/null || true; fi
  if [[ -n $guard ]]; then
    kill "$guard" 2>/dev/null || true
    wait_for "$guard"
    if ((ended_with == 0)); then status=76; fi
  fi
  trap - USR1 INT TERM HUP USR2
  if [[ -n $ended ]]; then return 130; fi
  explain_status "$status"
}

# Waits for a child, even if signals come, and sets `ended_with` to its exit code. What bash itself would say of a
# killed command is left out.
wait_for() {
  local before=''
  # By short sleeps: bash now and then loses a signal that comes as it begins to wait for a child in the background.
  while kill -0 "$1"; do sleep 0.2 || true; done 2>/dev/null
  # Nothing is left to wait for, but a signal from before may give its own number: the same code twice is the child's.
  ended_with=''
  until [[ -n $before && $ended_with == "$before" ]]; do
    before=$ended_with
    wait "$1" 2>/dev/null && ended_with=0 || ended_with=$?
  done
}

# Kills mpirun if it is still there 15 s after its ranks have ended or reached a verdict. What it has to say
# to a host that it has lost it repeats for a quarter of an hour, and now and then it waits forever where a
# rank was killed in its first moments. At TERM it would crash then.
end_lingering() {
  local waited=0
  while ((waited < 15)); do
    sleep 1 &>/dev/null {words}>&-
    if ! kill -0 "$1" 2>/dev/null; then exit 1; fi
    if [[ -s ${GMLP_TRAIN_VERDICT:-} ]] || has_only_dead_children "$1"; then waited=$((waited + 1)); fi
  done
  trap '' TERM
  if ! kill -s KILL "$1" 2>/dev/null; then exit 1; fi
  say 'mpirun did not notice that its ranks are gone, and was ended'
}

# Whether a process has children, and all of them have ended.
has_only_dead_children() {
  local children=() process state
  read -r -a children 2>/dev/null <"/proc/$1/task/$1/children" || true
  for process in "${children[@]}"; do
    # The name, in parentheses, may hold blanks; the state follows it.
    state=$(sed 's/.*) //; s/ .*//' "/proc/$process/stat" 2>/dev/null) || return 1
    if [[ $state != Z ]]; then return 1; fi
  done
  ((${#children[@]} > 0))
}

# Asks the command to save and stop; at a second INT ends it.
request_stop() {
  if [[ -z $stop_signal ]]; then
    stop_signal=$1
    say "SIG$1: saving a checkpoint and stopping"
    # mpirun loses what arrives before its ranks exist, so early on it is said again; but not in the
    # two seconds in which mpirun ends, when the signal would kill it.
    (
      trap 'kill $!; exit' TERM
      while kill -s USR2 "$child" && ((SECONDS < 30)); do
        sleep 5 &
        wait $!
      done
    ) &>/dev/null {words}>&- &
    repeater=$!
  elif [[ $1 == INT ]]; then
    ended=true
    end_now
  fi
}

# Kills the ranks, of which mpirun then takes notice; or the command, where it has no ranks.
end_now() {
  local children=()
  read -r -a children 2>/dev/null <"/proc/$child/task/$child/children" || true
  say 'SIGINT again: ending at once'
  kill -s KILL "${children[@]:-$child}" 2>/dev/null || true
}

# Ends the script with 64 if there is no mpirun: the caller would only say that a file is missing.
check_mpirun() {
  command -v mpirun >/dev/null && return
  say 'mpirun is missing: run launch/setup.sh, or put the mpirun of Open MPI in PATH'
  exit 64
}

# Makes a file for the scripts themselves and prints its path.
temporary_file() {
  mktemp 2>/dev/null && return
  say "no temporary file can be made in ${TMPDIR:-/tmp}; make room, or set TMPDIR to another folder"
  exit 74
}

# Says whether a signal killed the command, and returns the exit code to give.
explain_status() {
  local status=$1
  local signal=$((status - 128))
  if ((signal == $(kill -l USR2))) && [[ -n $stop_signal ]]; then
    say 'ended before the ranks listened; the newest checkpoint stands'
    return 75
  fi
  # Of its ranks' errors mpirun returns the exit code, and none of them has this one.
  if ((status == 1)) && [[ $started == mpirun && -z $stop_signal ]]; then
    say 'mpirun failed (exit code 1); OMPI_MCA_orte_execute_quiet=0 before the command shows what it says'
  fi
  # What mpirun makes of its own errors, such as 205 for a host that it has lost.
  if ((signal > 64)); then
    say "mpirun has lost a host, or failed (exit code $status); start again to resume from the newest checkpoint"
    return "$status"
  fi
  if ((signal > 0)); then
    # The ranks that are left know which one it was.
    local rank='a rank'
    if [[ -s ${GMLP_TRAIN_VERDICT:-} ]]; then rank=$(sed -n 's/ has died .*//p' "$GMLP_TRAIN_VERDICT"); fi
    say "${rank:-a rank} was killed by SIG$(kill -l "$signal"); start again to resume from the newest checkpoint"
  fi
  return "$status"
}

# Writes a line for people; a terminal that is gone must not end the script.
say() {
  local line_end=''
  # The cursor may stand behind a live line and the terminal's ^C.
  if [[ -t $words ]]; then line_end=$'\n'; fi
  printf '%s%s: %s\n' "$line_end" "$(basename -- "$0")" "$1" >&"$words" || true
}
