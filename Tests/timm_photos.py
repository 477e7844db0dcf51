"""Shows photos of all kinds and sizes to a model of timm and to the same weights in gmlp-train, and compares the logits.

    python Tests/timm_photos.py [path of gmlp-train]

needs torch, timm, safetensors and Pillow 13. A gmlp_s16_224 of random weights in which every tensor matters classifies
60 JPEG files: baseline and progressive, 4:4:4 to 4:2:0, grey and CMYK, wide and tall, smaller and larger than 224 pixels.
timm reads them by its own transform of evaluation, gmlp-train by predict and evaluate. The centred logits have to agree
to 1e-5 of the largest, the first class of every photo has to be the same, and so has the accuracy. About two minutes.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import timm
import torch
from PIL import Image
from safetensors.torch import save_file
from timm.data import create_transform

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else "gmlp-train"
CONFIGURATION = Path(__file__).resolve().parent.parent / "configs/gmlp-s16.toml"
CLASSES, PHOTOS, FOLDERS = 1000, 60, 10
SIZES = [(500, 375), (375, 500), (224, 224), (256, 341), (341, 256), (97, 640), (1200, 333), (60, 41), (255, 257), (800, 801)]


def photo(number):
    """Smooth colours with edges and noise, as large as its number says."""
    columns, rows = SIZES[number % len(SIZES)]
    y, x = numpy.mgrid[0:rows, 0:columns]
    planes = [
        128 + 110 * numpy.sin(x / (9 + number)) * numpy.cos(y / 23),
        numpy.where(3 * x + y * (1 + number % 4) > rows + columns, 225, 25),
        (x * (2 + number % 5) + y * 3) % 256,
    ]
    noise = numpy.random.default_rng(number).integers(-20, 21, (rows, columns, 3))
    return Image.fromarray((numpy.stack(planes, -1) + noise).clip(0, 255).astype("uint8"))


def save(folder, number):
    image = photo(number)
    if number % 11 == 3:
        image = image.convert("L")
    elif number % 11 == 7:
        image = image.convert("CMYK")
    path = folder / f"class{number % FOLDERS}" / f"{number:02}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(
        path, quality=(75, 90, 95)[number % 3], progressive=number % 2 == 1,
        subsampling=("4:4:4", "4:2:2", "4:2:0")[number // 2 % 3])
    return path


def random_model():
    torch.manual_seed(7)
    model = timm.create_model("gmlp_s16_224", num_classes=CLASSES)
    # timm begins with gates and branches that do nothing.
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "gate.proj.weight" in name or name == "head.weight":
                value.copy_(torch.randn_like(value) * value[0].numel() ** -0.5)
            elif value.dim() == 1 or "norm" in name:
                value.add_(0.1 * torch.randn_like(value))
    return model


def theirs(model, paths):
    """timm's logits in float64 of its own inputs."""
    transform = create_transform(
        (3, 224, 224), interpolation="bicubic", mean=(0.5,) * 3, std=(0.5,) * 3, crop_pct=0.875)
    model = model.double().eval()
    with torch.no_grad():
        return torch.cat(
            [model(transform(Image.open(path).convert("RGB"))[None].double()) for path in paths])


def run(command, folder, weights, *more):
    settings = ["data.format=folder", f'data.train=["{folder}"]', f'data.test=["{folder}"]']
    arguments = [PROGRAM, command, "--config", CONFIGURATION, "--weights", weights, "--json", *more]
    for setting in settings:
        arguments += ["--set", setting]
    return json.loads(subprocess.run(arguments, check=True, stdout=subprocess.PIPE).stdout)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder, weights = Path(name) / "photos", Path(name) / "timm.safetensors"
        model = random_model()
        save_file({name: value.clone() for name, value in model.state_dict().items()}, weights)
        # gmlp-train goes through a folder class by class.
        paths = sorted(save(folder, number) for number in range(PHOTOS))
        expected = theirs(model, paths)
        predictions = run("predict", folder, weights, "--top", str(CLASSES), folder)["predictions"]
        assert [prediction["file"] for prediction in predictions] == [str(path) for path in paths]
        found = torch.zeros(PHOTOS, CLASSES, dtype=torch.float64)
        for row, prediction in zip(found, predictions):
            for candidate in prediction["classes"]:
                row[candidate["class"]] = candidate["probability"]
        # Probabilities tell the logits up to a constant.
        found = found.log()
        found -= found.mean(1, keepdim=True)
        centred = expected - expected.mean(1, keepdim=True)
        difference = (found - centred).abs().max().item() / centred.abs().max().item()
        same = (found.argmax(1) == expected.argmax(1)).sum().item()
        print(f"{PHOTOS} photos: logits differ by {difference:.1e} of the largest, {same} first classes are the same")
        assert difference < 1e-5 and same == PHOTOS
        labels = torch.tensor([int(path.parent.name.removeprefix("class")) for path in paths])
        result = run("evaluate", folder, weights)
        accuracy = (expected.argmax(1) == labels).double().mean().item()
        loss = torch.nn.functional.cross_entropy(expected, labels).item()
        print(f"loss {result['loss']:.7f} here, {loss:.7f} with timm; accuracy {result['accuracy']} and {accuracy}")
        assert abs(result["loss"] - loss) < 1e-5 * loss and abs(result["accuracy"] - accuracy) < 1e-12


main()
