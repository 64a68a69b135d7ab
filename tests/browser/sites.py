"""The site as a visitor gets it: built from a fresh copy, served as plain files below some path."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

from course.browser.build.chromium import on_loopback
from course.browser.build.steps import CACHE
from course.desk.launch import BUILD
from course.lessons import ROOT

BASE = "/any/base/"
"""Where the site lies on its host: any path must do."""


def checkout(target: Path) -> Path:
    """Copy to `target` what a site is built from, as after a fresh clone: without written pages."""
    for name in ("course", "docs", "lessons", "notebooks", "solutions"):
        skip = shutil.ignore_patterns("__pycache__", "lessons" if name == "docs" else "__pycache__")
        shutil.copytree(ROOT / name, target / name, ignore=skip)
    shutil.copy(ROOT / "mkdocs.yml", target)
    return target


class Files(SimpleHTTPRequestHandler):
    """Serves a folder below `BASE`; what is not there is the site's 404 page, as forges do it."""

    def translate_path(self, path: str) -> str:
        if not path.startswith(BASE):
            return os.devnull + "/nothing"
        return super().translate_path("/" + path.removeprefix(BASE))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = Path(self.directory, "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Changing(Files):
    """Files of a site that can be renewed, break off, or be gone."""

    gone = False
    broken = ""
    asked: list[str] = []  # noqa: RUF012
    headers_too: dict[str, str] = {}  # noqa: RUF012

    def end_headers(self) -> None:
        # Else a browser guesses for how long a file is good, by how old it is.
        self.send_header("Cache-Control", "no-cache")
        for name, value in self.headers_too.items():
            self.send_header(name, value)
        super().end_headers()

    def do_GET(self) -> None:
        type(self).asked.append(self.path)
        if self.gone or (self.broken and self.path.endswith(self.broken)):
            self.close_connection = True
            return
        del self.headers["If-Modified-Since"]  # it counts seconds, and two versions may come within one
        super().do_GET()


@contextmanager
def served(folder: Path, files: type[Files] = Files) -> Iterator[str]:
    """Serve a built site on a free loopback port; gives its address."""

    def handler(*args: Any) -> Files:
        return files(*args, directory=str(folder))

    with on_loopback(handler) as address:
        yield address + BASE


def built(folder: Path) -> Path:
    """The site, built in `folder` by whichever process of a test run comes first; the others wait for it."""
    outcome = folder / "outcome"
    try:
        folder.mkdir()
    except FileExistsError:
        end = time.monotonic() + BUILT_WITHIN
        while not outcome.exists() and time.monotonic() < end:
            time.sleep(0.1)  # nothing tells between processes
    else:
        try:
            wrong = build(folder / "clone")
        except Exception as error:
            wrong = repr(error)
        written = folder / "outcome.new"
        written.write_text(wrong, encoding="utf-8")
        written.replace(outcome)
    if wrong := outcome.read_text(encoding="utf-8"):
        raise RuntimeError(f"the site could not be built:\n{wrong}")
    return folder / "clone" / "site"


BUILT_WITHIN = 600
"""Seconds after which a process no longer waits for the one that builds the site."""


def build(root: Path, without: Sequence[Path] = (), **environment: str) -> str:
    """Build the site of a fresh copy. Returns what went wrong, if anything did.

    Args:
        without: folders of the checkout that the copy does not have.
    """
    checkout(root)
    with suppress(OSError):  # Windows may forbid links; then all that runs in the page is made once more
        (root / CACHE.parts[0]).symlink_to(ROOT / CACHE.parts[0], target_is_directory=True)
    for folder in without:
        shutil.rmtree(root / folder.relative_to(ROOT))
    done = subprocess.run(
        [sys.executable, "-m", *BUILD],
        cwd=root,
        # Each process serves it from a port of its own; only the path is in what is built.
        env={**os.environ, "SITE_URL": f"http://127.0.0.1{BASE}", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return done.stderr if done.returncode else ""
