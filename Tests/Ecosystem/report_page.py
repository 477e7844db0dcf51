"""Opens a page of `gmlp-train report` in headless Chromium: light and dark, wide and on a phone, and in print.

    python Tests/Ecosystem/report_page.py PAGE FOLDER

Writes the pictures and a PDF to FOLDER, to be looked at, and prints as JSON what the console said, the colour of the
corner of each picture, how many colours it has, and the first bytes of the PDF.
"""
import json
import os
import sys

from PIL import Image

import chromium

page, folder = "file://" + os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
os.makedirs(folder, exist_ok=True)
dark = ["--force-dark-mode", "--blink-settings=preferredColorScheme=0"]
console, pictures = [], {}
for theme, options in [("light", []), ("dark", dark)]:
    for size, (width, height) in [("wide", (1280, 2400)), ("phone", (390, 2400))]:
        path = os.path.join(folder, f"{theme}-{size}.png")
        console += chromium.take_picture(page, path, width, height, *options)
        picture = Image.open(path).convert("RGB")
        colours = picture.getcolors(picture.width * picture.height)
        pictures[f"{theme}-{size}"] = {
            "corner": list(picture.getpixel((0, 0))), "colours": len(colours)}
pdf = os.path.join(folder, "print.pdf")
console += chromium.open_page(page, f"--print-to-pdf={pdf}")
start = open(pdf, "rb").read(5).decode("latin-1")
json.dump({"console": console, "pictures": pictures, "pdf": start}, sys.stdout)
