"""Draws the spatial matrices W of models as a PNG: a row a model, a matrix a block.

    python3 Benchmarks/draw_spatial_matrices.py OUT.png WEIGHTS.safetensors...
    python3 Benchmarks/draw_spatial_matrices.py --filters OUT.png WEIGHTS.safetensors
    python3 Benchmarks/draw_spatial_matrices.py --describe WEIGHTS.safetensors...

Blue is negative, white zero, red positive; the deepest colour of each matrix is its 99th percentile. A
Toeplitz matrix is drawn as the matrix that its weights stand for.

--filters draws rows of W of a model of square images as images, as the paper does for gMLP-B: a row a block,
a picture a token. Each shows from which patches that token collects. The tokens lie on a diagonal of
the image, from the upper left to the lower right.

--describe prints a table about W of models of square images, a row a block, over all files (of several seeds): which
share of the sum of its squares is explained by filters that are the same at every place (the mean of all entries between
patches with the same displacement, as of a convolution), lies between a patch and itself or its eight neighbours, and lies
between a patch and itself. The last row is what noise would give. Needs nothing but Python.
"""

import json
import re
import struct
import sys
import zlib

GAP = 6
FILTERS = 8
SCALE = 4


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


def side_of(matrix):
    """The patches along a side of a square image."""
    side = round(len(matrix) ** 0.5)
    if side * side != len(matrix):
        sys.exit(f"{len(matrix)} tokens are not a square image; draw the matrices without --filters")
    return side


def shares(matrix):
    """The shares of the squares that --describe prints, of one matrix."""
    side = side_of(matrix)
    whole = near = own = 0.0
    sums, counts = {}, {}
    for token, row in enumerate(matrix):
        for other, value in enumerate(row):
            shift = (other // side - token // side, other % side - token % side)
            sums[shift] = sums.get(shift, 0.0) + value
            counts[shift] = counts.get(shift, 0) + 1
            whole += value * value
            near += value * value * (max(map(abs, shift)) <= 1)
            own += value * value * (token == other)
    explained = sum(sums[shift] ** 2 / counts[shift] for shift in sums)
    return [part / whole for part in (explained, near, own)]


def describe(models):
    """The table of --describe."""
    lines = ["| block | the same at every place | with its neighbours | the patch itself |", "| --- |" + " ---: |" * 3]
    for number, matrices_of_block in enumerate(zip(*models), start=1):
        columns = zip(*[shares(matrix) for matrix in matrices_of_block])
        lines.append(f"| {number} | " + " | ".join(over_files(column) for column in columns) + " |")
    side = side_of(models[0][0])
    noise = [(2 * side - 1) ** 2 / side**4, (3 * side - 2) ** 2 / side**4, 1 / side**2]
    lines.append("| noise | " + " | ".join(f"{100 * share:.1f} %" for share in noise) + " |")
    return lines


def over_files(values):
    """The mean, and half the difference between the largest and the smallest."""
    spread = f" ± {50 * (max(values) - min(values)):.1f}" if len(values) > 1 else ""
    return f"{100 * sum(values) / len(values):.1f}{spread} %"


def filters(matrix):
    """The rows of W of some tokens of a square image, as images of SCALE pixels a patch."""
    side = side_of(matrix)
    places = [round((step + 0.5) * side / FILTERS - 0.5) for step in range(FILTERS)]
    pictures = []
    for place in places:
        row = matrix[place * side + place]
        patches = [row[first : first + side] for first in range(0, len(row), side)]
        wide = [[value for value in line for _ in range(SCALE)] for line in patches]
        pictures.append([line for line in wide for _ in range(SCALE)])
    return pictures


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
    if sys.argv[1:2] == ["--filters"] and len(sys.argv) == 4:
        write(sys.argv[2], picture([filters(matrix) for matrix in matrices(sys.argv[3])]))
    elif sys.argv[1:2] == ["--describe"] and len(sys.argv) >= 3:
        print("\n".join(describe([matrices(path) for path in sys.argv[2:]])))
    elif len(sys.argv) >= 3 and not sys.argv[1].startswith("--"):
        write(sys.argv[1], picture([matrices(path) for path in sys.argv[2:]]))
    else:
        sys.exit(__doc__)
