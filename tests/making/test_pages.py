"""The page writer: what of a lesson stands on its page, folded or not, and what it refuses."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browser.sites import checkout
from markdown import Markdown  # type: ignore[import-untyped]
from mkdocs.config import load_config

from course.desk.launch import BUILD
from course.judging.report import Report, State
from course.judging.tasks import NotPublished, solution_text
from course.lessons import ROOT, CourseError, Lesson, all_lessons
from course.making.glossary import Glossary
from course.making.pages import (
    EDIT_HERE,
    LIVE,
    PAGES,
    PARTS,
    TOOLS,
    VARIES,
    blocks,
    lesson_list,
    nav,
    update_nav,
    write_pages,
)

LIST = PARTS / "lessons.md"
LESSON = """\
---
title: Small
summary: A small lesson.
minutes: {7.p1: 1, 7.1: 6, 7.app: 10}
part: Part 1 - Tests
---

# Small

An endpoint has a status code. Another endpoint has one, too.

```python
1 + 1
```

> [!NOTE]
> Nothing to do.

> [!IMPORTANT]
> **Predict 7.p1.** What comes back?
>
> - **a** `200`, and
>   a greeting
> - **b** `422`

```python
my_answer = ...
```

```python
show(await client.get("/"))
await check("7.p1", my_answer)
```

### Exercise 7.1: Mend it

> [!CAUTION]
> This is wrong.

```python tags=["exercise"]
# Exercise 7.1
app = ...
```

```python
await check("7.1", app)
```

```python tags=["no-browser", "threads", "nbval-ignore-output", "claim-3"]
print("measured")
```

```python tags=["raises-exception"]
int("x")
```

```python
client.docs()
```

## Build it

Build this.

```python
await check("7.app")
```

## Recap

```console
$ echo no cell
```
"""

CHECKS = """\
from course.judging.tasks import exercise, prediction

prediction("7.p1", answer="b", why="Because of `that`.")
exercise("7.1", "Mend it", hints=["First.", "Second."])
app = exercise("7.app", "The small app", hints=["Only one."])


@app.check
async def says_so(api):
    \"\"\"Says `so`\"\"\"
"""

EXERCISES = '''\
"""Answers."""

# %% 7.1
# The reason
# of 7.1.
app = "answer 7.1"
'''

EXCHANGE = (
    '<div class="course-exchange course-refused"><style>.course-exchange{margin:0}</style>'
    '<pre class="course-request"><b>GET / HTTP/1.1</b></pre>'
    '<pre class="course-response"><b>HTTP/1.1 422 Unprocessable Entity</b>\n\n{"detail": []}</pre></div>'
)
SCHEMA = {"openapi": "3.1.0", "info": {"title": "Small", "version": "1"}, "paths": {}}


def rich(html: str) -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": {}, "data": {"text/html": html, "text/plain": ""}}


def printed(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def said(task: str) -> dict[str, Any]:
    report = Report(task, "Small", State.NOT_ATTEMPTED)
    return {"output_type": "display_data", "metadata": {}, "data": report._repr_mimebundle_()}


OUTPUTS: dict[str, list[dict[str, Any]]] = {
    "1 + 1": [{"output_type": "execute_result", "metadata": {}, "data": {"text/plain": "2"}}],
    'check("7.p1"': [rich(EXCHANGE), said("7.p1")],
    'check("7.1"': [said("7.1")],
    'print("measured")': [printed("\x1b[31m3.1"), printed(" ms\x1b[0m\n")],
    'int("x")': [{"output_type": "error", "ename": "ValueError", "evalue": "no `int`", "traceback": []}],
    "client.docs()": [
        {
            "output_type": "execute_result",
            "metadata": {},
            "data": {
                "text/html": "<iframe></iframe>",
                "application/vnd.course.openapi+json": {"kind": "docs", "schema": SCHEMA},
            },
        }
    ],
    'check("7.app"': [said("7.app")],
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with one lesson, its notebook written by hand."""
    files = {
        "lessons/07-small/lesson.md": LESSON,
        "lessons/07-small/checks.py": CHECKS,
        "lessons/07-small/app.py": "# the starter\n",
        "solutions/07-small/exercises.py": EXERCISES,
        "solutions/07-small/app.py": '"""Why the app is so."""\n\napp = "answer 7.app"\n',
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "glossary.md", tmp_path / "docs")
    store(tmp_path)
    return tmp_path


MINUTES = {"reading": 4, "exercises": 7, "app": 11, "sittings": [11]}


