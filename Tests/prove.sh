#!/usr/bin/env bash
# The long proofs of reliability, of which launch/test.sh passes short versions.
#
#   Tests/prove.sh [--reader NAME]... [--seed N] [PART...]
#
# Parts, all of them if none is named, with about the time that they take on two cores:
#
#   kills      1,000 kills of one training, at any time and at any place       (30 min)
#   verdicts   100 each of killed, stopped, hung and slow ranks                (30 min)
#   power      300 losses of power during saves                                (5 min)
#   bits       1,000 bits that turn in a rank's weights                        (30 min)
#   mixed      200 faults of all kinds                                         (20 min)
#   resume     every step of three epochs, and from n to m ranks               (10 min)
#   digests    the runs whose weights are quoted                               (10 min)
#   clean      10,000 steps on 2 ranks: no alarm; memory, files, threads flat  (3 min)
#   soak       100,000 collectives on 8 ranks                                  (10 min)
#   fuzz       1,000,000 inputs for each reader of files                       (40 min)
#   sanitize   tests of the libraries under Address- and ThreadSanitizer       (25 min)
#   imagenet   Tests/imagenet_rehearsal.sh                                     (2 min)
#   slurm      Tests/Slurm/test.sh                                             (15 min)
#   hosts      Tests/Hosts/test.sh                                             (10 min)
#
# What they found is in docs/operations/reliability.md. The output goes to the folder prove-results too.
#
# fuzz takes all readers, or those that --reader names, as in Tests/prove.sh --reader webp --seed 1 fuzz. --reader pictures
# means those of images: jpeg, webp, png, tar and picture-shards. Every seed has inputs of its own; 0 is the default. A line
# is printed for each 250,000 inputs and, with "in all", for each reader. Stopped anywhere, fuzz continues with the 250,000
# inputs that it was at, as long as the fuzzer is the same. After a finding it goes on with the next reader, and fails at
# the end. A million of JPEG files took 13 minutes.
set -euo pipefail

pictures=(jpeg webp png tar picture-shards)
readers=(toml sweep state idx cifar10 safetensors "${pictures[@]}" shards text-shards labelled-shards questions inputs)
seed=0
chosen=()
while [[ ${1:-} == -* ]]; do
  case $1 in
    -h | --help)
      sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0"
      exit 0
      ;;
    --reader)
      if [[ ${2:?prove.sh: --reader needs a name} == pictures ]]; then
        chosen+=("${pictures[@]}")
      else
        chosen+=("$2")
      fi
      ;;
    --seed) seed=${2:?prove.sh: --seed needs a number} ;;
    *)
      echo "prove.sh: '$1' is no option; see Tests/prove.sh --help" >&2
      exit 64
      ;;
  esac
  shift 2
done
for reader in "${chosen[@]}"; do
  if [[ " ${readers[*]} " != *" $reader "* ]]; then
    echo "prove.sh: '$reader' is no reader; the readers are ${readers[*]}" >&2
    exit 64
  fi
