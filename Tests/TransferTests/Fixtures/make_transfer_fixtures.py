"""Writes transfer.safetensors: what timm makes of weights for images of another size or with other channels.

    python make_transfer_fixtures.py

needs torch, timm and safetensors. `positions.A` of each case is given, `positions.A.B` what timm makes of it for the
grid B; `colors.I` is given, `colors.I.O` what it makes of it for O channels.
"""
from pathlib import Path

import torch
from safetensors.torch import save_file
from timm.layers import resample_abs_pos_embed
from timm.models._manipulate import adapt_input_conv

WIDTH = 8
GRIDS = {"3x4": ["7x5", "2x3", "2x9"], "6x6": ["9x9", "4x4", "3x12"]}

torch.manual_seed(2010)
tensors = {}


def sizes(grid):
    return [int(number) for number in grid.split("x")]


for given, wanted in GRIDS.items():
    rows, columns = sizes(given)
    positions = torch.randn(1, 1 + rows * columns, WIDTH)
    tensors[f"positions.{given}"] = positions
    for grid in wanted:
        tensors[f"positions.{given}.{grid}"] = resample_abs_pos_embed(
            positions, sizes(grid), old_size=[rows, columns]).contiguous()
for given, wanted in ((3, (1, 4)), (1, (3,))):
    weight = torch.randn(WIDTH, given, 2, 3)
    tensors[f"colors.{given}"] = weight
    for channels in wanted:
        tensors[f"colors.{given}.{channels}"] = adapt_input_conv(
            channels, weight, base_chans=given).contiguous()
save_file(tensors, Path(__file__).with_name("transfer.safetensors"))
