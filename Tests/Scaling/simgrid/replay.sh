#!/usr/bin/env bash
# Compares the planner with SimGrid, an independent simulator whose messages contend in a fat tree.
#
#   Tests/Scaling/simgrid/replay.sh [--hosts LIST] [--ranks N] [--link RATE] [--latency TIME] [-- plan options...]
#
# For each number of hosts (8,32,128,512) plan writes the messages of a step, and SimGrid replays them on a tree of
# leaf switches with as many cables up as hosts. The table has the time of the last byte in both. Options behind -- go
# to plan; without them it plans gMLP-S/16 with 16 samples for each of 8 ranks, at 80 GFLOP/s of a thread. Exit code 77:
# SimGrid (Debian's libsimgrid-dev), a C++ compiler or gmlp-train is missing.
set -euo pipefail

usage() { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0"; }
fail() {
  echo "replay.sh: $1" >&2
  exit "${2:-64}"
}

hosts=8,32,128,512 ranks=8 link=25gbit latency=10us options=()
while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --hosts | --ranks | --link | --latency)
      (($# > 1)) || fail "$1 needs a value"
      declare "${1#--}=$2"
      shift 2
      ;;
    --)
      shift
      options=("$@")
      break
      ;;
    *) fail "'$1' is not an option; see replay.sh --help" ;;
  esac
done

tests=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
root=${tests%/*/*/*}
source "$root/launch/environment.sh"
command -v gmlp-train >/dev/null || fail 'gmlp-train is not built: run launch/setup.sh' 77
command -v c++ >/dev/null || fail 'there is no C++ compiler' 77
[[ -e /usr/include/simgrid/s4u.hpp ]] || fail "SimGrid is missing: install libsimgrid-dev" 77
if ((${#options[@]} == 0)); then
  options=(--preset gmlp-s16 --gemm-rate 80 --weak --set "train.global_batch_size=$((16 * ranks))")
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
c++ -std=c++17 -O2 -Wall -Wextra -o "$folder/replay" "$tests/replay.cpp" -lsimgrid

# The value of a number in the first line of the trace, or in its last.
header() { head -n 1 "$folder/trace" | sed -n "s/.*\"$1\":\([0-9.e+-]*\).*/\1/p"; }
planned() { tail -n 1 "$folder/trace" | sed -n 's/.*"seconds":\([0-9.e+-]*\).*/\1/p'; }

# platform HOSTS RATE LATENCY: leaf switches with as many hosts as the square root of all, rounded up to a divisor, and
# as many switches above them. A way through the tree has four cables.
platform() {
  local leaf=1
  while ((leaf * leaf < $1 || $1 % leaf != 0)); do leaf=$((leaf + 1)); done
  local cable
  cable=$(awk -v time="$3" 'BEGIN { printf "%.9g", time / 4 }')
  cat <<XML
<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
  <zone id="all" routing="Full">
    <cluster id="tree" prefix="node-" suffix="" radical="0-$(($1 - 1))" speed="1Gf" bw="${2}Bps" lat="${cable}s"
      topology="FAT_TREE" topo_parameters="2;$leaf,$(($1 / leaf));1,$leaf;1,1"/>
  </zone>
</platform>
XML
}

echo '| hosts | planner, s | SimGrid, s | planner / SimGrid |'
echo '| ---: | ---: | ---: | ---: |'
for count in ${hosts//,/ }; do
  gmlp-train plan --hosts "$count" --ranks "$ranks" --link "$link" --latency "$latency" \
    --trace "$folder/trace" --json "${options[@]}" >/dev/null
  platform "$count" "$(header bytes_per_second)" "$(header latency_seconds)" >"$folder/platform.xml"
  # Neither the start of TCP nor what answers take of a link: both are in the rate.
  replayed=$("$folder/replay" "$folder/trace" "$folder/platform.xml" --log=root.thres:error \
    --cfg=network/model:CM02 --cfg=network/TCP-gamma:0 --cfg=network/crosstraffic:0)
  awk -v n="$count" -v plan="$(planned)" -v other="$replayed" \
    'BEGIN { printf "| %d | %.4f | %.4f | %.3f |\n", n, plan, other, plan / other }'
done
