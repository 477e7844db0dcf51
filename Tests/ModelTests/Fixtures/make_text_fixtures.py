"""Writes text-*.safetensors: small masked language models with random weights, and what PyTorch makes of them.

    python make_text_fixtures.py

needs torch and safetensors. Weights are float32; logits, loss and gradients are computed and stored in
float64, so that a test's tolerance is the rounding of float32 alone. Sizes are odd on purpose, W is far
from zero, tokens and positions repeat, and some predictions do not count.

The text model of "Pay Attention to MLPs" (arXiv 2105.08050): the embedding is tied to the output, the
masked positions are gathered before the final norm, and there are no positional embeddings. Where padding is
masked, it is zero where tokens are mixed, and no key of attention.
"""
import math
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

VOCABULARY, LENGTH, WIDTH, EXPANDED = 37, 11, 10, 34
IGNORED = -1
PADDING, SEPARATOR = 0, 3


class Toeplitz(nn.Module):
    """W[i, j] = w[j - i + n - 1]."""

    def __init__(self, length):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(2 * length - 1))
        self.bias = nn.Parameter(torch.empty(length))
        places = torch.arange(length)
        self.places = places[None, :] - places[:, None] + length - 1

    def matrix(self):
        return self.weight[self.places]


class Dense(nn.Linear):
    def matrix(self):
        return self.weight


class Gate(nn.Module):
    """The spatial functions of section 4.2; `attention` (B, n, h) is added to what the tokens mix."""

    def __init__(self, function, toeplitz):
        super().__init__()
        self.function = function
        self.norm = nn.LayerNorm(EXPANDED // 2 if function == "split" else EXPANDED, eps=1e-5)
        self.proj = Toeplitz(LENGTH) if toeplitz else Dense(LENGTH, LENGTH)

    def forward(self, z, attention, hidden):
        u, v = z.chunk(2, dim=-1) if self.function == "split" else (z, z)
        v = self.norm(v).masked_fill(hidden[:, :, None], 0)
        mixed = self.proj.matrix() @ v + self.proj.bias[:, None] + attention
        if self.function == "linear":
            return mixed
        return u + mixed if self.function == "additive" else u * mixed


class Attention(nn.Module):
    """One head on the block's normalised input."""

    def __init__(self, size, outputs):
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * size)
        self.proj = nn.Linear(size, outputs)

    def forward(self, x, hidden):
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        scores = q @ k.transpose(1, 2) * q.shape[-1] ** -0.5
        return self.proj(scores.masked_fill(hidden[:, None, :], float("-inf")).softmax(dim=-1) @ v)


