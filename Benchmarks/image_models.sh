#!/usr/bin/env bash
# Compares gMLP, DeiT, MLP-Mixer and ResMLP of 0.49 million parameters on CIFAR-10.
#
#   Benchmarks/image_models.sh rates|models [DATA] [-- OPTION...]
#   Benchmarks/image_models.sh report
#
# rates trains each kind with three learning rates, 6 epochs each, on 45,000 of the training images, and compares them on
# the other 5,000. Where the best is the lowest or highest of a kind, it tries half or twice that too, at most three times.
# models trains each kind at its best rate from three seeds, 15 epochs on all training images, and compares on the test
# set. DATA, data/cifar10 by default, has train.bin and test.bin, as of the binary version. Results: runs/image-rates and
# runs/image-models, with table.md, loss.svg and accuracy.svg. Options after -- go to gmlp-train sweep, as in
# -- --set train.steps=1.
#
# report evaluates the averaged weights at the end of each run that models has finished: runs/image-models gets
# classes.md (parameters, speed, accuracy by seed and by class, calibration, the most frequent confusions), filters.png
# (what the gMLP's tokens collect) and filters.md (how local and how alike these filters are), each run classes.csv and
# confusion.png.
#
# Stopped or killed anywhere, the same command resumes; at most an epoch is trained again. rates shows 3.2 million
# images, 0.27 million for each further rate, and models 9 million: an hour and a half and four hours at 640 images/s.
# Needs python3 of 3.11 or later.
set -euo pipefail

usage() { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0"; }
case ${1:-} in
  -h | --help)
    usage
    exit 0
    ;;
  rates | models | report) part=$1 ;;
  *)
    echo "image_models.sh: '${1:-}' is no part; see Benchmarks/image_models.sh --help" >&2
    exit 64
    ;;
esac
shift
data=data/cifar10
if [[ ${1:---} != -- ]]; then
  data=$1
  shift
fi
if [[ ${1:-} == -- ]]; then shift; fi

root=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
root=${root%/*}
source "$root/launch/environment.sh"

rates() {
  local folder=runs/image-rates-data bytes
  # A sample is a label and 3,072 bytes; the order of the file is random.
  bytes=$((5000 * 3073))
  if [[ -e $folder/holdout.bin ]]; then
    # The sets of other images would be taken for those of these.
    if ! cat -- "$folder/train.bin" "$folder/holdout.bin" | cmp -s - "$data/train.bin"; then
      echo "image_models.sh: $folder is of other images than $data/train.bin; remove it and runs/image-rates" >&2
      exit 64
    fi
  else
    mkdir -p "$folder"
    head -c "-$bytes" "$data/train.bin" >"$folder/train.bin"
    tail -c "$bytes" "$data/train.bin" >"$folder/holdout.bin.new"
    mv -- "$folder/holdout.bin.new" "$folder/holdout.bin"
  fi
  local sweep=$root/configs/sweeps/image-rates.toml further=runs/image-rates.toml round code
  for round in 1 2 3 4; do
    gmlp-train sweep "$sweep" --output runs/image-rates --threads 2 --set train.epochs=6 \
      --set "data.train=[\"$folder/train.bin\"]" --set "data.test=[\"$folder/holdout.bin\"]" "$@"
    if ((round == 4)); then break; fi
    code=0
    python3 "$root/Benchmarks/image_report.py" extend runs/image-rates/table.json "$sweep" "$further" || code=$?
    if ((code == 3)); then break; fi
    if ((code > 0)); then return "$code"; fi
    sweep=$further
  done
}

models() {
  python3 "$root/Benchmarks/image_report.py" rates runs/image-rates/table.json \
    "$root/configs/sweeps/image-models.toml" runs/image-models.toml
  exec gmlp-train sweep runs/image-models.toml --threads 2 \
    --set "data.train=[\"$data/train.bin\"]" --set "data.test=[\"$data/test.bin\"]" "$@"
}

# evaluate RUN: judges the averaged weights that the run has ended with, not those that were best on the test set.
evaluate() {
  local run=$1 result=$1/evaluation.json checkpoints
  checkpoints=("$run"/checkpoints/step-*)
  if [[ -e $result && ! ${checkpoints[-1]} -nt $result ]]; then return; fi
  gmlp-train evaluate --checkpoint "${checkpoints[-1]}" --ema --threads 2 --quiet --json \
    --per-class "$run/classes.csv" --confusion "$run/confusion.png" >"$result.new"
  mv -- "$result.new" "$result"
}

report() {
  local folder=runs/image-models run checkpoints weights=()
  for run in "$folder"/*-seed*/; do
    run=${run%/}
    if ! grep -q '"event":"end".*"reason":"finished"' "$run/metrics.jsonl"; then continue; fi
    evaluate "$run"
    if [[ $run == "$folder"/gmlp-seed* ]]; then
      checkpoints=("$run"/checkpoints/step-*)
      weights+=("${checkpoints[-1]}/ema.safetensors")
    fi
  done
  python3 "$root/Benchmarks/image_report.py" classes "$folder"
  python3 "$root/Benchmarks/draw_spatial_matrices.py" --filters "$folder/filters.png" \
    "${weights[0]:?image_models.sh: no gMLP is trained to its end}"
  python3 "$root/Benchmarks/draw_spatial_matrices.py" --describe "${weights[@]}" >"$folder/filters.md"
  cat "$folder/table.md" "$folder/classes.md" "$folder/filters.md"
}

if [[ $part != report ]]; then
  data=$(readlink -e -- "$data") || { echo "image_models.sh: there is no folder $data" >&2; exit 66; }
fi
"$part" "$@"
