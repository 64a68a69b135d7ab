"""The five names in a real kernel: a learner works through exercises, and nothing stops the notebook."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from course.desk.workspace import lesson_folder, sync
from course.judging.tasks import hint_text, solution_text, solutions_of
from course.lessons import find_lesson
from course.making.kernels import AsyncManager

LESSON = find_lesson("01")
FIRST = next(iter(LESSON.starters.values()))
CHECK = f'await check("{FIRST.task}", {", ".join(FIRST.arguments)})'
IMPORT = "from course import check, hint, serve, show, solution"


class Notebook:
    """A kernel in a learner's folder; each call runs one cell and gives its outputs."""

    def __init__(self, folder: Path, workspace: Path, **environment: str) -> None:
        self.folder = folder
        self._client = NotebookClient(
            nbformat.v4.new_notebook(),
            timeout=60,
            kernel_name="python3",
            kernel_manager_class=AsyncManager,
            extra_arguments=["--log-level=40"],
            resources={"metadata": {"path": str(folder)}},
        )
        self._client.create_kernel_manager()
        self._client.start_new_kernel(env={**os.environ, "COURSE_WORKSPACE": str(workspace), **environment})
        self._client.start_new_kernel_client()
        self._client.allow_errors = True

    def run(self, source: str) -> list[Any]:
        cell = nbformat.v4.new_code_cell(source)
        self._client.nb.cells.append(cell)
        self._client.execute_cell(cell, len(self._client.nb.cells) - 1)
        return list(cell.outputs)

    def text(self, source: str) -> str:
        parts = []
        for output in self.run(source):
            plain = output.get("data", {}).get("text/plain", "")
            parts.append(output.get("text", "") or plain or "".join(output.traceback))
        return "\n".join(parts)

    def close(self) -> None:
        self._client._cleanup_kernel()


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Notebook]:
    """One kernel for all tests: to start it takes longer than all that they do."""
    workspace = tmp_path_factory.mktemp("learner") / "workspace"
    (workspace / LESSON.slug).mkdir(parents=True)
    made = Notebook(workspace / LESSON.slug, workspace)
    made.run(IMPORT)
    yield made
    made.close()


@pytest.fixture
def workspace(notebook: Notebook) -> Path:
    """The learner's workspace, in which nothing has been done yet."""
    shutil.rmtree(notebook.folder.parent / ".progress", ignore_errors=True)
    (notebook.folder / "app.py").write_bytes((LESSON.folder / "app.py").read_bytes())
    return notebook.folder.parent


def noted(workspace: Path) -> dict[str, Any]:
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in (workspace / ".progress").glob("*.json")
    }


def test_an_exercise_from_untouched_to_done(notebook: Notebook, workspace: Path) -> None:
    notebook.run(FIRST.source)
    assert "not attempted yet" in notebook.text(CHECK)
    notebook.run(FIRST.source + "\n# only a remark\n")
    assert "not attempted yet" in notebook.text(CHECK)
    notebook.run(FIRST.source + "\n_touched = True\n")
    told = notebook.text(CHECK)
    assert "not yet right" in told or "your code raised" in told
    assert noted(workspace) == {}
    notebook.run(f"# Exercise {FIRST.task}\n{solution_text(LESSON, FIRST.task)[1]}")
    outputs = notebook.run(CHECK)
    assert set(outputs[0].data) == {"text/plain", "text/html"}
    assert f"✓ {FIRST.task}" in outputs[0].data["text/plain"]
    assert list(noted(workspace)) == [FIRST.task]


def test_a_cell_that_raised_is_told_again_by_its_check(notebook: Notebook, workspace: Path) -> None:
    notebook.run(f"# Exercise {FIRST.task}\n{solution_text(LESSON, FIRST.task)[1]}")
    notebook.run(f"# Exercise {FIRST.task}\n{solution_text(LESSON, FIRST.task)[1]}\nno_such_name")
    told = notebook.text(CHECK)
    assert "your code raised" in told
    assert "name 'no_such_name' is not defined" in told
    assert noted(workspace) == {}


def test_an_unknown_exercise_is_one_sentence(notebook: Notebook) -> None:
    (output,) = notebook.run('await check("1.99", 1)')
    assert output.output_type == "error"
    assert output.traceback == ["Lesson 01 has no exercise '1.99'. There are: 1.1, 1.2, 1.3, 1.app."]


def test_hints_come_one_at_a_time(notebook: Notebook, workspace: Path) -> None:
    call = f'hint("{FIRST.task}")'
    seen = [notebook.text(call) for _ in range(5)]
    assert seen[0].startswith("Hint 1 of ")
    assert seen[1].startswith("Hint 2 of ")
    assert seen[-1] == seen[-2]
    assert f'solution("{FIRST.task}")' in seen[-1]
    assert noted(workspace)[FIRST.task]["hints"] == 5


def test_the_solution_comes_with_its_reason(notebook: Notebook) -> None:
    reason, code = solution_text(LESSON, FIRST.task)
    text = notebook.text(f'solution("{FIRST.task}")')
    assert reason in text
    assert code in text


