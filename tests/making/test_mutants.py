"""Mutants of made-up solutions: what each operator makes, which ones pass, and the lists of equivalents."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from commandline import PATIENCE

from course.lessons import CourseError, Lesson
from course.making.mutants import Outcome, brief_of, equivalents, judge, subject_of
from course.making.operators import OPERATORS, examples_in, mutants_of, remembered

pytestmark = pytest.mark.filterwarnings("ignore")

HANDLER = "@app.get('/a')\nasync def f({}){}:\n    return {}\n"

MADE = {
    "number": ("x = 404", ["x = 405", "x = 403"]),
    "boolean": ("x = True", ["x = False"]),
    "text": ('x = "/trails"', ['x = "/trailsx"']),
    "words": ('x = "No trail has this id."', ['x = "No trail has this id.x"']),
    "f-string": ('x = f"/{a}/{b - c}"', ["x = f'//{b - c}'", "x = f'/{a}/{b + c}'", "x = f'/{a}/'"]),
    "pattern": ('x = r"^R-[0-9]$"', ['x = r"R-[0-9]$"', 'x = r"^R-[0-9]"']),
    "default": (
        "def f(a=x, b=y): pass",
        ["def f(*, a, b=y): pass", "def f(a=x, *, b): pass"],
    ),
    "type": (
        "class A(Base):\n    id: int\n    name: str | None",
        ["id: float", "id: str", "id: object", "id: int | None", "name: object | None", "name: str"],
    ),
    "response model": (
        "class A(Base): pass\n\n" + HANDLER.format("", " -> list[A]", "a"),
        ["async def f():"],
    ),
    "declaration": ("X = Annotated[T, Field(ge=low)]", ["X = T"]),
    "argument": (
        "x = f(a, b, status_code=c, d=e)",
        ["x = f(a, b, d=e)", "x = f(a, b, status_code=c)", "x = f(a, status_code=c, d=e)"],
    ),
    "key": ("x = {a: b, **c}", ["x = {**c}", "x = {a: b}"]),
    "decorator": ("@validator(x)\n@classmethod\ndef f(): pass\n@classmethod\ndef g(): pass", ["", ""]),
    "await": ("async def f():\n    x = await g()", ["x = g()"]),
    "blocks": ("async def f():\n    await asyncio.sleep(a)", ['__import__("time").sleep(a)']),
    "copy": ("x = sorted(deepcopy(y), key=z)", ["x = deepcopy(y)", "x = sorted(y, key=z)"]),
    "method": (
        "import y\nx = text.strip().lower() + y.z()",
        ["x = text.strip() + y.z()", "x = text.lower() + y.z()"],
    ),
    "order": ("x = [a for a in b]", ["x = [a for a in b][::-1]"]),
    "extreme": ("x = min(y)\nz = any(y)", ["x = max(y)", "z = all(y)"]),
    "part": ("x = y[a:b]", ["x = y[:b]", "x = y[a:]"]),
    "comparison": (
        "x = a < b\ny = a == b\nz = (a) not in b\nv = a == 'b'\nw = a is b",
        [
            "x = a <= b", "y = a != b", "y = a in b", "z = (a) in b", "z = (a) != b",
            "v = a != 'b'", "w = a is not b",
        ],
    ),
    "and/or": ("x = a and (b or c)", [
        "x = a or (b or c)", "x = (b or c)", "x = a", "x = a and (b and c)", "x = a and (c)", "x = a and (b)",
    ]),
    "not": ("x = not a", ["x = a"]),
    "condition": (
        "x = [a for a in b if c]\nif d: pass",
        ["x = [a for a in b if True]", "if True: pass", "if False: pass"],
    ),
    "arithmetic": ("x = (a + b) * c\ny -= d", ["x = (a + b) / c", "x = (a - b) * c", "y = d", "y += d"]),
    "raise": ("def f():\n    raise X", ["pass"]),
    "statement": ("x = a\nf(x)\nclass A:\n    b: int", ["pass", "pass", "pass"]),
    "return": ("def f():\n    return a", ["return None"]),
    "else": ("if a:\n    f()\nelse:\n    g()\n    h()", ["pass"]),
    "finally": ("try:\n    f()\nfinally:\n    g()", ["if True: f() if True: g()"]),
    "with": ("async def f():\n    async with limit(a) as b:\n        g()", ["if True:"]),
    "first only": ("for a in b: f(a)", ["for a in list(b)[:1]: f(a)"]),
    "remembered result": (
        "@app.post('/a')\ndef f(a): return ROWS.append(a) or ROWS\ndef g(): del ROWS[0]",
        ["@remembered def f(a): return ROWS.append(a) or ROWS"],
    ),
    "remembered value": (HANDLER.format("a=b", "", "a"), [
        'a = f.__dict__.get("a", a) if a == b else f.__dict__.setdefault("a", a) return a'
    ]),
    "details": (
        "def f(a):\n    if a not in ROWS: raise HTTPException(404, x)\ny = {k: entry[a], l: entry[b]}",
        [
            'if a not in ROWS: raise HTTPException(404, str(x) + f" {ROWS}")',
            "y = {**entry, k: entry[a], l: entry[b]}",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("operator", MADE)
def test_an_operator_makes_exactly_these(operator: str) -> None:
    source, expected = MADE[operator]
    made = [mutant for mutant in mutants_of(source) if mutant.operator == operator]
    assert [mutant.after for mutant in made] == expected
    for mutant in made:
        assert mutant.before in [" ".join(line.split()) for line in source.splitlines()] or "\n" in source
        assert mutant.source != source


def test_every_operator_is_tried() -> None:
    assert set(OPERATORS) - {"example"} == set(MADE)


def test_what_the_brief_shows_takes_the_place_of_what_has_its_name() -> None:
    brief = 'It answers `{"minutes": 120.0, "wet": true}`, with `?pace=20`; at most 99 of them.'
    examples = examples_in(brief)
    assert examples.named == {"minutes": ["120.0"], "wet": ["True"], "pace": ["20"]}
    assert examples.numbers == [120.0, 20.0]
    source = 'def f(pace=x):\n    return {"minutes": pace * 15, "wet": wet, "other": 1}'
    made = mutants_of(source, examples=examples)
    assert [mutant.after for mutant in made if mutant.operator == "example"] == [
        "def f(pace=20):",
        'return {"minutes": 120.0, "wet": wet, "other": 1}',
        'return {"minutes": pace * 15, "wet": True, "other": 1}',
    ]
    numbers = [mutant.after.partition(", ")[0] for mutant in made if mutant.operator == "number"]
    assert numbers[:3] == [f'return {{"minutes": pace * {number}' for number in (16, 14, 20)]


@pytest.mark.parametrize(
    "source",
    [
        '"""What a module is for."""',
        "import os\nfrom os import path",
        "def f(a: int) -> Literal['a']: ...",
        "@app.exception_handler(X)\ndef f(a: int) -> int: ...",
        "@dataclass\nclass A:\n    a: int",
        "class A(NamedTuple):\n    a: int",
    ],
)
def test_what_never_matters_is_left_alone(source: str) -> None:
    left = {"decorator", "argument", "statement"}
    assert not [mutant for mutant in mutants_of(source) if mutant.operator not in left]


@pytest.mark.parametrize(
    ("operator", "source"),
    [
        ("type", "a: int = 1"),
        ("type", HANDLER.format("a: Annotated[A, Depends(g)]", "", "a")),
        ("type", HANDLER.format("a: str", "", "a")),
        ("response model", HANDLER.format("", " -> dict[str, float]", "a")),
        ("response model", HANDLER.format("", " -> JSONResponse", "a")),
        ("remembered result", HANDLER.format("a", "", "a")),
        ("method", "@app.get('/a')\ndef f(): pass"),
    ],
)
def test_an_operator_knows_where_it_makes_no_difference(operator: str, source: str) -> None:
    assert operator not in {mutant.operator for mutant in mutants_of(source)}


def test_what_the_starter_gives_is_free() -> None:
    starter = "a = 1\n\n\ndef f():\n    return a\n"
    source = "a = 1\n\n\ndef f():\n    b = 2\n    return a\n"
    assert {mutant.line for mutant in mutants_of(source, starter)} == {5}


def test_letters_of_other_scripts_move_nothing() -> None:
    made = mutants_of('x = "Höhe", 7')
    assert 'x = "Höhe", 8' in [mutant.after for mutant in made]


def test_each_mutant_compiles_and_is_made_once() -> None:
    made = mutants_of("x = 1", examples=examples_in("`2`"))
    assert [mutant.after for mutant in made] == ["pass", "x = 2", "x = 0"]
    assert [mutant.after for mutant in mutants_of("def f(a=x, b=y, *c): pass")] == ["def f(a, b=y, *c): pass"]


async def test_remembered_gives_what_it_gave_for_the_same_values() -> None:
    given = iter(range(10))

    @remembered
    async def handler(trail: str, request: object) -> int:
        return next(given)

    requests = [object() for _ in range(4)]  # all alive, and so each in another place
    came = [await handler(trail, request) for trail, request in zip("aaba", requests, strict=True)]
    assert came == [0, 0, 1, 0]


# A lesson with one exercise


CHECKS = """
from course.judging import exercise, require