def store(root: Path, minutes: dict[str, Any] = MINUTES) -> None:
    """Write the notebook as a build would, with `OUTPUTS`."""
    from course.making.build import read_front_matter, read_source

    lesson = Lesson("07-small", root)
    cells = [
        {
            "cell_type": cell.kind,
            "source": cell.source,
            "metadata": {"tags": list(cell.tags)},
            **({"outputs": outputs_of(cell.source)} if cell.kind == "code" else {}),
        }
        for cell in read_source(lesson)
    ]
    document = {"cells": cells, "metadata": {"course": {**read_front_matter(lesson), "minutes": minutes}}}
    lesson.notebook.parent.mkdir(exist_ok=True)
    lesson.notebook.write_text(json.dumps(document), encoding="utf-8")


def outputs_of(source: str) -> list[dict[str, Any]]:
    return next((outputs for part, outputs in OUTPUTS.items() if part in source), [])


@pytest.fixture
def page(root: Path) -> str:
    write_pages(root)
    return (root / PAGES / "07-small.md").read_text(encoding="utf-8")


@pytest.fixture
def live(root: Path) -> str:
    """The page of a site that has what runs its cells."""
    bring_to_life(root)
    write_pages(root)
    return (root / PAGES / "07-small.md").read_text(encoding="utf-8")


def bring_to_life(root: Path, script: str = "01", worker: str = "02") -> None:
    """Put there the manifest of what runs lessons in the page, with the hashes of its files."""
    files = {"page/lesson.js": {"sha256": script}, "worker-02.js": {"sha256": worker}}
    (root / LIVE).mkdir(exist_ok=True)
    (root / LIVE / "manifest.json").write_text(json.dumps({"files": files}), encoding="utf-8")


def between(text: str, start: str, end: str) -> str:
    """What stands in `text` after `start` up to `end`, both of which must be there."""
    return text.split(start, 1)[1].split(end, 1)[0] if end in text.split(start, 1)[1] else ""


def edit(root: Path, name: str, old: str, new: str) -> None:
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_page_names_the_lesson_and_says_how_long_it_takes(page: str) -> None:
    assert page.startswith("---\ntitle: Small\ndescription: A small lesson.\nlesson: '07'\n---\n\n# Small\n")
    assert "- Reading and running 4 min, exercises 7 min, Build it 11 min\n" in page
    assert "(07-small.ipynb){ download }" in page


def test_where_each_text_stands_is_told_beside_a_page_that_runs_its_cells(root: Path, live: str) -> None:
    """By it a page hands in the notebook, and `app.py`, of a lesson that is not open."""
    told = json.loads((root / PAGES / "07-small.work.json").read_text(encoding="utf-8"))
    shown = re.findall(r'data-cell="(\d+)".* data-key="([^"]+)"', live)
    files = re.findall(r'data-file="([^"]+)" data-key="([^"]+)"', live)
    assert told == {key: int(number) for number, key in shown} | {key: name for name, key in files}
    assert told["7.app"] == "app.py"
    cells = [one for one in Lesson("07-small", root).cells if one.kind == "code"]
    assert cells[told["7.1"] - 1].source.startswith("# Exercise 7.1")
    assert cells[told["7.p1"] - 1].source.startswith("my_answer = ...")


def test_a_cell_stands_with_its_output(page: str) -> None:
    cell = between(page, 'data-cell="1"', 'data-cell="2"')
    assert "``` { .python .cell-code }\n1 + 1\n```" in cell
    assert '<div class="cell-output" markdown="1">\n\n``` { .text .no-copy }\n2\n```' in cell


def test_a_prediction_folds_what_would_tell_the_answer(page: str) -> None:
    task = between(page, 'data-task="7.p1"', 'data-task="7.1"')
    shown, _, folded = task.partition("<details")
    assert '<li data-choice="a" markdown="span"><b>a</b> `200`, and a greeting</li>' in shown
    assert '<li data-choice="b"' in shown
    assert "my_answer = ..." in shown
    assert "422 Unprocessable" not in shown
    assert "422 Unprocessable" in folded
    assert "**b** is right. Because of `that`." in folded
    assert "not attempted" not in task


def test_the_courses_html_leaves_its_style(page: str) -> None:
    assert "<style" not in page
    assert '``` output\n<div class="course-exchange course-refused"><pre' in page


def test_an_exercise_is_whole(page: str) -> None:
    task = between(page, '<div class="task pitfall" data-task="7.1" markdown="1">', 'data-tags="no-browser')
    assert '<span class="tag">Exercise 7.1</span>' in task
    assert "> [!CAUTION] What is wrong here?\n> This is wrong." in task
    assert "# Exercise 7.1\napp = ..." in task
    assert "not attempted yet" in task
    first, second, solution = task.split("<details")[1:]
    assert "Hint 1 of 2" in first
    assert "First." in first
    assert "Hint 2 of 2" in second
    assert "Second." in second
    assert "The reason of 7.1." in solution
    assert 'app = "answer 7.1"' in solution
    assert 'class="hint" data-hint="2"' in second


