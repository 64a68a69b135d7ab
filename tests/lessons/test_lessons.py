"""Every lesson keeps its word: its checks know right from wrong, its notebook is the lesson's own.

The solution passes, the untouched starter is "not attempted", each mistake of `tests/mistakes/` fails with
the message that is meant for it, each file of `tests/alternatives/` passes.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from pathlib import Path
from typing import NoReturn

import pytest
from answers import checks_up_to, mistakes_of, tasks_of, wrong_answer

from course.judging.answers import run_answer
from course.judging.report import Report, State
from course.judging.tasks import (
    Exercise,
    Prediction,
    find_exercise,
    load_exercises,
    solution_text,
    starter_source,
)
from course.lessons import ROOT, Lesson, all_lessons
from course.making import rules
from course.making.build import is_capstone, read_source, stale
from course.making.mistakes import Mistakes

LESSONS = all_lessons()
MISTAKES = [
    (mistakes, one.name) for lesson in LESSONS for mistakes in mistakes_of(lesson) for one in mistakes
]
ALTERNATIVES = sorted((ROOT / "tests" / "alternatives").glob("*/*.py"))
BY_SLUG = {lesson.slug: lesson for lesson in LESSONS}
TASKS = [(lesson, task) for lesson in LESSONS for task in lesson.tasks]
TASK_IDS = [task for _, task in TASKS]

as_for_learners = pytest.mark.filterwarnings("ignore")
"""A warning, of a forgotten `await` say, does not end a learner's code either."""


def judge(lesson: Lesson, task: str, source: str, folder: Path) -> Report:
    if lesson.of_app(task):
        (folder / "app.py").write_text(source, encoding="utf-8")
    return asyncio.run(run_answer(lesson, task, source, folder))


def fail(*lines: str) -> NoReturn:
    """Say what is wrong and what to do: where in a test that was found helps nobody."""
    pytest.fail("\n".join(lines), pytrace=False)


@pytest.mark.parametrize(("lesson", "task"), TASKS, ids=TASK_IDS)
def test_the_solution_passes(lesson: Lesson, task: str, tmp_path: Path) -> None:
    reason, code = solution_text(lesson, task)
    report = judge(lesson, task, code, tmp_path)
    assert report.state is State.PASSED, report.text()
    assert [line.state for line in report.lines] == [State.PASSED] * len(report.lines)
    assert reason, "a solution says why it is built so"


@pytest.mark.parametrize(("lesson", "task"), TASKS, ids=TASK_IDS)
def test_the_starter_is_not_attempted(lesson: Lesson, task: str, tmp_path: Path) -> None:
    report = judge(lesson, task, starter_source(lesson, task), tmp_path)
    assert report.state is State.NOT_ATTEMPTED


@as_for_learners
@pytest.mark.parametrize(("lesson", "task"), TASKS, ids=TASK_IDS)
def test_the_starter_does_not_pass(lesson: Lesson, task: str, tmp_path: Path) -> None:
    # With one more line it is no longer the starter, so that the checks themselves are asked.
    touched = starter_source(lesson, task) + "\n_touched = True\n"
    report = judge(lesson, task, touched, tmp_path)
    assert report.state in (State.NOT_YET, State.RAISED, State.NOT_ATTEMPTED), report.text()


