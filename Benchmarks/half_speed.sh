#!/usr/bin/env bash
# Measures what is left of two ranks' speed where one of them has half a core, with and without
# `train.balance`, which moves micro-batches to the faster one.
#
#   Benchmarks/half_speed.sh [ROUNDS]
#
# Each rank is bound to a core of its own; on the second one a loop takes half of the time. In each of
# ROUNDS (default 3) rounds Fashion-MNIST is trained with 32 micro-batches of 16 a step: by one rank on
# each core, whose speeds add up to what could be had, and by both. Medians of the steps 21 to 60. Needs
# two cores, and the data of launch/setup.sh.
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
trap 'kill "${loop:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
taskset -c 1 bash -c 'while :; do :; done' &
loop=$!

# train NAME COMMAND...: trains 60 steps, started by the command.
train() {
  local name=$1
  shift
  "$@" --quiet --run-dir "$folder/$name" --steps 60 --set train.global_batch_size=512 \
    --set train.checkpoint_every=0 --set train.evaluate_every=1000000 ${settings[@]+"${settings[@]}"}
}
for ((round = 1; round <= rounds; round++)); do
  settings=()
  train "whole.$round" taskset -c 0 gmlp-train
  train "half.$round" taskset -c 1 gmlp-train
  # launch/environment.sh has mpirun bind nothing. The shell in quotes expands its own variables.
  # shellcheck disable=SC2016
  pair=(mpirun -n 2 sh -c 'exec taskset -c "$OMPI_COMM_WORLD_RANK" gmlp-train "$@"' sh)
  settings=(--set train.balance=false)
  train "even.$round" "${pair[@]}"
  settings=(--set train.balance=true)
  train "moved.$round" "${pair[@]}"
done

python3 - "$folder" "$rounds" <<'END'
import json, statistics, sys

folder, rounds = sys.argv[1], int(sys.argv[2])
def speed(name):
    values = []
    for number in range(1, rounds + 1):
        lines = map(json.loads, open(f"{folder}/{name}.{number}/metrics.jsonl"))
        seconds = [x["step_seconds"] for x in lines if x["event"] == "step" and x["step"] > 20]
        values.append(512 / statistics.median(seconds))
    return statistics.median(values)
whole, half = speed("whole"), speed("half")
print("| | samples/s | of the sum |")
print("| --- | ---: | ---: |")
print(f"| one rank, a whole core | {whole:.0f} | |")
print(f"| one rank, half a core | {half:.0f} | |")
for name, words in ("even", "both, the same for each"), ("moved", "both, micro-batches moved"):
    print(f"| {words} | {speed(name):.0f} | {speed(name) / (whole + half):.3f} |")
END