@pytest.mark.parametrize("way", ["said", "gone"])
def test_a_solution_that_is_left_out_is_told(root: Path, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if way == "said":
        monkeypatch.setenv("SOLUTIONS", "01-06")
    else:
        shutil.rmtree(root / "solutions")
        with pytest.raises(NotPublished, match=r"The solution of 7\.1 is not published yet\."):
            solution_text(Lesson("07-small", root), "7.1")
    write_pages(root)
    page = (root / PAGES / "07-small.md").read_text(encoding="utf-8")
    assert page.count("The solution is not published yet.") == 2
    assert "Hint 2 of 2" in page
    for told in ("Solution, and why", "answer 7.1", "The reason", "answer 7.app"):
        assert told not in page


def test_the_app_shows_its_start_and_folds_its_solution(page: str) -> None:
    task = between(page, 'data-task="7.app"', "## Recap")
    shown, _, folded = task.partition("<details")
    assert "Build it</span><span" in shown
    assert "The small app" in shown
    assert "# the starter" in shown
    assert "answer 7.app" not in shown
    assert "Why the app is so." in folded
    assert 'app = "answer 7.app"' in folded


def test_the_app_says_what_its_check_asks_for(page: str) -> None:
    task = between(page, 'data-task="7.app"', "## Recap")
    file, _, after = task.partition('<ul class="asked"')
    assert '<div class="file" data-file="app.py" data-key="7.app" data-hash="' in file
    assert '<li data-check="says_so" markdown="span">Says `so`</li>' in after
    assert 'check("7.app")' in after, "the file stands before the cell that checks it"


def test_the_app_lists_what_is_asked_for_once_while_nothing_was_run(page: str, live: str) -> None:
    for text in (page, live):
        task = between(text, 'data-task="7.app"', "## Recap")
        assert "Says `so`" in task
        assert "not attempted yet" not in task, "the stored report lists the same again"


def test_a_cell_with_a_name_has_its_address_by_it(root: Path) -> None:
    edit(root, "lessons/07-small/lesson.md", "```python\n1 + 1", '```python tags=["cell-sum"]\n1 + 1')
    write_pages(root)
    page = (root / PAGES / "07-small.md").read_text(encoding="utf-8")
    assert '<div class="cell" id="cell-sum" data-cell="1" data-key=' in page, (
        "the tag is for the address alone"
    )


@pytest.mark.parametrize(
    ("old", "tags"),
    [
        ("```python\n1 + 1", '"cell-7"'),
        ("```python\n1 + 1", '"cell-sum", "cell-two"'),
        ("```python\n1 + 1", '"cell-sum", "claim-4"'),
    ],
)
def test_a_name_that_tells_no_cell_from_others_is_refused(root: Path, old: str, tags: str) -> None:
    edit(root, "lessons/07-small/lesson.md", old, old.replace("python", f"python tags=[{tags}]"))
    with pytest.raises(CourseError, match="a cell has one name"):
        write_pages(root)


def test_two_cells_of_one_name_are_refused(root: Path) -> None:
    for cell in ("1 + 1", "client.docs()"):
        edit(root, "lessons/07-small/lesson.md", f"```python\n{cell}", f'```python tags=["cell-a"]\n{cell}')
    with pytest.raises(CourseError, match="two cells have the name cell-a"):
        write_pages(root)


def test_an_entry_whose_cell_is_gone_ends_the_build(root: Path) -> None:
    data = '[[group]]\ntitle = "x"\n[[group.question]]\nasks = "Why?"\nanswer = "So."\ncell = "07#cell-sum"\n'
    (root / "docs" / "questions.toml").write_text(data, encoding="utf-8")
    with pytest.raises(CourseError, match=r"Why\?: 07#cell-sum: lesson 07 has no such cell"):
        write_pages(root)
    write_pages(root, strict=False)  # somebody writes
    assert "no such cell" in (root / PARTS / "questions.md").read_text(encoding="utf-8")
    (root / "docs" / "questions.toml").write_text(data.replace("cell-sum", "exercise-7-1"), encoding="utf-8")
    write_pages(root)
    part = (root / PARTS / "questions.md").read_text(encoding="utf-8")
    assert "[Lesson 07: Exercise 7.1: Mend it](lessons/07-small.md#exercise-7-1)" in part


def test_a_lesson_that_is_named_and_not_there_ends_the_build(root: Path) -> None:
    edit(root, "lessons/07-small/checks.py", "Only one.", "As in lesson 08.")
    with pytest.raises(CourseError, match=r"checks\.py names lesson 08, which is not there"):
        write_pages(root)
    write_pages(root, strict=False)  # somebody writes


def test_a_page_without_what_runs_its_cells_says_so(page: str) -> None:
    assert "this site was built without what runs cells in the page" in page
    assert TOOLS not in page
    assert "data-live" not in page


def test_a_page_that_runs_its_cells_knows_where_that_is_and_has_room_for_its_tools(live: str) -> None:
    assert (
        '<div class="lesson-facts" data-lesson="07-small" data-live="../../live/" data-live-version="' in live
    )
    assert '" data-tasks="7.1 7.app" markdown="1">' in live
    assert "was built without" not in live
    cells = live.split('<div class="cell" ')[1:]
    assert [TOOLS in cell for cell in cells].count(False) == 1
    assert TOOLS not in next(cell for cell in cells if 'data-tags="no-browser' in cell)
    assert TOOLS in between(live, '<div class="file"', '<p class="asked-title"')


def attributes(page: str, start: str) -> dict[str, str]:
    """The attributes of the cell whose code begins so."""
    element = page.split(f"{{ .python .cell-code }}\n{start}")[0].rpartition("<div ")[2]
    return dict(re.findall(r'([\w-]+)="([^"]*)"', element))


def test_cells_are_known_again_by_their_task_or_their_text(root: Path, page: str) -> None:
    before = attributes(page, "1 + 1")
    assert before["data-key"] == f"{before['data-hash']}-1"
    assert attributes(page, "# Exercise 7.1")["data-key"] == "7.1"
    assert attributes(page, "my_answer")["data-key"] == "7.p1"
    edit(
        root, "lessons/07-small/lesson.md", "```python\n1 + 1", "```python\nnew = 1\n```\n\n```python\n1 + 1"
    )
    edit(root, "lessons/07-small/lesson.md", "## Recap", "```python\n1 + 1\n```\n\n## Recap")
    edit(root, "lessons/07-small/lesson.md", "app = ...", "app = None")
    store(root)
    write_pages(root)
    after = (root / PAGES / "07-small.md").read_text(encoding="utf-8")
    assert attributes(after, "1 + 1")["data-key"] == before["data-key"], "it has moved, no more"
    assert f'data-key="{before["data-hash"]}-2"' in after, "another cell with the same text"
    changed = attributes(after, "# Exercise 7.1")
    assert changed["data-key"] == "7.1"
    assert changed["data-hash"] != attributes(page, "# Exercise 7.1")["data-hash"]


def test_a_prediction_tells_its_page_what_it_needs_to_judge(page: str) -> None:
    assert 'data-task="7.p1" id="predict-7-p1" data-answer="b"' in page
    assert attributes(page, "my_answer")["data-role"] == "answer"
    assert attributes(page, 'show(await client.get("/"))')["data-role"] == "experiment"
    assert "data-role" not in attributes(page, "1 + 1")
    assert (
        '<p class="why" data-question="7.p1" markdown="span">**b** is right. Because of `that`.</p>' in page
    )


QUESTIONS = """\
> [!IMPORTANT]
> **From before 7.r1.** One?
>
> - **a** yes
> - **b** no
>
> **From before 7.r2.** Two?
>
> - **a** no
> - **b** yes

```python
my_answers = ..., ...
```

```python
2 + 2
await check("7.r", *my_answers)
```
"""


def test_questions_are_asked_together_and_each_is_judged(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OUTPUTS, 'check("7.r"', [printed("the outcome of both\n")])
    edit(root, "lessons/07-small/lesson.md", "> [!NOTE]", f"{QUESTIONS}\n> [!NOTE]")
    edit(root, "lessons/07-small/lesson.md", "minutes: {", "minutes: {7.r: 1, ")
    declared = "".join(
        f'prediction("7.r{n}", answer="{a}", why="Why {n}.")\n' for n, a in ((1, "a"), (2, "b"))
    )
    edit(root, "lessons/07-small/checks.py", 'exercise("7.1"', f'{declared}exercise("7.1"')
    store(root)
    write_pages(root)
    page = (root / PAGES / "07-small.md").read_text(encoding="utf-8")
    task = between(
        page, '<div class="task prediction" data-task="7.r" id="before-7-r" markdown="1">', "> [!NOTE]"
    )
    first, second = task.split('<div class="question"')[1:]
    assert ' data-question="7.r1" data-answer="a"' in first
    assert "One?" in first
    assert '<li data-choice="b" markdown="span"><b>b</b> no</li>' in first
    assert ' data-question="7.r2" data-answer="b"' in second
    shown, _, folded = second.partition("<details")
    assert "the outcome" not in shown
    assert "the outcome of both" in folded
    assert '<p class="why" data-question="7.r2" markdown="span">**b** is right. Why 2.</p>' in folded
    assert attributes(page, "my_answers")["data-key"] == "7.r"
    assert attributes(page, "2 + 2")["data-role"] == "experiment"


def test_a_break_ends_the_first_sitting_and_has_the_cell_that_goes_on(root: Path) -> None:
    broken = '## A good place for a break\n\nYou can do it.\n\n```python tags=["resume"]\n1\n```\n\n'
    edit(root, "lessons/07-small/lesson.md", "## Build it", f"{broken}## Build it")
    store(root, MINUTES | {"sittings": [11, 1]})
    write_pages(root)
    page = (root / PAGES / "07-small.md").read_text(encoding="utf-8")
    drawn = between(page, '<div class="break" markdown="1">', 'data-task="7.app"')
    assert "*The first sitting, of 11 minutes, ends here. The second takes 1.*" in drawn
    assert "You can do it." in drawn
    assert drawn.index("it brings back what the cells above it have made") < drawn.index('data-tags="resume"')


def test_pictures_of_the_course_leave_their_style(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = '<div class="course-timeline" style="margin:0"><b>style="x" stays</b></div>'
    monkeypatch.setitem(OUTPUTS, "1 + 1", [rich(drawn)])
    store(root)
    write_pages(root)
    page = (root / PAGES / "07-small.md").read_text(encoding="utf-8")
    assert '<div class="course-timeline"><b>style="x" stays</b></div>' in page


def test_tags_and_errors_are_told(page: str) -> None:
    assert "3.1 ms\n```" in page, "the pieces of a stream belong together, without colours"
    assert "Measured: your figures will differ." in page
    assert '<div class="cell" id="claim-3" data-cell="6"' in page
    assert "This puts [claim 3](../claims.md) to the test." in page
    assert "{ .text .no-copy .cell-error }\nValueError: no `int`\n" in page


def test_a_cell_that_does_not_run_in_the_page_is_noted_where_others_do(page: str, live: str) -> None:
    assert "A page has one thread: this output is from a run at a desk." in live
    assert "browser" not in page.replace('data-tags="no-browser', "")


def test_build_it_says_how_where_there_is_no_terminal(page: str, live: str) -> None:
    assert live.index(EDIT_HERE) < live.index('data-file="app.py"')
    assert EDIT_HERE not in page


def test_a_cell_that_does_not_run_in_the_page_says_why(root: Path) -> None:
    bring_to_life(root)
    edit(root, "lessons/07-small/lesson.md", '"threads", ', "")
    store(root)
    with pytest.raises(CourseError, match="needs another that says why"):
        write_pages(root)


@pytest.mark.parametrize("why", VARIES)
def test_an_output_that_is_no_measurement_is_not_called_one(root: Path, why: str) -> None:
    edit(root, "lessons/07-small/lesson.md", '"nbval-ignore-output"', f'"nbval-ignore-output", "{why}"')
    store(root)
    write_pages(root)
    page = (root / PAGES / "07-small.md").read_text(encoding="utf-8")
    assert VARIES[why] in page
    assert "Measured" not in page


def test_docs_are_a_frame_of_the_site(root: Path, page: str) -> None:
    assert '<details class="docs-panel">\n<summary>Swagger UI of this app</summary>' in page
    name = between(page, "openapi/?kind=docs&amp;schema=", '"')
    stored = root / PAGES / "openapi" / f"{name}.json"
    assert json.loads(stored.read_text(encoding="utf-8")) == SCHEMA
    assert (root / PAGES / "openapi" / "swagger-ui-bundle.js").stat().st_size > 100_000


def test_nothing_of_the_docs_pages_comes_from_another_host(root: Path) -> None:
    write_pages(root)
    for name in ("swagger-ui.css", "redoc.standalone.js"):
        assert "https://cdn." not in (root / PAGES / "openapi" / name).read_text(encoding="utf-8")


def test_code_that_is_no_cell_stays_as_it_is(page: str) -> None:
    assert "```console\n$ echo no cell\n```" in page


def test_a_term_is_explained_at_its_first_use_only(page: str) -> None:
    assert page.count("glossary.md#endpoint") == 1
    assert page.count("glossary.md#status-code") == 1
    assert "An [endpoint](../glossary.md#endpoint" in page


def test_pages_are_written_only_when_they_change(root: Path) -> None:
    assert write_pages(root)
    assert write_pages(root) == []
    edit(root, "lessons/07-small/lesson.md", "Nothing to do.", "Nothing at all to do.")
    assert write_pages(root) == [PAGES / "07-small.md"]


def test_pages_of_no_lesson_go(root: Path) -> None:
    write_pages(root)
    stray = root / PAGES / "06-gone.md"
    stray.write_text("old", encoding="utf-8")
    assert write_pages(root) == [PAGES / "06-gone.md"]
    assert not stray.exists()


def test_a_cell_without_a_run_ends_a_strict_build_and_is_noted_in_a_live_one(root: Path) -> None:
    edit(root, "lessons/07-small/lesson.md", "1 + 1", "1 + 2")
    with pytest.raises(CourseError, match=r"07-small: the cell '1 \+ 2' .* run `course build 07`"):
        write_pages(root)
    write_pages(root, strict=False)
    text = (root / PAGES / "07-small.md").read_text(encoding="utf-8")
    assert "Not run since it was changed: run `course build 07`." in text


def test_a_lesson_that_is_not_whole_does_not_end_a_live_build(root: Path) -> None:
    (root / "lessons/08-begun").mkdir()
    (root / "lessons/08-begun/lesson.md").write_text("# Begun\n", encoding="utf-8")
    with pytest.raises(CourseError, match=r"no checks\.py"):
        write_pages(root)
    write_pages(root, strict=False)
    assert "no checks.py" in (root / PAGES / "08-begun.md").read_text(encoding="utf-8")
    assert "08-begun" not in (root / PARTS / "lessons.md").read_text(encoding="utf-8")


END = 'await check("7.app")\n```\n\n## Recap\n'
BREAKS: dict[str, tuple[str, str, str, str]] = {
    "check": ("lessons/07-small/lesson.md", 'await check("7.1", app)', "pass", r"7\.1 has no cell with"),
    "last check": ("lessons/07-small/lesson.md", END, "pass\n```\n", r"7\.app has no cell with"),
    "declared": ("lessons/07-small/checks.py", '"7.1"', '"7.2"', r"checks\.py declares no 7\.1"),
    "solution": ("solutions/07-small/exercises.py", "# %% 7.1", "# %% 7.3", r"no section for 7\.1"),
    "form": ("lessons/07-small/lesson.md", "**Predict 7.p1.**", "Guess:", r"begins 'Guess: What comes"),
    "heading": ("lessons/07-small/lesson.md", "### Exercise 7.1:", "### Exercise 7.1", r"no heading for it"),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_a_lesson_that_is_not_whole_is_refused(root: Path, broken: str) -> None:
    name, old, new, message = BREAKS[broken]
    edit(root, name, old, new)
    store(root)
    with pytest.raises(CourseError, match=message):
        write_pages(root)


def test_blocks_keep_fences_whole() -> None:
    text = "Text\n## Heading\n```text\n# no heading\n> [!NOTE]\n```\n> [!TIP]\n> An alert.\n\nMore"
    assert list(blocks(text)) == [
        ("prose", "Text"),
        ("heading", "## Heading"),
        ("prose", "```text\n# no heading\n> [!NOTE]\n```"),
        ("alert", "> [!TIP]\n> An alert."),
        ("prose", "\nMore"),
    ]


def test_the_landing_page_gets_its_example_and_the_list(root: Path) -> None:
    edit(root, "lessons/07-small/lesson.md", "1 + 1", "1 + 2")
    OUTPUTS["1 + 2"] = [rich(EXCHANGE)]
    try:
        store(root)
    finally:
        del OUTPUTS["1 + 2"]
    write_pages(root)
    assert "1 + 2" in (root / PARTS / "example.md").read_text(encoding="utf-8")
    bring_to_life(root)
    write_pages(root)
    assert TOOLS not in (root / PARTS / "example.md").read_text(encoding="utf-8"), (
        "it is there to be looked at"
    )
    listed = (root / PARTS / "lessons.md").read_text(encoding="utf-8")
    assert "### Part 1: Tests" in listed
    assert '<a href="lessons/07-small/">' in listed
    start = (root / PARTS / "start.md").read_text(encoding="utf-8")
    assert "(lessons/07-small.md){ .signpost }" in start


def test_a_site_that_runs_its_cells_shows_how_far_a_reader_is(root: Path) -> None:
    list_of = root / LIST
    write_pages(root)
    assert "data-live" not in list_of.read_text(encoding="utf-8")
    bring_to_life(root)
    write_pages(root)
    text = list_of.read_text(encoding="utf-8")
    assert '<ol class="lesson-list" data-live="live/" data-live-version="' in text
    assert '<li data-lesson="07-small" data-tasks="7.1 7.app">' in text


def test_the_landing_page_promises_what_the_site_has(root: Path) -> None:
    browser = root / PARTS / "browser.md"
    write_pages(root)
    assert "Every lesson can be read here" in browser.read_text(encoding="utf-8")
    bring_to_life(root)
    write_pages(root)
    assert "Every lesson runs here" in browser.read_text(encoding="utf-8")
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert '--8<-- "browser.md"' in index


def test_the_landing_page_says_where_the_course_comes_from(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = root / PARTS / "desk.md"
    write_pages(root)
    assert "whoever gave you this site has it" in desk.read_text(encoding="utf-8")
    monkeypatch.setenv("REPO_URL", "https://forge.example/course")
    write_pages(root)
    assert "[the course's repository](https://forge.example/course)" in desk.read_text(encoding="utf-8")
    assert '--8<-- "desk.md"' in (ROOT / "docs" / "index.md").read_text(encoding="utf-8")


def test_an_error_is_reported_where_the_repository_takes_it(
    root: Path, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Report an error" not in page
    monkeypatch.setenv("REPO_URL", "https://forge.example/course/")
    write_pages(root)
    text = (root / PAGES / "07-small.md").read_text(encoding="utf-8")
    assert (
        "[Report an error in this lesson](<https://forge.example/course/issues/new?title=Lesson+07%3A+>)"
        in text
    )


def test_pages_ask_for_the_scripts_they_were_built_with(root: Path) -> None:
    def version() -> tuple[str, ...]:
        write_pages(root)
        texts = [(root / name).read_text(encoding="utf-8") for name in (PAGES / "07-small.md", LIST)]
        found = [re.findall(r'data-live-version="(\w+)"', text) for text in texts]
        assert found[0] == found[1]
        assert len(found[0]) == 1
        return tuple(found[0])

    bring_to_life(root, script="01", worker="02")
    first = version()
    bring_to_life(root, script="01", worker="03")
    assert version() == first, "pages are fetched anew where they must be only"
    bring_to_life(root, script="04", worker="03")
    assert version() != first


def test_a_prediction_is_no_example(root: Path) -> None:
    write_pages(root)
    assert (root / PARTS / "example.md").read_text(encoding="utf-8") == ""


def test_titles_are_escaped_in_the_list(root: Path) -> None:
    edit(root, "lessons/07-small/lesson.md", "summary: A small lesson.", "summary: A <b> lesson.")
    store(root)
    assert "A &lt;b&gt; lesson." in lesson_list([Lesson("07-small", root)])


def test_the_nav_of_mkdocs_lists_the_lessons_there_are(root: Path) -> None:
    shutil.copy(ROOT / "mkdocs.yml", root)
    assert update_nav(root)
    assert not update_nav(root)
    text = (root / "mkdocs.yml").read_text(encoding="utf-8")
    assert '  - "Part 1: Tests":\n      - "07 Small": lessons/07-small.md\n' in text
    edit(root, "mkdocs.yml", "  # end of lessons", "")
    with pytest.raises(CourseError, match="lost the comments"):
        update_nav(root)


def test_the_stored_nav_is_up_to_date() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert nav(all_lessons()) in text, "run `course build`"


# The glossary


def entries(tmp_path: Path, text: str) -> Callable[[str], str]:
    path = tmp_path / "glossary.md"
    path.write_text(text, encoding="utf-8")
    return Glossary.read(path).once("g.md")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "`a worker`",
        "```text\nworker\n```",
        "## A worker",
        "[worker](x.md)",
        "<b title='worker'></b>",
        "https://example.com/worker",
        "![worker](x.png)",
        "coworker",
    ],
)
def test_terms_are_left_alone_outside_prose(tmp_path: Path, elsewhere: str) -> None:
    annotate = entries(tmp_path, "worker { #worker }\n:   A process.\n")
    assert annotate(elsewhere) == elsewhere
    assert annotate("a worker") == 'a [worker](g.md#worker "A process."){ .term }'


def test_terms_are_found_as_people_write_them(tmp_path: Path) -> None:
    glossary = 'REST { #rest data-also="RESTful" }\n:   A style.\n\nevent loop { #loop }\n:   A "loop".\n'
    annotate = entries(tmp_path, glossary)
    assert annotate("the rest") == "the rest"
    assert annotate("Event\nloops, RESTful") == (
        '[Event\nloops](g.md#loop "A “loop”."){ .term }, [RESTful](g.md#rest "A style."){ .term }'
    )


def test_a_longer_term_goes_before_a_shorter_one_in_it(tmp_path: Path) -> None:
    annotate = entries(tmp_path, "worker { #w }\n:   A.\n\nworker thread { #t }\n:   B.\n")
    assert annotate("a worker thread, a worker") == (
        'a [worker thread](g.md#t "B."){ .term }, a [worker](g.md#w "A."){ .term }'
    )


def test_an_entry_in_another_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="glossary"):
        entries(tmp_path, "worker\n:   A process.\n")


def test_the_glossary_has_every_word_of_the_course() -> None:
    words = {form for term in Glossary.read(ROOT / "docs" / "glossary.md").terms for form in term.forms}
    wanted = """API, ASGI, authentication, await, background task, boilerplate, concurrency, coroutine, CRUD,
        dependency injection, endpoint, event loop, GIL, HTTP, idempotent, JSON Schema, JWT, lifespan,
        microservice, middleware, migration, OAuth2, OpenAPI, ORM, pagination, path operation, long polling,
        REST, schema, serialisation, server-sent events, status code, type hint, validation, WebSocket,
        worker, WSGI"""
    assert {" ".join(word.split()) for word in wanted.split(",")} <= words


# Whole builds


def build(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    # From another folder: nothing may depend on where MkDocs is started.
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=root.parent,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_mkdocs_builds_a_fresh_clone_strictly(tmp_path: Path) -> None:
    root = checkout(tmp_path / "clone")
    done = build(root, *BUILD, "-f", str(root / "mkdocs.yml"))
    assert done.returncode == 0, done.stderr
    assert 'data-task="1.1"' in (root / "site/lessons/01-first-api/index.html").read_text(encoding="utf-8")
    for page in (root / "site").rglob("*.html"):
        head = page.read_text(encoding="utf-8").partition("</head>")[0]
        assert "127.0.0.1" not in head and "canonical" not in head, page
    assert "127.0.0.1" not in (root / "site/sitemap.xml").read_text(encoding="utf-8")
    lost = (root / "site/404.html").read_text(encoding="utf-8")
    assert re.findall(r'(?:href|src)="([^"]*)"', lost) == ["/."]  # the link that a script mends


def test_a_link_that_leads_nowhere_ends_the_build(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("[here](#there)\n", encoding="utf-8")
    settings = "site_name: x\nvalidation: { links: { anchors: warn } }\n"
    (tmp_path / "mkdocs.yml").write_text(settings, encoding="utf-8")
    done = build(tmp_path, *BUILD, "-f", str(tmp_path / "mkdocs.yml"))
    assert done.returncode != 0
    assert "#there" in done.stderr


def test_mkdocs_says_in_one_sentence_what_is_wrong_with_a_lesson(tmp_path: Path) -> None:
    root = checkout(tmp_path / "clone")
    edit(root, "lessons/01-first-api/lesson.md", "client = serve(app)", "client = serve( app)")
    done = build(root, "mkdocs", "build", "-q", "-f", str(root / "mkdocs.yml"))
    assert done.returncode != 0
    assert "run `course build 01`" in done.stderr
    assert "Traceback" not in done.stderr


def test_html_of_an_output_is_no_markdown(tmp_path: Path) -> None:
    """Braces at its end are no attributes, and a picture's `<title>` is not the page's."""
    root = checkout(tmp_path / "clone")
    drawn = '<figure><svg><title>*A* {b}</title><path d="M0 0"/></svg><pre>1\n\n    {"a": 1}</pre></figure>'
    lesson = Lesson("01-first-api", root)
    document = json.loads(lesson.notebook.read_text(encoding="utf-8"))
    cell = next(cell for cell in document["cells"] if cell["cell_type"] == "code")
    cell["outputs"] = [rich(drawn)]
    lesson.notebook.write_text(json.dumps(document), encoding="utf-8")
    write_pages(root)
    config = load_config(str(root / "mkdocs.yml"))
    made = Markdown(extensions=config.markdown_extensions, extension_configs=config.mdx_configs)
    assert drawn in made.convert((root / PAGES / "01-first-api.md").read_text(encoding="utf-8"))


def test_zensical_builds_the_same_pages(tmp_path: Path) -> None:
    root = checkout(tmp_path / "clone")
    write_pages(root)
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict"],
        cwd=root,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    page = (root / "site/lessons/01-first-api/index.html").read_text(encoding="utf-8")
    assert 'data-task="1.1"' in page
    assert 'class="term"' in page
    assert '<div class="course-exchange course-ok"><pre class="course-request">' in page
