"""Writes a small gMLP as timm exports it, images, and what timm makes of them.

    python make_timm_export.py

needs torch, timm and safetensors. The weights are random and far from their usual start, so that
every tensor matters; the loss is computed in float64.
"""
import json
import struct
from pathlib import Path

import torch
from safetensors.torch import save_file
from timm.layers import GatedMlp
from timm.models.mlp_mixer import MlpMixer, SpatialGatingBlock

COUNT, ROWS, COLUMNS, CLASSES = 30, 12, 20, 7
FOLDER = Path(__file__).parent

torch.manual_seed(2105)
model = MlpMixer(
    num_classes=CLASSES, img_size=(ROWS, COLUMNS), in_chans=1, patch_size=(4, 5), num_blocks=2,
    embed_dim=24, mlp_ratio=4, block_layer=SpatialGatingBlock, mlp_layer=GatedMlp)
with torch.no_grad():
    for name, value in model.named_parameters():
        offset = 1.0 if value.dim() == 1 and name.endswith(("norm.weight", "proj.bias")) else 0.0
        spread = value[0].numel() ** -0.5 if value.dim() > 1 else 0.3
        value.copy_(offset + spread * torch.randn_like(value))
save_file(model.state_dict(), FOLDER / "timm.safetensors")

images = torch.randint(0, 256, (COUNT, 1, ROWS, COLUMNS), dtype=torch.uint8)
labels = torch.randint(0, CLASSES, (COUNT,))
(FOLDER / "images").write_bytes(
    struct.pack(">4I", 0x803, COUNT, ROWS, COLUMNS) + images.numpy().tobytes())
(FOLDER / "labels").write_bytes(struct.pack(">2I", 0x801, COUNT) + bytes(labels.tolist()))

with torch.no_grad():
    logits = model.double().eval()((images.double() / 255 - 0.4) / 0.25)
found = {
    "loss": torch.nn.functional.cross_entropy(logits, labels).item(),
    "accuracy": (logits.argmax(1) == labels).double().mean().item(),
}
(FOLDER / "timm.json").write_text(json.dumps(found, indent=2) + "\n")
