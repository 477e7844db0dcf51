"""Serves a folder by TensorBoard and prints what its data API answers, as JSON.

    python Tests/Ecosystem/tensorboard_server.py FOLDER true|false [PICTURE]

The second argument is that of --load_fast: the server in Rust, or the one in Python. With PICTURE and Chromium a picture
of the page is written there, to be looked at.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

import chromium

PATIENCE = 300


def ask(path, **query):
    """The answer of the data API."""
    address = f"{server}data/plugin/{path}?{urllib.parse.urlencode(query)}"
    return json.load(urllib.request.urlopen(address, timeout=60))


def wait(what, value):
    """The first value that is not empty."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = value()
        if found:
            return found
        time.sleep(0.2)
    raise SystemExit(f"no {what} within {PATIENCE} s:\n{open(log.name).read()}")


def all_scalars():
    """The points of each tag, once all of the files are read."""
    points = None
    while True:
        tags = ask("scalars/tags")
        found = {
            tag: ask("scalars/scalars", run=run, tag=tag) for run in tags for tag in tags[run]}
        if found and found == points:
            return found
        points = found
        # Longer than the interval at which it reads.
        time.sleep(3)


log = tempfile.NamedTemporaryFile("w+", suffix=".log")
process = subprocess.Popen(
    [
        sys.executable, "-m", "tensorboard.main", "--logdir", sys.argv[1], "--host", "localhost",
        "--port", "0", f"--load_fast={sys.argv[2]}", "--reload_interval", "1",
        "--samples_per_plugin", "scalars=1000000",
    ],
    stdout=log, stderr=log)
try:
    place = r"http://localhost:\d+/"
    server = wait("address", lambda: re.search(place, open(log.name).read())).group()
    wait("curve", lambda: ask("scalars/tags"))
    answer = {"scalars": all_scalars()}
    for plugin in ["histograms", "images", "text"]:
        tags = ask(f"{plugin}/tags")
        answer[plugin] = sorted({tag for run in tags for tag in tags[run]})
    if len(sys.argv) > 3 and chromium.found():
        os.makedirs(os.path.dirname(os.path.abspath(sys.argv[3])), exist_ok=True)
        chromium.take_picture(
            f"{server}#timeseries", sys.argv[3], 1600, 1200, "--virtual-time-budget=30000")
    json.dump(answer, sys.stdout)
finally:
    process.terminate()
    process.wait()
