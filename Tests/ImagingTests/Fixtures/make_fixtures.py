#!/usr/bin/env python3
"""Writes the fixtures of ImagingTests: what Pillow 13 and timm 1.0.31 make of pictures that a formula gives.

Run it in this folder, with Pillow, timm, torchvision and numpy installed. Results are kept as FNV-1a hashes of
their bytes; the tests compute the same pictures, apply ours, and compare.
"""

import json
import math
import random

import numpy as np
import PIL
import timm
import torch
from PIL import Image
from timm.data import auto_augment, mixup, random_erasing, transforms, transforms_factory
from torchvision.transforms import ColorJitter

assert PIL.__version__.startswith("13."), PIL.__version__
assert timm.__version__ == "1.0.31", timm.__version__

FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
NAMES = {int(value): name for name, value in FILTERS.items()}


def picture(rows, columns, channels, seed):
    """Slopes, blocks, noise, black and white: the same integers as `TestPicture` in the tests."""
    count = rows * columns * channels
    noise = np.empty(count, np.int64)
    state = seed
    for index in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        noise[index] = state >> 24
    row, column, channel = np.indices((rows, columns, channels))
    slope = (5 * row + 3 * column + 60 * channel + 17 * seed) % 512
    slope = np.where(slope < 256, slope, 511 - slope)
    value = (3 * slope + noise.reshape(slope.shape)) // 4
    value = np.where((row // 8 + column // 8) % 3 == 0, 255 - value, value)
    value = np.clip(value * 5 // 4 - 32, 0, 255).astype(np.uint8)
    return Image.fromarray(value if channels == 3 else value[:, :, 0])


def fnv(data):
    """FNV-1a of 64 bits, in hexadecimal."""
    value = 0xCBF29CE484222325
    for byte in bytes(data):
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def write(name, cases):
    with open(name, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


def resampling():
    # Among them are some whose columns come first, and some at the border of that rule.
    sizes = [
        (37, 29, 16, 16), (37, 29, 64, 50), (16, 16, 16, 16), (1, 1, 5, 7), (5, 7, 1, 1), (1, 9, 4, 3),
        (9, 1, 3, 4), (33, 65, 33, 20), (33, 65, 20, 65), (64, 64, 63, 65), (31, 47, 224, 224), (2, 2, 3, 3),
        (101, 77, 7, 5), (50, 50, 25, 25), (13, 17, 100, 3), (90, 120, 32, 32), (97, 89, 56, 48),
        (60, 25, 55, 23), (54, 27, 20, 10), (54, 27, 19, 10), (54, 27, 21, 10), (90, 23, 12, 10), (44, 66, 7, 29),
    ]
    cases = []
    for seed, (rows, columns, to_rows, to_columns) in enumerate(sizes):
        for channels in (1, 3):
            for name, filter in FILTERS.items():
                image = picture(rows, columns, channels, seed)
                boxes = [None]
                if rows > 8 and columns > 8:
                    boxes += [(1, 2, columns - 3, rows - 1), (0.5, 1.25, columns - 2.75, rows - 0.5)]
                for box in boxes:
                    result = image.resize((to_columns, to_rows), filter, box=box)
                    cases.append({
                        "rows": rows, "columns": columns, "channels": channels, "seed": seed, "toRows": to_rows,
                        "toColumns": to_columns, "interpolation": name, "box": box, "hash": fnv(result.tobytes()),
                    })
    write("resampling.json", cases)


class FirstAttempt:
    """Stands for the module `random`: gives recorded numbers, and then ends the attempts."""

    def __init__(self, *draws):
        self.draws = iter(draws)

    def random(self):
        return 0.0

    def uniform(self, low, high):
        return low + (high - low) * next(self.draws)

    def randint(self, low, high):
        return low


class FixedFilter(FirstAttempt):
    """Chooses the filter of a recorded number as well."""

    def __init__(self, number, *draws):
        super().__init__(*draws)
        self.number = number

    def choice(self, options):
        return options[self.number]


def drawn(generator):
    """A number in 0..<1 of 24 bits, as ours are."""
    return math.floor(generator.random() * 2**24) / 2**24


def crops():
    generator = random.Random(3)
    cases = []
    bounds = (0.08, 1.0), (3 / 4, 4 / 3)
    for _ in range(200):
        columns, rows = generator.randint(4, 600), generator.randint(4, 600)
        area, ratio = drawn(generator), drawn(generator)
        transforms.random = FirstAttempt(area, ratio)
        try:
            _, _, *size = transforms.RandomResizedCropAndInterpolation.get_params(
                Image.new("L", (columns, rows)), *bounds)
        except StopIteration:
            size = None
        cases.append({"rows": rows, "columns": columns, "area": area, "ratio": ratio, "size": size})
    write("crops.json", cases)
    cases = []
    for columns, rows in [(10, 1000), (1000, 10), (100, 100), (7, 31), (31, 7), (120, 91), (3, 5), (1, 1)]:
        transforms.random = FirstAttempt(*[1.0] * 20)
        crop = transforms.RandomResizedCropAndInterpolation.get_params(Image.new("L", (columns, rows)), *bounds)
        cases.append({"rows": rows, "columns": columns, "crop": list(crop)})
    transforms.random = random
    write("middles.json", [case for case in cases if min(case["crop"][2:]) > 0])


def filters():
    generator = random.Random(8)
    cases = []
    while len(cases) < 24:
        seed = len(cases)
        rows, columns = generator.randint(20, 90), generator.randint(20, 90)
        area, ratio, number = drawn(generator), drawn(generator), seed % 2
        image = picture(rows, columns, 3, seed)
        crop = transforms.RandomResizedCropAndInterpolation((24, 20), interpolation="random")
        transforms.random = FixedFilter(number, area, ratio)
        try:
            result = crop(image)
        except StopIteration:
            continue
        cases.append({
            "rows": rows, "columns": columns, "seed": seed, "area": area, "ratio": ratio, "number": number,
            "hash": fnv(result.tobytes()),
        })
    transforms.random = random
    write("filters.json", cases)


def evaluation():
    cases = []
    for seed, (rows, columns, to_rows, to_columns, fraction) in enumerate([
        (50, 37, 28, 28, 0.875), (37, 50, 28, 28, 0.875), (40, 40, 28, 28, 0.9), (32, 45, 28, 28, 0.875),
        (20, 31, 32, 32, 1.0), (32, 32, 32, 32, 1.0), (33, 77, 24, 24, 0.9), (48, 31, 24, 36, 0.9),
        (31, 48, 24, 36, 0.875), (60, 25, 31, 31, 1.3), (75, 100, 45, 45, 0.875),
    ]):
        for channels in (1, 3):
            for name in FILTERS:
                transform = transforms_factory.transforms_imagenet_eval(
                    (to_rows, to_columns), crop_pct=fraction, interpolation=name, use_prefetcher=True)
                image = picture(rows, columns, channels, seed)
                result = transform(image)
                result = np.asarray(result)
                if result.ndim == 3:
                    result = result.transpose(1, 2, 0)
                cases.append({
                    "rows": rows, "columns": columns, "channels": channels, "seed": seed, "toRows": to_rows,
                    "toColumns": to_columns, "fraction": fraction, "interpolation": name,
                    "hash": fnv(np.ascontiguousarray(result).tobytes()),
                })
    write("evaluation.json", cases)


ARGUMENTS = {
    "AutoContrast": [[]], "Equalize": [[]], "Invert": [[]],
    "Rotate": [[v] for v in (0, 3, -3, 9.5, -27, 30, 45, 90, 180, -123.456)],
    "Posterize": [[v] for v in range(1, 9)],
    "Solarize": [[v] for v in (0, 1, 26, 128, 255, 256)],
    "SolarizeAdd": [[v] for v in (0, 1, 33, 99, 110, 128)],
    "Color": [[v] for v in (0, 0.1, 0.19, 0.5, 0.91, 1, 1.3, 1.81, 1.9)],
    "Contrast": [[v] for v in (0, 0.1, 0.19, 0.5, 0.91, 1, 1.3, 1.81, 1.9)],
    "Brightness": [[v] for v in (0, 0.1, 0.19, 0.5, 0.91, 1, 1.3, 1.81, 1.9)],
    "Sharpness": [[v] for v in (0, 0.1, 0.19, 0.5, 0.91, 1, 1.3, 1.81, 1.9)],
    "ShearX": [[v] for v in (0, 0.03, -0.12, 0.27, -0.3)], "ShearY": [[v] for v in (0, 0.03, -0.12, 0.27, -0.3)],
    "TranslateXRel": [[v] for v in (0, 0.045, -0.2, 0.405, -0.45)],
    "TranslateYRel": [[v] for v in (0, 0.045, -0.2, 0.405, -0.45)],
}
MOVING = {"Rotate", "ShearX", "ShearY", "TranslateXRel", "TranslateYRel"}


def operations():
    cases = []
    shapes = [(37, 29, 3), (20, 31, 1), (32, 32, 3), (2, 3, 3), (1, 1, 1), (16, 40, 3)]
    for seed, (rows, columns, channels) in enumerate(shapes):
        image = picture(rows, columns, channels, seed)
        fill = (124, 116, 104) if channels == 3 else 128
        for name, lists in ARGUMENTS.items():
            for arguments in lists:
                for filter in FILTERS if name in MOVING else [None]:
                    keywords = {"fillcolor": fill, "resample": FILTERS[filter]} if filter else {}
                    result = auto_augment.NAME_TO_OP[name](image, *arguments, **keywords)
                    cases.append({
                        "rows": rows, "columns": columns, "channels": channels, "seed": seed, "operation": name,
                        "arguments": arguments, "interpolation": filter, "hash": fnv(result.tobytes()),
                    })
    write("operations.json", cases)


def levels():
    cases = []
    names = auto_augment._RAND_TRANSFORMS + auto_augment._RAND_INCREASING_TRANSFORMS + ["PosterizeOriginal"]
    for name in sorted(set(names)):
        function = auto_augment.LEVEL_TO_ARG[name]
        for half in range(0, 21):
            for negative in (False, True):
                auto_augment._randomly_negate = lambda v: -v if negative else v
                arguments = list(function(half / 2, auto_augment._HPARAMS_DEFAULT)) if function else []
                cases.append({"operation": name, "level": half / 2, "negative": negative, "arguments": arguments})
    write("levels.json", cases)


def policies():
    pairs = []
    for name in ("original", "v0"):
        for pair in auto_augment.auto_augment_policy(name):
            pairs.append({"list": name, "steps": [[op.name, op.prob, op.magnitude] for op in pair]})
    write("pairs.json", pairs)

    records = []

    def recording(name, function):
        def call(image, *arguments, **keywords):
            filter = keywords.get("resample")
            if isinstance(filter, (list, tuple)):
                filter = keywords["resample"] = random.choice(filter)
            records.append([name, list(arguments), NAMES[int(filter)] if name in MOVING else None])
            return function(image, *arguments, **keywords)
        return call

    for name, function in list(auto_augment.NAME_TO_OP.items()):
        auto_augment.NAME_TO_OP[name] = recording(name.replace("Increasing", "").replace("Original", ""), function)
    cases = []
    image = picture(37, 29, 3, 7)
    for text in ("original", "v0", "rand-m9-mstd0.5-inc1", "rand-m6-n3-mstd1.0-inc1", "rand-m9-mstd0.5", "v0-mstd0.5"):
        make = auto_augment.rand_augment_transform if text.startswith("rand") else auto_augment.auto_augment_transform
        transform = make(text, {"img_mean": (124, 116, 104)})
        for seed in range(30):
            random.seed(seed)
            np.random.seed(seed)
            records.clear()
            try:
                result = transform(image)
            except ValueError:  # Posterize to 0 bits, which Pillow 13 refuses.
                continue
            cases.append({"policy": text, "operations": list(records), "hash": fnv(result.tobytes())})
    jitter = ColorJitter(0.4, 0.4, 0.4)
    for seed in range(20):
        torch.manual_seed(seed)
        order, *factors, _ = ColorJitter.get_params(jitter.brightness, jitter.contrast, jitter.saturation, None)
        torch.manual_seed(seed)
        names = ["Brightness", "Contrast", "Color"]
        done = [[names[i], [factors[i]], None] for i in order.tolist() if i < 3]
        cases.append({"policy": "jitter", "operations": done, "hash": fnv(jitter(image).tobytes())})
    write("policies.json", cases)


def mixing():
    boxes = []
    generator = np.random.RandomState(5)
    for _ in range(150):
        rows, columns = generator.randint(1, 60, 2)
        share = float(np.float32(np.floor(generator.rand() * 2**24) / 2**24))
        row, column = int(generator.randint(rows)), int(generator.randint(columns))
        centers = iter([row, column])
        np.random.randint = lambda *_, **__: next(centers)
        (top, bottom, left, right), corrected = mixup.cutmix_bbox_and_lam((int(rows), int(columns)), share)
        boxes.append({
            "rows": int(rows), "columns": int(columns), "share": share, "row": row, "column": column,
            "box": [int(top), int(left), int(bottom - top), int(right - left)], "corrected": float(corrected),
        })
    write("boxes.json", boxes)

    cases = []
    rows, columns, channels, classes = 9, 7, 2, 5
    for number, (mode, kind) in enumerate([(m, k) for m in ("batch", "pair", "elem") for k in ("blend", "cut")] * 4):
        count = 4 + 2 * (number % 2)
        draws = np.random.RandomState(number)
        # Shares and classes with 24 bits, as ours are.
        shares = (np.floor(draws.rand(count) * 2**24) / 2**24).astype(np.float32)
        centers = [(int(draws.randint(rows)), int(draws.randint(columns))) for _ in range(count)]
        queue, box = iter(shares), iter([v for pair in centers for v in pair])
        np.random.beta = lambda a, b, size=None: (
            float(next(queue)) if size is None else np.array([next(queue) for _ in range(size)]))
        np.random.randint = lambda *_, **__: next(box)
        values = values_of(count * channels * rows * columns, number).reshape(count, channels, rows, columns)
        labels = [(3 * i + number) % classes for i in range(count)]
        mix = mixup.Mixup(1.0 if kind == "blend" else 0.0, 0.0 if kind == "blend" else 1.0, mode=mode,
                          label_smoothing=0.1, num_classes=classes)
        x, target = mix(torch.from_numpy(values.copy()), torch.tensor(labels))
        cases.append({
            "mode": mode, "kind": kind, "count": count, "seed": number, "shares": [float(s) for s in shares],
            "centers": centers, "labels": labels, "hash": fnv(x.numpy().tobytes()),
            "target": [[float(v) for v in row] for row in target],
        })
    write("mixing.json", cases)


def values_of(count, seed):
    """Numbers of 16 bits around 0: the same as `testValues` in the tests."""
    result = np.empty(count, np.float32)
    state = seed
    for index in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        result[index] = (state >> 16) / 16384 - 2
    return result


def erasing():
    cases = []
    generator = random.Random(9)
    for _ in range(150):
        rows, columns = generator.randint(8, 120), generator.randint(8, 120)
        area, ratio = drawn(generator), drawn(generator)
        random_erasing.random = FirstAttempt(area, ratio)
        values = torch.ones(1, rows, columns)
        try:
            random_erasing.RandomErasing(1.0, mode="const", device="cpu")(values)
            size = [int((values[0] == 0).any(1).sum()), int((values[0] == 0).any(0).sum())]
        except StopIteration:
            size = None
        cases.append({"rows": rows, "columns": columns, "area": area, "ratio": ratio, "size": size})
    write("erasing.json", cases)


def shares():
    generator = np.random.RandomState(1)
    write("shares.json", [
        {"alpha": alpha, "quantiles": [float(q) for q in
                                       np.quantile(generator.beta(alpha, alpha, 2_000_000), np.arange(1, 40) / 40)]}
        for alpha in (0.2, 0.5, 0.8, 1.0, 1.5, 4.0)
    ])


if __name__ == "__main__":
    resampling()
    crops()
    filters()
    evaluation()
    operations()
    policies()
    levels()
    erasing()
    shares()
    mixing()
