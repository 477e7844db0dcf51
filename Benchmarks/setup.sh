#!/bin/sh
# Makes the virtual environment that the PyTorch side of the comparison runs in.
#   Benchmarks/setup.sh [FOLDER]        (default: Benchmarks/.venv)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-"$here/.venv"}
python3 -m venv "$folder"
"$folder/bin/pip" install --upgrade pip
"$folder/bin/pip" install --index-url https://download.pytorch.org/whl/cpu torch torchvision
"$folder/bin/pip" install timm safetensors
echo "give this to compare.py: --python $folder/bin/python"
