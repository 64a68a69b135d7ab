"""The licences of what the page passes on, from the metadata and the licence files of its packages."""

from __future__ import annotations

import email
import importlib.metadata
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

LIST = "licences.json"
"""In `docs/live/`: name, version and licence of each."""

TEXTS = "licences.txt"
"""Beside it: their texts."""

TEXT = re.compile(r"(?:^|/)(?:LICEN[CS]E|COPYING|NOTICE)[^/]*$", re.I)


@dataclass(frozen=True)
class Licence:
    """Of one package."""

    name: str
    version: str
    licence: str
    texts: tuple[str, ...] = ()


def of_wheels(wheels: Iterable[Path]) -> Iterator[Licence]:
    """Of Python packages; where a wheel was cut down to some files, as that package is installed."""
    for path in sorted(wheels):
        with zipfile.ZipFile(path) as wheel:
            names = [name for name in wheel.namelist() if ".dist-info/" in name]
            metadata = next((name for name in names if name.endswith("/METADATA")), None)
            if metadata is None:
                yield of_installed(path.name.partition("-")[0])
                continue
            texts = tuple(_text(wheel.read(name)) for name in names if TEXT.search(name))
            yield _licence(email.message_from_bytes(wheel.read(metadata)), texts)


def of_installed(name: str) -> Licence:
    """Of a Python package in this environment."""
    found = importlib.metadata.distribution(name)
    files = [
        file for file in found.files or () if ".dist-info/" in file.as_posix() and TEXT.search(str(file))
    ]
    texts = tuple(_text(file.read_binary()) for file in files)
    return _licence(email.message_from_string(found.read_text("METADATA") or ""), texts)


def _licence(metadata: Message, texts: tuple[str, ...]) -> Licence:
    classified = [
        line.rpartition(" :: ")[2]
        for line in metadata.get_all("Classifier", [])
        if line.startswith("License ::")
    ]
    said = (metadata["License-Expression"] or metadata["License"] or "").strip()
    short = said if said and len(said) < 60 and "\n" not in said else ", ".join(classified)
    return Licence(metadata["Name"], metadata["Version"], short or "see its text", texts)


def of_npm(npm: Path, package: Path) -> Iterator[Licence]:
    """Of the packages of npm that are bundled: those that are asked for, and what these ask for."""
    left = sorted(_read(package)["dependencies"])
    seen: set[str] = set()
    while left:
        name = left.pop(0)
        folder = npm / name
        if name in seen or not folder.is_dir():
            continue
        seen.add(name)
        facts = _read(folder / "package.json")
        texts = tuple(_text(path.read_bytes()) for path in sorted(folder.glob("*")) if TEXT.search(path.name))
        yield Licence(name, facts["version"], facts["license"], texts)
        left += sorted(facts.get("dependencies", {}))


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _text(content: bytes) -> str:
    return content.decode("utf-8", errors="replace").replace("\r\n", "\n").strip()


def listed(licences: Iterable[Licence]) -> bytes:
    """The list, as JSON."""
    rows = [{"name": one.name, "version": one.version, "licence": one.licence} for one in licences]
    return (json.dumps(rows, indent=1) + "\n").encode()


def texts(licences: Iterable[Licence]) -> bytes:
    """All texts, each below the name of its package."""
    parts = [
        f"{'=' * 78}\n{one.name} {one.version}: {one.licence}\n{'=' * 78}\n\n{text}\n"
        for one in licences
        for text in one.texts
    ]
    return "\n".join(parts).encode()
