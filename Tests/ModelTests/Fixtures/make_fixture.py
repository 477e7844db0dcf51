"""Writes gmlp.safetensors: a small gMLP of timm with random weights, and what PyTorch makes of it.

    python make_fixture.py

needs torch, timm and safetensors. Weights and images are float32; logits, loss and gradients are
computed and stored in float64, so that a test's tolerance is the rounding of float32 alone. Sizes
are odd on purpose, image and patch are not square, and W is far from zero.
"""
from pathlib import Path

import torch
from safetensors.torch import save_file
from timm.layers import GatedMlp
from timm.models.mlp_mixer import MlpMixer, SpatialGatingBlock

torch.manual_seed(20210517)
model = MlpMixer(
    num_classes=7, img_size=(12, 25), in_chans=2, patch_size=(4, 5), num_blocks=3, embed_dim=10,
    mlp_ratio=3.4, block_layer=SpatialGatingBlock, mlp_layer=GatedMlp)
with torch.no_grad():
    for name, value in model.named_parameters():
        offset = 1.0 if value.dim() == 1 and name.endswith(("norm.weight", "proj.bias")) else 0.0
        spread = value[0].numel() ** -0.5 if value.dim() > 1 else 0.3
        value.copy_(offset + spread * torch.randn_like(value))

images = torch.randn(5, 2, 12, 25)
labels = torch.tensor([3, 0, 6, 3, 1])
tensors = {"images": images.clone(), "labels": labels.to(torch.float32)}
tensors |= {f"weights.{name}": value.detach().clone() for name, value in model.named_parameters()}

model.double().train()
logits = model(images.double())
loss = torch.nn.CrossEntropyLoss(label_smoothing=0.1, reduction="sum")(logits, labels)
loss.backward()
tensors["logits"] = logits.detach().clone()
tensors["loss"] = loss.detach().clone().reshape(1)
tensors["plain_loss"] = torch.nn.functional.cross_entropy(
    logits, labels, reduction="sum").detach().reshape(1)
tensors |= {f"gradients.{name}": value.grad for name, value in model.named_parameters()}

save_file(tensors, Path(__file__).with_name("gmlp.safetensors"))
