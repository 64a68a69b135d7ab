"""`course drift`: which versions are tried, what is found with them, and how the report says it."""

from __future__ import annotations

import io
import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from commandline import PATIENCE, command, environment
from rich.console import Console
from typer.testing import CliRunner

import course.making.cli  # noqa: F401  (adds its commands)
from course.desk.cli import app
from course.lessons import ROOT, CourseError, Lesson, find_lesson
from course.making import drift
from course.making.drift import CELLS, MISTAKES, SOLUTIONS, TESTS, UNDONE, Finding, Place, Report, Trial

SMALL, OLDER = "pyjwt", "2.10.1"
"""A small package, and a release of it that is older than the locked one."""

QUIET = Console(file=io.StringIO())


def report(*findings: Finding, **more: object) -> Report:
    given = {
        "lessons": [find_lesson("01"), find_lesson("05")],
        "named": [],
        "moved": [("fastapi", "1.0", "2.0")],
        "findings": findings,
        "unsteady": [],
        "anyway": [],
        "trial": Trial(),
        "page_map": ["Not compared."],
    }
    return Report(**{**given, **more})  # type: ignore[arg-type]


# Versions


def test_a_lock_s_versions_are_those_of_this_machine() -> None:
    lock = (
        "Py.Jwt==2.0 \\\n    --hash=sha256:aa\n"
        "old==1.0 ; python_version < '3'\nold==2.0 ; python_version >= '3' \\\n    --hash=sha256:bb\n"
        "elsewhere==1.0 ; sys_platform == 'nowhere'\n"
    )
    assert drift.versions_in(lock) == {"py-jwt": "2.0", "old": "2.0"}


def test_what_moved_comes_and_goes_is_said() -> None:
    before, after = {"same": "1", "moved": "1", "gone": "1"}, {"same": "1", "moved": "2", "new": "3"}
    assert drift.moves(before, after) == [("gone", "1", ""), ("moved", "1", "2"), ("new", "", "3")]


def test_the_course_is_copied_without_what_git_does_not_keep(tmp_path: Path) -> None:
    root = tmp_path / "from"
    for name in (
        ".git/HEAD",
        ".venv/x",
        "docs/lessons/x.md",
        "lessons/x.md",
        "a/__pycache__/x",
        "b.egg-info/x",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / ".gitignore").write_text(".venv/\ndocs/lessons/\n__pycache__/\n*.egg-info/\n", encoding="utf-8")
    drift.copy_course(root, tmp_path / "to")
    found = {
        path.relative_to(tmp_path / "to").as_posix()
        for path in (tmp_path / "to").rglob("*")
        if path.is_file()
    }
    assert found == {".gitignore", "lessons/x.md"}


def test_a_lesson_s_own_lock_names_the_versions_that_are_there(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("Moved.One==1.0 ; python_version > '3' \\\n    --hash=x\nsame==1.0\n", encoding="utf-8")
    drift._renew(lock, {"moved-one": "2.0"})
    assert lock.read_text(encoding="utf-8") == (
        "Moved.One==2.0 ; python_version > '3' \\\n    --hash=x\nsame==1.0\n"
    )


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("fastapi=1", "--with 'fastapi=1' names no version: write a package and a version"),
        ("no-such-package==1", "the course locks no package no-such-package"),
    ],
)
def test_a_version_that_cannot_be_meant_is_refused(wanted: str, says: str) -> None:
    with pytest.raises(CourseError, match=re.escape(says)):
        drift.drift([find_lesson("01")], [wanted], QUIET, processes=1)


