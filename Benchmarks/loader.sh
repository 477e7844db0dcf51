#!/usr/bin/env bash
# Measures the share of a core that decoding and augmenting JPEG files of ImageNet's size takes, beside gMLP-S/16
# and gMLP-B/16 in training.
#
#   Benchmarks/loader.sh [ROUNDS]
#
# 200 pictures of 500 × 375 pixels and about 110 kB (Benchmarks/make_photos.py) are cropped at random, mirrored and
# changed by AutoAugment, as in the paper. In each of ROUNDS (default 3) rounds `gmlp-train benchmark` trains three
# steps of each model on one core, and measures the loader alone. Needs a quiet machine, and python3 with numpy and
# Pillow; PYTHON names another one. Takes about five minutes.
set -euo pipefail

case ${1:-} in
  -h | --help)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0"
    exit 0
    ;;
esac
rounds=${1:-3}
cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."
unset OPENBLAS_CORETYPE
source launch/environment.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" Benchmarks/make_photos.py "$folder/photos"

settings=(
  --set data.format=folder --set "data.train=[\"$folder/photos\"]" --set "data.test=[\"$folder/photos\"]"
  --set augment.random_resized_crop=true --set augment.crop_padding=0 --set augment.policy=v0
  --set train.threads=1 --set train.global_batch_size=16 --set train.micro_batch_size=16
)
lscpu | sed -n 's/^Model name: *//p'
for ((round = 1; round <= rounds; round++)); do
  for model in s16 b16; do
    result=$(taskset -c 0 gmlp-train benchmark --config "configs/gmlp-$model.toml" --steps 3 --warmup-steps 1 --json \
      "${settings[@]}")
    python3 -c '
import json, sys
result = json.loads(sys.argv[2])
print("{}: {:.2f} images/s, loader {:.1f} images/s, {:.1f} % of a core".format(
    sys.argv[1], result["samples_per_second"], result["loader_samples_per_second"], 100 * result["loader_share"]))
' "$model" "$result"
  done
done
