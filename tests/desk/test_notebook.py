"""`check` in a cell: what is there while an answer is judged."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from course.desk import notebook
from course.desk.notebook import check
from course.judging.report import Report
from course.judging.tasks import find_exercise
from course.lessons import find_lesson


async def test_a_cells_app_is_judged_in_what_is_around_it(monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[str] = []

    @contextlib.contextmanager
    def around() -> Iterator[None]:
        events.append("begins")
        yield
        events.append("ends")

    async def asks(api: object) -> None:
        """Asks"""
        events.append("asks")

    exercise = find_exercise(find_lesson("01"), "1.1")
    monkeypatch.setattr(exercise, "around", around)
    monkeypatch.setattr(exercise, "checks", [asks])
    reports: list[Report] = []
    monkeypatch.setattr(notebook, "on_report", [reports.append])
    await check("1.1", FastAPI())
    assert events == ["begins", "asks", "ends"]
    assert [report.passed for report in reports] == [True]
