"""The rules for lessons stand in the guide as tests hold lessons to them."""

from __future__ import annotations

import tomllib

from course.lessons import ROOT
from course.making import rules


def test_the_guide_says_the_rules() -> None:
    guide = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
    assert [rule for rule in rules.SAID if rule not in guide] == []


def test_ruff_knows_the_same_columns() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["ruff"]["line-length"] == rules.COLUMNS
