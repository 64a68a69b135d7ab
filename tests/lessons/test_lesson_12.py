"""What lesson 12 says twice is the same: the glossary's sentences, and the models' numbers."""

from __future__ import annotations

import ast
import re
from typing import Any

from course.lessons import ROOT, find_lesson
from course.making.build import read_source

LESSON = find_lesson("12")
CELLS = [cell.source for cell in read_source(LESSON) if cell.kind == "code"]


def constant(source: str, name: str) -> Any:
    """The value that a name is given in a source, at its top."""
    for node in ast.parse(source).body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if isinstance(target, ast.Name) and target.id == name:
            return ast.literal_eval(node.value)
    raise LookupError(name)


def test_the_language_model_has_read_the_glossary() -> None:
    glossary = " ".join((ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").split())
    cell = next(source for source in CELLS if "SENTENCES = " in source)
    sentences = constant(cell, "SENTENCES").strip().splitlines()
    assert len(sentences) == 12
    for sentence in sentences:
        assert sentence in glossary


def test_the_numbers_of_both_versions_are_the_same_wherever_they_stand() -> None:
    app = (LESSON.folder / "app.py").read_text(encoding="utf-8")
    checks = (LESSON.folder / "checks.py").read_text(encoding="utf-8")
    for version in ("1", "2"):
        found = [constant(source, f"V{version}") for source in CELLS if f"\nV{version}" in source]
        assert found and all(one == found[0] for one in found)
        weights, start = found[0]["weights"], found[0]["intercept"]
        assert list(constant(checks, f"V{version}_WEIGHTS")) == weights
        assert constant(checks, f"V{version}_START") == start
        numbers = {float(number) for number in re.findall(r"-?\d+\.\d{6,}", app)}
        assert {*weights, start} <= numbers