def test_a_version_that_does_not_exist_is_told_in_the_installer_s_words(tmp_path: Path) -> None:
    done = subprocess.run(
        command("drift", "01", "--with", f"{SMALL}==0.0.1.dev99", "-o", str(tmp_path / "report.md")),
        env=environment(tmp_path),
        capture_output=True,
        encoding="utf-8",
        timeout=10 * PATIENCE,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "uv found no versions that fit. It says:" in done.stderr
    assert f"{SMALL}==0.0.1.dev99" in done.stderr or "network" in done.stderr.lower()
    assert not (tmp_path / "report.md").exists()


def test_an_environment_with_an_older_release_runs_a_lesson(tmp_path: Path) -> None:
    place = Place(tmp_path / "course", QUIET, processes=1)
    locked = drift.versions_in((ROOT / drift.LOCK).read_text(encoding="utf-8"))
    try:
        versions = place.set_up([drift._requirement(f"{SMALL}=={OLDER}", locked)])
    except CourseError as error:
        if re.search(r"error sending request|dns error|failed to fetch", str(error), re.IGNORECASE):
            pytest.skip("no package index can be reached")
        raise
    assert drift.moves(locked, versions) == [(SMALL, locked[SMALL], OLDER)]
    script = "import course, jwt; print(jwt.__version__); print(course.__file__)"
    python = [*place._module("-")[:2], "-c", script]
    done = subprocess.run(python, capture_output=True, encoding="utf-8", check=True, cwd=tmp_path)
    version, file = done.stdout.splitlines()
    assert version == OLDER
    assert Path(file).samefile(tmp_path / "course" / "course" / "__init__.py")
    trial = Trial()
    place._cells(trial, ["01-first-api"])
    assert trial.findings == []
    assert trial.right[CELLS] > 20


# What is found


def cell(source: str, *printed: str, tags: tuple[str, ...] = ()) -> Any:
    outputs = [nbformat.v4.new_output("stream", name="stdout", text="".join(printed))] if printed else []
    return nbformat.v4.new_code_cell(
        source, outputs=outputs, execution_count=1, metadata={"tags": list(tags)}
    )


def lesson_of(folder: Path, *cells: Any) -> Lesson:
    for number, one in enumerate(cells):
        one.id = f"99-cells-{number:02}"
    lesson = Lesson("99-cells", folder)
    lesson.notebook.parent.mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), lesson.notebook)
    return lesson


def test_a_cell_that_shows_something_else_is_found(tmp_path: Path) -> None:
    lesson = lesson_of(
        tmp_path,
        cell("print('same')", "same\n"),
        cell("print('one')\nprint('new')", "one\n", "old\n"),
        cell("print('a measurement')", "another\n", tags=("nbval-ignore-output",)),
        cell("1 / 0", tags=("nbval-ignore-output",)),
        cell("print('behind')", "behind\n"),
    )
    compared, found = drift.differing_cells(lesson)
    assert compared == 4
    assert dict(found) == {
        "99-cells-01": "@@ -1,2 +1,2 @@\n one\n-old\n+new",
        "99-cells-03": "@@ -0,0 +1 @@\n+ZeroDivisionError: division by zero",
    }


def test_a_kernel_that_ends_is_found(tmp_path: Path) -> None:
    lesson = lesson_of(
        tmp_path,
        cell("print('same')", "same\n"),
        cell("import os; os._exit(1)"),
        cell("print('behind')", "behind\n"),
    )
    _, found = drift.differing_cells(lesson)
    ((name, said),) = found
    # The kernel may end before or after it has told that the cell began.
    assert name in ("99-cells-01", "99-cells-02")
    assert said == "The notebook ended here: DeadKernelError."


def test_what_differs_in_html_alone_is_shown() -> None:
    def shown(html: str) -> list[Any]:
        return [nbformat.v4.new_output("display_data", data={"text/plain": "same", "text/html": html})]

    assert drift.difference(shown("<b>a</b>"), shown("<b>c</b>")).splitlines()[-5:] == [
        " text/html:",
        "-<b>a</b>",
        "+<b>c</b>",
        " text/plain:",
        " same",
    ]