half = exercise("1.1", "Half", hints=["Halve it.", "Use //."], takes="value")


def expect(came: object, expected: object) -> None:
    require(came == expected, sent="", came_back=str(came), expected=str(expected), nudge="Halve.")


@half.check
async def halves(function) -> None:
    "Halves"
    expect(function(4), 2)


@half.check
async def refuses(function) -> None:
    "Gives nothing for what is not above zero"
    expect(function(-2), None)
"""

SOLUTION = """# %% 1.1
# Half of it.
def half(number):
    if number < 0:
        return None
    return number // 2
"""


def lesson_in(root: Path, solution: str = SOLUTION, checks: str = CHECKS) -> Lesson:
    lesson = Lesson("01-made-up", root)
    exercise = {"cell_type": "code", "metadata": {}, "source": "# Exercise 1.1\ndef half(number): ..."}
    check = {"cell_type": "code", "metadata": {}, "source": 'await check("1.1", half)'}
    brief = "### Exercise 1.1: Half\n\n`half(4)` gives `2`.\n\n### What comes next\n\n`5`"
    text = {"cell_type": "markdown", "metadata": {}, "source": brief}
    notebook = json.dumps({"cells": [text, exercise, check]})
    for path, content in (
        (lesson.folder / "checks.py", checks),
        (lesson.solutions / "exercises.py", solution),
        (lesson.notebook, notebook),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return lesson


def listed(lesson: Lesson, text: str) -> None:
    path = lesson.root / "tests" / "equivalents" / f"{lesson.slug}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text), encoding="utf-8")


def judged(lesson: Lesson, patience: float = PATIENCE) -> Outcome:
    return judge({lesson: ["1.1"]}, processes=2, patience=patience)


ZERO = "solutions/01-made-up/exercises.py:4 1.1"


def test_mutants_that_pass_are_told_with_their_line(tmp_path: Path) -> None:
    lesson = lesson_in(tmp_path)
    assert brief_of(lesson, "1.1").strip() == "### Exercise 1.1: Half\n\n`half(4)` gives `2`."
    calls: list[tuple[int, int]] = []
    outcome = judge({lesson: ["1.1"]}, lambda *far: calls.append(far), processes=2, patience=PATIENCE)
    assert [subject.told(mutant) for subject, mutant in outcome.survivors] == [
        f"{ZERO} comparison: if number < 0: -> if number <= 0:",
        f"{ZERO} number: if number < 0: -> if number < 1:",
        f"{ZERO} number: if number < 0: -> if number < -1:",
        f"{ZERO} number: if number < 0: -> if number < 2:",
        f"{ZERO.replace(':4', ':6')} arithmetic: return number // 2 -> return number / 2",
    ]
    total = len(subject_of(lesson, "1.1").mutants)
    assert outcome.judged == {"01-made-up": total}
    assert (calls[0], calls[-1]) == ((0, total), (total, total))
    assert not outcome.right


def test_a_list_names_those_that_answer_the_same(tmp_path: Path) -> None:
    lesson = lesson_in(tmp_path)
    listed(
        lesson,
        """
        [[same]]
        task = "1.1"
        line = "if number < 0:"
        became = ["if number <= 0:", "if number < 1:"]
        reason = "Half of zero is nothing."

        [[same]]
        part = "number <"
        operator = "number"
        reason = "The brief leaves small numbers open."
        """,
    )
    outcome = judged(lesson)
    assert [mutant.after for _, mutant in outcome.survivors] == ["return number / 2"]
    assert (outcome.same, outcome.untrue, outcome.right) == (4, [], False)


def test_an_entry_that_is_no_longer_true_is_told(tmp_path: Path) -> None:
    lesson = lesson_in(tmp_path)
    listed(
        lesson,
        """
        [[same]]
        task = "1.1"
        line = "if number < 7:"
        reason = "It was 7 once."

        [[same]]
        task = "1.1"
        line = "return None"
        reason = "It fails, says this one wrongly."
        became = ["pass"]

        [[same]]
        task = "1.1"
        line = "return number // 2"
        became = ["return None"]
        reason = "A check tells it."

        [[same]]
        line = "return number // 3"
        reason = "The app has such a line, which is not asked for here."
        """,
    )
    assert judged(lesson).untrue == [
        "01-made-up.toml: fits no mutant any more: 1.1, if number < 7:",
        "01-made-up.toml: fits no mutant any more: 1.1, return None, pass",
        "01-made-up.toml: a check tells it from the solution: 1.1, return number // 2, return None",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("same = 1", "is no list"),
        ("[[same]]\npart = 'x'", "is no list.*reason"),
        ("[[same]]\npart = 'x'\nreason = ' '", "needs a reason"),
        ("[[same]]\ntask = '1.1'\nreason = 'All of it.'", "needs a reason, and a line"),
        ("[[same]]\npart = 'x'\nbecame = 'y'\nreason = 'z'", "`became` is a list"),
        ("[[same]]\nplace = 'x'\nreason = 'y'", "is no list.*place"),
    ],
)
def test_a_list_that_cannot_be_read_says_why(tmp_path: Path, text: str, says: str) -> None:
    lesson = Lesson("01-made-up", tmp_path)
    listed(lesson, text)
    with pytest.raises(CourseError, match=f"01-made-up.toml.*{says}"):
        equivalents(lesson)


COUNTS_DOWN = """# %% 1.1
# Half of it.
def half(number):
    if number <= 0:
        return None
    steps = 0
    while number != 0:
        number -= 2
        steps += 1
    return steps
