#!/usr/bin/env python3
"""Makes digits.bin, the UCI digits that ship inside the program.

    pip download --no-deps scikit-learn && unzip -o scikit_learn-*.whl 'sklearn/datasets/data/*'
    python3 make_digits.py sklearn/datasets/data/digits.csv.gz digits.bin

A row of the table holds 64 pixels (8 x 8, row by row, 0 to 16) and the class. The file is the gzip
of 1,797 records of 65 bytes in the same order: the class, then the pixels as they are. Zero fields
in the gzip header make it a pure function of the table.
"""

import gzip
import sys

SAMPLES, PIXELS, MAXIMUM = 1797, 64, 16

table, output = sys.argv[1:]
records = bytearray()
with gzip.open(table, "rt", encoding="ascii") as lines:
    for line in lines:
        row = [int(float(field)) for field in line.split(",")]
        assert len(row) == PIXELS + 1, f"a row of {len(row)} fields"
        assert max(row[:PIXELS]) <= MAXIMUM and 0 <= row[PIXELS] <= 9, row
        records += bytes([row[PIXELS]] + row[:PIXELS])
assert len(records) == SAMPLES * (PIXELS + 1), f"{len(records)} bytes"

with open(output, "wb") as file:
    file.write(gzip.compress(bytes(records), compresslevel=9, mtime=0))
