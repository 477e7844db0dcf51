"""Trains timm's gMLP on random images, or a masked language model of its blocks on random tokens, as `gmlp-train benchmark` does, and prints JSON.

Both sides have a loader that works ahead, label smoothing as given, clipping at 1.0 and AdamW. With
--distributed it is one process of DistributedDataParallel over gloo; RANK, WORLD_SIZE, MASTER_ADDR
and MASTER_PORT are those of torchrun, and --batch counts for each process.
"""

import argparse
import json
import os
import queue
import statistics
import threading
import time

import torch
import torch.distributed
from timm.layers import GatedMlp
from timm.models.mlp_mixer import MlpMixer, SpatialGatingBlock

PRESETS = {
    "gmlp-ti16": dict(image=224, channels=3, patch=16, width=128, ratio=6, layers=30, classes=1000),
    "gmlp-s16": dict(image=224, channels=3, patch=16, width=256, ratio=6, layers=30, classes=1000),
    "gmlp-b16": dict(image=224, channels=3, patch=16, width=512, ratio=6, layers=30, classes=1000),
    "fashion-mnist": dict(image=28, channels=1, patch=4, width=64, ratio=4, layers=4, classes=10),
    "mlm6": dict(length=128, vocabulary=30522, hidden=19, width=512, ratio=6, layers=6),
}
DEPTH_DROP = {"gmlp-s16": 0.05, "gmlp-b16": 0.2}


class MaskedLanguageModel(torch.nn.Module):
    """gMLP on tokens: the hidden ones are gathered, and the output is tied to the embedding."""

    def __init__(self, sizes):
        super().__init__()
        width = sizes["width"]
        self.embedding = torch.nn.Embedding(sizes["vocabulary"], width)
        self.blocks = torch.nn.Sequential(*[
            SpatialGatingBlock(width, sizes["length"], mlp_ratio=sizes["ratio"], mlp_layer=GatedMlp)
            for _ in range(sizes["layers"])
        ])
        self.norm = torch.nn.LayerNorm(width, eps=1e-6)

    def forward(self, inputs):
        tokens, positions = inputs
        x = self.blocks(self.embedding(tokens))
        hidden = x.gather(1, positions[:, :, None].expand(-1, -1, x.shape[2])).flatten(0, 1)
        return torch.nn.functional.linear(self.norm(hidden), self.embedding.weight)


def build(name):
    sizes = PRESETS[name]
    if "length" in sizes:
        return MaskedLanguageModel(sizes)
    return MlpMixer(
        num_classes=sizes["classes"],
        img_size=sizes["image"],
        in_chans=sizes["channels"],
        patch_size=sizes["patch"],
        num_blocks=sizes["layers"],
        embed_dim=sizes["width"],
        mlp_ratio=sizes["ratio"],
        block_layer=SpatialGatingBlock,
        mlp_layer=GatedMlp,
        drop_path_rate=DEPTH_DROP.get(name, 0.0),
    )


def batches(sizes, batch, steps):
    """Random bytes, normalised on a thread that is up to two batches ahead; or random tokens."""
    if "length" in sizes:
        yield from sequences(sizes, batch, steps)
        return
    waiting = queue.Queue(maxsize=2)
    shape = (batch, sizes["channels"], sizes["image"], sizes["image"])
    pixels = torch.randint(0, 256, shape, dtype=torch.uint8)

    def work():
        for step in range(steps):
            images = pixels.roll(step, -1).float().div_(255).sub_(0.286).div_(0.353)
            waiting.put((images, torch.randint(0, sizes["classes"], (batch,))))

    threading.Thread(target=work, daemon=True).start()
    for _ in range(steps):
        yield waiting.get()


def sequences(sizes, batch, steps):
    """Tokens, places of hidden ones, and what stood there."""
    places = torch.arange(sizes["hidden"]) * sizes["length"] // sizes["hidden"]
    for _ in range(steps):
        tokens = torch.randint(0, sizes["vocabulary"], (batch, sizes["length"]))
        labels = torch.randint(0, sizes["vocabulary"], (batch * sizes["hidden"],))
        yield (tokens, places.expand(batch, -1)), labels


def parameter_groups(model, decay):
    """Biases, norms and vectors are not decayed."""
    matrices = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    return [dict(params=matrices, weight_decay=decay), dict(params=others, weight_decay=0.0)]


def peak_memory():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", choices=PRESETS, default="gmlp-s16")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--warmup-steps", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--label-smoothing", type=float, default=0.0)
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--compile", action="store_true", help="torch.compile instead of eager")
    parser.add_argument(
        "--ipex", action="store_true", help="by Intel's extension, with the operators that it fuses"
    )
    parser.add_argument("--distributed", action="store_true", help="one process of several")
    options = parser.parse_args()

    world = 1
    if options.distributed:
        torch.distributed.init_process_group("gloo")
        world = torch.distributed.get_world_size()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    model = build(options.preset).train()
    optimizer = torch.optim.AdamW(
        parameter_groups(model, 0.05), lr=1e-4, eps=1e-6, fused=True
    )
    if options.ipex:
        import intel_extension_for_pytorch

        kind = torch.bfloat16 if options.precision == "bf16" else torch.float32
        model, optimizer = intel_extension_for_pytorch.optimize(
            model, optimizer=optimizer, dtype=kind
        )
    forward = torch.nn.parallel.DistributedDataParallel(model) if options.distributed else model
    forward = torch.compile(forward) if options.compile else forward
    autocast = torch.autocast("cpu", torch.bfloat16, enabled=options.precision == "bf16")
    loss_of = torch.nn.CrossEntropyLoss(label_smoothing=options.label_smoothing)
    seconds = []
    feed = batches(PRESETS[options.preset], options.batch, options.warmup_steps + options.steps)
    started = time.perf_counter()
    for images, labels in feed:
        optimizer.zero_grad(set_to_none=True)
        with autocast:
            loss = loss_of(forward(images), labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        loss.item()
        now = time.perf_counter()
        seconds.append(now - started)
        started = now
    step = statistics.median(seconds[options.warmup_steps :])
    print(
        json.dumps(
            dict(
                samples_per_second=world * options.batch / step,
                step_seconds=step,
                peak_memory_bytes=peak_memory(),
                parameters=sum(p.numel() for p in model.parameters()),
                batch=options.batch,
                processes=world,
                threads=torch.get_num_threads(),
                torch=torch.__version__,
                precision=options.precision,
                compiled=options.compile,
                openblas_coretype=os.environ.get("OPENBLAS_CORETYPE"),
            )
        )
    )
    if options.distributed:
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
