"""Draws what the attention of an aMLP looks at as a PNG: a row a text, a picture a block; the last row has the W of the blocks.

    python3 Benchmarks/draw_attention.py OUT.png WEIGHTS.safetensors SET/00000.shard SAMPLE...

The shard is one of prepare classification or prepare spans, and a SAMPLE a number in it;
gmlp-train inspect SET --samples N shows their texts. In a picture of attention a row is the token that looks and a column
the token that is looked at; white is none, red much. Prints the tokens of each text and where the second text begins.
Padding is left out, as by model.mask_padding. Computes in fp32, whatever the run had. Needs numpy.
"""

import json
import math
import struct
import sys

import numpy

from draw_spatial_matrices import picture, square, write


def tensors(path):
    """The tensors of a safetensors file by name, in fp32."""
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(size))
        body = file.read()
    found = {}
    for name, tensor in header.items():
        if name == "__metadata__":
            continue
        if tensor["dtype"] != "F32":
            sys.exit(f"{path}: {name} is {tensor['dtype']}; name weights of gmlp-train, which are F32")
        first, last = tensor["data_offsets"]
        found[name] = numpy.frombuffer(body[first:last], "<f4").reshape(tensor["shape"])
    return found


def texts(path, numbers):
    """The tokens before the padding of samples of a shard of labelled text, and where their second text begins."""
    with open(path, "rb") as file:
        content = file.read()
    if content[:8] != b"GMLPLABL":
        sys.exit(f"{path}: is no shard of prepare classification or prepare spans")
    _, length, pieces = struct.unpack_from("<3I", content, 8)
    samples, _, _, names = struct.unpack_from("<4Q", content, 32)
    size = 2 if pieces <= 65536 else 4
    record = length * size + 28
    for number in numbers:
        if not 0 <= number < samples:
            sys.exit(f"{path}: has no sample {number}; it has {samples}")
        start = 192 + names + number * record
        tokens = numpy.frombuffer(content, "<u2" if size == 2 else "<u4", length, start)
        used, border = struct.unpack_from("<2I", content, start + length * size)
        yield tokens[:used].astype(int), border


def normalized(x, weights, name, epsilon):
    centred = x - x.mean(axis=1, keepdims=True)
    deviation = numpy.sqrt((centred**2).mean(axis=1, keepdims=True) + epsilon)
    return centred / deviation * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def linear(x, weights, name):
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


GELU = numpy.vectorize(lambda x: x * 0.5 * (1 + math.erf(x / math.sqrt(2))), otypes=[numpy.float32])


def attention(weights, tokens):
    """For each block the shares (tokens, tokens) of its attention."""
    x = weights["embedding.weight"][tokens]
    maps = []
    while f"blocks.{len(maps)}.attn.qkv.weight" in weights:
        block = f"blocks.{len(maps)}"
        entered = normalized(x, weights, f"{block}.norm", 1e-6)
        query, key, value = numpy.split(linear(entered, weights, f"{block}.attn.qkv"), 3, axis=1)
        scores = query @ key.T / math.sqrt(query.shape[1])
        shares = numpy.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        maps.append(shares)
        attended = linear(shares @ value, weights, f"{block}.attn.proj")
        branch = f"{block}.mlp_channels"
        kept, mixed = numpy.split(GELU(linear(entered, weights, f"{branch}.fc1")), 2, axis=1)
        mixed = normalized(mixed, weights, f"{branch}.gate.norm", 1e-5)
        count = len(tokens)
        gate = spatial(weights, block)[:count, :count] @ mixed
        gate += weights[f"{branch}.gate.proj.bias"].reshape(-1)[:count, None] + attended
        x = x + linear(kept * gate, weights, f"{branch}.fc2")
    if not maps:
        sys.exit("the weights have no blocks.0.attn: name those of an aMLP")
    return maps


def spatial(weights, block):
    """The W of a block (n, n), also where it is Toeplitz."""
    tensor = weights[f"{block}.mlp_channels.gate.proj.weight"]
    return numpy.array(square(tensor.reshape(-1).tolist(), tensor.shape))


def main(out, path, shard, *samples):
    weights = tensors(path)
    rows, longest = [], 0
    for tokens, border in texts(shard, [int(sample) for sample in samples]):
        print(f"{len(tokens)} tokens, the second text from {border} on: {tokens.tolist()}")
        maps = attention(weights, tokens)
        longest = max(longest, len(tokens))
        rows.append([numpy.kron(shares, numpy.ones((3, 3))).tolist() for shares in maps])
    corners = [spatial(weights, f"blocks.{block}")[:longest, :longest] for block in range(len(rows[0]))]
    rows.append([numpy.kron(corner, numpy.ones((3, 3))).tolist() for corner in corners])
    write(out, picture([[padded(matrix, 3 * longest) for matrix in row] for row in rows]))


def padded(matrix, side):
    """The matrix with zeros around, so that all pictures have one size."""
    rest = [0.0] * (side - len(matrix))
    return [row + rest for row in matrix] + [[0.0] * side for _ in rest]


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