@pytest.fixture
def changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the course in which lesson 01 shows something else, and a solution of it is wrong."""
    root = tmp_path / "course"
    drift.copy_course(ROOT, root)
    lesson = Lesson("01-first-api", root)
    solutions = lesson.solutions / "exercises.py"
    text = solutions.read_text(encoding="utf-8")
    assert text.count("minutes_per_km: float = 15") == 1
    solutions.write_text(text.replace("per_km: float = 15", "per_km: float = 16"), encoding="utf-8")
    document = json.loads(lesson.notebook.read_text(encoding="utf-8"))
    one = next(
        cell for cell in document["cells"] if any(output.get("text") for output in cell.get("outputs", ()))
    )
    one["outputs"][0]["text"] = ["what it showed once\n"]
    lesson.notebook.write_text(json.dumps(document), encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(root))  # comes before the course that is installed
    return root


def test_cells_and_verdicts_that_change_are_found(changed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, trial = Place(changed, QUIET, 2, Path(sys.executable)), Trial()
    place._cells(trial, ["01-first-api"])
    place._tests(trial, ["--only=1.1"])
    place._mutants(trial, "01-first-api")
    parts = {part: [one for one in trial.findings if one.part == part] for part in drift.PARTS}
    assert "-what it showed once" in parts[CELLS][0].said
    assert [drift._called(one) for one in parts[SOLUTIONS]] == ["1.1"]
    assert parts[SOLUTIONS][0].said.startswith("✗ 1.1 Fill the gaps: not yet right\n  ✗ Takes 15 minutes")
    assert "assert" not in parts[SOLUTIONS][0].said, "the test's own lines say nothing"
    assert {one.lesson for one in parts[CELLS] + parts[SOLUTIONS] + parts[MISTAKES]} == {"01-first-api"}
    assert all(drift._called(one).startswith("01-first-api/1.1-") for one in parts[MISTAKES])
    assert parts[UNDONE][0].said.startswith("The solution of 1.1 does not pass its own checks")
    assert trial.right[CELLS] > 20
    assert trial.right[drift.ANSWERS] > 5

    monkeypatch.delenv("PYTHONPATH")
    known = Place(ROOT, QUIET, 2, Path(sys.executable)).try_again(
        [one for one in trial.findings if one.part != CELLS]
    )
    assert known.findings == [], "the course itself is as it was"
    assert known.right[drift.ANSWERS] == len(parts[SOLUTIONS] + parts[MISTAKES] + parts[TESTS])


def test_what_this_machine_does_is_told_apart_from_what_the_versions_do() -> None:
    def trial(*findings: Finding) -> Trial:
        return Trial([*findings])

    cell, other = (Finding(CELLS, "01-first-api", "01-first-api-03", f"-a\n+{letter}") for letter in "bc")
    wrong, again = (Finding(MISTAKES, "01-first-api", "t.py::t[x]", f"in {n} ms") for n in (1, 2))
    undone = Finding(UNDONE, "", "The answers could not be run", "why")
    both = trial(cell, wrong, undone)
    assert drift.told_apart(both, both, trial()) == ([cell, wrong, undone], [], [])
    assert drift.told_apart(both, trial(), trial()) == ([undone], [cell, wrong], [])
    assert drift.told_apart(both, trial(undone), trial()) == ([cell, wrong, undone], [], []), "nobody knows"
    assert drift.told_apart(both, trial(cell, again), trial(cell, again)) == ([undone], [], [cell, wrong])
    assert drift.told_apart(trial(cell), trial(other), trial(other)) == ([cell], [], []), (
        "it shows more than one"
    )


# The report


def test_versions_stand_first_then_lessons_in_order() -> None:
    text = drift.markdown(
        report(
            Finding(
                MISTAKES,
                "05-requests-and-responses",
                "t.py::test_a_mistake_is_told[05-x/5.2-no]",
                "is told so",
            ),
            Finding(CELLS, "01-first-api", "01-first-api-03", "-old\n+new"),
            Finding(UNDONE, "", "The answers could not be run", "no pytest"),
            unsteady=[
                Finding(SOLUTIONS, "05-requests-and-responses", "t.py::test_the_solution_passes[5.3]", "no")
            ],
            anyway=[Finding(CELLS, "05-requests-and-responses", "05-requests-and-responses-02", "-a\n+b")],
        )
    )
    in_order = [
        "| fastapi | 1.0 | 2.0 |",
        "**What differs: cells 1, mistakes 1, what could not be run 1, unsteady 1.**",
        "## The map of the official documentation\n\n- Not compared.",
        "## Lesson 01: ",
        "#### `01-first-api-03`",
        "```diff\n-old\n+new\n```",
        "## Lesson 05: ",
        "#### `05-x/5.2-no`",
        "```text\nis told so\n```",
        "## Of no lesson",
        "## Unsteady",
        "#### `5.3`",
        "## Not by the versions",
        "- `05-requests-and-responses-02`",
    ]
    places = [text.index(part) for part in in_order]
    assert places == sorted(places)


def test_a_claim_whose_cell_differs_is_named() -> None:
    lesson = find_lesson("05")
    found, number = next(drift.claims_in(lesson))
    text = drift.markdown(report(Finding(CELLS, lesson.slug, found.id, "-a\n+b")))
    assert (
        f"- Claim {number}, “Response models keep private fields private.”, is called *true of what" in text
    )
    assert "Claims that may turn" not in drift.markdown(report())


def test_a_long_report_says_what_it_has_no_room_for() -> None:
    findings = [
        Finding(
            MISTAKES,
            "01-first-api",
            f"t.py::test_a_mistake_is_told[01-x/{n}]",
            "````\n" + f"{n:0400}\n" * 100,
        )
        for n in range(60)
    ]
    text = drift.markdown(report(*findings))
    assert len(text) < drift.LENGTH + 200
    assert "`````text\n````\n" in text, "a fence is longer than those within it"
    assert f"… ({101 - drift.LINES} lines more)" in text
    assert max(len(line) for line in text.splitlines()) == drift.WIDTH + 2
    shown = text.count("#### ")
    assert f"… and {60 - shown} more, for which a report has no room" in text


def test_nothing_that_differs_is_one_sentence() -> None:
    text = drift.markdown(report(moved=[], named=["fastapi==1.0"]))
    assert "The locked versions, but for `fastapi==1.0`.\n\nNo version has moved." in text
    assert "**Nothing differs by the versions.**" in text
    assert "## Lesson" not in text


@pytest.mark.parametrize(("findings", "code"), [((), 0), ((Finding(CELLS, "01-first-api", "x", "-a"),), 1)])
def test_the_exit_code_says_whether_anything_differs(
    findings: tuple[Finding, ...], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drift, "drift", lambda *_, **__: report(*findings))
    done = CliRunner().invoke(app, ["drift", "01", "-o", str(tmp_path / "report.md")])
    assert done.exit_code == code
    assert (tmp_path / "report.md").read_text(encoding="utf-8") == drift.markdown(report(*findings))


# The map


SITE = "https://fastapi.tiangolo.com/"


def site_map(*pages: str) -> str:
    return "".join(f"<url><loc>{SITE}{page}/</loc></url>\n" for page in pages)


@pytest.fixture
def mapped(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "map.toml").write_text(
        f'address = "{SITE}"\nlisted = 2026-08-19\nofficial = ["async", "tutorial/body", "tutorial/a/b"]\n',
        encoding="utf-8",
    )
    return tmp_path


def test_pages_that_go_and_come_are_named(mapped: Path) -> None:
    pages = (
        "tutorial",
        "tutorial/body",
        "tutorial/a",
        "tutorial/a/b",
        "tutorial/new",
        "de/tutorial/x",
        "about",
    )
    lines, differs = drift.compare_map(mapped, lambda address: site_map(*pages))
    assert differs
    assert lines == ["`async` is gone.", "`tutorial/new` is new."]


def test_a_map_that_holds_is_said_to(mapped: Path) -> None:
    lines, differs = drift.compare_map(
        mapped, lambda address: site_map("async", "tutorial/body", "tutorial/a/b")
    )
    assert (lines, differs) == (["All 3 pages of 2026-08-19 are there, and no others."], False)


def test_a_map_that_cannot_be_compared_is_said_not_to_be(mapped: Path) -> None:
    def fetch(address: str) -> str:
        raise OSError("no route")

    assert drift.compare_map(mapped, fetch) == (
        [f"Not compared: {SITE} could not be reached (no route)."],
        False,
    )
    lines, differs = drift.compare_map(mapped, lambda address: "<html>another page</html>")
    assert (lines, differs) == ([f"Not compared: {SITE}sitemap.xml names none of the map's pages."], False)


# Ending it


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no Ctrl-C to a single process")
def test_ctrl_c_ends_it_and_leaves_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(
        command("drift", "01", "--with", f"{SMALL}=={OLDER}"),
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        made = list((ROOT / ".cache").glob(f"drift-{process.pid}-*"))
        process.send_signal(signal.SIGINT)
        said, rest = process.communicate(timeout=10 * PATIENCE)
    assert first == "· other versions: versions\n"
    assert len(made) == 1
    assert process.returncode == 130
    assert said == ""
    # What was being printed when the signal came may stand there twice.
    assert rest.removeprefix(first) == "Interrupted: taking the environment away …\n"
    assert [folder for folder in made if folder.exists()] == []
