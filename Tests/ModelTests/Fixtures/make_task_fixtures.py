"""Writes task-*.safetensors: small models that classify texts or find spans, with random weights, and what PyTorch
makes of them.

    python make_task_fixtures.py

needs torch and safetensors. Weights are float32; logits, loss and gradients are computed and stored in float64, so
that a test's tolerance is the rounding of float32 alone. The blocks are those of make_text_fixtures.py; the heads
are BERT's (google-research/bert, run_classifier.py and run_squad.py) without its pooler and without dropout. Sizes
are odd on purpose, and texts have different lengths.
"""
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

import make_text_fixtures as text

CLASSES = 3


class Model(text.MaskedLanguageModel):
    """The encoder of a masked language model under another head.

    `task`: "first" and "mean" classify, by [CLS] or by the mean of all tokens but padding; "spans" gives each token
    the logits that a span begins with it, and that it ends with it.
    """

    def __init__(self, task, **options):
        super().__init__(**options)
        self.task = task
        self.head = nn.Linear(text.WIDTH, 2 if task == "spans" else CLASSES)

    def forward(self, tokens):
        x = self.embedding(tokens)
        if self.positions == "learned":
            x = x + self.position_embedding.weight
        distances = self.relative_bias() if self.positions == "relative" else 0
        padding = tokens == text.PADDING
        for block in self.blocks:
            x = block(x, padding, distances) if self.kind == "transformer" else block(x, torch.zeros_like(padding))
        x = self.norm(x)
        if self.task == "spans":
            return self.head(x).transpose(1, 2)
        if self.task == "first":
            return self.head(x[:, 0])
        real = ~padding[:, :, None]
        return self.head((x * real).sum(1) / real.sum(1))


def write(name, task, **options):
    # None of its gradients nearly cancels, which rounding would show in.
    torch.manual_seed(20210633)
    model = Model(task, **options)
    with torch.no_grad():
        for key, value in model.named_parameters():
            offset = 1.0 if value.dim() == 1 and key.endswith(("norm.weight", "gate.proj.bias")) else 0.0
            spread = value[0].numel() ** -0.5 if value.dim() > 1 else 0.3
            value.copy_(offset + spread * torch.randn_like(value))
    tokens = torch.randint(1, text.VOCABULARY, (5, text.LENGTH))
    tokens[1] = tokens[0, 0]
    tokens[2, 7:] = text.PADDING
    tokens[3, 3:] = text.PADDING
    # Padding need not be at the end.
    tokens[4, 4] = text.PADDING
    labels = torch.tensor([[2, 7], [0, 0], [6, 6], [1, 2], [3, 10]]) if task == "spans" \
        else torch.tensor([0, 2, 1, 1, 2])

    tensors = {"tokens": tokens.float(), "labels": labels.float()}
    tensors |= {f"weights.{key}": value.detach().clone() for key, value in model.named_parameters()}
    model.double().train()
    logits = model(tokens)
    rows, targets = logits.flatten(0, -2), labels.flatten()
    loss = functional.cross_entropy(rows, targets, label_smoothing=0.1, reduction="sum")
    loss.backward()
    tensors["logits"] = logits.detach().contiguous()
    tensors["loss"] = loss.detach().reshape(1)
    tensors["plain_loss"] = functional.cross_entropy(rows, targets, reduction="sum").detach().reshape(1)
    tensors |= {f"gradients.{key}": value.grad for key, value in model.named_parameters()}
    save_file(tensors, Path(__file__).with_name(f"task-{name}.safetensors"))


MODELS = {
    "gmlp": {"toeplitz": True},
    "amlp": {"toeplitz": True, "attention_size": 3},
    "transformer": {"kind": "transformer", "positions": "learned"},
    "relative": {"kind": "transformer", "positions": "relative"},
    "dense": {},
    "mixer": {"kind": "mixer"},
}
for name, task in [
        ("gmlp", "first"), ("gmlp", "mean"), ("gmlp", "spans"),
        ("amlp", "first"), ("amlp", "spans"),
        ("transformer", "first"), ("transformer", "mean"), ("transformer", "spans"),
        ("relative", "spans"), ("dense", "mean"), ("dense", "spans"), ("mixer", "mean")]:
    write(f"{name}-{task}", task, **MODELS[name])
