#!/bin/sh
# Builds, then measures gmlp-train beside PyTorch: Benchmarks/compare.sh [options of compare.py]
set -eu
cd -- "$(dirname -- "$(readlink -f -- "$0")")/.."
swift build -c release --product gmlp-train
python=Benchmarks/.venv/bin/python
if [ -x "$python" ]; then set -- --python "$python" "$@"; fi
exec python3 Benchmarks/compare.py "$@"