@as_for_learners
@pytest.mark.parametrize(
    ("mistakes", "name"),
    MISTAKES,
    ids=[f"{mistakes.lesson.slug}/{mistakes.stem}-{name}" for mistakes, name in MISTAKES],
)
def test_a_mistake_is_told(
    mistakes: Mistakes, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = wrong_answer(mistakes, name)
    place = f"tests/mistakes/{mistakes.lesson.slug}/{mistakes.stem}.diff, {name}:"
    made = find_exercise(mistakes.lesson, wrong.task)
    monkeypatch.setattr(made, "checks", checks_up_to(made, wrong.check))
    report = judge(mistakes.lesson, wrong.task, wrong.source, tmp_path)
    if report.state not in (State.NOT_YET, State.RAISED):
        fail(f"{place} this is a wrong answer, and no check up to {wrong.check} says so.", report.text())
    if report.failed != wrong.check:
        fail(f"{place} {wrong.check} must fail first, and {report.failed} does.", report.text())
    if wrong.says not in " ".join(report.text().split()):
        fail(f"{place} the report lacks the words of `says: {wrong.says}`. It says:", report.text())


@as_for_learners
@pytest.mark.parametrize("path", ALTERNATIVES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_another_right_answer_passes(path: Path, tmp_path: Path) -> None:
    lesson = BY_SLUG[path.parent.name]
    for task in tasks_of(lesson, path):
        report = judge(lesson, task, path.read_text(encoding="utf-8"), tmp_path)
        assert report.state is State.PASSED, report.text()


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_each_check_has_two_mistakes_and_each_task_three_alternatives(lesson: Lesson) -> None:
    mistakes = Counter((of.task, one.check) for of in mistakes_of(lesson) for one in of)
    paths = [path for path in ALTERNATIVES if path.parent.name == lesson.slug]
    alternatives = Counter(task for path in paths for task in tasks_of(lesson, path))
    wanted = rules.CAPSTONE_ALTERNATIVES if is_capstone(lesson) else rules.ALTERNATIVES_A_TASK
    lacking = []
    for task in lesson.tasks:
        for check in find_exercise(lesson, task).checks:
            if check.__module__ != f"checks_{lesson.number}":
                continue  # another lesson's, which has the mistakes
            if (have := mistakes[task, check.__name__]) < rules.MISTAKES_A_CHECK:
                lacking.append(
                    f"{task}: the check {check.__name__} has {have} of {rules.MISTAKES_A_CHECK} mistakes. "
                    f"Write another into tests/mistakes/{lesson.slug}/, with `check: {check.__name__}`."
                )
        if (have := alternatives[task]) < wanted:
            lacking.append(
                f"{task} has {have} of {wanted} alternatives. "
                f"Write another right answer into tests/alternatives/{lesson.slug}/."
            )
    if lacking:
        fail(*lacking)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_the_notebook_is_the_lessons(lesson: Lesson) -> None:
    if why := stale(lesson):
        fail(f"notebooks/{lesson.slug}.ipynb: {why}. Run `course build {lesson.number}`.")


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_the_lesson_is_whole(lesson: Lesson) -> None:
    declared = load_exercises(lesson)
    exercises = [made for made in declared.values() if isinstance(made, Exercise)]
    predictions = [made for made in declared.values() if isinstance(made, Prediction) and ".r" not in made.id]
    assert [made.id for made in exercises] == list(lesson.tasks)
    assert len(exercises) in rules.TASKS, "three to five exercises, perhaps a pitfall besides, and the app"
    capstone = is_capstone(lesson)
    assert capstone or len([made for made in predictions if ".p" in made.id]) >= rules.PREDICTIONS
    for made in exercises:
        if len(made.hints) not in rules.HINTS:
            fail(f"{made.id} has {len(made.hints)} hints: {rules.HINTS[0]} to {rules.HINTS[-1]} are wanted.")
    assert all(made.checks for made in exercises)
    text = (lesson.folder / "lesson.md").read_text(encoding="utf-8")
    for part in rules.CAPSTONE_PARTS if capstone else rules.PARTS:
        assert part in text, part


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_predictions_are_asked_before_they_are_judged(lesson: Lesson) -> None:
    cells = read_source(lesson)
    for made in load_exercises(lesson).values():
        if not isinstance(made, Prediction) or ".r" in made.id:
            continue
        asked = next(i for i, cell in enumerate(cells) if f"**Predict {made.id}." in cell.source)
        judged = next(i for i, cell in enumerate(cells) if f'check("{made.id}"' in cell.source)
        assert asked < judged - 1, f"{made.id}: the question, a cell for the answer, then the experiment"
        choices = re.findall(r"^> - \*\*(\w)\*\*", cells[asked].source, re.MULTILINE)
        assert made.answer in choices, made.id
        assert "..." in cells[asked + 1].source, f"{made.id}: the cell after the question takes the answer"


@pytest.mark.parametrize("lesson", LESSONS[1:], ids=lambda lesson: lesson.slug)
def test_a_lesson_begins_with_three_questions_from_earlier_ones(lesson: Lesson) -> None:
    _, imports, asked, answers, experiment, *_ = read_source(lesson)
    assert imports.source.startswith("from course import ")
    number = int(lesson.number)
    assert re.findall(r"^> \*\*From before (\S+)\.\*\*", asked.source, re.M) == [
        f"{number}.r{n}" for n in (1, 2, 3)
    ]
    assert asked.source.strip().startswith("## From before\n")
    assert answers.source.startswith("my_answers = ..., ..., ...")
    assert experiment.source.endswith(f'\nawait check("{number}.r", *my_answers)')
    declared = load_exercises(lesson)
    for text, n in zip(asked.source.split("**From before ")[1:], (1, 2, 3), strict=True):
        made = declared[f"{number}.r{n}"]
        assert isinstance(made, Prediction)
        assert made.answer in re.findall(r"^> - \*\*(\w)\*\*", text, re.M), made.id
        assert f'print("{n}:' in experiment.source, "each question's outcome is shown, under its number"
    assert len(re.findall(r"\w+", asked.source)) <= 180, "they are read in a minute"


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_a_lesson_leaves_its_minutes_to_the_build(lesson: Lesson) -> None:
    head = read_source(lesson)[0].source
    assert "minutes" not in head and "Time:" not in head


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_no_wall_of_text_stands_between_two_cells(lesson: Lesson) -> None:
    most = rules.CAPSTONE_WORDS if is_capstone(lesson) else rules.WORDS_BETWEEN_CELLS
    for cell in read_source(lesson):
        if cell.kind == "markdown":
            words = rules.words(cell.source)
            if words > most:
                fail(
                    f"lessons/{lesson.slug}/lesson.md: {words} words between two cells, and "
                    f"{most} are the most: {cell.source[:200]}"
                )
