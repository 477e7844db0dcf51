# shellcheck shell=bash
# What the steps of test.sh do with jobs. It sets root, step, length, directory, settings and exported.
# shellcheck disable=SC2154

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
  local deadline=$((SECONDS + 900))
  until "$@"; do
    if ((SECONDS >= deadline)); then fail "waited 900 s for: $*"; fi
    if [[ $1 == logged ]] && has_ended && ! "$@"; then fail "ended without: ${*:2}"; fi
    sleep 0.1
  done
}
field() { scontrol show job --oneliner "$job" | sed -n "s/.* $1=\([^ ]*\).*/\1/p"; }
has_state() { [[ $(field JobState) =~ ^($1)$ ]]; }
has_ended() { has_state 'COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL'; }
logged() { [[ -e gmlp-train-$job.log ]] && grep -q "$1" "gmlp-train-$job.log"; }

# Starts the run `directory` with `settings` on three tasks, with these options of sbatch.
submit() {
  job=$(sbatch --parsable --ntasks=3 "$@" launch/slurm.sbatch --config "$root/configs/digits.toml" \
    --steps "$length" --run-dir "$directory" \
    --set train.checkpoint_every=1000000 --set train.evaluate_every=1000000 "${settings[@]}")
}
# The same with the variables in `exported`, and waits for its first step. However fast the machine is, the
# first start lasts for minutes.
submit_and_wait() {
  submit --export="ALL,GMLP_TRAIN_FAULT=*:forward:*:slow:300${exported:+,$exported}" "$@"
  wait_until logged '^step '
}

# Has the job save a checkpoint and go on.
save() {
  scancel --batch --signal=USR1 "$job"
  wait_until logged '^checkpoint of step'
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

processes() { scontrol listpids "$job" | awk 'NR > 1 && $1 > 0 { print $1 }'; }
# Sends a signal to rank 1 of the job.
signal_rank() {
  local process
  for process in $(processes); do
    if tr '\0' '\n' 2>/dev/null <"/proc/$process/environ" | grep -qE '^(OMPI_COMM_WORLD_RANK|PMIX_RANK)=1$'; then
      kill -s "$1" "$process"
      return
    fi
  done
  fail 'rank 1 was not found'
}
