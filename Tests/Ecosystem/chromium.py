"""Headless Chromium for the other scripts: finds it, and takes pictures of pages."""
import shutil
import subprocess
import tempfile

NAMES = ["chromium", "chromium-browser", "google-chrome"]


def found():
    """The path of the program; None if it is not installed."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def open_page(address, *options):
    """Opens a page with more options; gives the lines of its console."""
    with tempfile.TemporaryDirectory() as profile:
        run = subprocess.run(
            [
                found(), "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                "--no-first-run", "--enable-logging=stderr", f"--user-data-dir={profile}",
                *options, address,
            ],
            capture_output=True, text=True, timeout=300,
        )
    if run.returncode != 0:
        raise SystemExit(run.stderr)
    return [line for line in run.stderr.split("\n") if "CONSOLE" in line]


def take_picture(address, path, width, height, *options):
    """Writes a picture of a page; gives the lines of its console."""
    return open_page(
        address, f"--screenshot={path}", f"--window-size={width},{height}", *options)