class MLP(nn.Module):
    def __init__(self, function, toeplitz):
        super().__init__()
        self.fc1 = nn.Linear(WIDTH, EXPANDED)
        self.gate = Gate(function, toeplitz)
        self.fc2 = nn.Linear(EXPANDED // 2 if function == "split" else EXPANDED, WIDTH)

    def forward(self, x, attention, hidden):
        return self.fc2(self.gate(functional.gelu(self.fc1(x)), attention, hidden))


class Block(nn.Module):
    def __init__(self, function, toeplitz, attention_size):
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH, eps=1e-6)
        if attention_size:
            self.attn = Attention(attention_size, EXPANDED // 2 if function == "split" else EXPANDED)
        self.attends = attention_size > 0
        self.mlp_channels = MLP(function, toeplitz)

    def forward(self, x, hidden):
        y = self.norm(x)
        return x + self.mlp_channels(y, self.attn(y, hidden) if self.attends else 0, hidden)


def rotated(x):
    """Rotary positions as in Hugging Face's GPT-NeoX: x (B, heads, n, a) * cos + rotate_half(x) * sin."""
    length, size = x.shape[-2:]
    rates = 10_000.0 ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
    angles = torch.outer(torch.arange(length, dtype=torch.float64), rates).repeat(1, 2)
    half = torch.cat((-x[..., size // 2:], x[..., :size // 2]), dim=-1)
    return x * angles.cos() + half * angles.sin()


class SelfAttention(nn.Module):
    """Two heads; keys that are padding have no share, `distances` (heads, n, n) are added to the scores."""

    def __init__(self, rotates, heads=2):
        super().__init__()
        self.heads = heads
        self.rotates = rotates
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.proj = nn.Linear(WIDTH, WIDTH)

    def forward(self, x, padding, distances):
        batch, length, _ = x.shape
        q, k, v = self.qkv(x).reshape(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        if self.rotates:
            q, k = rotated(q), rotated(k)
        scores = q @ k.transpose(2, 3) * q.shape[-1] ** -0.5 + distances
        shares = scores.masked_fill(padding[:, None, None, :], float("-inf")).softmax(dim=-1)
        return self.proj((shares @ v).transpose(1, 2).reshape(x.shape))


class FeedForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(WIDTH, EXPANDED)
        self.fc2 = nn.Linear(EXPANDED, WIDTH)

    def forward(self, x):
        return self.fc2(functional.gelu(self.fc1(x)))


class TransformerBlock(nn.Module):
    def __init__(self, post_norm, rotates):
        super().__init__()
        self.post_norm = post_norm
        self.norm1 = nn.LayerNorm(WIDTH, eps=1e-6)
        self.attn = SelfAttention(rotates)
        self.norm2 = nn.LayerNorm(WIDTH, eps=1e-6)
        self.mlp = FeedForward()

    def forward(self, x, padding, distances):
        if self.post_norm:
            x = self.norm1(x + self.attn(x, padding, distances))
            return self.norm2(x + self.mlp(x))
        x = x + self.attn(self.norm1(x), padding, distances)
        return x + self.mlp(self.norm2(x))


class RelativeBias(nn.Module):
    """T5's buckets in both directions, as its paper and code have them."""

    def __init__(self, heads=2, buckets=32, farthest=128):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(buckets, heads))
        places = torch.arange(LENGTH)
        distance = places[None, :] - places[:, None]
        side, exact = buckets // 2, buckets // 4
        length = distance.abs()
        far = exact + (torch.log(length.clamp(min=1) / exact) / math.log(farthest / exact) * (side - exact)).long()
        self.places = (distance > 0) * side + torch.where(length < exact, length, far.clamp(max=side - 1))

    def forward(self):
        return self.weight[self.places].permute(2, 0, 1)


class TokenMLP(nn.Module):
    """Mixes the tokens of each channel."""

    def __init__(self, size):
        super().__init__()
        self.fc1 = nn.Linear(LENGTH, size)
        self.fc2 = nn.Linear(size, LENGTH)

    def forward(self, x):
        return self.fc2(functional.gelu(self.fc1(x.transpose(1, 2)))).transpose(1, 2)


class MixerBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH, eps=1e-6)
        self.mlp_tokens = TokenMLP(7)
        self.norm2 = nn.LayerNorm(WIDTH, eps=1e-6)
        self.mlp_channels = FeedForward()

    def forward(self, x, hidden):
        x = x + self.mlp_tokens(self.norm1(x).masked_fill(hidden[:, :, None], 0))
        return x + self.mlp_channels(self.norm2(x))


class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.bias = nn.Parameter(torch.empty(VOCABULARY))


class MaskedLanguageModel(nn.Module):
    def __init__(
            self, kind="gmlp", layers=2, function="split", toeplitz=False, attention_size=0,
            positions="none", post_norm=False, output_bias=False, masks=False, segments=False):
        super().__init__()
        self.kind, self.positions, self.masks, self.segments = kind, positions, masks, segments
        self.embedding = nn.Embedding(VOCABULARY, WIDTH)
        if positions == "learned":
            self.position_embedding = nn.Embedding(LENGTH, WIDTH)
        if positions == "relative":
            self.relative_bias = RelativeBias()
        if segments:
            self.segment_embedding = nn.Embedding(2, WIDTH)
        self.blocks = nn.ModuleList({
            "gmlp": lambda: Block(function, toeplitz, attention_size),
            "transformer": lambda: TransformerBlock(post_norm, positions == "rotary"),
            "mixer": lambda: MixerBlock()}[kind]() for _ in range(layers))
        self.norm = nn.LayerNorm(WIDTH, eps=1e-6)
        if output_bias:
            self.head = Head()
        self.has_output_bias = output_bias

    def forward(self, tokens, positions):
        x = self.embedding(tokens)
        if self.positions == "learned":
            x = x + self.position_embedding.weight
        padding = tokens == PADDING
        if self.segments:
            separators = (tokens == SEPARATOR).long()
            behind = separators.cumsum(dim=1) - separators > 0
            x = x + self.segment_embedding((behind & ~padding).long())
        distances = self.relative_bias() if self.positions == "relative" else 0
        hidden = padding if self.masks else torch.zeros_like(padding)
        for block in self.blocks:
            x = block(x, padding, distances) if self.kind == "transformer" else block(x, hidden)
        gathered = x.gather(1, positions[:, :, None].expand(-1, -1, WIDTH))
        logits = self.norm(gathered) @ self.embedding.weight.T
        return logits + self.head.bias if self.has_output_bias else logits


def write(name, width=10, **options):
    global WIDTH
    WIDTH = width
    torch.manual_seed(20210601)
    model = MaskedLanguageModel(**options)
    with torch.no_grad():
        for key, value in model.named_parameters():
            offset = 1.0 if value.dim() == 1 and key.endswith(("norm.weight", "gate.proj.bias")) else 0.0
            spread = value[0].numel() ** -0.5 if value.dim() > 1 else 0.3
            value.copy_(offset + spread * torch.randn_like(value))
    tokens = torch.randint(VOCABULARY, (5, LENGTH))
    tokens[1] = tokens[0, 0]
    if model.kind == "transformer" or model.masks or model.segments:
        tokens[tokens == PADDING] = 1
        tokens[3, 6:] = PADDING
    if model.masks:
        tokens[0, 4], tokens[4, 9:] = PADDING, PADDING
    if model.segments:
        tokens[0, 4], tokens[0, 8], tokens[2, 10], tokens[3, 2] = [SEPARATOR] * 4
    positions = torch.stack([torch.randperm(LENGTH)[:4].sort().values for _ in range(5)])
    labels = torch.randint(VOCABULARY, (5, 4))
    positions[2, 2:], labels[2, 2:] = 0, IGNORED
    positions[4, 1:], labels[4, 1:] = 0, IGNORED

    tensors = {"tokens": tokens.float(), "positions": positions.float(), "labels": labels.float()}
    tensors |= {f"weights.{key}": value.detach().clone() for key, value in model.named_parameters()}
    model.double().train()
    logits = model(tokens, positions)
    rows, targets = logits.flatten(0, 1), labels.flatten()
    loss = functional.cross_entropy(
        rows, targets, ignore_index=IGNORED, label_smoothing=0.1, reduction="sum")
    loss.backward()
    tensors["logits"] = logits.detach().clone()
    tensors["loss"] = loss.detach().reshape(1)
    tensors["plain_loss"] = functional.cross_entropy(
        rows, targets, ignore_index=IGNORED, reduction="sum").detach().reshape(1)
    tensors |= {f"gradients.{key}": value.grad for key, value in model.named_parameters()}
    save_file(tensors, Path(__file__).with_name(f"text-{name}.safetensors"))


if __name__ == "__main__":
    write("split", output_bias=True)
    write("toeplitz", toeplitz=True)
    write("attention", toeplitz=True, attention_size=3)
    for function in ("multiplicative", "additive", "linear"):
        write(function, function=function, layers=1)
    for positions in ("learned", "relative"):
        write(f"transformer-{positions}", kind="transformer", positions=positions)
    write("transformer-post-norm", kind="transformer", positions="learned", post_norm=True)
    write("mixer", kind="mixer")
    write("transformer-rotary", width=12, kind="transformer", positions="rotary")
    write("masked-attention", toeplitz=True, attention_size=3, masks=True)
    write("masked-additive", function="additive", layers=1, masks=True)
    write("masked-mixer", kind="mixer", masks=True)
    write("segments", toeplitz=True, layers=1, segments=True)
