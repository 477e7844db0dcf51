"""Draws the spatial matrices W of models as a PNG: a row a model, a matrix a block.

    python3 Benchmarks/draw_spatial_matrices.py OUT.png WEIGHTS.safetensors...

Blue is negative, white zero, red positive; the deepest colour of each matrix is its 99th percentile. A
Toeplitz matrix is drawn as the matrix that its weights stand for. Needs nothing but Python.
"""

import json
import re
import struct
import sys
import zlib

GAP = 6


def matrices(path):
    """The spatial matrices of a model, block by block, as rows of floats."""
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(size))
        begin = 8 + size
        found = {}
        for name, tensor in header.items():
            block = re.fullmatch(r"blocks\.(\d+)\.mlp_channels\.gate\.proj\.weight", name)
            if not block:
                continue
            first, last = tensor["data_offsets"]
            file.seek(begin + first)
            values = struct.unpack(f"<{(last - first) // 4}f", file.read(last - first))
            found[int(block[1])] = square(values, tensor["shape"])
    if not found:
        sys.exit(f"{path}: has no spatial matrices; name the weights of a gMLP")
    return [found[block] for block in sorted(found)]


def square(values, shape):
    if len(shape) == 2:
        count = shape[1]
        return [values[row * count : (row + 1) * count] for row in range(shape[0])]
    count = (shape[0] + 1) // 2
    return [values[count - 1 - row : 2 * count - 1 - row] for row in range(count)]


def colour(share):
    """From blue (-1) by white to red (1)."""
    fade = int(255 * (1 - min(abs(share), 1)))
    return (255, fade, fade) if share > 0 else (fade, fade, 255)


def picture(rows):
    """Rows of matrices as rows of pixels."""
    side = max(len(matrix) for row in rows for matrix in row)
    width = max(len(row) for row in rows) * (side + GAP) + GAP
    lines = []
    for row in rows:
        lines += [[(255, 255, 255)] * width for _ in range(GAP)]
        scales = []
        for matrix in row:
            sizes = sorted(abs(value) for line in matrix for value in line)
            scales.append(sizes[len(sizes) * 99 // 100] or 1)
        for place in range(side):
            line = []
            for matrix, scale in zip(row, scales):
                line += [(255, 255, 255)] * GAP
                line += [colour(value / scale) for value in matrix[place]]
            lines.append(line + [(255, 255, 255)] * (width - len(line)))
    return lines + [[(255, 255, 255)] * width for _ in range(GAP)]


def chunk(kind, content):
    return (
        struct.pack(">I", len(content)) + kind + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def write(path, lines):
    pixels = b"".join(b"\0" + bytes(part for pixel in line for part in pixel) for line in lines)
    head = struct.pack(">IIBBBBB", len(lines[0]), len(lines), 8, 2, 0, 0, 0)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head))
        file.write(chunk(b"IDAT", zlib.compress(pixels, 9)) + chunk(b"IEND", b""))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    write(sys.argv[1], picture([matrices(path) for path in sys.argv[2:]]))
