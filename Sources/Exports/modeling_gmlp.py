"""The models of gmlp-train in PyTorch: gMLP, aMLP, Transformers, MLP-Mixer and ResMLP, for inference and fine-tuning.

Modules are named as the tensors of model.safetensors. A sequence has a fixed length: shorter ones are padded, and
their logits cut off again. Padding is known by its token, so an attention_mask is not needed.
"""
import math

import torch
from torch import nn
from torch.nn import functional as F
from transformers import PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import (
    ImageClassifierOutput,
    MaskedLMOutput,
    QuestionAnsweringModelOutput,
    SequenceClassifierOutput,
)


class GmlpConfig(PretrainedConfig):
    """`network` holds the sizes, with the names of [model] in a configuration of gmlp-train."""

    model_type = "gmlp_train"

    def __init__(self, network=None, **kwargs):
        self.network = dict(network or {})
        super().__init__(**kwargs)


class Affine(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(1, 1, width))
        self.beta = nn.Parameter(torch.zeros(1, 1, width))

    def forward(self, x):
        return self.alpha * x + self.beta


def make_norm(network):
    width = network["d_model"]
    return Affine(width) if network["kind"] == "resmlp" else nn.LayerNorm(width, eps=1e-6)


def distances(tokens, device):
    """(N, N): j - i for row i and column j."""
    places = torch.arange(tokens, device=device)
    return places[None, :] - places[:, None]


class SpatialProjection(nn.Module):
    def __init__(self, tokens, toeplitz):
        super().__init__()
        self.toeplitz = toeplitz
        self.weight = nn.Parameter(torch.zeros(2 * tokens - 1 if toeplitz else (tokens, tokens)))
        self.bias = nn.Parameter(torch.ones(tokens))

    def forward(self, x, addend):
        tokens = len(self.bias)
        weight = self.weight
        if self.toeplitz:
            weight = weight[distances(tokens, weight.device) + tokens - 1]
        mixed = weight @ x
        if addend is not None:
            mixed = mixed + addend
        return mixed + self.bias[:, None]


class Gate(nn.Module):
    def __init__(self, network, width):
        super().__init__()
        self.function = network["spatial_function"]
        self.norm = nn.LayerNorm(width, eps=1e-5)
        self.proj = SpatialProjection(network["tokens"], network["toeplitz"])

    def forward(self, x, addend, keep):
        u, v = x.chunk(2, dim=-1) if self.function == "split" else (x, x)
        v = self.norm(v)
        mixed = self.proj(v if keep is None else v * keep, addend)
        if self.function in ("split", "multiplicative"):
            return u * mixed
        return u + mixed if self.function == "additive" else mixed


