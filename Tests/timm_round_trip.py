"""Takes weights from timm to gmlp-train and back, and compares what both make of the same images.

    python Tests/timm_round_trip.py [path of gmlp-train]

needs torch, timm and safetensors. With timm's gmlp_s16_224 and resmlp_12_224 (306 and 150 tensors, random weights):
1. timm's state_dict, saved by safetensors, starts a run by --weights whose learning rate is 0; the
   loss of its evaluation is timm's, and its checkpoint holds the same bits;
2. a run that learns writes a checkpoint; timm loads it by load_state_dict unchanged, finds the
   loss that the run's evaluation found.
"""
import hashlib
import json
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import timm
import torch
from safetensors.torch import load_file, save_file

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else "gmlp-train"
CLASSES, IMAGES = 1000, 6
MODELS = {
    "gmlp_s16_224": "model.kind=gmlp model.d_model=256 model.num_layers=30",
    "resmlp_12_224": "model.kind=resmlp model.d_model=384 model.num_layers=12",
}


def write_shard(path, images, labels):
    """Writes the one shard of a data set; ShardHeader.swift describes the format."""
    count, channels, rows, columns = images.shape
    pixels = [image.numpy().tobytes() for image in images]
    content = hashlib.sha256(b"gmlp-train data 1" + struct.pack("<3Q", channels, rows, columns))
    for label, image in zip(labels.tolist(), pixels):
        content.update(struct.pack("<i", label) + image)
    content.update(struct.pack("<Q", count))
    header = b"GMLPSHRD" + struct.pack("<6I", 1, channels, rows, columns, 0, 1)
    header += struct.pack("<4Q", count, 0, count, 0) + content.digest()
    body = b"".join(pixels) + struct.pack(f"<{count}i", *labels.tolist())
    path.write_bytes(header + hashlib.sha256(body + header).digest() + body)


def train(folder, run, weights, learning_rate, model):
    """One step of gmlp-train; returns the loss of its evaluation and the checkpoint's weights."""
    settings = f"""
{MODELS[model]} model.image_size=[224,224] model.channels=3 model.patch_size=[16,16]
model.d_ffn=1536 model.num_classes={CLASSES} data.format=shards
data.train=["{folder}/set.shard"] data.test=["{folder}/set.shard"] data.mean=[0.5] data.std=[0.5]
train.steps=1 train.global_batch_size={IMAGES} train.micro_batch_size=3 schedule.kind=constant
schedule.warmup_steps=0 optimizer.learning_rate={learning_rate}""".split()
    command = [PROGRAM, "--quiet", "--weights", weights, "--run-dir", folder / run]
    for setting in settings:
        command += ["--set", setting]
    subprocess.run(command, check=True)
    lines = [json.loads(line) for line in (folder / run / "metrics.jsonl").open()]
    loss = next(line["loss"] for line in lines if line["event"] == "evaluation")
    return loss, load_file(folder / run / "checkpoints/step-0000000001/model.safetensors")


def evaluate(model, images, labels):
    """The logits of timm in float64, and their mean cross-entropy."""
    model = model.double().eval()
    with torch.no_grad():
        logits = model((images.double() / 255 - 0.5) / 0.5)
    return logits, torch.nn.functional.cross_entropy(logits, labels).item()


def compare(name, ours, theirs, tolerance=2e-5):
    difference = abs(ours - theirs) / abs(theirs)
    print(f"{name}: {ours:.9f} here, {theirs:.9f} with timm, relative difference {difference:.1e}")
    assert difference < tolerance


def round_trip(architecture):
    torch.manual_seed(7)
    model = timm.create_model(architecture, num_classes=CLASSES)
    # timm begins with gates and branches that do nothing; here every tensor is to matter.
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "gate.proj.weight" in name or name == "head.weight":
                value.copy_(torch.randn_like(value) * value[0].numel() ** -0.5)
            elif value.dim() == 1 or "norm" in name:
                value.add_(0.1 * torch.randn_like(value))
    images = torch.randint(0, 256, (IMAGES, 3, 224, 224), dtype=torch.uint8)
    labels = torch.randint(0, CLASSES, (IMAGES,))
    exported = {name: value.clone() for name, value in model.state_dict().items()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_shard(folder / "set.shard", images, labels)
        save_file(exported, folder / "timm.safetensors")

        loss, kept = train(folder, "kept", folder / "timm.safetensors", 0, architecture)
        print(f"{architecture}: {len(exported)} tensors from timm, {len(kept)} in the checkpoint")
        assert {n: v.shape for n, v in kept.items()} == {n: v.shape for n, v in exported.items()}
        assert all(torch.equal(kept[name], exported[name]) for name in exported)
        print("learning rate 0: the checkpoint holds the same bits")
        compare("loss of timm's weights", loss, evaluate(model, images, labels)[1])

        loss, learned = train(folder, "learned", folder / "timm.safetensors", 1e-3, architecture)
        changed = sum(not torch.equal(learned[name], exported[name]) for name in exported)
        print(f"one step: {changed} of {len(exported)} tensors changed")
        fresh = timm.create_model(architecture, num_classes=CLASSES)
        print("load_state_dict:", fresh.load_state_dict(learned, strict=True))
        compare("loss of our checkpoint", loss, evaluate(fresh, images, labels)[1])


if __name__ == "__main__":
    for name in MODELS:
        round_trip(name)
