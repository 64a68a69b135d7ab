"""`course build`: lessons/NN/lesson.md -> notebooks/NN.ipynb, run, with its outputs stored.

One direction only, and the same bytes every time; `stale` says why a notebook is not what a build would
make, without running it.
"""

from __future__ import annotations

import os
import re
import tempfile
import warnings
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from typing import Any

import jupytext
import nbformat
import yaml
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.warnings import DuplicateCellId

from course.judging.tasks import Exercise, Prediction, load_exercises
from course.lessons import (
    EXERCISE_LINE,
    Cell,
    CourseError,
    Lesson,
    Minutes,
    cells_of,
    exercises_in,
    milestones_in,
    minutes_of,
)
from course.making.kernels import AsyncManager
from course.making.minutes import BREAK, at_the_break, read_minutes

ALERT = re.compile(r"^> \[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\n((?:>.*(?:\n|\Z))*)", re.MULTILINE)
BOXES = {
    "NOTE": ("info", "Note"),
    "TIP": ("success", "Tip"),
    "IMPORTANT": ("info", "Predict first"),
    "WARNING": ("warning", "Warning"),
    "CAUTION": ("danger", "Spot the pitfall"),
}
CELL_LIMIT = 60
"""Seconds that one cell may take while a notebook is built."""

MEASURED = "nbval-ignore-output"

NAMED = "cell-"
"""What the tag of a cell begins with to which other pages lead. It is the page's: the notebook has none of
it, and needs no build where a cell gets a name."""


def read_front_matter(lesson: Lesson) -> dict[str, Any]:
    """The fields at the head of `lesson.md`; `minutes` are what each task takes, by id.

    Raises:
        CourseError: one is missing, or it is no YAML; the message says which, or where.
    """
    try:
        # All scalars as texts: to YAML the task 1.10 is the number 1.1.
        fields = yaml.load(_parted(lesson)[0], yaml.BaseLoader) or {}
    except yaml.YAMLError as error:
        raise CourseError(f"{lesson.slug}/lesson.md: the front matter is no YAML.\n{error}") from None
    wanted = {"title": str, "summary": str, "part": str, "minutes": dict}
    for name, kind in wanted.items():
        if not isinstance(fields.get(name), kind):
            raise CourseError(f"{lesson.slug}/lesson.md: the front matter lacks {name} ({kind.__name__}).")
    return {name: fields[name] for name in wanted}


def is_capstone(lesson: Lesson) -> bool:
    """Whether the front matter says `kind: capstone`: a brief, a contract and milestones of one app."""
    fields = yaml.load(_parted(lesson)[0], yaml.BaseLoader) or {}
    return bool(fields.get("kind") == "capstone")


def course_metadata(lesson: Lesson) -> dict[str, Any]:
    """What a notebook says of its lesson: the front matter, with the minutes that the lesson takes."""
    fields = read_front_matter(lesson)
    minutes = read_minutes(lesson, read_source(lesson), fields["minutes"])
    return {**fields, "minutes": {**asdict(minutes), "sittings": list(minutes.sittings)}}


def read_source(lesson: Lesson) -> list[Cell]:
    """The cells of `lesson.md`, as they are written there."""
    with warnings.catch_warnings():
        # Cells get eight random digits for an id, which two share once in a while. Ours get others.
        warnings.simplefilter("ignore", DuplicateCellId)
        return list(cells_of(jupytext.reads(_parted(lesson)[1], fmt="md:markdown")))


def _parted(lesson: Lesson) -> tuple[str, str]:
    """The front matter of `lesson.md` as YAML, and the text below it."""
    text = (lesson.folder / "lesson.md").read_text(encoding="utf-8")
    head = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    return (head[1], text[head.end() :]) if head else ("", text)


def to_notebook(lesson: Lesson) -> Any:
    """The lesson as a notebook that has not been run."""
    cells = []
    metadata = _metadata(lesson)
    minutes = minutes_of(metadata)
    for number, cell in enumerate(read_source(lesson)):
        text = cell.source if cell.kind == "code" else _timed(cell.source, minutes)
        made = (
            nbformat.v4.new_code_cell(text)
            if cell.kind == "code"
            else nbformat.v4.new_markdown_cell(_for_jupyter(text))
        )
        made.id = f"{lesson.slug}-{number:02d}"
        if tags := [tag for tag in cell.tags if not tag.startswith(NAMED)]:
            made.metadata["tags"] = tags
        cells.append(made)
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def _metadata(lesson: Lesson) -> dict[str, Any]:
    return {
        "course": course_metadata(lesson),
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        # As JupyterLab writes it, which nbconvert goes by; but the version is that of whoever runs it.
        "language_info": {
            "codemirror_mode": {"name": "ipython", "version": 3},
            "file_extension": ".py",
            "mimetype": "text/x-python",
            "name": "python",
            "nbconvert_exporter": "python",
            "pygments_lexer": "ipython3",
        },
    }


