"""Writes what ImageNet's devkit has, in small: devkit/meta.mat and devkit/meta-plain.mat, which is not packed.

    python3 make_devkit.py          (scipy and numpy)

Five synsets, of which the last has the others for children; numbers and WordNet ids have different orders.
"""

import pathlib

import numpy
import scipy.io

FOLDER = pathlib.Path(__file__).parent / "devkit"
SYNSETS = [
    (1, "n02119789", "kit fox, Vulpes macrotis", 0), (2, "n02100735", "English setter", 0),
    (3, "n02110185", "Siberian husky", 0), (4, "n01440764", "tench, Tinca tinca", 0), (5, "n00001740", "entity", 4),
]


def main():
    FOLDER.mkdir(exist_ok=True)
    fields = ["ILSVRC2012_ID", "WNID", "words", "gloss", "num_children", "children", "wordnet_height",
              "num_train_images"]
    synsets = numpy.empty((len(SYNSETS), 1), dtype=[(field, object) for field in fields])
    for place, (number, wnid, words, children) in enumerate(SYNSETS):
        synsets[place, 0] = (
            float(number), wnid, words, "a gloss", float(children), numpy.arange(1.0, children + 1), 0.0, 1300.0)
    for name, is_packed in (("meta.mat", True), ("meta-plain.mat", False)):
        file = FOLDER / name
        scipy.io.savemat(file, {"synsets": synsets}, do_compression=is_packed)
        content = bytearray(file.read_bytes())
        # The text at the front has the time of writing.
        content[:116] = b"MATLAB 5.0 MAT-file, Platform: GLNXA64".ljust(116)
        file.write_bytes(content)


main()
