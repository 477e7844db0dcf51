"""Writes small pictures of all kinds, and what Pillow makes of them.

    python3 make_pictures.py        (Pillow 13 and libturbojpeg; into pictures/ beside this file)

pictures/expected.json has of each file its size and the SHA-256 of the bytes of convert("RGB"), of these converted
to "L", and of the same after exif_transpose. YCCK files are written by libturbojpeg, for Pillow writes plain CMYK.
"""

import ctypes
import hashlib
import json
import pathlib

import numpy
from PIL import Image, ImageOps, PngImagePlugin

FOLDER = pathlib.Path(__file__).parent / "pictures"
ROWS, COLUMNS = 29, 37


def photo():
    """Smooth colours with an edge and some noise: chroma that differs from pixel to pixel."""
    y, x = numpy.mgrid[0:ROWS, 0:COLUMNS]
    planes = [
        128 + 100 * numpy.sin(x / 5) * numpy.cos(y / 7),
        numpy.where(x + y > 30, 230, 20),
        (7 * x + 5 * y) % 256,
    ]
    noise = numpy.random.default_rng(1).integers(-12, 13, (ROWS, COLUMNS, 3))
    return Image.fromarray((numpy.stack(planes, -1) + noise).clip(0, 255).astype("uint8"))


def ycck(inks, quality):
    """A JPEG file in YCCK, of (rows, columns, 4) inks as Adobe stores them: inverted."""
    turbo = ctypes.CDLL("libturbojpeg.so.0")
    turbo.tjInitCompress.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(turbo.tjInitCompress())
    data = numpy.ascontiguousarray(255 - inks)
    output, size = ctypes.c_void_p(), ctypes.c_ulong()
    pixel_format_cmyk, sampling_420 = 11, 2
    status = turbo.tjCompress2(
        handle, ctypes.c_void_p(data.ctypes.data), data.shape[1], 0, data.shape[0], pixel_format_cmyk,
        ctypes.byref(output), ctypes.byref(size), sampling_420, quality, 0)
    assert status == 0
    return ctypes.string_at(output, size.value)


def exif(orientation, is_long=False):
    """What a camera writes of its orientation: a directory of one entry, of 16 bits or, as some programs do, of 32."""
    kind, value = (4, [0, 0, 0, orientation]) if is_long else (3, [0, orientation, 0, 0])
    entry = b"\1\x12" + bytes([0, kind]) + b"\0\0\0\1" + bytes(value)
    return b"Exif\0\0MM\0*\0\0\0\x08\0\1" + entry + bytes(4)


def save(name, image, **options):
    image.save(FOLDER / name, **options)


