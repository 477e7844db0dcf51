"""Writes image-*.safetensors: a small ViT, MLP-Mixer and ResMLP of timm, and what PyTorch makes of them.

    python make_image_fixtures.py

needs torch, timm and safetensors. As make_fixture.py has it: float32 in, float64 out, odd sizes.
resmlp_12_224.txt has the names and shapes of a whole ResMLP's tensors.
"""
from pathlib import Path

import timm
import torch
from safetensors.torch import save_file
from timm.models.mlp_mixer import Affine, MlpMixer, ResBlock
from timm.models.vision_transformer import VisionTransformer

SIZES = {"num_classes": 7, "img_size": (12, 25), "in_chans": 2, "patch_size": (4, 5), "embed_dim": 10}


def write(name, model):
    torch.manual_seed(20210517)
    with torch.no_grad():
        for key, value in model.named_parameters():
            is_gain = value.dim() == 1 and "norm" in key and key.endswith("weight")
            offset = 1.0 if is_gain or key.endswith(".alpha") else 0.0
            spread = value[0].numel() ** -0.5 if value.dim() > 1 else 0.3
            value.copy_(offset + spread * torch.randn_like(value))
    images = torch.randn(5, 2, 12, 25)
    labels = torch.tensor([3, 0, 6, 3, 1])
    tensors = {"images": images.clone(), "labels": labels.to(torch.float32)}
    tensors |= {f"weights.{key}": value.detach().clone() for key, value in model.named_parameters()}
    model.double().train()
    logits = model(images.double())
    loss = torch.nn.CrossEntropyLoss(label_smoothing=0.1, reduction="sum")(logits, labels)
    loss.backward()
    tensors["logits"] = logits.detach().clone()
    tensors["loss"] = loss.detach().clone().reshape(1)
    tensors |= {f"gradients.{key}": value.grad for key, value in model.named_parameters()}
    save_file(tensors, Path(__file__).with_name(f"image-{name}.safetensors"))


write("vit", VisionTransformer(**SIZES, depth=2, num_heads=2, mlp_ratio=3.4))
write("mixer", MlpMixer(**SIZES, num_blocks=2, mlp_ratio=(0.7, 3.4)))
write("resmlp", MlpMixer(
    **SIZES, num_blocks=2, mlp_ratio=3.4, block_layer=ResBlock, norm_layer=Affine))
whole = timm.create_model("resmlp_12_224").state_dict()
Path(__file__).with_name("resmlp_12_224.txt").write_text(
    "".join(f"{key} {' '.join(map(str, value.shape))}\n" for key, value in whole.items()))
