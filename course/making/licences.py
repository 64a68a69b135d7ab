"""The licences of what the site passes on: a table for its page, made when the site is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from course.browser.build.licences import LIST, TEXTS, Licence, of_installed, texts
from course.browser.build.steps import LOCK, TARGET
from course.running.serving import asset

UNSAID = (
    ("Swagger UI", "swagger-ui-bundle.js", r"PACKAGE_VERSION:\"([\d.]+)", "Apache-2.0"),
    ("ReDoc", "redoc.standalone.js", r"REDOC_VERSION\W+([\d.]+)|\"Version: \"\S*?\"([\d.]+)", "MIT"),
)
"""What fastapi-offline brings as files without their licences: those that the projects themselves state."""

FONTS = (
    ("Atkinson Hyperlegible Next", "LICENSE-next.txt"),
    ("Atkinson Hyperlegible Mono", "LICENSE-mono.txt"),
)
OFL = re.compile(r"SIL OPEN FONT LICENSE Version ([\d.]+)", re.I)


def of_the_site(root: Path) -> Iterator[tuple[str, str, str, str]]:
    """What every page has: name, version, licence, and where its text is, as an address on the site."""
    theme = of_installed("mkdocs-material")
    yield "Material for MkDocs", theme.version, theme.licence, f"lessons/{TEXTS}"
    for name, file in FONTS:
        path = root / "docs" / "fonts" / file
        found = OFL.search(path.read_text(encoding="utf-8")) if path.is_file() else None
        yield name, "", f"OFL-{found[1]}" if found else "see its text", f"fonts/{file}"
    for name, file, version, licence in UNSAID:
        told = re.search(version, asset(file).decode("utf-8", errors="replace"))
        yield name, next((part for part in told.groups() if part), "") if told else "", licence, ""


def site_texts() -> bytes:
    """The texts of the theme's licence."""
    return texts([of_installed("mkdocs-material")])


def of_the_page(root: Path) -> list[Licence]:
    """What runs lessons in the page; nothing where that was not built."""
    path = root / TARGET / LIST
    if not path.is_file():
        return []
    return [Licence(**one) for one in json.loads(path.read_text(encoding="utf-8"))]


def text(root: Path) -> str:
    """The part of the page that is made."""
    rows = ["## On every page", "", "| what | version | licence |", "|---|---|---|"]
    for name, version, licence, where in of_the_site(root):
        rows.append(f"| {name} | {version} | {f'[{licence}](<{where}>)' if where else licence} |")
    if page := of_the_page(root):
        rows += ["", "## What runs lessons", ""]
        rows += [
            f"{len(page)} packages, at the versions of `{LOCK.as_posix()}` and `package-lock.json`. The "
            f"texts of their licences are in [one file](<live/{TEXTS}>). Pyodide brings CPython and its "
            "standard library, which are under the licence of the Python Software Foundation.",
            *("", "| package | version | licence |", "|---|---|---|"),
            *(f"| {one.name} | {one.version} | {one.licence} |" for one in page),
        ]
    return "\n".join(rows) + "\n"
