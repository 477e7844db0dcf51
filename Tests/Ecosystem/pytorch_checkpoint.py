"""Writes the tensors of a safetensors file as a checkpoint of PyTorch, as training scripts leave them.

    python Tests/Ecosystem/pytorch_checkpoint.py FILE CHECKPOINT

The state dictionary is inside, beside a number.
"""
import sys

import torch
from safetensors.torch import load_file

tensors = load_file(sys.argv[1])
torch.save({"epoch": 3, "state_dict": tensors}, sys.argv[2])
