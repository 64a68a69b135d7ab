"""What hints, nudges and texts call by its name is there: a name that was changed is changed everywhere."""

from __future__ import annotations

import ast
import asyncio
import builtins
import enum
import json
import keyword
import re
from collections.abc import Iterator

import fastapi
import pytest

from course.lessons import Lesson, all_lessons
from course.making.build import read_source

LESSONS = all_lessons()
NAME = re.compile(r"[A-Za-z_]\w*")
QUOTED = re.compile(r"`([^`\n]+)`")

PYTHON = {*dir(builtins), *keyword.kwlist, *keyword.softkwlist}
LIBRARIES = {
    name for module in (asyncio, enum, fastapi, fastapi.FastAPI, fastapi.UploadFile) for name in dir(module)
}
ELSEWHERE = {
    *("target", "Content", "Length", "Allow", "null", "ref", "lt", "HTTPValidationError"),  # HTTP, JSON, HTML
    *("Lax", "Many", "PRAGMA", "ON", "foreign_keys"),  # cookies, a status, SQL
    *("disconnect",),  # ASGI
    *("ulimit", "npm", "install", "stoplight", "offline", "standard", "pytest"),  # commands and packages
    *("solutions", "test_app", "htm", "dockerignore", "git"),  # files
    *("alive", "ssl", "keyfile", "certfile", "client_max_body_size"),  # options of Uvicorn and nginx
    *("PROMETHEUS_MULTIPROC_DIR",),  # a variable of the environment
    *("A", "B", "count", "counts", "medium", "given"),  # said of any type, name or value
    *("BaseHTTPMiddleware",),  # Starlette
    *("openapi_examples", "allow_inf_nan", "validate_assignment", "lazy"),  # parameters of libraries
    *("ModelViewSet", "extend_schema", "validate_name"),  # Django REST framework
    *("PATIENCE", "PROBE"),  # the checks' own
}
"""Names in backquotes that are defined outside of the course."""


HOLE = "\0"
"""Stands for what an f-string computes; a name of which it is a part is not known."""


def names(text: str) -> set[str]:
    return set(NAME.findall(re.sub(rf"\w*{HOLE}\w*", "", text)))


def defined(lesson: Lesson) -> set[str]:
    """Every name in a lesson's cells and outputs, starters, solutions and briefs: not what only quotes it."""
    found: set[str] = set()
    for cell in read_source(lesson):
        text = cell.source
        if cell.kind == "markdown":
            # A brief defines what it asks for, and code that is no cell what it shows; prose names it.
            brief = re.search(r"^### Exercise|^## Build it", text, re.MULTILINE)
            text = text[brief.start() :] if brief else "".join(re.findall(r"```.*?```", text, re.DOTALL))
        found |= names(text)
    for cell in lesson.cells:
        found |= names(json.dumps(cell.outputs))
    for path in (lesson.folder / "app.py", lesson.solutions / "app.py", lesson.solutions / "exercises.py"):
        found |= names(path.read_text(encoding="utf-8"))
    return found


def quoted(lesson: Lesson) -> Iterator[tuple[str, str]]:
    """Each piece of code in backquotes of a lesson's checks and prose, with where it stands."""
    for line, text in texts(ast.parse((lesson.folder / "checks.py").read_text(encoding="utf-8"))):
        for piece in QUOTED.findall(text):
            yield f"checks.py, line {line}", piece
    for cell in read_source(lesson):
        if cell.kind == "markdown":
            for piece in QUOTED.findall(re.sub(r"```.*?```", "", cell.source, flags=re.DOTALL)):
                yield "lesson.md", piece


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The texts in a source with their lines; of an f-string what is written, with holes."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else HOLE for part in node.values]
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        else:
            yield from texts(node)


def lost() -> list[str]:
    """What is quoted before any cell, brief, starter, solution or output of the course has it."""
    found = []
    seen = PYTHON | LIBRARIES | ELSEWHERE
    for lesson in LESSONS:
        seen |= defined(lesson)
        for where, piece in quoted(lesson):
            if unknown := names(piece) - seen:
                found.append(f"{lesson.slug}/{where}: `{piece}` has {', '.join(sorted(unknown))}")
    return found


def test_what_is_quoted_is_defined() -> None:
    assert lost() == []


def test_a_name_that_was_changed_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = defined
    monkeypatch.setitem(globals(), "defined", lambda lesson: kept(lesson) - {"forecast"})
    assert [line for line in lost() if "forecast" in line and line.startswith("01-first-api/checks.py")]