def _timed(text: str, minutes: Minutes) -> str:
    """A lesson's text with what it says of its minutes: below the title, and at the break."""
    text = re.sub(r"^# .+\n", lambda title: f"{title[0]}\n**Time:** {minutes}.\n", text, count=1, flags=re.M)
    before, heading, after = text.partition(f"{BREAK}\n")
    if heading:
        ended, again = at_the_break(minutes)
        text = f"{before}{heading}\n{ended}\n{after.rstrip()}\n\n{again}"
    return text


def _for_jupyter(text: str) -> str:
    """Alerts as JupyterLab draws them; it knows no `> [!NOTE]`."""

    def box(found: re.Match[str]) -> str:
        kind, title = BOXES[found[1]]
        body = re.sub(r"^> ?", "", found[2], flags=re.MULTILINE).strip()
        text = body if body.startswith("**From before") else f"**{title}.** {body}"
        return f'<div class="alert alert-{kind}">\n\n{text}\n\n</div>\n'

    return ALERT.sub(box, text).strip()


def build(lesson: Lesson) -> bool:
    """Run the lesson and store its notebook. Returns whether the file changed.

    Raises:
        CourseError: a cell raised that is not tagged `raises-exception`, and the message shows both; or a
            task has no cell, or none that checks it.
    """
    _refuse_unchecked(lesson)
    notebook = to_notebook(lesson)
    measured = _measured(lesson)
    before = lesson.notebook.read_text(encoding="utf-8") if lesson.notebook.exists() else ""
    lesson.notebook.parent.mkdir(exist_ok=True)
    if stale(lesson):  # `check`, called by the cells, reads the starters from the file
        _write(lesson, notebook)
    try:
        run_cells(lesson, notebook)
    except CellExecutionError as error:
        raise CourseError(f"{lesson.slug}: a cell raised.\n{error}") from None
    notebook.metadata = nbformat.from_dict(_metadata(lesson))  # the kernel adds its version
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if MEASURED in cell.metadata.get("tags", ()) and cell.source in measured:
            cell.outputs = measured[cell.source]  # else each build would store other figures
    _write(lesson, notebook)
    return lesson.notebook.read_text(encoding="utf-8") != before


def run_cells(lesson: Lesson, notebook: Any, *, limit: float = CELL_LIMIT, to_the_end: bool = False) -> None:
    """Run the cells of a lesson's notebook in a new kernel; they get what is stored of their outputs.

    Args:
        limit: seconds that one cell may take.
        to_the_end: whether those behind a cell that raises are run, too.

    Raises:
        CellExecutionError: a cell raised that is not tagged `raises-exception`, and it is not `to_the_end`.
        CellTimeoutError: a cell took longer.
        DeadKernelError: the kernel ended.
    """
    with tempfile.TemporaryDirectory() as workspace:
        client = NotebookClient(
            notebook,
            timeout=limit,
            allow_errors=to_the_end,
            kernel_name="python3",
            kernel_manager_class=AsyncManager,
            record_timing=False,
            coalesce_streams=True,  # else it is chance in how many pieces a cell's prints are stored
            extra_arguments=["--log-level=40"],  # on Windows it warns that ports are not encrypted
            resources={"metadata": {"path": str(lesson.notebook.parent)}},
        )
        try:
            client.execute(env={**os.environ, "COURSE_WORKSPACE": workspace})
        finally:
            for cell in notebook.cells:
                if cell.cell_type == "code":
                    cell.outputs = _joined(cell.outputs)
                for output in cell.get("outputs", ()):
                    _settle(output)


