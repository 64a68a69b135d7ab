"""Which browser the build and the tests run in: one that is there, or one that can be had."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Browser, Error, Playwright

COMMANDS = (
    # The same engine without a window around it, which tests do not see and would wait for.
    "chromium-headless-shell",
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    *("microsoft-edge", "microsoft-edge-stable", "msedge"),
)
WINDOWS = (
    r"Google\Chrome\Application\chrome.exe",
    r"Chromium\Application\chrome.exe",
    r"Microsoft\Edge\Application\msedge.exe",
)
MACOS = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
REMEDY = (
    "This needs Chromium, Chrome or Edge, and none could be found or fetched: install one of them, or run "
    "`python -m playwright install --with-deps chromium`."
)


class NoBrowser(Exception):
    """There is no browser; the message names the remedy."""


def installed() -> Iterator[str]:
    """Paths of Chromium, Chrome and Edge on this machine, the likeliest first."""
    for command in COMMANDS:
        if path := shutil.which(command):
            yield path
    folders = [os.environ.get(name) for name in ("ProgramFiles", "ProgramFiles(x86)", "LocalAppData")]
    places = [Path(folder, name) for folder in folders if folder for name in WINDOWS]
    places += [
        Path(folder, name) for folder in ("/Applications", Path.home() / "Applications") for name in MACOS
    ]
    yield from (str(place) for place in places if place.is_file())


def launch(playwright: Playwright, tell: Callable[[str], None] | None) -> Browser:
    """Start a browser; `tell` is told what has to be fetched for that, and without it nothing is.

    Raises:
        NoBrowser: none is there, and none could be had.
    """
    for path in installed():
        if browser := _started(playwright, path):
            return browser
    if browser := _started(playwright, None):  # one that Playwright fetched before
        return browser
    if tell is None:
        raise NoBrowser(REMEDY)
    tell("No browser found: Playwright fetches its Chromium.")
    fetched = _ran(sys.executable, "-m", "playwright", "install", "chromium")
    if fetched and (browser := _started(playwright, None)):
        return browser
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        tell("That did not do: apt-get installs Debian's chromium.")
        apt_get = ("apt-get", "-o", "DPkg::Lock::Timeout=300")  # the other test process does the same
        fetched = _ran(*apt_get, "update") and _ran(*apt_get, "install", "--yes", "chromium")
        if fetched and (browser := _started(playwright, shutil.which("chromium"))):
            return browser
    raise NoBrowser(REMEDY)


def _started(playwright: Playwright, path: str | None) -> Browser | None:
    try:
        return playwright.chromium.launch(executable_path=path)
    except Error:
        return None


def _ran(*command: str) -> bool:
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, capture_output=True, check=False, env={**os.environ, **quiet})
    return done.returncode == 0
