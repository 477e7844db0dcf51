#!/usr/bin/env bash
# Compares gMLP, DeiT, MLP-Mixer and ResMLP of 0.49 million parameters on CIFAR-10.
#
#   Benchmarks/image_models.sh rates|models [DATA] [-- OPTION...]
#
# rates trains each kind with three learning rates, 6 epochs each, on 45,000 of the training images, and compares them on
# the other 5,000; the best rates then go into configs/sweeps/image-models.toml. models trains each kind from three seeds,
# 15 epochs on all training images, and compares on the test set. DATA, data/cifar10 by default, has train.bin and
# test.bin, as of the binary version. Stopped anywhere, the same command resumes. Results: runs/image-rates and
# runs/image-models, with table.md and accuracy.svg. About 45 minutes and 2.5 hours on two cores. Options after -- go to
# gmlp-train sweep, as in -- --set train.steps=1.
set -euo pipefail

usage() { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0"; }
case ${1:-} in
  -h | --help)
    usage
    exit 0
    ;;
  rates | models) part=$1 ;;
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
data=$(readlink -e -- "$data") || { echo "image_models.sh: there is no folder $data" >&2; exit 66; }
sweep=(gmlp-train sweep "$root/configs/sweeps/image-$part.toml" --threads 2)
if [[ $part == models ]]; then
  exec "${sweep[@]}" --set "data.train=[\"$data/train.bin\"]" --set "data.test=[\"$data/test.bin\"]" "$@"
fi
# A sample is a label and 3,072 bytes; the order of the file is random.
bytes=$((5000 * 3073))
mkdir -p runs/image-rates-data
head -c "-$bytes" "$data/train.bin" >runs/image-rates-data/train.bin
tail -c "$bytes" "$data/train.bin" >runs/image-rates-data/holdout.bin
exec "${sweep[@]}" --set 'data.train=["runs/image-rates-data/train.bin"]' \
  --set 'data.test=["runs/image-rates-data/holdout.bin"]' --set train.epochs=6 "$@"
