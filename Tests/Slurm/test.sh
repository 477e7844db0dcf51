#!/usr/bin/env bash
# Proves launch/slurm.sbatch on a Slurm of its own: whatever happens to a job, it ends with the
# weights of an undisturbed run of one process.
#
#   Tests/Slurm/test.sh [--short | STEP...]
#
# Steps: tasks limit preempted requeued checkpoint stopped cancelled killed node srun. --short
# leaves out those that wait for Slurm's clock. Exit code 77: it cannot run here (see slurm.sh).
set -euo pipefail

tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$tests/../.." && pwd)
all=(tasks limit preempted requeued checkpoint stopped cancelled killed node srun)
case ${1:-} in
  -h | --help)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0"
    exit 0
    ;;
  --short) steps=(tasks preempted stopped killed srun) ;;
  '') steps=("${all[@]}") ;;
  *) steps=("$@") ;;
esac
for step in "${steps[@]}"; do
  if [[ " ${all[*]} " != *" $step "* ]]; then
    echo "test.sh: '$step' is no step; see --help" >&2
    exit 64
  fi
done

source "$root/launch/environment.sh"
if ! GMLP_TRAIN_EXECUTABLE=$(command -v "${GMLP_TRAIN_EXECUTABLE:-gmlp-train}"); then
  echo 'test.sh: gmlp-train is not built: run launch/setup.sh' >&2
  exit 64
fi
export GMLP_TRAIN_EXECUTABLE

