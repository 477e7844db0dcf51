#!/usr/bin/env bash
# Runs the tests: the lint of the sources, then all tests.
#
#   launch/test.sh [swift test arguments...]
#
# For example launch/test.sh --filter LaunchScriptTests. launch/setup.sh installs what they need.
if [ -z "${BASH_VERSION:-}" ]; then exec bash "$0" "$@"; fi # after sh launch/test.sh
set -euo pipefail

case ${1:-} in
  -h | --help)
    sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 0
    ;;
esac

folder=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
source "$folder/environment.sh"
cd -- "$folder/.."

# Tests start the program as users have it, which is several times as fast as a debug build.
swift build -c release --static-swift-stdlib --product gmlp-train
export GMLP_TRAIN_TESTED_PROGRAMS="$PWD/.build/release"
# The tests of kernels and models multiply in their own process, which cannot start again as the program does
# where OpenBLAS does not know the processor. They get the same kernels; programs that tests start do not get
# the variable.
if [[ -z ${OPENBLAS_CORETYPE+set} ]]; then
  kernels=$("$GMLP_TRAIN_TESTED_PROGRAMS/gmlp-train" doctor --config configs/digits.toml || true)
  if [[ $kernels == *"chosen by the processor's features"* ]]; then export OPENBLAS_CORETYPE=auto; fi
fi
swift format lint --strict --recursive Sources Tests Examples Package.swift
if (($# > 0)); then
  swift test "$@"
  exit
fi
# Tests that start programs spend half of the time waiting, so four run side by side: two take nearly twice as long
# on two cores. Their targets depend on RunSupport, and ArchitectureTests checks that all of them stand here. Tests
# that make a cluster of the machine, or measure time or what two threads hold at once, run alone; where other
# programs keep the cores busy those that measure time are skipped.
started='^(Benchmarking|Command|Comm|Doctor|Exports|Fuzzing|Inspection|Launch|Memory|Reporting|Scaling|Supervision|Torture|Train|Transfer)Tests\.'
alone='(HostsTests|SlurmTests|MemoryTests|PromisedTimesTests)'
swift test --skip "$started"
swift test --skip-build --experimental-maximum-parallelization-width 4 --filter "$started" \
  --skip "$alone"
swift test --skip-build --no-parallel --filter "$alone"
