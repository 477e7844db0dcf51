#!/usr/bin/env bash
# Passes the tests: the lint of the sources, then all tests.
#
#   launch/test.sh [swift test arguments...]
#
# For example launch/test.sh --filter LaunchScriptTests. launch/setup.sh installs what they need.
set -euo pipefail

case ${1:-} in
  -h | --help)
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
    exit 0
    ;;
esac

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$folder/environment.sh"
cd "$folder/.."

# Tests start the program as users have it, which is several times as fast as a debug build.
swift build -c release --static-swift-stdlib --product gmlp-train
export GMLP_TRAIN_TESTED_PROGRAMS="$PWD/.build/release"
swift format lint --strict --recursive Sources Tests Package.swift
if (($# > 0)); then
  swift test "$@"
  exit
fi
# Tests that start ranks have deadlines, and half of the time they wait: two side by side leave each other
# the cores, more would not. Those that make a cluster of the machine, or measure what two threads hold at
# once, have it for themselves.
ranked='^(CommTests|TrainTests|CommandTests)\.'
alone='(HostsTests|SlurmTests|MemoryTests)'
swift test --skip "$ranked"
swift test --skip-build --experimental-maximum-parallelization-width 2 --filter "$ranked" \
  --skip "$alone"
swift test --skip-build --no-parallel --filter "$alone"
