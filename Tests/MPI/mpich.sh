#!/usr/bin/env bash
# Builds the program with MPICH in place of Open MPI, and proves that it does the same under MPICH's launcher.
#
#   Tests/MPI/mpich.sh [FOLDER]
#
# FOLDER, .build/mpich by default, gets the build. Digits are trained by one process and by 1, 2, 3, 4, 5 and 8 ranks, all
# with the same weights; a rank is killed in the middle, after which the same command resumes, to the same weights again;
# and ranks that the launcher of another MPI starts are refused. Needs Debian's libmpich-dev and mpich; exit code 77:
# they are missing.
set -euo pipefail

case ${1:-} in
  -h | --help)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0"
    exit 0
    ;;
esac
fail() {
  echo "mpich.sh: $1" >&2
  exit "${2:-1}"
}

root=$(readlink -f -- "${BASH_SOURCE[0]}")
root=${root%/*/*/*}
folder=$(readlink -m -- "${1:-$root/.build/mpich}")
source "$root/launch/environment.sh"
if ! pkg-config --exists mpich || ! command -v mpiexec.mpich >/dev/null; then
  fail 'MPICH is missing: apt-get install libmpich-dev mpich' 77
fi

# The build asks pkg-config for mpi-c, which the system's choice of an MPI answers, and links libmpi.
mkdir -p "$folder/links"
ln -sf "$(pkg-config --variable=libdir mpich)/libmpich.so" "$folder/links/libmpi.so"
cat >"$folder/links/mpi-c.pc" <<END
Name: mpi-c
Description: MPICH
Version: $(pkg-config --modversion mpich)
Cflags: $(pkg-config --cflags mpich)
Libs: -L$folder/links -lmpi
END
PKG_CONFIG_PATH=$folder/links swift build --package-path "$root" --scratch-path "$folder/build" -c release \
  --static-swift-stdlib --product gmlp-train
program=$folder/build/release/gmlp-train
ldd "$program" | grep -q libmpich || fail "$program is not linked to MPICH"

runs=$(mktemp -d)
trap 'rm -rf "$runs"' EXIT
trap 'exit 130' INT TERM
# train NAME [LAUNCHER...]: the digits, in a run directory of that name.
train() {
  local name=$1
  shift
  "$@" "$program" --config "$root/configs/digits.toml" --epochs 3 --run-dir "$runs/$name" >>"$runs/$name.log" 2>&1
}
# expect_weights NAME: those of the run of one process.
expect_weights() {
  local found
  found=$(sed -n 's/^weights sha256 //p' "$runs/$1.log" | tail -n 1)
  [[ -n $found && $found == "$expected" ]] || fail "$1: $(tail -n 20 "$runs/$1.log")"
  echo "$1: weights sha256 $found"
}

train 'one process'
expected=$(sed -n 's/^weights sha256 //p' "$runs/one process.log")
expect_weights 'one process'
for ranks in 1 2 3 4 5 8; do
  train "$ranks ranks" mpiexec.mpich -n "$ranks" || fail "$(tail -n 20 "$runs/$ranks ranks.log")"
  expect_weights "$ranks ranks"
done

status=0
GMLP_TRAIN_FAULT='1:norm:40:kill' train 'killed' mpiexec.mpich -n 3 || status=$?
((status != 0)) || fail "a killed rank left the exit code 0"
echo "killed: exit code $status"
train 'killed' mpiexec.mpich -n 3 || fail "$(tail -n 20 "$runs/killed.log")"
grep -q 'resumed after step' "$runs/killed.log" || fail 'the run was not resumed'
expect_weights 'killed'

if command -v mpirun.openmpi >/dev/null; then
  status=0
  train 'other launcher' mpirun.openmpi -n 2 || status=$?
  ((status == 64)) || fail "exit code $status in place of 64: $(tail -n 5 "$runs/other launcher.log")"
  grep -q "the program is built with MPICH" "$runs/other launcher.log" || fail "$(tail -n 5 "$runs/other launcher.log")"
  echo "other launcher: $(grep -m 1 'built with MPICH' "$runs/other launcher.log")"
fi
