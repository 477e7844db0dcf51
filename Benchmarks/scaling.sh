#!/usr/bin/env bash
# Compares what plan predicts with steps on hosts that are network namespaces of this machine.
#
#   Benchmarks/scaling.sh [--hosts LIST] [--ranks LIST] [--rates LIST] [--delays LIST] [--seconds S] [--steps N] [--real]
#
# In each cell, 2,4,8 hosts of 1,2,4 ranks train gMLP-Ti/16 over links of 100mbit,1gbit,10gbit, whose bytes arrive
# 0,1,5 ms later, with two micro-batches a rank. In place of computing, workers wait S seconds (0.5) for each micro-batch,
# so that many ranks on few cores do not disturb each other. The table has the median step of N (7), the predicted one
# and their ratio; the last lines say how many cells are within 10 %. --real measures 2 hosts of one rank that
# compute as well: first a profile while both compute, then the steps. Needs root and iproute2; takes a few hours.
set -euo pipefail

usage() { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0"; }
fail() {
  echo "scaling.sh: $1" >&2
  exit "${2:-64}"
}

hosts_list=2,4,8 ranks_list=1,2,4 rates_list=100mbit,1gbit,10gbit delays_list=0,1,5 seconds=0.5 steps=7 real=
while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --hosts | --ranks | --rates | --delays)
      (($# > 1)) || fail "$1 needs a value"
      declare "${1#--}_list=$2"
      shift 2
      ;;
    --seconds | --steps)
      (($# > 1)) || fail "$1 needs a value"
      declare "${1#--}=$2"
      shift 2
      ;;
    --real)
      real=1
      shift
      ;;
    *) fail "'$1' is not an option; see Benchmarks/scaling.sh --help" ;;
  esac
done

root=$(dirname -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")")
unset OPENBLAS_CORETYPE
source "$root/launch/environment.sh"
((EUID == 0)) || fail "network namespaces need root" 77
for tool in ip tc mpirun python3 gmlp-train; do
  command -v "$tool" >/dev/null || fail "$tool is missing (iproute2, launch/setup.sh)" 77
done
source "$root/Tests/Hosts/hosts.sh"
folder=$(mktemp -d)
finish() {
  if ((${#hosts[@]} > 0)); then remove_hosts; fi
  rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT TERM

model=(--preset gmlp-ti16 --set train.micro_batch_size=1)

# The value of a key in a JSON object on standard input: of the object, or of the last of its rows.
value() {
  python3 -c 'import json, sys; found = json.load(sys.stdin); print(found.get("rows", [found])[-1][sys.argv[1]])' "$1"
}

# What a link of this rate carries in content: 95.4 % of its bits, as 1 Gbit/s of such a link are 119.2 MB/s.
content() {
  awk -v rate="$1" 'BEGIN {
    unit = rate ~ /gbit$/ ? 1e3 : rate ~ /mbit$/ ? 1 : 1e-3
    printf "%.4fMB/s", rate * unit * 0.954 / 8
  }'
}

# on_all RANKS COMMAND...: so many ranks on every host.
on_all() {
  local ranks=$1 list
  shift
  list=$(printf "%s:$ranks," "${addresses[@]}")
  on_host 0 mpirun -n $((ranks * ${#hosts[@]})) --host "${list%,}" --mca btl tcp,vader,self "$@"
}

# set_links RATE DELAY: those of all hosts.
set_links() {
  local index
  for index in "${!hosts[@]}"; do
    if [[ $2 == 0 ]]; then
      limit_link "$index" "$1"
    else
      delay_link "$index" "$1" "$2ms" || fail "the system delays no packets (kernel module sch_netem)" 77
    fi
  done
}

# predicted HOSTS RANKS RATE DELAY BATCH OPTIONS...: the seconds of a step.
predicted() {
  local count=$1 ranks=$2 rate=$3 delay=$4 batch=$5 latency=30us
  shift 5
  if [[ $delay != 0 ]]; then latency=${delay}ms; fi
  gmlp-train plan "${model[@]}" --set "train.global_batch_size=$batch" --hosts "$count" --ranks "$ranks" \
    --link "$(content "$rate")" --latency "$latency" --json "$@" | value step_seconds
}

row() {
  awk -v cell="$1" -v real="$2" -v plan="$3" 'BEGIN {
    printf "| %s | %.4f | %.4f | %.3f |\n", cell, real, plan, plan / real
  }' | tee -a "$folder/rows"
}

echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(getconf _NPROCESSORS_ONLN) cores, $(date -u +%F)"
echo
echo '| hosts × ranks, link, delay | measured, s | predicted, s | ratio |'
echo '| --- | ---: | ---: | ---: |'
for count in ${hosts_list//,/ }; do
  make_hosts "$count"
  for rate in ${rates_list//,/ }; do
    for delay in ${delays_list//,/ }; do
      set_links "$rate" "$delay"
      for ranks in ${ranks_list//,/ }; do
        batch=$((2 * count * ranks))
        on_all "$ranks" gmlp-train benchmark "${model[@]}" --batch "$batch" --warmup-steps 2 --steps "$steps" \
          --pretend-compute "$seconds" --json >"$folder/measured"
        row "$count × $ranks, $rate, $delay ms" "$(value step_seconds <"$folder/measured")" \
          "$(predicted "$count" "$ranks" "$rate" "$delay" "$batch" --pretend-compute "$seconds")"
      done
      if [[ -n $real && $count == 2 ]]; then
        on_all 1 gmlp-train benchmark "${model[@]}" --batch 32 --warmup-steps 1 --steps "$steps" \
          --profile "$folder/profile" --json >"$folder/measured"
        row "2 × 1, $rate, $delay ms, computing" "$(value step_seconds <"$folder/measured")" \
          "$(predicted 2 1 "$rate" "$delay" 32 --profile "$folder/profile")"
      fi
    done
  done
  remove_hosts
done
echo
awk -F'|' '{ cells++; if ($5 >= 0.9 && $5 <= 1.1) good++ }
  END { printf "%d of %d cells within 10 %% (%.0f %%)\n", good, cells, 100 * good / cells }' "$folder/rows"
