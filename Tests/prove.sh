#!/usr/bin/env bash
# The long proofs of reliability, of which launch/test.sh passes short versions.
#
#   Tests/prove.sh [PART...]
#
# Parts, all of them if none is named, with the time that they took on two cores:
#
#   kills      1,000 kills of one training, at any time and at any place       (30 min)
#   verdicts   100 each of killed, stopped, hung and slow ranks                (30 min)
#   mixed      200 faults of all kinds                                         (20 min)
#   resume     every step of three epochs, and from n to m ranks               (10 min)
#   clean      10,000 steps on 2 ranks: no alarm; memory, files, threads flat  (3 min)
#   soak       100,000 collectives on 8 ranks                                  (10 min)
#   fuzz       1,000,000 inputs for each reader of files                       (90 min)
#   slurm      Tests/Slurm/test.sh                                             (15 min)
#   hosts      Tests/Hosts/test.sh                                             (10 min)
#
# What they found is in docs/reliability.md. The output goes to the folder prove-results too.
set -euo pipefail

case ${1:-} in
  -h | --help)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0"
    exit 0
    ;;
esac

cd "$(dirname "${BASH_SOURCE[0]}")/.."
unset OPENBLAS_CORETYPE
source launch/environment.sh
swift build -c release --static-swift-stdlib --product gmlp-train
swift build --build-tests
export GMLP_TRAIN_TESTED_PROGRAMS="$PWD/.build/release"
results=$PWD/prove-results
mkdir -p "$results"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

torture() {
  local name=$1
  shift
  gmlp-train torture --config configs/digits.toml --output "$folder/$name" \
    --set train.checkpoint_every=20 --set train.evaluate_every=500 "$@"
}

kills() {
  torture kills --faults 1000 --delay 1 --set train.epochs=900 \
    --kind 'rank killed' --kind 'rank killed at a place' --kind 'all killed'
}

verdicts() {
  local kind
  for kind in 'rank killed' 'rank stopped' 'rank hung' 'rank slow'; do
    torture "${kind// /-}" --faults 100 --delay 1 --ranks 2,3,4 --set train.epochs=300 --kind "$kind"
  done
}

mixed() { torture mixed --faults 200 --set train.epochs=400; }

resume() {
  GMLP_TRAIN_LONG_TESTS=1 swift test --skip-build --no-parallel --filter ResumeAnywhereTests
}

# Descriptors, threads and kilobytes of the process with the number $1.
usage_of() {
  echo "$(find "/proc/$1/fd" -mindepth 1 | wc -l) files," \
    "$(find "/proc/$1/task" -mindepth 1 -maxdepth 1 | wc -l) threads," \
    "$(sed -n 's/^RssAnon:\s*//p' "/proc/$1/status")"
}

clean() {
  local run=$folder/clean children process step
  mpirun -n 2 gmlp-train --config configs/digits.toml --run-dir "$run" --quiet \
    --set train.epochs=500 --set train.checkpoint_every=500 &
  for step in 1000 5000 10000; do
    until grep -q "\"event\":\"step\",\"step\":$step," "$run/metrics.jsonl" 2>/dev/null; do sleep 0.1; done
    read -r -a children <"/proc/$!/task/$!/children"
    for process in "${children[@]}"; do echo "step $step: $(usage_of "$process")"; done
  done
  wait $!
  echo "alarms: $(grep -c '"event":"straggler"' "$run/metrics.jsonl" || true) slow ranks," \
    "$(grep -c '"event":"skipped"' "$run/metrics.jsonl" || true) skipped steps"
}

soak() { mpirun -n 8 .build/debug/MPIChecks --argument 100000 soak; }

fuzz() {
  local reader
  for reader in toml state idx cifar10 safetensors png shards text-shards; do
    .build/debug/Fuzzer "$reader" --inputs 1000000
  done
}

slurm() { Tests/Slurm/test.sh; }

hosts() { Tests/Hosts/test.sh; }

parts=("$@")
if (($# == 0)); then parts=(kills verdicts mixed resume clean soak fuzz slurm hosts); fi
for part in "${parts[@]}"; do
  case $part in
    kills | verdicts | mixed | resume | clean | soak | fuzz | slurm | hosts) ;;
    *)
      echo "prove.sh: '$part' is no part; see Tests/prove.sh --help" >&2
      exit 64
      ;;
  esac
done
for part in "${parts[@]}"; do
  echo "== $part, $(date -u +%F)"
  "$part" 2>&1 | tee "$results/$part.txt"
done
