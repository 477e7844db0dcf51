#!/usr/bin/env bash
# Proves launch/slurm.sbatch on a Slurm of its own: whatever happens to a job, it ends with the
# weights of an undisturbed run of one process.
#
#   Tests/Slurm/test.sh [--short | STEP...]
#
# Steps: tasks limit clock preempted requeued asked early checkpoint stopped stop_after cancelled killed
# hung lost error node srun by_srun array. --short: one of each kind, without those that wait for Slurm's clock.
# Exit code 77: it cannot run here (see slurm.sh).
set -euo pipefail

tests=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
root=${tests%/*/*}
all=(tasks limit clock preempted requeued asked early checkpoint stopped stop_after cancelled killed
  hung lost error node srun by_srun array)
case ${1:-} in
  -h | --help)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0"
    exit 0
    ;;
  --short) steps=(tasks preempted stopped hung error srun by_srun array) ;;
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

source "$tests/jobs.sh"

tasks() {
  submit
  expect_same_weights
  logged '3 ranks' || fail 'not three ranks'
}

limit() {
  local start
  # Without a clock of its own.
  settings=(--set train.time_limit=0)
  submit_and_wait --time=1 --signal=B:USR2@59
  start=$(now)
  wait_until logged 'SIGUSR2: saving'
  report "the warning for 59 s before the limit of 60 s came after $(seconds_since "$start")"
  expect_same_weights
  expect_checkpoint
  (($(field Restarts) > 0)) || fail 'not requeued'
}

clock() {
  local start
  # Without a warning that stops it.
  submit_and_wait --time=1 --signal=B:CONT@1
  start=$(now)
  wait_until logged 'GMLP_TRAIN_DEADLINE: saving'
  report "the run stopped by itself after $(seconds_since "$start"); the limit is 60 s"
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
  report "that job ($urgent) started after $(seconds_since "$start"); the grace is 300 s"
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

asked() {
  submit_and_wait
  scancel --batch --signal=USR2 "$job"
  wait_until logged 'SIGUSR2: saving'
  expect_same_weights
  expect_checkpoint
  expect_restarts 1
  logged 'resumed after step' || fail 'not resumed'
}

# USR2 to the script before it has started the run.
early() {
  mkdir early
  printf '#!/bin/sh\ntouch "%s/early/asked"\nsleep 20\n' "$folder" >early/squeue
  chmod +x early/squeue
  submit --export="ALL,PATH=$folder/early:$PATH"
  wait_until test -e early/asked
  scancel --batch --signal=USR2 "$job"
  expect_same_weights
  expect_restarts 1
  ! logged 'SIGUSR2' || fail 'the run was there already'
}

checkpoint() {
  # No second start makes it faster.
  local length=100
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

# A stop by the run itself that is no matter of time.
stop_after() {
  settings=(--stop-after 50)
  submit
  wait_until has_ended
  [[ $(field JobState) == FAILED && $(field ExitCode) == 75:0 ]] || fail "$(field ExitCode)"
  expect_restarts 0
  report '--stop-after: exit code 75:0, not requeued'
  settings=()
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
  exported=GMLP_TRAIN_MAX_RESTARTS=1
  submit_and_wait
  save
  signal_rank KILL
  wait_until logged 'restart 1 of 1'
  report "$(grep 'killed by' "gmlp-train-$job.log")"
  expect_same_weights
  expect_restarts 1

  directory=$directory-again
  exported=GMLP_TRAIN_MAX_RESTARTS=0
  submit_and_wait
  save
  signal_rank KILL
  wait_until has_ended
  [[ $(field JobState) == FAILED && $(field ExitCode) == 137:0 ]] || fail "$(field ExitCode)"
  expect_restarts 0
  report 'no restarts left: exit code 137:0, not requeued'
  resubmit
}

hung() {
  settings=(--set train.hang_timeout=20 --set train.checkpoint_every=20)
  submit --export=ALL,GMLP_TRAIN_FAULT=1:forward:50:stop
  wait_until logged 'exit code 76: restart 1 of 3'
  report "$(grep -m 1 'rank 1 on' "gmlp-train-$job.log")"
  expect_same_weights
  expect_restarts 1
  # The newest may still have been under way.
  logged 'resumed after step [24]0' || fail 'not resumed'
}

# mpirun ends, as when it has lost a host.
lost() {
  submit_and_wait
  save
  local process
  for process in $(processes); do
    if [[ $(cat "/proc/$process/comm" 2>/dev/null) == mpirun ]]; then kill "$process"; fi
  done
  wait_until logged 'exit code 1: restart 1 of 3'
  expect_same_weights
  expect_restarts 1
}

error() {
  settings=(--set model.no_such_key=1)
  submit
  wait_until has_ended
  [[ $(field JobState) == FAILED && $(field ExitCode) == 64:0 ]] || fail "$(field ExitCode)"
  expect_restarts 0
  report 'an unknown key: exit code 64:0, not requeued'
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
    timeout 900 "$(type -P srun)" --mpi="$plugin" --ntasks=2 --kill-on-bad-exit=1 \
      "$GMLP_TRAIN_EXECUTABLE" --config "$root/configs/digits.toml" --steps "$length" \
      --run-dir "$directory-$plugin" --set train.evaluate_every=1000000 \
      >"srun-$plugin.log" 2>&1 || status=$?
    report "srun --mpi=$plugin: exit code $status"
    if ((status == 0)); then
      [[ $(digest "srun-$plugin.log") == "$(reference)" ]] || fail 'other weights'
    elif [[ $plugin == none ]]; then
      # srun may end the other task before that has said the same.
      if ((status != 64 && status != 143)) || ! grep -qF 'srun --mpi=pmix' "srun-$plugin.log"; then
        fail 'several worlds of one rank were not refused'
      fi
    fi
  done
}

# The ranks of a job are started by srun.
by_srun() {
  exported=GMLP_TRAIN_LAUNCHER=srun
  submit_and_wait
  scancel --batch --signal=USR2 "$job"
  wait_until logged 'SIGUSR2: saving'
  expect_same_weights
  expect_checkpoint
  expect_restarts 1
  logged 'resumed after step' || fail 'not resumed'

  directory=$directory-again
  submit_and_wait
  save
  signal_rank KILL
  wait_until logged 'restart 1 of 3'
  expect_same_weights
  expect_restarts 1
}

# Each task of an array has a run directory of its own.
array() {
  local first task plain=$directory
  directory=$plain-%a
  submit --array=1-2
  first=$job
  for task in 1 2; do
    job=${first}_$task
    wait_until has_ended
    [[ $(field JobState) == COMPLETED ]] || fail "$(field JobState): $(tail -n 5 gmlp-train-*.log)"
    "$GMLP_TRAIN_EXECUTABLE" checkpoints verify "$plain-$task" >verified 2>&1 || fail "$(<verified)"
    report "task $task: $(tail -n 1 verified)"
  done
}

length=${GMLP_SLURM_TEST_STEPS:-400}
for step in "${steps[@]}"; do
  directory=run-$step
  settings=() exported=''
  started=$(now)
  "$step"
  report "passed in $(seconds_since "$started")"
done