folder=$(mktemp -d)
chmod 755 "$folder"
finish() {
  local status=$?
  trap - EXIT
  if [[ -e $folder/slurm/slurm.conf ]]; then "$tests/slurm.sh" stop "$folder/slurm" || status=1; fi
  rm -rf "$folder"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP
"$tests/slurm.sh" start "$folder/slurm"
export SLURM_CONF=$folder/slurm/slurm.conf
# Logs and counts of restarts lie where sbatch is called.
ln -s "$root/launch" "$folder/launch"
cd "$folder"

fail() {
  echo "FAILED  $step: $1" >&2
  if [[ -n ${job:-} ]]; then
    scontrol show job "$job" >&2 || true
    tail -n 40 "gmlp-train-$job.log" >&2 || true
  fi
  exit 1
}
report() { printf '%-10s  %s\n' "$step" "$1"; }
now() { date +%s%3N; }
seconds_since() { awk -v ms="$(($(now) - $1))" 'BEGIN { printf "%.1f s", ms / 1000 }'; }

# Waits until the command succeeds.
wait_until() {
  local deadline=$((SECONDS + 300))
  until "$@"; do
    if ((SECONDS >= deadline)); then fail "waited 300 s for: $*"; fi
    if [[ $1 == logged ]] && has_ended && ! "$@"; then fail "ended without: ${*:2}"; fi
    sleep 0.1
  done
}
field() { scontrol show job --oneliner "$job" | sed -n "s/.* $1=\([^ ]*\).*/\1/p"; }
has_state() { [[ $(field JobState) =~ ^($1)$ ]]; }
has_ended() { has_state 'COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL'; }
logged() { [[ -e gmlp-train-$job.log ]] && grep -q "$1" "gmlp-train-$job.log"; }

# Starts the run `directory` on three tasks, with these options of sbatch.
submit() {
  job=$(sbatch --parsable --ntasks=3 "$@" launch/slurm.sbatch --config "$root/configs/digits.toml" \
    --steps "$length" --run-dir "$directory" \
    --set train.checkpoint_every=1000000 --set train.evaluate_every=1000000)
}
# The same, and waits for its first step.
submit_and_wait() {
  submit "$@"
  wait_until logged '^step '
}

digest() { grep '^weights sha256 ' "$1" | tail -n 1; }
# The undisturbed run of $length steps, once.
reference() {
  local file=reference-$length.log
  if [[ ! -e $file ]]; then
    "$GMLP_TRAIN_EXECUTABLE" --config "$root/configs/digits.toml" --steps "$length" \
      --run-dir "reference-$length" --set train.evaluate_every=1000000 >"$file" 2>&1 \
      || { cat "$file" >&2; fail 'the undisturbed run'; }
  fi
  digest "$file"
}
# The job ends with exit code 0 and the weights of the undisturbed run.
expect_same_weights() {
  wait_until has_ended
  [[ $(field JobState) == COMPLETED && $(field ExitCode) == 0:0 ]] || fail "$(field JobState)"
  [[ $(digest "gmlp-train-$job.log") == "$(reference)" ]] || fail 'other weights'
  report "same weights, exit code 0:0, $(field Restarts) requeues"
}
expect_restarts() { (($(field Restarts) == $1)) || fail "$(field Restarts) requeues, not $1"; }
expect_checkpoint() { logged '^checkpoint of step ' || fail 'no checkpoint'; }
# The same command in a new job goes on and ends with the same weights.
resubmit() {
  submit
  wait_until logged 'resumed after step'
  expect_same_weights
}

# Sends a signal to rank 1 of the job.
signal_rank() {
  local process
  for process in $(scontrol listpids "$job" | awk 'NR > 1 && $1 > 0 { print $1 }'); do
    if tr '\0' '\n' 2>/dev/null <"/proc/$process/environ" | grep -q '^OMPI_COMM_WORLD_RANK=1$'; then
      kill -s "$1" "$process"
      return
    fi
  done
  fail 'rank 1 was not found'
}

tasks() {
  submit
  expect_same_weights
  logged '3 ranks' || fail 'not three ranks'
}

limit() {
  local start length=$((8 * length))
  submit_and_wait --time=1 --signal=B:USR2@59
  start=$(now)
  # However fast the machine is, the run is under way when the warning comes. After 20 s at a stand
  # the other ranks would end it.
  until logged 'SIGUSR2: saving'; do
    signal_rank STOP
    sleep 5
    signal_rank CONT
  done
  report "the warning for 59 s before the limit of 60 s came after $(seconds_since "$start")"
  expect_same_weights
  expect_checkpoint
  (($(field Restarts) > 0)) || fail 'not requeued'
}

preempted() {
  submit_and_wait
  local start urgent
  start=$(now)
  urgent=$(sbatch --parsable --partition=urgent --ntasks=8 --output=urgent.log --wrap 'sleep 1')
  wait_until logged 'SIGUSR2: saving'
  report "USR2 $(seconds_since "$start") after a job of higher priority was submitted"
  wait_until test -e urgent.log
  report "that job ($urgent) started after $(seconds_since "$start"); the grace is 20 s"
  expect_same_weights
  expect_checkpoint
  expect_restarts 1
}

requeued() {
  submit_and_wait
  scontrol requeue "$job"
  wait_until logged 'SIGTERM: saving'
  expect_same_weights
  expect_restarts 1
  if logged 'resumed after step'; then
    report 'the checkpoint fitted into the two seconds that mpirun leaves after TERM'
  else
    report 'no checkpoint fitted into the two seconds that mpirun leaves after TERM: from the start'
  fi
}

# Has the job save a checkpoint and go on.
save() {
  scancel --batch --signal=USR1 "$job"
  wait_until logged '^checkpoint of step'
}

checkpoint() {
  submit_and_wait
  save
  report 'USR1 to the script: a checkpoint, and the run goes on'
  expect_same_weights
  expect_restarts 0
}

stopped() {
  submit_and_wait
  scancel --batch --signal=TERM "$job"
  wait_until has_ended
  [[ $(field JobState) == FAILED && $(field ExitCode) == 75:0 ]] || fail "$(field ExitCode)"
  expect_restarts 0
  expect_checkpoint
  report 'TERM to the script: a checkpoint, exit code 75:0, not requeued'
  resubmit
}

cancelled() {
  submit_and_wait
  save
  local start
  start=$(now)
  scancel "$job"
  wait_until has_ended
  wait_until test -z "$(squeue --noheader --states=COMPLETING)"
  [[ $(field JobState) == CANCELLED ]] || fail "$(field JobState)"
  report "scancel: ended after $(seconds_since "$start"), not requeued"
  resubmit
}

killed() {
  submit_and_wait --export=ALL,GMLP_TRAIN_MAX_RESTARTS=1
  save
  signal_rank KILL
  wait_until logged 'restart 1 of 1'
  report "$(grep 'killed by' "gmlp-train-$job.log")"
  expect_same_weights
  expect_restarts 1

  directory=$directory-again
  submit_and_wait --export=ALL,GMLP_TRAIN_MAX_RESTARTS=0
  save
  signal_rank KILL
  wait_until has_ended
  [[ $(field JobState) == FAILED && $(field ExitCode) == 137:0 ]] || fail "$(field ExitCode)"
  expect_restarts 0
  report 'no restarts left: exit code 137:0, not requeued'
  resubmit
}

# Takes the node up again, if it has not come back by itself (ReturnToService=2).
node_is_up() {
  if [[ $(sinfo --noheader --partition=work --format=%t) == down* ]]; then
    scontrol update nodename="$(hostname -s)" state=resume || true
    return 1
  fi
}

# What Slurm does when a node is lost.
node() {
  local name
  name=$(hostname -s)
  submit_and_wait
  scontrol update nodename="$name" state=down reason=test
  wait_until has_state PENDING
  report "node down: $(field JobState), put back by Slurm"
  wait_until node_is_up
  expect_same_weights
  expect_restarts 1
}

srun() {
  local status plugin
  for plugin in none pmi2 pmix; do
    status=0
    job=''
    timeout 120 "$(type -P srun)" --mpi="$plugin" --ntasks=2 --kill-on-bad-exit=1 \
      "$GMLP_TRAIN_EXECUTABLE" --config "$root/configs/digits.toml" --steps "$length" \
      --run-dir "$directory-$plugin" --set train.evaluate_every=1000000 \
      >"srun-$plugin.log" 2>&1 || status=$?
    report "srun --mpi=$plugin: exit code $status"
    if ((status == 0)); then
      [[ $(digest "srun-$plugin.log") == "$(reference)" ]] || fail 'other weights'
    elif [[ $plugin == none ]]; then
      ((status == 64)) || fail 'several worlds of one rank were not refused'
    fi
  done
}

length=${GMLP_SLURM_TEST_STEPS:-400}
for step in "${steps[@]}"; do
  directory=run-$step
  started=$(now)
  "$step"
  report "passed in $(seconds_since "$started")"
done
