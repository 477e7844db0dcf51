#!/bin/sh
# Makes the virtual environment that the PyTorch side of the comparison runs in.
#   Benchmarks/setup.sh [FOLDER]        (default: Benchmarks/.venv)
set -eu
here=$(dirname -- "$(readlink -f -- "$0")")
folder=${1:-"$here/.venv"}
python3 -m venv "$folder"
"$folder/bin/pip" install --upgrade pip
# PIP_INDEX_URL may name the index of PyTorch's builds without CUDA, which are smaller.
"$folder/bin/pip" install torch timm safetensors
echo "give this to compare.py: --python $folder/bin/python"
