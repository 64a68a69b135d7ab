"""Archives of compiled modules: what the page's interpreter imports from.

This file runs inside Pyodide, because bytecode belongs to one version of Python; it imports nothing of the
course. The same sources give the same bytes: entries are sorted and dated alike, bytecode is found by its
source's hash and never checked against it.
"""

from __future__ import annotations

import ast
import importlib._bootstrap_external as external
import importlib.util
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

SKIPPED = (".pyi", ".h", ".so", ".exe", ".bat", ".c", ".pyx", ".pxd", "py.typed")
METADATA = (b"Metadata-Version:", b"Name:", b"Version:", b"Requires-Dist:")
TEMPLATES = "/templates/"
"""In the path of files that are copied into somebody's project, such as Alembic's: they stay as they are."""
DATE = (2020, 1, 1, 0, 0, 0)
SELF_READERS = (b"install_lazy_importer()",)
"""Found in modules that read their own source when they are imported: they keep it beside the bytecode."""


def compile_all(jobs: str) -> None:
    """Make archives in /out of those in /in; `jobs` is JSON, a list of `archive`'s arguments with a name."""
    for job in json.loads(jobs):
        sources = [Path("/in", name).read_bytes() for name in job["sources"]]
        Path("/out", job.pop("name")).write_bytes(archive(**{**job, "sources": sources}))


def archive(
    sources: Iterable[bytes],
    place: str,
    *,
    without: Iterable[str] = (),
    only: Iterable[str] = (),
    stripped: bool = False,
) -> bytes:
    """One archive, not compressed, out of several (wheels, or plain archives of sources).

    Args:
        sources: archives with the modules' sources.
        place: where the archive will lie, which tracebacks name.
        without: beginnings of paths that are left out.
        only: top-level modules that are taken; empty means all.
        stripped: drop docstrings, and texts in `Doc("...")`; nobody reads those of libraries in the page.
    """
    entries: dict[str, bytes] = {}
    for source in sources:
        with zipfile.ZipFile(io.BytesIO(source)) as opened:
            for name in opened.namelist():
                top = name.partition("/")[0].partition(".")[0]
                if name.endswith(("/", *SKIPPED)) or name.startswith(tuple(without)):
                    continue
                if not only or top in only:
                    entries.update(_entries(name, opened.read(name), place, stripped))
    return pack(entries)


def pack(entries: dict[str, bytes]) -> bytes:
    """An archive of these entries, not compressed, always the same bytes for the same content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as made:
        for name in sorted(entries):
            made.writestr(zipfile.ZipInfo(name, DATE), entries[name])
    return buffer.getvalue()


def _entries(name: str, content: bytes, place: str, stripped: bool) -> Iterator[tuple[str, bytes]]:
    if ".dist-info/" in name:
        if name.endswith("/METADATA"):
            head = content.split(b"\n\n")[0].splitlines()
            yield name, b"".join(line + b"\n" for line in head if line.startswith(METADATA))
        elif name.endswith("/entry_points.txt"):
            yield name, content
    elif name.endswith(".py") and TEMPLATES not in name:
        tree = ast.parse(content)
        if stripped:
            _strip(tree)
        code = compile(tree, f"{place}/{name}", "exec", dont_inherit=True, optimize=0)
        digest = importlib.util.source_hash(content)
        yield name + "c", bytes(external._code_to_hash_pyc(code, digest, False))  # type: ignore[attr-defined]
        if any(mark in content for mark in SELF_READERS):
            yield name, content
    else:
        yield name, content


def _strip(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if ast.get_docstring(node, clean=False) is not None:
                # Gone, not replaced: `from __future__` may stand behind nothing else.
                alone = len(node.body) == 1 and not isinstance(node, ast.Module)
                node.body[:1] = [ast.copy_location(ast.Pass(), node.body[0])] if alone else []
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "Doc"
            and node.args
        ):
            node.args[0] = ast.copy_location(ast.Constant(""), node.args[0])