class FeedForward(nn.Module):
    def __init__(self, inputs, hidden, outputs, gate=None, gated=None):
        super().__init__()
        self.fc1 = nn.Linear(inputs, hidden)
        if gate is not None:
            self.gate = gate
        self.fc2 = nn.Linear(gated or hidden, outputs)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Attention(nn.Module):
    """Of a Transformer, or with one head the tiny attention of aMLP."""

    def __init__(self, inputs, width, outputs, heads=1):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(inputs, 3 * width)
        self.proj = nn.Linear(width, outputs)

    def forward(self, x, bias=None, rotary=None):
        batch, tokens, _ = x.shape
        q, k, v = self.qkv(x).view(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        if rotary is not None:
            q, k = turned(q, *rotary), turned(k, *rotary)
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
        if bias is not None:
            scores = scores + bias
        context = scores.softmax(dim=-1) @ v
        return self.proj(context.transpose(1, 2).reshape(batch, tokens, -1))


def turned(x, cosines, sines):
    left, right = x.chunk(2, dim=-1)
    return torch.cat([left * cosines - right * sines, right * cosines + left * sines], dim=-1)


def rotary_table(tokens, size, like):
    rates = torch.exp(-torch.arange(0, size, 2, dtype=torch.float64) / size * math.log(10000.0))
    angles = torch.arange(tokens, dtype=torch.float64)[:, None] * rates
    return angles.cos().to(like), angles.sin().to(like)


def relative_buckets(tokens, device):
    """T5's 32 buckets of both directions, with steps found in integers."""

    def bucket(distance):
        length, first = abs(distance), 16 if distance > 0 else 0
        if length < 8:
            return first + length
        power = min(length, 128) ** 8
        passed = max(step for step in range(9) if power >= 8**8 * 16**step)
        return first + min(8 + passed, 15)

    row = torch.tensor([bucket(d) for d in range(1 - tokens, tokens)], device=device)
    return row[distances(tokens, device) + tokens - 1]


class Block(nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network
        kind, width, hidden = network["kind"], network["d_model"], network["d_ffn"]
        tokens = network["tokens"]
        if kind == "gmlp":
            gated = hidden // 2 if network["spatial_function"] == "split" else hidden
            self.norm = make_norm(network)
            if network["attention_size"] > 0:
                self.attn = Attention(width, network["attention_size"], gated)
            self.mlp_channels = FeedForward(width, hidden, width, Gate(network, gated), gated)
            return
        self.norm1, self.norm2 = make_norm(network), make_norm(network)
        if kind == "transformer":
            self.attn = Attention(width, width, width, network["num_heads"])
            self.mlp = FeedForward(width, hidden, width)
            return
        self.mlp_channels = FeedForward(width, hidden, width)
        if kind == "mixer":
            self.mlp_tokens = FeedForward(tokens, network["d_token"], tokens)
        else:
            self.linear_tokens = nn.Linear(tokens, tokens)
            self.ls1 = nn.Parameter(torch.ones(width))
            self.ls2 = nn.Parameter(torch.ones(width))

    def residual(self, x, norm, branch):
        return norm(x + branch(x)) if self.network["post_norm"] else x + branch(norm(x))

    def forward(self, x, keep, keys, bias, rotary):
        kind = self.network["kind"]
        if kind == "gmlp":
            return self.residual(x, self.norm, lambda y: self.gmlp(y, keep, keys))
        if kind == "transformer":
            x = self.residual(x, self.norm1, lambda y: self.attn(y, bias, rotary))
            return self.residual(x, self.norm2, self.mlp)
        if kind == "mixer":
            x = self.residual(x, self.norm1, lambda y: self.mixed(y, keep))
            return self.residual(x, self.norm2, self.mlp_channels)
        over_tokens = lambda y: self.linear_tokens(y.transpose(1, 2)).transpose(1, 2)
        x = self.residual(x, self.norm1, lambda y: self.ls1 * over_tokens(y))
        return self.residual(x, self.norm2, lambda y: self.ls2 * self.mlp_channels(y))

    def gmlp(self, x, keep, keys):
        attended = self.attn(x, keys) if self.network["attention_size"] > 0 else None
        mlp = self.mlp_channels
        return mlp.fc2(mlp.gate(F.gelu(mlp.fc1(x)), attended, keep))

    def mixed(self, x, keep):
        x = x if keep is None else x * keep
        return self.mlp_tokens(x.transpose(1, 2)).transpose(1, 2)


class Patches(nn.Module):
    def __init__(self, network):
        super().__init__()
        size = tuple(network["patch_size"])
        self.proj = nn.Conv2d(network["channels"], network["d_model"], size, stride=size)

    def forward(self, pixels):
        return self.proj(pixels).flatten(2).transpose(1, 2)


class TokenBias(nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(vocabulary))


class GmlpNetwork(PreTrainedModel):
    """Stem, blocks and the last norm; what is derived from it adds a head."""

    config_class = GmlpConfig

    def __init__(self, config):
        super().__init__(config)
        self.network = network = config.network
        width = network["d_model"]
        if network["input"] == "images":
            if network["class_token"]:
                self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
                self.pos_embed = nn.Parameter(torch.zeros(1, network["tokens"], width))
                self.patch_embed = Patches(network)
            else:
                self.stem = Patches(network)
        else:
            self.embedding = nn.Embedding(network["vocabulary_size"], width)
            if network["positions"] == "learned":
                self.position_embedding = nn.Embedding(network["tokens"], width)
            if network["positions"] == "relative":
                self.relative_bias = nn.Embedding(32, network["num_heads"])
            if network["segments"]:
                self.segment_embedding = nn.Embedding(2, width)
        self.blocks = nn.ModuleList([Block(network) for _ in range(network["num_layers"])])
        self.norm = make_norm(network)
        self.make_head(network, width)
        self.post_init()

    def make_head(self, network, width):
        raise NotImplementedError

    def _init_weights(self, module):
        pass

    def get_input_embeddings(self):
        return getattr(self, "embedding", None)

    def encode_images(self, pixels):
        if self.network["class_token"]:
            tokens = self.patch_embed(pixels)
            first = self.cls_token.expand(len(tokens), -1, -1)
            tokens = torch.cat([first, tokens], dim=1) + self.pos_embed
        else:
            tokens = self.stem(pixels)
        for block in self.blocks:
            tokens = block(tokens, None, None, None, None)
        return tokens

    def padded(self, ids):
        tokens, padding = self.network["tokens"], self.network["padding_token"]
        missing = tokens - ids.shape[1]
        if missing < 0 or (missing > 0 and padding < 0):
            raise ValueError(f"sequences of {ids.shape[1]} tokens: this model takes {tokens}")
        return F.pad(ids, (0, missing), value=padding)

    def encode_text(self, ids):
        """Of ids (B, N); gives tokens (B, N, D) and which of them are padding."""
        network, tokens = self.network, self.network["tokens"]
        padding = ids == network["padding_token"]
        x = self.embedding(ids)
        if network["positions"] == "learned":
            x = x + self.position_embedding.weight
        if network["segments"]:
            ends = (ids == network["separator_token"]).long()
            behind = (ends.cumsum(dim=1) - ends > 0) & ~padding
            x = x + self.segment_embedding(behind.long())
        masks = network["mask_padding"]
        keep = (~padding).to(x.dtype)[:, :, None] if masks else None
        hidden = padding.to(x.dtype)[:, None, None, :] * -1e9
        bias, rotary = hidden, None
        if network["positions"] == "relative":
            table = self.relative_bias(relative_buckets(tokens, ids.device))
            bias = table.permute(2, 0, 1) + hidden
        if network["positions"] == "rotary":
            rotary = rotary_table(tokens, network["d_model"] // network["num_heads"], x)
        for block in self.blocks:
            x = block(x, keep, hidden if masks else None, bias, rotary)
        return x, padding


class GmlpForImageClassification(GmlpNetwork):
    main_input_name = "pixel_values"

    def make_head(self, network, width):
        self.head = nn.Linear(width, network["num_classes"])

    def forward(self, pixel_values, labels=None, **kwargs):
        tokens = self.encode_images(pixel_values)
        if self.network["class_token"]:
            pooled = self.norm(tokens[:, :1])[:, 0]
        else:
            pooled = self.norm(tokens).mean(dim=1)
        logits = self.head(pooled)
        loss = None if labels is None else F.cross_entropy(logits, labels)
        return ImageClassifierOutput(loss=loss, logits=logits)


class GmlpForMaskedLM(GmlpNetwork):
    def make_head(self, network, width):
        if network["output_bias"]:
            self.head = TokenBias(network["vocabulary_size"])

    def forward(self, input_ids, attention_mask=None, labels=None, **kwargs):
        tokens, _ = self.encode_text(self.padded(input_ids))
        logits = self.norm(tokens[:, : input_ids.shape[1]]) @ self.embedding.weight.T
        if self.network["output_bias"]:
            logits = logits + self.head.bias
        loss = None if labels is None else F.cross_entropy(logits.flatten(0, 1), labels.flatten())
        return MaskedLMOutput(loss=loss, logits=logits)


class GmlpForSequenceClassification(GmlpNetwork):
    def make_head(self, network, width):
        self.head = nn.Linear(width, network["num_classes"])

    def forward(self, input_ids, attention_mask=None, labels=None, **kwargs):
        tokens, padding = self.encode_text(self.padded(input_ids))
        if self.network["pooling"] == "first":
            pooled = self.norm(tokens[:, :1])[:, 0]
        else:
            real = ~padding | padding.all(dim=1, keepdim=True)
            weights = real.to(tokens.dtype)[:, :, None]
            pooled = (self.norm(tokens) * weights).sum(dim=1) / weights.sum(dim=1)
        logits = self.head(pooled)
        loss = None if labels is None else F.cross_entropy(logits, labels)
        return SequenceClassifierOutput(loss=loss, logits=logits)


class GmlpForQuestionAnswering(GmlpNetwork):
    def make_head(self, network, width):
        self.head = nn.Linear(width, 2)

    def forward(self, input_ids, attention_mask=None, **kwargs):
        tokens, _ = self.encode_text(self.padded(input_ids))
        start, end = self.head(self.norm(tokens))[:, : input_ids.shape[1]].unbind(dim=-1)
        return QuestionAnsweringModelOutput(start_logits=start, end_logits=end)
