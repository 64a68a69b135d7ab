"""What Lighthouse says of the landing page and of a lesson, on a phone and on a desktop.

It wants Node (npx fetches Lighthouse) and Chrome or Chromium. What it gives are scores up to 100 and no
times beside a floor, so it prints a table of its own; the course wants 95 or more everywhere.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.common import ROOT, Row
from course.browser.build.chromium import on_loopback
from course.lessons import all_lessons

CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
DEVICES = {"phone": [], "desktop": ["--preset=desktop"]}
FLAGS = "--headless=new --disable-gpu --disable-background-networking"
TEXT = {".html", ".css", ".js", ".svg", ".json", ".xml", ".txt"}


def run(repeat: int) -> list[Row]:
    """Print the medians of `repeat` runs; there is nothing to compare, so no rows come back."""
    console = Console()
    npx = shutil.which("npx")
    if npx is None:
        console.print("lighthouse: left out, because it needs Node (npx), and there is none.")
        return []
    table = Table("page", "device", *CATEGORIES, box=None, pad_edge=False, padding=(0, 3, 0, 0))
    with tempfile.TemporaryDirectory(prefix="course-") as folder, served(Path(folder)) as address:
        for name, path in {"landing page": "", "lesson 01": f"lessons/{all_lessons()[0].slug}/"}.items():
            for device, options in DEVICES.items():
                rounds = [scores(npx, address + path, options, Path(folder)) for _ in range(repeat)]
                medians = (statistics.median(column) for column in zip(*rounds, strict=True))
                table.add_row(name, device, *(f"{median:.0f}" for median in medians))
    console.print(f"Lighthouse {version(npx)}, medians of {repeat}")
    console.print(table)
    return []


def version(npx: str) -> str:
    """The newest Lighthouse that the Node of `npx` runs."""
    node = shutil.which("node", path=str(Path(npx).parent)) or "node"
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    major, minor = map(int, re.findall(r"\d+", answer)[:2])
    return "13.5.0" if (major, minor) >= (22, 19) else "12.8.2"


def scores(npx: str, address: str, options: list[str], folder: Path) -> list[float]:
    """One run: a score from 0 to 100 for each of `CATEGORIES`.

    Raises:
        RuntimeError: Lighthouse failed; the message is its own.
    """
    report = folder / "report.json"
    root = hasattr(os, "geteuid") and os.geteuid() == 0  # for whom Chromium has no sandbox
    done = subprocess.run(
        [
            *(npx, "--yes", f"lighthouse@{version(npx)}", address, *options, "--quiet"),
            *("--output=json", f"--output-path={report}", f"--only-categories={','.join(CATEGORIES)}"),
            f"--chrome-flags={FLAGS}{' --no-sandbox' if root else ''}",
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"lighthouse: {done.stderr.strip()}")
    found = json.loads(report.read_text(encoding="utf-8"))
    for audit in found["audits"].values():
        if os.environ.get("VERBOSE") and audit["score"] not in (None, 1):
            print(audit["id"], audit["score"], audit.get("displayValue", ""), file=sys.stderr)
    return [100 * found["categories"][category]["score"] for category in CATEGORIES]


class Compressed(SimpleHTTPRequestHandler):
    """Serves files as ordinary hosts do: text compressed, everything to be kept for a while."""

    protocol_version = "HTTP/1.1"
    kept: dict[str, bytes] = {}  # noqa: RUF012  (one for all requests)

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            return self.send_error(404)
        body = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Cache-Control", "max-age=31536000")
        if path.suffix in TEXT:
            body = self.kept.setdefault(str(path), gzip.compress(body))
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Build the site into `folder` and serve it; gives its address."""
    site = folder / "site"

    def handler(*args: Any) -> Compressed:
        return Compressed(*args, directory=str(site))

    with on_loopback(handler) as address:
        subprocess.run(
            [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(site)],
            cwd=ROOT,
            env={**os.environ, "SITE_URL": f"{address}/", "NO_MKDOCS_2_WARNING": "1"},
            check=True,
        )
        yield f"{address}/"
