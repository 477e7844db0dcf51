#!/usr/bin/env bash
# From a fresh Debian machine with Swift to a trained image classifier.
#
#   launch/quickstart.sh
#
# Installs the packages and builds (launch/setup.sh), then trains a small gMLP on the 60,000 images
# of Fashion-MNIST with 8 ranks, and prints its accuracy on the 10,000 test images. Ctrl-C saves a
# checkpoint and stops; the same command then resumes.
if [ -z "${BASH_VERSION:-}" ]; then exec bash "$0" "$@"; fi # after sh launch/quickstart.sh
set -euo pipefail

folder=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")

case ${1:-} in
  '') ;;
  -h | --help)
    sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 0
    ;;
  *)
    echo "quickstart.sh: takes no '$1'; see launch/quickstart.sh --help" >&2
    exit 64
    ;;
esac

"$folder/setup.sh"
source "$folder/environment.sh"
source "$folder/signals.sh"
cd -- "$folder/.."
if [[ -t 1 ]]; then export GMLP_TRAIN_TERMINAL=1; fi

echo '$ mpirun -n 8 gmlp-train'
run_with_signals mpirun -n 8 gmlp-train

accuracy=$(sed -n '/"event":"evaluation"/s/.*"accuracy":\([0-9.e-]*\).*/\1/p' \
  runs/fashion-mnist/metrics.jsonl | tail -n 1)
awk -v accuracy="$accuracy" \
  'BEGIN { printf "Fashion-MNIST test accuracy: %.2f %% (runs/fashion-mnist)\n", 100 * accuracy }'