"""


def test_a_mutant_that_hangs_is_ended_and_counts_as_found(tmp_path: Path) -> None:
    lesson = lesson_in(tmp_path, COUNTS_DOWN)
    assert "number += 2" in {mutant.after for mutant in subject_of(lesson, "1.1").mutants}
    outcome = judged(lesson, patience=3)
    assert [mutant.after for _, mutant in outcome.survivors] == [
        "if number < 0:",
        "if number <= 1:",
        "if number <= -1:",
        "if number <= 2:",
    ]


def test_a_mutant_that_ran_out_of_time_says_nothing_against_a_list(tmp_path: Path) -> None:
    lesson = lesson_in(tmp_path, COUNTS_DOWN)
    listed(lesson, "[[same]]\nline = 'number -= 2'\nbecame = ['number += 2']\nreason = 'Slow.'")
    assert judged(lesson, patience=0.5).untrue == []


ENDS = """# %% 1.1
# Half of it.
import os


def half(number):
    if number > 9:
        os._exit(1)
    return number // 2 if number > 0 else None
"""


def test_a_mutant_that_ends_its_process_counts_as_found(tmp_path: Path) -> None:
    outcome = judged(lesson_in(tmp_path, ENDS))
    assert "if True:" not in {mutant.after for _, mutant in outcome.survivors}
    assert "if False:" in {mutant.after for _, mutant in outcome.survivors}


ONE_AFTER_THE_OTHER = CHECKS.replace(
    "expect(function(4), 2)", "function.asked = True\n    expect(function(4), 2)"
).replace("expect(function(-2)", 'expect(getattr(function, "asked", False), True)\n    expect(function(-2)')


def test_a_check_that_needs_those_before_it_is_not_asked_alone(tmp_path: Path) -> None:
    outcome = judged(lesson_in(tmp_path, checks=ONE_AFTER_THE_OTHER))
    assert [mutant.after for _, mutant in outcome.survivors] == [
        "if number <= 0:",
        "if number < 1:",
        "if number < -1:",
        "if number < 2:",
        "return number / 2",
    ]


def test_a_solution_that_does_not_pass_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"The solution of 1\.1 does not pass its own checks: refuses\."):
        judged(lesson_in(tmp_path, SOLUTION.replace("None", "0")))


# The command


def test_the_command_lists_the_mutants_of_a_task() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "course", "mutants", "4.2", "--list"],
        capture_output=True, encoding="utf-8", check=True, timeout=PATIENCE,
    )  # fmt: skip
    assert (
        'exercises.py:25 4.2 comparison: if entry["type"] == "missing": -> if entry["type"] != "missing":'
        in done.stdout
    )


@pytest.mark.skipif(sys.platform == "win32", reason="no Ctrl-C for one process among many")
def test_ctrl_c_ends_all_processes(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "course", "mutants", "02"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", start_new_session=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline().startswith("[  0%] 0 of ")
    os.killpg(process.pid, signal.SIGINT)
    printed, _ = process.communicate(timeout=PATIENCE)  # ends when no process holds the other end any more
    assert process.returncode == 130
    assert "Traceback" not in printed
    assert not list(tmp_path.iterdir())