def _refuse_unchecked(lesson: Lesson) -> None:
    """See that each task of `checks.py` has its cell, and a cell that checks it.

    Raises:
        CourseError: one lacks it, or an exercise's cell belongs to no task.
    """
    cells = [cell for cell in read_source(lesson) if cell.kind == "code"]
    written = [line[1] for cell in cells if (line := EXERCISE_LINE.match(cell.source))]
    checked = exercises_in(cells)
    milestones = milestones_in(cells)
    declared = load_exercises(lesson)
    place = f"lessons/{lesson.slug}/lesson.md"
    for task in written:
        if not isinstance(declared.get(task), Exercise):
            raise CourseError(
                f"{place} has a cell for exercise {task}, and checks.py knows none: declare it there, "
                f'`exercise("{task}", "Title", hints=[...])`, with its checks.'
            )
        if task not in checked:
            raise CourseError(
                f"{place}: no cell checks exercise {task}. Write one below the cell in which it is solved: "
                f'`await check("{task}", app)`, or what else its check takes.'
            )
    for task, made in declared.items():
        if isinstance(made, Prediction) or task in (lesson.app_task, *milestones):
            called = re.sub(r"\.r\d+$", ".r", task)  # the questions of a lesson are answered together
            if not any(f'check("{called}"' in cell.source for cell in cells):
                answer = ", *my_answers" if called != task else ", my_answer"
                call = f'check("{called}"{answer if isinstance(made, Prediction) else ""})'
                raise CourseError(f"{place}: no cell checks {task}: write `await {call}`.")
        elif task not in written:
            raise CourseError(
                f"checks.py declares exercise {task}, and {place} has no cell for it: write one whose first "
                f'line is `# Exercise {task}`, and below it one with `await check("{task}", app)`.'
            )


def _write(lesson: Lesson, notebook: Any) -> None:
    nbformat.validate(notebook)
    text = nbformat.writes(notebook) + "\n"
    lesson.notebook.write_text(text, encoding="utf-8", newline="\n")


def _measured(lesson: Lesson) -> dict[str, Any]:
    if not lesson.notebook.exists():
        return {}
    stored = nbformat.read(lesson.notebook, as_version=4)
    return {
        cell.source: cell.outputs
        for cell in stored.cells
        if cell.cell_type == "code" and cell.execution_count  # a build that failed has run none of them
    }


def _joined(outputs: Iterable[Any]) -> list[Any]:
    """Neighbouring pieces of one stream as one: where they were cut depends on the moment."""
    joined: list[Any] = []
    for output in outputs:
        if joined and output.get("name") and output.name == joined[-1].get("name"):
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def _settle(output: Any) -> None:
    """Take out of an output what differs from run to run."""
    if output.output_type == "error":
        output.traceback = [f"{output.ename}: {output.evalue}"]
    elif output.output_type == "stream":
        output.text = _same_port(output.text)
    else:
        for kind, data in output.data.items():
            if isinstance(data, str):
                output.data[kind] = _same_port(data)


def _same_port(text: str) -> str:
    return re.sub(r"(127\.0\.0\.1|localhost):\d{4,5}", r"\1:8000", text)


def build_all(lessons: Iterable[Lesson]) -> Iterable[tuple[Lesson, bool]]:
    """Build lessons two at a time; each is yielded, with whether it changed, when it is done."""
    with ThreadPoolExecutor(2) as pool:
        running = {pool.submit(build, lesson): lesson for lesson in lessons}
        for done in as_completed(running):
            yield running[done], done.result()


def stale(lesson: Lesson) -> str:
    """Why the stored notebook is not the lesson's; empty when it is."""
    if not lesson.notebook.exists():
        return "there is no notebook"
    stored = nbformat.read(lesson.notebook, as_version=4)
    fresh = to_notebook(lesson)
    if len(stored.cells) != len(fresh.cells):
        return f"it has {len(stored.cells)} cells instead of {len(fresh.cells)}"
    for have, want in zip(stored.cells, fresh.cells, strict=True):
        if (have.id, have.cell_type, have.source, have.metadata) != (
            want.id,
            want.cell_type,
            want.source,
            want.metadata,
        ):
            return f"cell {have.id} changed"
        if have.cell_type == "code" and have.source and not have.execution_count:
            return f"cell {have.id} was not run"
        if task := _other_checks(lesson, have):
            return f"cell {have.id} shows other checks of {task} than checks.py has"
    return "" if stored.metadata == fresh.metadata else "the front matter changed"


def _other_checks(lesson: Lesson, cell: Any) -> str:
    """The task whose report, stored in a cell, lacks the title or a check of `checks.py`; or ""."""
    shown = "".join(output.get("data", {}).get("text/plain", "") for output in cell.get("outputs", ()))
    for task, made in load_exercises(lesson).items():
        if isinstance(made, Exercise) and f'check("{task}"' in cell.source:
            expected = [f"{task} {made.title}: ", *(f"{line.label}\n" for line in made.lines())]
            if not all(text in f"{shown}\n" for text in expected):
                return task
    return ""
