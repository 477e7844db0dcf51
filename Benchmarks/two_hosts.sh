#!/usr/bin/env bash
# Measures training on two hosts that a slow network joins, on one machine.
#
#   Benchmarks/two_hosts.sh [--rate RATE] [--steps N] [--rounds N] [--precisions LIST] [--wires LIST] [-- key=value...]
#
# Two network namespaces stand for the hosts, joined by a bridge whose links tc limits to RATE (default
# 1gbit) each way; each has half of the cores. mpirun starts one rank in each of them, as it would by ssh.
# Needs root and iproute2.
#
# In each round and for each precision (fp32,bf16) and each precision of the gradients on the wire
# (fp32,bf16) the table shows medians over --rounds (default 3) rounds of --steps (default 10) steps of
# gMLP-S/16 with four micro-batches of four a rank, which go through the layers in turn:
#
#   alone     the step of one rank with the same work and cores, while the other host idles
#   compute   the same while the other host does it too, by itself: real hosts share no memory
#   wire      the bytes that a rank sends in a step, at the rate that large messages reach in both
#             directions at once, measured in the same round
#   step      the step of the two ranks
#   ratio     step / max(compute, wire), and the same to alone in place of compute: 1 where all that
#             can be hidden is hidden
#
# Before that both hosts train the digits and must end with the weights of one process. What follows
# -- is set in the configuration of all measurements: train.interleaved_samples=0 shows what it is
# good for that they go in turn. Everything that was made is removed at the end.
set -euo pipefail

usage() { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0"; }
fail() {
  echo "two_hosts.sh: $1" >&2
  exit "${2:-64}"
}

rate=1gbit steps=10 rounds=3 precisions=fp32,bf16 wires=fp32,bf16 settings=()
while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --rate | --steps | --rounds | --precisions | --wires)
      (($# > 1)) || fail "$1 needs a value"
      declare "${1#--}=$2"
      shift 2
      ;;
    --)
      shift
      for setting in "$@"; do settings+=(--set "$setting"); done
      break
      ;;
    *) fail "'$1' is not an option; see Benchmarks/two_hosts.sh --help" ;;
  esac
done

root=$(dirname -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")")
unset OPENBLAS_CORETYPE
source "$root/launch/environment.sh"
((EUID == 0)) || fail "network namespaces need root" 77
for tool in ip tc mpirun python3 gmlp-train; do
  command -v "$tool" >/dev/null || fail "$tool is missing (iproute2, launch/setup.sh)" 77
done

half=$(($(getconf _NPROCESSORS_ONLN) / 2))
((half > 0)) || fail "two hosts need two cores" 77
source "$root/Tests/Hosts/hosts.sh"
folder=$(mktemp -d)
trap 'remove_hosts; rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
make_hosts 2 "0-$((half - 1))" "$half-$((2 * half - 1))"
limit_link 0 "$rate"
limit_link 1 "$rate"

# Runs a command with one rank on each host.
on_both() {
  on_host 0 mpirun -n 2 --host "${addresses[0]}:1,${addresses[1]}:1" --mca btl tcp,self "$@"
}

# The digest of the weights after a run of the digits.
digest() {
  "$@" --config "$root/configs/digits.toml" --run-dir "$folder/run" --resume never \
    --set train.bucket_mb=0.05 |
    sed -n 's/^weights sha256 //p'
}

echo "two hosts, joined at $rate; $(getconf _NPROCESSORS_ONLN) cores, $(date -u +%F)"
one=$(digest gmlp-train)
both=$(digest on_both gmlp-train)
[[ -n $one && $one == "$both" ]] || fail "the digits end with $both, on one host with $one" 1
echo "digits: the same weights on one host and on both, sha256 $one"

benchmark=(gmlp-train benchmark --preset gmlp-s16 --warmup-steps 1 --steps "$steps" --json
  --set train.micro_batch_size=4 --set train.interleaved_samples=16)
for ((round = 1; round <= rounds; round++)); do
  on_both gmlp-train benchmark --reduction --largest 1 --steps 3 --json >"$folder/link.$round"
  for precision in ${precisions//,/ }; do
    by_itself=("${benchmark[@]}" --batch 16 --set "train.precision=$precision" "${settings[@]}")
    on_host 0 "${by_itself[@]}" >"$folder/alone.$precision.$round"
    on_host 1 "${by_itself[@]}" >"$folder/other.$precision.$round" &
    on_host 0 "${by_itself[@]}" >"$folder/one.$precision.$round"
    wait $!
    for wire in ${wires//,/ }; do
      on_both "${benchmark[@]}" --batch 32 --set "train.precision=$precision" \
        --set "train.wire_precision=$wire" "${settings[@]}" >"$folder/step.$precision.$wire.$round"
    done
  done
done

python3 - "$folder" "$rounds" "$precisions" "$wires" <<'END'
import json, statistics, sys

folder, rounds, precisions, wires = sys.argv[1], int(sys.argv[2]), *(w.split(",") for w in sys.argv[3:])
def median(name, value):
    return statistics.median(
        value(json.load(open(f"{folder}/{name}.{r}"))) for r in range(1, rounds + 1))
link = median("link", lambda found: found["link_bytes_per_second"])
print(f"large messages, both directions at once: {link / 1e6:.1f} MB/s each way\n")
print("| precision | on the wire | MB sent | wire | alone | compute | step | ratio | to alone |")
print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
def seconds(name):
    return median(name, lambda found: found["step_seconds"])
for precision in precisions:
    alone = seconds(f"alone.{precision}")
    compute = max(seconds(f"one.{precision}"), seconds(f"other.{precision}"))
    for wire in wires:
        name = f"step.{precision}.{wire}"
        step = seconds(name)
        # Half of the gradients leave each of two ranks, and half of the weights.
        sent = median(name, lambda found: found["parameters"]) / 2 * ({"fp32": 4, "bf16": 2}[wire] + 4)
        time = sent / link
        print(f"| {precision} | {wire} | {sent / 1e6:.1f} | {time:.3f} s | {alone:.3f} s | {compute:.3f} s "
              f"| {step:.3f} s | {step / max(compute, time):.3f} | {step / max(alone, time):.3f} |")
END