def write_jpeg(rgb):
    for quality in (75, 95):
        for sampling in ("4:4:4", "4:2:2", "4:2:0"):
            for progressive in (False, True):
                kind = "progressive" if progressive else "baseline"
                save(f"{kind}-{sampling.replace(':', '')}-{quality}.jpg", rgb, quality=quality,
                     subsampling=sampling, progressive=progressive)
    grey = rgb.convert("L")
    save("grey.jpg", grey, quality=90)
    save("grey-progressive.jpg", grey, quality=90, progressive=True)
    save("restarts.jpg", rgb, quality=90, restart_marker_blocks=2)
    cmyk = rgb.convert("CMYK")
    inks = numpy.array(cmyk)
    inks[..., 3] = (numpy.arange(COLUMNS) * 5) % 256
    save("cmyk.jpg", Image.fromarray(inks, mode="CMYK"), quality=90)
    (FOLDER / "ycck.jpg").write_bytes(ycck(inks, 90))
    for order, tiff in (
        ("little", b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"),
        ("big", b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0"),
    ):
        save(f"turned-{order}.jpg", rgb, quality=85, exif=b"Exif\0\0" + tiff)
    whole = (FOLDER / "baseline-420-75.jpg").read_bytes()
    assert whole.endswith(b"\xff\xd9")
    (FOLDER / "stray-bytes.jpg").write_bytes(whole[:-2] + b"\1\2\3" + whole[-2:])


def write_png(rgb):
    save("rgb.png", rgb)
    alpha = Image.fromarray((numpy.indices((ROWS, COLUMNS)).sum(0) * 9 % 256).astype("uint8"))
    rgba = rgb.copy()
    rgba.putalpha(alpha)
    save("alpha.png", rgba)
    save("grey.png", rgb.convert("L"))
    grey_alpha = rgb.convert("L")
    grey_alpha.putalpha(alpha)
    save("grey-alpha.png", grey_alpha)
    save("bilevel.png", rgb.convert("1"))
    for bits in (8, 4, 2, 1):
        save(f"palette-{bits}.png", rgb.quantize(1 << bits), bits=bits)
    save("palette-transparent.png", rgb.quantize(16), transparency=3)


def write_webp(rgb):
    save("lossy.webp", rgb, quality=80)
    save("lossless.webp", rgb, lossless=True)
    rgba = Image.open(FOLDER / "alpha.png")
    save("alpha-lossy.webp", rgba, quality=80)
    save("alpha-lossless.webp", rgba, lossless=True, exact=True)


def write_turned(rgb):
    for orientation in range(1, 9):
        save(f"turned-{orientation}.jpg", rgb.resize((23, 17)), quality=85, exif=exif(orientation))
    save("turned-0.jpg", rgb.resize((23, 17)), quality=85, exif=exif(0))
    save("turned-long.jpg", rgb.resize((23, 17)), quality=85, exif=exif(5, is_long=True))
    save("turned-grey.jpg", rgb.convert("L").resize((23, 17)), quality=85, exif=exif(7))
    save("turned-8.png", rgb.resize((23, 17)), exif=exif(8))
    whole = (FOLDER / "turned-8.png").read_bytes()
    start = whole.index(b"eXIf") - 4
    end = start + 12 + int.from_bytes(whole[start:start + 4], "big")
    last = whole.index(b"IEND") - 4
    (FOLDER / "turned-late.png").write_bytes(whole[:start] + whole[end:last] + whole[start:end] + whole[last:])
    save("turned-6.webp", rgb.resize((23, 17)), lossless=True, exif=exif(6))


def write_noted_in_xmp(rgb):
    """Pictures whose orientation stands in XMP, alone or beside another one in EXIF."""
    small = rgb.resize((23, 17))
    attribute = b'<x tiff:Orientation="6"/>'
    element = b"<tiff:Orientation>8</tiff:Orientation>"
    save("turned-xmp-6.jpg", small, quality=85, xmp=attribute)
    save("turned-xmp-8.jpg", small, quality=85, xmp=element)
    save("turned-xmp-beside-3.jpg", small, quality=85, xmp=attribute, exif=exif(3))
    save("turned-xmp-beside-0.jpg", small, quality=85, xmp=attribute, exif=exif(0))
    for name, packed in (("plain", False), ("packed", True)):
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", attribute.decode(), zip=packed)
        save(f"turned-xmp-{name}.png", small, pnginfo=text)
    profile = exif(5)
    text = PngImagePlugin.PngInfo()
    text.add_text("Raw profile type exif", f"\nexif\n{len(profile):8}\n{profile.hex()}\n", zip=True)
    save("turned-profile.png", small, pnginfo=text)
    save("turned-xmp-6.webp", small, lossless=True, xmp=attribute)


def main():
    FOLDER.mkdir(exist_ok=True)
    rgb = photo()
    write_jpeg(rgb)
    write_png(rgb)
    write_webp(rgb)
    write_turned(rgb)
    write_noted_in_xmp(rgb)
    expected = {}
    for file in sorted(FOLDER.iterdir()):
        if file.suffix == ".json":
            continue
        image = Image.open(file).convert("RGB")
        expected[file.name] = {
            "columns": image.width,
            "rows": image.height,
            "rgb_sha256": hashlib.sha256(image.tobytes()).hexdigest(),
            "grey_sha256": hashlib.sha256(image.convert("L").tobytes()).hexdigest(),
            "upright_sha256": hashlib.sha256(
                ImageOps.exif_transpose(Image.open(file)).convert("RGB").tobytes()).hexdigest(),
        }
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


main()
