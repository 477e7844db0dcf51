"""Writes JPEG files with the size and the detail of photos, for measurements of speed.

    python3 Benchmarks/make_photos.py FOLDER [--count 200] [--columns 500] [--rows 375]

FOLDER/0 to FOLDER/9 are classes. A picture is noise whose amplitude falls with the frequency, as that of photos does
(D. J. Field, 1987), so that it decodes as slowly as they do. Needs numpy and Pillow.
"""

import argparse
import pathlib

import numpy
from PIL import Image

CLASSES = 10


def photo(generator, rows, columns):
    """(rows, columns, 3) bytes; the channels have most of their detail in common."""
    frequency = numpy.hypot(
        numpy.fft.fftfreq(rows)[:, None] * rows, numpy.fft.rfftfreq(columns)[None, :] * columns)
    frequency[0, 0] = 1
    common, *colours = (
        numpy.fft.irfft2(numpy.fft.rfft2(generator.standard_normal((rows, columns))) / frequency, (rows, columns))
        for _ in range(4))
    planes = numpy.stack([common + 0.4 * colour for colour in colours], -1)
    return (128 + 48 * planes / planes.std()).clip(0, 255).astype("uint8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--columns", type=int, default=500)
    parser.add_argument("--rows", type=int, default=375)
    options = parser.parse_args()
    generator = numpy.random.default_rng(0)
    sizes = []
    for number in range(options.count):
        file = options.folder / str(number % CLASSES) / f"{number}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(photo(generator, options.rows, options.columns)).save(file, quality=92)
        sizes.append(file.stat().st_size)
    print(f"{options.count} pictures of {options.columns} x {options.rows}, {sum(sizes) / len(sizes) / 1e3:.0f} kB each")


main()