done
if ((${#chosen[@]} > 0)); then readers=("${chosen[@]}"); fi
all=(kills verdicts power bits mixed resume digests clean soak fuzz sanitize imagenet slurm hosts)
parts=("$@")
if (($# == 0)); then parts=("${all[@]}"); fi
for part in "${parts[@]}"; do
  if [[ " ${all[*]} " != *" $part "* ]]; then
    echo "prove.sh: '$part' is no part; see Tests/prove.sh --help" >&2
    exit 64
  fi
done

cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."
unset OPENBLAS_CORETYPE
source launch/environment.sh
if [[ ${parts[*]} != fuzz ]]; then
  swift build -c release --static-swift-stdlib --product gmlp-train
  swift build --build-tests
fi
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
    torture "${kind// /-}" --faults 100 --delay 4 --ranks 2,3,4 --set train.epochs=300 --kind "$kind"
  done
}

power() { torture power --faults 300 --set train.epochs=900 --kind 'power lost'; }

bits() { torture bits --faults 1000 --set train.epochs=900 --kind 'bit turned'; }

mixed() { torture mixed --faults 200 --set train.epochs=400; }

resume() {
  GMLP_TRAIN_LONG_TESTS=1 swift test --skip-build --no-parallel --filter ResumeAnywhereTests
}

digests() {
  GMLP_TRAIN_LONG_TESTS=1 swift test --skip-build --no-parallel --filter QuotedDigestTests
}

# Descriptors, threads and kilobytes of the process with the number $1.
usage_of() {
  echo "$(find "/proc/$1/fd" -mindepth 1 | wc -l) files," \
    "$(find "/proc/$1/task" -mindepth 1 -maxdepth 1 | wc -l) threads," \
    "$(sed -n 's/^RssAnon:\s*//p' "/proc/$1/status")"
}

clean() {
  local run=$folder/clean children process step job usage former='' alarms
  mpirun -n 2 gmlp-train --config configs/digits.toml --run-dir "$run" --quiet \
    --set train.epochs=500 --set train.checkpoint_every=500 &
  job=$!
  # A save has files of its own: these are halfway between two.
  for step in 1250 5250 10250; do
    until grep -q "\"event\":\"step\",\"step\":$step," "$run/metrics.jsonl" 2>/dev/null; do
      kill -0 "$job" || return 1
      sleep 0.1
    done
    # The list has no end of line.
    read -r -a children <"/proc/$job/task/$job/children" || true
    usage=$(for process in "${children[@]}"; do usage_of "$process"; done)
    printf 'step %s:\n%s\n' "$step" "$usage"
    is_flat "$former" "$usage" || return 1
    former=$usage
  done
  wait "$job" || return 1
  alarms=$(grep -cE '"event":"(straggler|skipped|weights_changed)"' "$run/metrics.jsonl" || true)
  echo "alarms: $alarms"
  ((alarms == 0))
}

# Whether no rank has more files or threads than before, or a megabyte more of memory.
is_flat() {
  [[ -z $1 ]] && return
  paste -d ' ' <(echo "$1") <(echo "$2") | awk '
    { if ($7 > $1 || $9 > $3 || $11 > $5 + 1024) { print "not flat: " $0; exit 1 } }'
}

soak() { mpirun -n 8 .build/debug/MPIChecks --argument 100000 soak; }

fuzz() {
  local reader folder found=()
  swift build -c release --product Fuzzer
  folder=$results/fuzz/$(sha256sum .build/release/Fuzzer | head -c 16)
  mkdir -p "$folder"
  for reader in "${readers[@]}"; do
    fuzz_reader "$reader" "$folder" || found+=("$reader")
  done
  if ((${#found[@]} > 0)); then
    echo "fuzz: look at the findings of ${found[*]} above" >&2
    return 1
  fi
}

# Feeds the reader $1, or what is still to do of it by the files in $2; fails at a finding.
fuzz_reader() {
  local first block blocks=()
  # The parser of TOML keeps a kilobyte of each text for good, and the fuzzer limits memory.
  for first in 0 250000 500000 750000; do
    block=$2/$1-$seed-$first.txt
    if [[ ! -e $block ]]; then
      if ! .build/release/Fuzzer "$1" --seed "$seed" --first "$first" --inputs 250000 >"$block.new"; then
        cat -- "$block.new"
        return 1
      fi
      mv -- "$block.new" "$block" || return 1
    fi
    cat -- "$block"
    blocks+=("$block")
  done
  awk -F '[ ,]+' -v reader="$1" -v seed="$seed" '
    function number(name, place) {
      for (place = 1; place < NF; place++) if ($place == name) return $(place + 1)
    }
    {
      inputs += number("inputs"); accepted += number("accepted"); refused += number("refused")
      seconds += number("seconds")
      if (number("slowest") > slowest) slowest = number("slowest")
      if (number("memory") > memory) memory = number("memory")
    }
    END {
      printf "%s: in all inputs %d of seed %d, accepted %d, refused %d, seconds %.0f, slowest %s, peak memory %s MB\n",
        reader, inputs, seed, accepted, refused, seconds, slowest, memory
    }' "${blocks[@]}"
}

# Leaks are not looked for: MPI and Swift's runtime keep memory to the end, and some threads never end.
sanitize() {
  ASAN_OPTIONS=detect_leaks=0 sanitized address \
    'KernelsTests|ModelTests|DatasetsTests|CheckpointsTests|CommTests'
  # It does not see that Swift's Mutex orders what it guards, which rules out tests that are about that.
  TSAN_OPTIONS=report_thread_leaks=0 sanitized thread \
    'ThreadingTests|BatchLoaderTests|CommunicationThreadTests|CheckpointsTests|MetricsFileTests|SumTests'
}

# The tests that match $2, with the sanitizer $1.
sanitized() {
  local options=(--sanitize="$1" --scratch-path ".build/$1")
  swift build "${options[@]}" --build-tests
  env -u GMLP_TRAIN_TESTED_PROGRAMS \
    swift test "${options[@]}" --skip-build --no-parallel --filter "$2"
}

imagenet() { Tests/imagenet_rehearsal.sh; }

slurm() { Tests/Slurm/test.sh; }

hosts() { Tests/Hosts/test.sh; }

failed=()
for part in "${parts[@]}"; do
  echo "== $part, $(date -u +%F)"
  set +e
  (
    set -e
    "$part"
  ) 2>&1 | tee "$results/$part.txt"
  status=${PIPESTATUS[0]}
  set -e
  if ((status != 0)); then failed+=("$part"); fi
done
if ((${#failed[@]} > 0)); then
  echo "failed: ${failed[*]}" >&2
  exit 1
fi