def test_the_app_is_read_from_the_file_beside(notebook: Notebook, workspace: Path) -> None:
    assert "not attempted yet" in notebook.text(f'await check("{LESSON.app_task}")')
    app = workspace / LESSON.slug / "app.py"
    app.write_text("import time\n\ntime.sleep(1000)\n", encoding="utf-8")
    assert "did not end within" in notebook.text(f'await check("{LESSON.app_task}")')
    app.write_bytes((LESSON.solutions / "app.py").read_bytes())
    assert f"✓ {LESSON.app_task}" in notebook.text(f'await check("{LESSON.app_task}")')
    assert list(noted(workspace)) == [LESSON.app_task]


def test_predictions_are_compared(notebook: Notebook, workspace: Path) -> None:
    assert "not attempted yet" in notebook.text('await check("1.p1", ...)')
    assert "not yet right" in notebook.text('await check("1.p1", "a")')
    assert "not attempted yet" in notebook.text('await check("1.p1", "yes")')
    assert "passed" in notebook.text('await check("1.p1", " B ")')
    assert list(noted(workspace)) == ["1.p1"]


def test_an_outcome_waits_for_its_prediction(notebook: Notebook) -> None:
    experiment = 'print("the outcome")\nawait check("1.p1", my_answer)'
    for unanswered in ("", "my_answer = ..."):
        notebook.run(unanswered)
        said = notebook.text(experiment)
        assert "the outcome" not in said
        assert "Answer above first" in said
    notebook.run('my_answer = "b"')
    said = notebook.text(experiment)
    assert "the outcome" in said
    assert "passed" in said


def test_the_first_cell_of_a_long_experiment_waits_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = find_lesson("02")
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path))
    sync([lesson])
    notebook = Notebook(lesson_folder(lesson), tmp_path)
    try:
        notebook.run(IMPORT)
        (first,) = (cell.source for cell in lesson.cells if cell.source.startswith('paths = ["/blocking"]'))
        assert "2.p3 Prediction: not attempted" in notebook.text(first)
        notebook.run('my_answer = "c"')
        assert "NameError" in notebook.text(first), "it is run: the cells above it were not"
    finally:
        notebook.close()


def test_questions_from_before_are_judged_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = find_lesson("02")
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path))
    sync([lesson])
    notebook = Notebook(lesson_folder(lesson), tmp_path)
    judged = 'print("the outcome")\nawait check("2.r", *my_answers)'
    try:
        notebook.run(IMPORT)
        notebook.run('my_answers = "b", ..., "c"')
        assert "Answer above first" in notebook.text(judged)
        assert "the outcome" not in notebook.text(judged)
        notebook.run('my_answers = "b", "b", "c"')
        said = notebook.text(judged)
        assert said.startswith("the outcome")
        assert "2.r From before: not yet right" in said
        assert "✓ 2.r1: b is right." in said
        assert "✗ 2.r2: you said b, right is a." in said
        assert "letter of one of the choices" in notebook.text('await check("2.r", "b", "yes", "c")')
        assert "Answer with 3 letters" in notebook.text('await check("2.r", "b", "a")')
        assert "2.r From before: passed" in notebook.text('await check("2.r", "b", "a", "c")')
        assert list(noted(tmp_path)) == ["2.r"]
    finally:
        notebook.close()


def test_elsewhere_nothing_is_noted(tmp_path: Path, workspace: Path) -> None:
    notebook = Notebook(tmp_path, workspace)
    try:
        notebook.run(IMPORT)
        assert notebook.text(f'hint("{FIRST.task}")').startswith("Hint 1 of")
        assert notebook.text(f'hint("{FIRST.task}")').startswith("Hint 2 of")
    finally:
        notebook.close()
    assert noted(workspace) == {}


def test_an_app_that_cannot_be_served_is_one_message(notebook: Notebook) -> None:
    (output,) = notebook.run("serve(7)")
    assert output.traceback == ["serve() takes an ASGI app, such as FastAPI(); this is int: 7."]


def test_serving_again_leaves_one_server(notebook: Notebook) -> None:
    notebook.run("from fastapi import FastAPI\nimport threading")
    for _ in range(3):
        notebook.run("client = serve(FastAPI())\n(await client.get('/')).status_code")
    assert notebook.text("sum(t.name.startswith('course-') for t in threading.enumerate())") == "1"


def test_docs_are_shown_inline(notebook: Notebook) -> None:
    notebook.run("from fastapi import FastAPI\nclient = serve(FastAPI(title='Trails'))")
    (output,) = notebook.run("client.docs()")
    assert "<iframe" in output.data["text/html"]
    assert output.data["text/plain"].startswith("Swagger UI of Trails 0.1.0")


def test_every_solution_says_why() -> None:
    assert list(solutions_of(LESSON)) == list(LESSON.starters)
    assert all(reason and code for reason, code in solutions_of(LESSON).values())


def test_a_hint_never_goes_past_the_last() -> None:
    last = hint_text(LESSON, FIRST.task, 99)
    assert last.startswith("Hint ")
    assert "That was the last one" in last
