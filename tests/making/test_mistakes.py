"""A mistake is read from the change that makes it, and written as one; an error is a sentence."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from course.lessons import CourseError, Lesson
from course.making.mistakes import Mistakes, all_mistakes, apply, edit_between, parse, section
from course.making.scaffold import new_lesson

FILE = "tests/mistakes/05-x/5.2.diff"
HEAD = "=== slip\ncheck: says_hello\nsays: a word\n"

PROGRAM = """\
import time

app = FastAPI()


@app.get("/one")
def one():
    time.sleep(1)
    return 1


@app.get("/two")
def two():
    time.sleep(1)
    return 2
"""


def changed(change: str, base: str = PROGRAM) -> str:
    mistake = parse(f"{HEAD}\n{change}", FILE)["slip"]
    return apply(base, mistake.places, mistake.where, "the solution")


def refused(text: str) -> str:
    with pytest.raises(CourseError) as refusal:
        parse(text, FILE)
    return str(refusal.value)


# Reading


def test_a_section_is_read() -> None:
    found = parse(
        "# What goes wrong with badges.\n\n"
        "=== no-location\n# Seen.\ncheck: hands_out\nsays: Set `Location`: it is a header\n\n-x\n\n\n"
        "=== all-else\ncheck: finds\nsays: two\nbase: mistake no-location\n\n-y\n",
        FILE,
    )
    assert list(found) == ["no-location", "all-else"]
    first, second = found.values()
    assert (first.name, first.check, first.says) == (
        "no-location",
        "hands_out",
        "Set `Location`: it is a header",
    )
    assert (first.base, second.base) == ("solution", "mistake no-location")
    assert [place.lines for place in first.places] == [(("-", "x"),)]
    assert second.where == f"{FILE}: all-else"


def test_an_empty_file_has_no_mistakes() -> None:
    assert parse("", FILE) == {}
    assert parse("# Nothing yet.\n", FILE) == {}


def test_places_are_changed_where_they_are() -> None:
    made = changed(
        '-    return 1\n+    return "1"\n\n'
        "@@ the second function\n def two():\n-    time.sleep(1)\n+\n+    pass\n"
    )
    assert made == PROGRAM.replace("return 1", 'return "1"').replace(
        "def two():\n    time.sleep(1)", "def two():\n\n    pass"
    )


def test_the_order_of_places_is_free() -> None:
    assert changed("-    return 2\n@@\n-    return 1\n") == changed(
        "@@ -1,2 +3 @@\n-    return 1\n@@\n-    return 2"
    )


def test_an_empty_line_in_a_place_is_one_of_the_program() -> None:
    # The blank that a diff has before it is what editors take away.
    for empty in ("", " "):
        made = changed(f" import time\n{empty}\n-app = FastAPI()\n+app = Flask()\n{empty}\n\n")
        assert made == PROGRAM.replace("FastAPI()", "Flask()")


def test_blanks_at_the_ends_of_lines_do_not_count() -> None:
    base = "a = 1  \nb = 2\n"
    assert changed(" a = 1\n-b = 2 \n+b = 3   \n", base) == "a = 1  \nb = 3\n"


def test_a_line_is_added_at_either_end() -> None:
    assert changed("+import os\n import time\n").startswith("import os\nimport time\n\napp")
    assert changed("     return 2\n+app = None\n").endswith("    return 2\napp = None\n")


def test_a_line_of_a_program_may_begin_with_marks() -> None:
    base = "x = (\n    4\n- 1\n+ 1\n@ y\n)\n"
    assert changed("-- 1\n++ 2\n + 1\n @ y\n", base) == "x = (\n    4\n+ 2\n+ 1\n@ y\n)\n"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            " def three():\n-    return 3",
            "' def three():': this place does not occur in the solution: "
            "it has changed since; write the lines as they are now.",
        ),
        (
            "-    time.sleep(1)",
            "'-    time.sleep(1)': this place occurs 2 times in the solution: add a line around it.",
        ),
        (
            "-def one():\n@@\n-def two():\n-    time.sleep(1)\n@@\n-    time.sleep(1)\n-    return 2",
            "'-    time.sleep(1)': another place has lines of this one: write them as one.",
        ),
    ],
)
def test_a_place_that_is_not_there_once_is_named(change: str, says: str) -> None:
    with pytest.raises(CourseError) as refusal:
        changed(change)
    assert str(refusal.value) == f"{FILE}: slip: {says}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("slip\n", "'slip' comes before the first `=== name`. A comment begins with `#`."),
        ("=== No hint\n", "`=== No hint` gives no name: write it as in `=== no-type-hint`."),
        ("===", "`===` gives no name: write it as in `=== no-type-hint`."),
        (f"{HEAD}\n-x\n{HEAD}\n-y\n", "slip: this name is there twice: give one of the two another."),
        ("=== slip\nsays: a\n\n-x\n", "slip: the head has no `check: ...`."),
        ("=== slip\ncheck: a\nsays:\n\n-x\n", "slip: the head has no `says: ...`."),
        (f"{HEAD}says: b\n\n-x\n", "slip: `says:` is there twice."),
        (
            f"{HEAD}from: starter\n\n-x\n",
            "slip: 'from: starter' in the head: it has `check:`, `says:`, `base:`, "
            "and ends with an empty line.",
        ),
        (
            f"{HEAD}-x: int\n",
            "slip: '-x: int' in the head: it has `check:`, `says:`, `base:`, and ends with an empty line.",
        ),
        (
            f"{HEAD}base: mistakes\n\n-x\n",
            "slip: `base: mistakes` is unknown: it is `solution`, `starter`, `alternative NAME`, "
            "`mistake NAME` or `nothing`.",
        ),
        (HEAD, "slip: nothing follows the head: write what is changed."),
        (f"{HEAD}base: nothing\n\n\n", "slip: nothing follows the head: write what is changed."),
        (f"{HEAD}\nx = 1\n", "slip: 'x = 1' begins with no blank, `-` or `+`."),
        (f"{HEAD}\n+x = 1\n", "slip: '+x = 1' comes nowhere: write a line above it that is there already."),
        (f"{HEAD}\n x = 1\n y = 1\n", "slip: ' x = 1' begins a place that changes nothing."),
        (
            f"{HEAD}base: mistake slap\n\n-x\n",
            "slip: `base: mistake slap`: no mistake of this file has that name.",
        ),
        (f"{HEAD}base: mistake slip\n\n-x\n", "slip: its base leads back to it: slip -> slip."),
        (
            f"{HEAD}base: mistake slap\n\n-x\n=== slap\ncheck: a\nsays: b\nbase: mistake slip\n\n-y\n",
            "slip: its base leads back to it: slip -> slap -> slip.",
        ),
    ],
)
def test_what_is_written_wrong_is_named(text: str, says: str) -> None:
    assert refused(text) == f"{FILE}: {says}"


# From files


@pytest.fixture
def lesson(tmp_path: Path) -> Lesson:
    """A new lesson, the first of a checkout of its own; its notebook has nothing but the exercises."""
    made = new_lesson("Small", tmp_path)
    text = (made.folder / "lesson.md").read_text(encoding="utf-8")
    cells = [
        {"cell_type": "code", "source": code, "metadata": {}}
        for code in re.findall(r"^```python[^\n]*\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)
    ]
    made.__dict__["_document"] = {"cells": cells}
    return made


def write(lesson: Lesson, text: str, name: str = "1.1.diff") -> None:
    (lesson.root / "tests" / "mistakes" / lesson.slug / name).write_text(text, encoding="utf-8")


def test_an_answer_is_the_solution_with_the_change(lesson: Lesson) -> None:
    assert Mistakes(lesson, "1.1").answer("another-number") == (
        "# Exercise 1.1\nfrom fastapi import FastAPI\n\nrangers = FastAPI()\n\n\n"
        '@rangers.get("/rangers/count")\ndef count_rangers() -> dict[str, int]:\n    return {"count": 3}\n'
    )
    # The app's answer is a file: no line stands above it, and none that says why it is built so.
    assert Mistakes(lesson, "1.app").answer("another-method").startswith("from fastapi import FastAPI\n")


def test_an_answer_is_made_of_any_base(lesson: Lesson) -> None:
    head = "check: counts_two\nsays: two\n"
    write(
        lesson,
        f"=== untouched-but-one\n{head}base: starter\n\n-    return {{'count': ...}}\n+    pass\n".replace(
            "'", '"'
        )
        + f'=== counted\n{head}base: alternative counted\n\n-NAMES = ["Mia", "Noor"]\n+NAMES = []\n'
        + f"=== counted-later\n{head}base: mistake counted\n\n-NAMES = []\n+NAMES = [1]\n"
        + f"=== nothing-but-a-name\n{head}base: nothing\n\n@@ = 1\n\n-x\n\n",
    )
    mistakes = Mistakes(lesson, "1.1")
    answers = {one.name: mistakes.answer(one.name) for one in mistakes}
    assert all(answer.startswith("# Exercise 1.1\n") for answer in answers.values())
    assert answers["untouched-but-one"].endswith("def count_rangers() -> dict[str, int]:\n    pass\n")
    assert "\nNAMES = []\n" in answers["counted"]
    assert answers["counted-later"] == answers["counted"].replace("NAMES = []", "NAMES = [1]")
    assert answers["nothing-but-a-name"] == "# Exercise 1.1\n@@ = 1\n\n-x\n"


def test_an_alternative_that_is_not_there_is_named(lesson: Lesson) -> None:
    write(lesson, f"{HEAD}base: alternative other\n\n-x\n")
    with pytest.raises(CourseError) as refusal:
        Mistakes(lesson, "1.1").answer("slip")
    where = f"tests/mistakes/{lesson.slug}/1.1.diff: slip"
    assert str(refusal.value) == f"{where}: there is no tests/alternatives/{lesson.slug}/1.1-other.py."


def test_an_error_names_the_base(lesson: Lesson) -> None:
    write(lesson, f"{HEAD}base: starter\n\n-x\n")
    with pytest.raises(
        CourseError, match=r"1\.1\.diff: slip: '-x': this place does not occur in the starter"
    ):
        Mistakes(lesson, "1.1").answer("slip")


def test_a_lesson_has_a_file_for_each_task(lesson: Lesson) -> None:
    found = [(mistakes.stem, [one.name for one in mistakes]) for mistakes in all_mistakes(lesson)]
    assert found == [
        ("1.1", ["another-number", "a-bare-number"]),
        ("1.2", ["text-twice", "in-the-path"]),
        ("1.3", ["another-word", "everything-is-404"]),
        ("app", ["text-for-true", "another-method"]),
    ]


def test_a_task_without_a_file_has_no_mistakes(lesson: Lesson) -> None:
    (lesson.root / "tests" / "mistakes" / lesson.slug / "1.2.diff").unlink()
    assert list(Mistakes(lesson, "1.2")) == []


def test_a_file_that_belongs_to_no_task_is_named(lesson: Lesson) -> None:
    write(lesson, "", "1.1-no-hint.py")
    with pytest.raises(
        CourseError, match=r"1\.1-no-hint\.py: no task has this file, but 1\.1\.diff, .*app\.diff\."
    ):
        all_mistakes(lesson)


# Writing


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("return 1", "return 10", "-    return 1\n+    return 10"),  # it is there once: nothing around it
        (
            "def two():\n    time.sleep(1)",
            "def two():\n    pass",
            " def two():\n-    time.sleep(1)\n+    pass",
        ),
        ("import time", "import os\nimport time", "+import os\n import time"),
        ("    return 2\n", "    return 2\n\n\nlast = 1\n", "     return 2\n+\n+\n+last = 1"),
        ('@app.get("/one")', 'x = 1\n\n\n@app.get("/one")', '+x = 1\n+\n+\n @app.get("/one")'),
        ("import time\n\n", "", "-import time\n-"),
        (
            '@app.get("/one")\ndef one():\n    time.sleep(1)\n    return 1\n\n\n',
            "",
            '-@app.get("/one")\n-def one():\n-    time.sleep(1)\n-    return 1\n-\n-',
        ),
    ],
)
def test_a_change_is_as_short_as_it_can_be(before: str, after: str, change: str) -> None:
    answer = PROGRAM.replace(before, after, 1)
    assert answer != PROGRAM
    assert edit_between(PROGRAM, answer) == change
    assert changed(change) == answer


def test_places_that_are_apart_are_written_apart() -> None:
    answer = PROGRAM.replace("FastAPI()", "Flask()").replace("return 2", "return 3")
    change = edit_between(PROGRAM, answer)
    assert change == "-app = FastAPI()\n+app = Flask()\n@@\n-    return 2\n+    return 3"
    near = PROGRAM.replace("def one", "def uno").replace("return 1", "return 0")
    assert (
        edit_between(PROGRAM, near)
        == "-def one():\n+def uno():\n     time.sleep(1)\n-    return 1\n+    return 0"
    )


def test_what_does_not_differ_is_not_written() -> None:
    assert edit_between(PROGRAM, PROGRAM) == ""
    assert edit_between(f"# Exercise 5.2\n{PROGRAM}", PROGRAM.replace("\n", "  \n")) == ""


def test_nothing_has_no_lines_to_change() -> None:
    with pytest.raises(CourseError, match="the section is the whole program"):
        edit_between("# Exercise 5.2\n", PROGRAM)


def test_any_change_can_be_written_and_read() -> None:
    chance = random.Random(7)
    lines = ["", "", "a = 1", "b = 2", "def f():", "    return", ")", "-x", "+y", "# @@"]
    for _ in range(500):
        base = ["first = 1", *chance.choices(lines, k=chance.randint(0, 25))]
        answer = [*base]
        for _ in range(chance.randint(1, 5)):
            at = chance.randint(0, len(answer))
            answer[at : at + chance.randint(0, 3)] = chance.choices(lines, k=chance.randint(0, 3))
        one, other = ("\n".join(program).rstrip() + "\n" for program in (base, answer))
        if change := edit_between(one, other):
            assert changed(change, one) == other, change
        else:
            assert one == other


def test_a_section_is_written_as_it_is_read() -> None:
    change = edit_between(PROGRAM, PROGRAM.replace("time.sleep(1)", "pass"))
    text = section("no-sleep", "waits", "a: b", change)
    assert text.startswith("=== no-sleep\ncheck: waits\nsays: a: b\n\n")
    whole = section("bare", "waits", "c", "x = 1\n\ny = 2\n", base="nothing")
    assert whole == "=== bare\ncheck: waits\nsays: c\nbase: nothing\n\nx = 1\n\ny = 2\n"
    found = parse(f"{text}\n{whole}", FILE)
    assert apply(PROGRAM, found["no-sleep"].places, FILE) == PROGRAM.replace("time.sleep(1)", "pass")
    assert found["bare"].program == "x = 1\n\ny = 2"
