"""Modules that are not in the page's memory yet: fetched when they are first imported.

After a restored snapshot the interpreter's files are not there, only what had been imported. And what few
lessons need lies in archives of its own, a group each. Both are fetched when an import misses them, by a
function that the worker sets; it blocks, as imports do.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.metadata
import importlib.util
import json
import sys
import zipimport
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Protocol

EARLY = ("course.browser.bridge", "course.desk.notebook", "fastapi", "httpx")
"""What nearly all cells need: without a snapshot it is imported before the first of them asks."""

_MAJOR, _MINOR = sys.version_info[:2]
LIBRARY = f"/lib/python{_MAJOR}.{_MINOR}/site-packages/_pydantic_core.so"
"""Where the interpreter has linked pydantic-core under, before Python starts."""

ARCHIVES = {"stdlib": f"/lib/python{_MAJOR}{_MINOR}.zip", "packages": "/lib/packages.zip"}
"""The archives that hold what nearly all lessons need."""

ROOT = "/course"
"""Where the course's own modules lie."""


class Buffer(Protocol):
    """Bytes on JavaScript's side."""

    def to_bytes(self) -> bytes: ...


Fetch = Callable[[str], Buffer]
"""Given an archive's name, gives its content, gzipped."""


class Linked:
    """Finds pydantic-core, which no folder holds."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != "pydantic_core._pydantic_core":
            return None
        loader = importlib.machinery.ExtensionFileLoader(name, LIBRARY)
        return importlib.util.spec_from_file_location(name, LIBRARY, loader=loader)


class Late:
    """Fetches archives when an import misses memory; then the ordinary finder finds the module in them."""

    def __init__(self) -> None:
        self.fetch: Fetch | None = None
        """Set by the worker, and while the snapshot is made."""
        self.groups: dict[str, str] = {}
        """Which group's archive holds a top-level module."""
        self.missed: dict[str, Sequence[str] | None] = {}
        """What imports have missed so far, with the path they looked on."""
        self.absent: set[str] = set()
        """What nothing holds, such as optional dependencies: not fetched for."""
        self.unpacked = {"course"}
        """Archives that are unpacked, because their modules look for files beside them."""
        self.present: set[str] = set()
        """Names of the archives that are here."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name in self.absent:
            return None
        found = importlib.machinery.PathFinder.find_spec(name, path, target)
        if found is not None and found.origin is not None:
            return found
        self.missed[name] = path
        top = name.partition(".")[0]
        group = "course" if top == "course" else self.groups.get(top)
        fetched = [archive for archive in ([group] if group else ARCHIVES) if self.add(archive)]
        if fetched:
            importlib.invalidate_caches()
            # A package that was imported from an archive that is gone keeps looking into the gap.
            for entry in path or ():
                sys.path_importer_cache.pop(entry, None)
        return None

    def find_distributions(self, context: object = None) -> Iterator[importlib.metadata.Distribution]:
        """None of its own; but somebody asks for versions, and those stand in the archives."""
        fetched = [archive for archive in ARCHIVES if self.add(archive)]
        if fetched:
            importlib.invalidate_caches()
        return iter(())

    def add(self, archive: str) -> bool:
        """Have an archive here. Returns whether it is new."""
        if archive in self.present or self.fetch is None:
            return False
        import zlib

        try:
            content = zlib.decompress(self.fetch(archive).to_bytes(), wbits=31)
        except Exception as error:
            raise ImportError(f"It is fetched when it is first imported, and that failed: {error}") from None
        self.present.add(archive)
        place = ARCHIVES.get(archive, f"/lib/{archive}.zip")
        if archive in self.unpacked:
            import io
            import zipfile

            place = ROOT if archive == "course" else f"/lib/{archive}"
            zipfile.ZipFile(io.BytesIO(content)).extractall(place)
        else:
            Path(place).write_bytes(content)
        sys.path_importer_cache.pop(place, None)
        zipimport._zip_directory_cache.pop(place, None)  # type: ignore[attr-defined]
        if place not in sys.path:
            sys.path.append(place)
        return True


late = Late()


def install(groups: str) -> None:
    """Put the finders in their places.

    `groups` is JSON: `modules`, a top-level module's name to its group's; `unpacked`, names of groups.
    """
    told = json.loads(groups)
    late.groups = told["modules"]
    late.unpacked |= set(told["unpacked"])
    sys.meta_path.insert(0, Linked)
    before = next(
        index for index, finder in enumerate(sys.meta_path) if getattr(finder, "__name__", "") == "PathFinder"
    )
    sys.meta_path.insert(before, late)
    for place in ARCHIVES.values():
        if place not in sys.path:
            sys.path.append(place)


def import_early() -> None:
    """Import what the first cell would wait for."""
    for name in EARLY:
        importlib.import_module(name)


def forget() -> None:
    """Before the snapshot is taken: drop garbage, and what names files that will not be there."""
    import gc
    import linecache

    find = importlib.machinery.PathFinder.find_spec
    late.absent = {name for name, path in late.missed.items() if find(name, path) is None}
    late.absent -= sys.modules.keys()
    late.missed.clear()
    late.fetch = None
    for archive in late.present:
        place = ARCHIVES.get(archive, f"/lib/{archive}.zip")
        sys.path_importer_cache.pop(place, None)
        zipimport._zip_directory_cache.pop(place, None)  # type: ignore[attr-defined]
    late.present.clear()
    linecache.clearcache()
    gc.collect()
    gc.freeze()
