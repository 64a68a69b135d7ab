"""Lesson 15's own tests: milestones that are not reached are left for later, and an app may be a package."""

from __future__ import annotations

from pathlib import Path

from course.judging.report import State
from course.judging.sandbox import check_lesson
from course.judging.tasks import solution_text
from course.lessons import ROOT, Cell, find_lesson, milestones_in
from course.making.glossary import Glossary
from course.making.pages import render

LESSON = find_lesson("15")
SOLUTION = solution_text(LESSON, LESSON.app_task)[1]


def test_each_milestone_is_a_task_of_the_app() -> None:
    assert LESSON.milestones == ("15.1", "15.2", "15.3", "15.4", "15.5")
    assert LESSON.tasks == (*LESSON.milestones, "15.app")
    assert all(LESSON.of_app(task) for task in LESSON.tasks)
    assert not find_lesson("05").milestones
    assert not find_lesson("05").of_app("5.1")


def test_a_check_with_an_answer_is_no_milestone() -> None:
    cells = [
        Cell("code", "# Exercise 5.1\napp = ..."),
        *(Cell("code", f"await check({given})") for given in ('"5.1"', '"5.2", app', '"5.p1", x', '"5.3"')),
        Cell("markdown", 'await check("5.4")'),
    ]
    assert milestones_in(cells) == ("5.3",)


def test_what_lies_behind_is_left_for_later(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(SOLUTION.replace('"/token"', '"/tokens"'), encoding="utf-8")
    reports = {report.task: report for report in check_lesson(LESSON, tmp_path)}
    assert list(reports) == list(LESSON.tasks)
    assert reports["15.1"].passed
    assert reports["15.2"].state is State.NOT_YET
    behind = [reports[task] for task in ("15.3", "15.4", "15.5", "15.app")]
    assert {report.state for report in behind} == {State.NOT_ATTEMPTED}
    assert {report.nudge for report in behind} == {"15.2 comes first."}
    assert behind[0].title == "Bookings"


def test_what_lies_behind_one_that_ends_the_process_is_left_too(tmp_path: Path) -> None:
    ends = SOLUTION.replace("    return Token(", "    os._exit(1)\n    return Token(")
    (tmp_path / "app.py").write_text(ends, encoding="utf-8")
    reports = {report.task: report for report in check_lesson(LESSON, tmp_path)}
    assert [reports[task].state for task in LESSON.tasks] == [
        State.PASSED,
        State.STOPPED,
        *[State.NOT_ATTEMPTED] * 4,
    ]


def test_a_milestone_that_is_named_is_judged_for_itself(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(SOLUTION.replace('"/guests/me"', '"/guests/you"'), encoding="utf-8")
    (report,) = check_lesson(LESSON, tmp_path, ["15.4"])
    assert report.passed, report.text()


def test_an_app_may_be_in_several_files(tmp_path: Path) -> None:
    """Each milestone loads all of them anew, so that nothing is left of another's database."""
    package = tmp_path / "desk"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "whole.py").write_text(SOLUTION, encoding="utf-8")
    (tmp_path / "app.py").write_text("from desk.whole import app\n\n__all__ = ['app']\n", encoding="utf-8")
    reports = list(check_lesson(LESSON, tmp_path, ["15.1", "15.3", "15.4"]))
    assert [report.state for report in reports] == [State.PASSED] * 3, reports[-1].text()


def test_the_page_has_milestones_and_one_editor() -> None:
    glossary = Glossary.read(ROOT / "docs" / "glossary.md")
    page = render(LESSON, glossary, live="here")
    assert [place for place in page.places if "milestone" in place] == [
        f"milestone-{task.replace('.', '-')}" for task in LESSON.milestones
    ]
    assert [text.count('data-file="app.py"') for text in page.text.split('class="task ')[-2:]] == [0, 1]
    assert page.text.count("Solution, and why") == 1, "that of the whole is that of each milestone"
