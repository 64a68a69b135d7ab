"""The commands, each run as a learner runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import psutil
import pytest
from commandline import PATIENCE, command, course, environment, solve, write_app, write_exercise

from course.desk.workspace import Progress, sync
from course.judging.tasks import solution_text
from course.lessons import CourseError, Lesson, find_lesson
from course.making.cli import renew_locks

EMPTY_APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"


@pytest.fixture
def space(tmp_path: Path) -> Path:
    """A workspace that nobody has used yet."""
    return tmp_path / "workspace"


@pytest.fixture
def lesson(space: Path, monkeypatch: pytest.MonkeyPatch) -> Lesson:
    """Lesson 01, as it came, in the workspace."""
    lesson = find_lesson("01")
    monkeypatch.setenv("COURSE_WORKSPACE", str(space))
    sync([lesson])
    return lesson


@pytest.fixture
def solved(lesson: Lesson, space: Path) -> Lesson:
    """Lesson 01 with every task solved, but not checked yet."""
    for task in lesson.tasks:
        solve(space, lesson, task)
    return lesson


@pytest.fixture
def done(lesson: Lesson, space: Path) -> Lesson:
    """Lesson 01 with every task noted as passed."""
    for task in lesson.tasks:
        Progress(space).mark_done(task)
    return lesson


def test_help_shows_every_command_in_two_panels(space: Path) -> None:
    said = course(space, "--help").stdout
    learners, maintainers = said.index("For learners"), said.index("For maintainers")
    for name in ("learn", "check", "hint", "solution", "progress", "reset", "site"):
        assert learners < said.index(f"│ {name} ") < maintainers
    for name in ("build", "test", "new", "lock"):
        assert maintainers < said.index(f"│ {name} ")
    assert "Usage: course " in said
    assert max(map(len, said.splitlines())) <= 80


def test_usage_names_the_program_that_was_typed(space: Path) -> None:
    said = course(space, "check", "--help", COURSE_PROG="python3 run.py").stdout
    assert "Usage: python3 run.py check " in said


def test_advice_names_the_program_that_was_typed(lesson: Lesson, space: Path) -> None:
    write_app(space, lesson, EMPTY_APP)
    said = course(space, "check", "1.app", code=1, COURSE_PROG="python3 run.py").stdout
    assert "`python3 run.py hint 1.app`" in said


def test_version(space: Path) -> None:
    assert course(space, "--version").stdout == f"course {version('fastapi-course')}\n"


def test_wrong_usage_is_told_from_wrong_answers(space: Path) -> None:
    assert "No such command" in course(space, "chekc", code=2).stderr
    assert "No such option" in course(space, "check", "--wath", code=2).stderr


def test_check_lays_the_lesson_first_where_there_is_none(space: Path) -> None:
    said = course(space, "check", "01", code=1).stdout
    lines = said.splitlines()
    assert lines[:2] == ["In your workspace, workspace:", "  added 01-first-api"]
    marks = [line.split()[:2] for line in lines if "not attempted yet" in line]
    assert marks[: len(find_lesson("01").tasks)] == [["○", t] for t in find_lesson("01").tasks]
    notebook = Path("workspace", "01-first-api", "01-first-api.ipynb")
    assert lines[-1] == f"Next is 1.1: write it in {notebook} and save."


def test_check_of_a_solved_lesson(solved: Lesson, space: Path) -> None:
    said = course(space, "check", "01").stdout
    assert [line.split()[:2] for line in said.splitlines()[: len(solved.tasks)]] == [
        ["✓", task] for task in solved.tasks
    ]
    assert all(Progress(space).done(task) for task in solved.tasks)
    assert len(said.strip().splitlines()) == len(solved.tasks) + 2, "praise is one line"
    assert "\x1b" not in said, "no colours in a file"


def test_check_names_the_first_that_went_wrong(solved: Lesson, space: Path) -> None:
    write_app(space, solved, EMPTY_APP)
    said = course(space, "check", code=1).stdout
    assert [line.split()[:2] for line in said.splitlines()[: len(solved.tasks)]] == [
        *(["✓", task] for task in solved.starters),
        ["✗", "1.app"],
    ]
    places = [said.index(f"\n  {label} ") for label in ("Sent", "Came back", "Expected", "Nudge")]
    assert places == sorted(places)
    assert "404 Not Found" in said
    assert said.rstrip().splitlines()[-1].startswith("Stuck? `course hint 1.app`")
    assert max(map(len, said.splitlines())) <= 80
    assert not Progress(space).done("1.app")


def test_an_attempt_is_shown_rather_than_what_nobody_has_tried(lesson: Lesson, space: Path) -> None:
    write_app(space, lesson, EMPTY_APP)
    said = course(space, "check", "01", code=1).stdout
    assert "\n✗ 1.app" in said.split("\n\n")[1] or said.split("\n\n")[1].startswith("✗ 1.app")
    assert "`course hint 1.app`" in said


def test_check_of_single_tasks(lesson: Lesson, space: Path) -> None:
    solve(space, lesson, "1.2")
    said = course(space, "check", "1.2").stdout
    assert said.startswith("✓ 1.2 ")
    assert "Right! Next is `course check 1.1`." in said
    write_exercise(space, lesson, "1.1", "app = 1 / 0")
    said = course(space, "check", "01.1", "1.2", code=1).stdout
    assert [line.split()[:2] for line in said.splitlines()[:2]] == [["✗", "1.1"], ["✓", "1.2"]]
    assert "your code raised" in said
    assert "ZeroDivisionError: division by zero" in said
    assert course(space, "check", "1.2", "1.1", code=1).stdout.startswith("✓ 1.2 ")


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("77", "There is no lesson '77'"),
        ("1.9", "no task '1.9'. There are: 1.1, "),
        ("1.p1", "no task '1.p1'. There are: 1.1, "),
        ("x", "There is no lesson 'x'"),
    ],
)
@pytest.mark.parametrize("name", ["check", "hint", "solution"])
def test_a_name_that_is_none_is_one_sentence(space: Path, name: str, asked: str, answer: str) -> None:
    done = course(space, name, asked, code=1)
    assert answer in done.stderr.replace("\n", " ")
    assert done.stdout == ""


def test_a_deleted_app_says_how_it_comes_back(lesson: Lesson, space: Path) -> None:
    (space / lesson.slug / "app.py").unlink()
    said = course(space, "check", "01", code=1).stdout
    assert "app.py is not in" in said
    assert "course reset 01" in said
    assert all(task in said for task in lesson.tasks)  # the others are judged as ever
    course(space, "reset", "01")
    assert (space / lesson.slug / "app.py").exists()


def test_learners_text_cannot_steer_the_terminal(lesson: Lesson, space: Path) -> None:
    escape = r"\x1b[2J\x1b]0;title\x07\x9b1m"
    write_app(space, lesson, f'print("seen{escape}")\nraise ValueError("raised{escape}")\n')
    said = course(space, "check", "1.app", code=1, FORCE_COLOR="1").stdout
    assert "raised" in said
    assert "seen" in said
    assert not {"\x1b[2J", "\x1b]", "\x07", "\x9b"} & {
        said[i : i + n] for i in range(len(said)) for n in (1, 2, 4)
    }
    assert "\x1b[31m" in said, "our own colours are there"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437"])
def test_terminals_without_utf_8_get_look_alikes(solved: Lesson, space: Path, encoding: str) -> None:
    write_app(space, solved, "raise ValueError('Größe ✓ …')\n")

    def run(*arguments: str, code: int = 0) -> str:
        return course(space, *arguments, code=code, PYTHONUTF8="0", PYTHONIOENCODING=encoding).stdout

    said = run("check", "01", code=1)
    assert said.startswith("+ 1.1 ")
    assert "\nx 1.app" in said
    for others in (["progress"], ["--help"], ["solution", "1.app"]):
        run(*others)


def test_hints_come_one_at_a_time(lesson: Lesson, space: Path) -> None:
    assert "Hint 1 of " in course(space, "hint").stdout
    assert "Hint 2 of " in course(space, "hint", "1.1").stdout
    assert "Hint 1 of " in course(space, "hint", "1.app").stdout
    for _ in range(4):
        last = course(space, "hint", "01").stdout
    assert "last one" in last
    assert "`course solution 1.1`" in last.replace("\n", " ")
    taken = Progress(space).hints("1.1")
    assert f"Hint {taken} of {taken}" in last, "no more are counted than there are"


def test_help_is_for_the_next_unsolved_task(lesson: Lesson, space: Path) -> None:
    Progress(space).mark_done("1.1")
    assert course(space, "hint").stdout.startswith("1.2 ")
    assert course(space, "solution").stdout.startswith("1.2 ")


def test_solution_tells_the_reason_then_the_code(lesson: Lesson, space: Path) -> None:
    said = course(space, "solution", "1.app").stdout
    reason, code = solution_text(lesson, "1.app")
    assert said == f"1.app Solution\n\n{reason}\n\n{code}\n"
    coloured = course(space, "solution", "1.app", FORCE_COLOR="1").stdout
    assert "\x1b[" in coloured


def test_when_everything_is_solved(done: Lesson, space: Path) -> None:
    assert "name the task" in course(space, "hint", "01", code=1).stderr


def test_progress(lesson: Lesson, space: Path) -> None:
    before = course(space, "progress").stdout
    total = len(lesson.tasks)
    assert f" 0/{total}" in before
    assert "Go on with lesson 01: `course learn`, or `course check 01 --watch`." in before
    Progress(space).mark_done("1.2")
    assert f" 1/{total}" in course(space, "progress").stdout
    for task in lesson.tasks:
        Progress(space).mark_done(task)
    after = course(space, "progress").stdout
    row = next(line for line in after.splitlines() if lesson.title in line)
    assert row.split()[0] == "✓"
    takes = lesson.minutes
    minutes = f"{takes.reading} + {takes.exercises} + {takes.app}"
    assert row.split()[-6:] == [f"{total}/{total}", *minutes.split()]
    assert "Minutes: reading and running, exercises, Build it" in after


def test_progress_for_programs(lesson: Lesson, space: Path) -> None:
    progress = Progress(space)
    progress.mark_done("1.1")
    progress.take_hint("1.2")
    record = json.loads(course(space, "progress", "--json").stdout)[0]
    tasks = record.pop("tasks")
    assert record == {
        "lesson": "01",
        "slug": lesson.slug,
        "title": lesson.title,
        "done": 1,
        "of": len(lesson.tasks),
    }
    assert [task["task"] for task in tasks] == list(lesson.tasks)
    assert tasks[0] == {"task": "1.1", "done": progress.done_at("1.1"), "hints": 0}
    assert tasks[1] == {"task": "1.2", "done": None, "hints": 1}


def test_reset_says_where_the_work_is(lesson: Lesson, space: Path) -> None:
    write_app(space, lesson, "mine = 1\n")
    said = course(space, "reset", "01").stdout.replace("\n", " ")
    (copy,) = (space / "backups").iterdir()
    assert copy.name in said
    assert (copy / "app.py").read_text(encoding="utf-8") == "mine = 1\n"
    assert (space / lesson.slug / "app.py").read_bytes() == (lesson.folder / "app.py").read_bytes()


def test_check_never_imports_what_only_the_worker_needs(lesson: Lesson, space: Path) -> None:
    # `check` would wait for it: 0.4 s that the worker process spends meanwhile.
    done = subprocess.run(
        [sys.executable, "-P", "-X", "importtime", "-m", "course", "check", "01"],
        env=environment(space),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert {"course", "typer", "rich"} <= imported
    assert not imported & {"fastapi", "httpx", "uvicorn", "pydantic", "watchfiles", "asyncio"}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to consoles, not processes")
def test_ctrl_c_ends_a_check_and_its_worker(lesson: Lesson, space: Path) -> None:
    started = space / "started"
    write_app(space, lesson, f"open({str(started)!r}, 'w').close()\nwhile True:\n    pass\n")
    process = subprocess.Popen(
        command("check", "1.app"),
        env=environment(space),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    while not started.exists():
        assert process.poll() is None
    workers = psutil.Process(process.pid).children(recursive=True)
    assert workers
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert said.strip() == ""
    assert psutil.wait_procs(workers, timeout=PATIENCE)[1] == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGPIPE to test with")
@pytest.mark.parametrize("name", ["progress", "check"])
def test_a_reader_that_goes_away_is_no_error_of_ours(lesson: Lesson, space: Path, name: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        command(name),
        env=environment(space),
        stdout=writing,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    os.close(writing)
    assert done.returncode != 0
    assert done.stderr == ""


def test_what_only_maintainers_install_is_named(space: Path) -> None:
    script = (
        "import sys; sys.modules['jupytext'] = None; sys.argv = ['course', 'build', '01'];"
        "from course.__main__ import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(space),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert "`python3 run.py build 01`" in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_a_fault_of_the_course_is_one_sentence_too(space: Path, tmp_path: Path) -> None:
    script = (
        "import course.desk.cli as cli, sys; cli.progress_table = None; sys.argv = ['course', 'progress'];"
        "from course.__main__ import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(space, TMPDIR=str(tmp_path), TEMP=str(tmp_path)),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert "'NoneType' object is not callable" in done.stderr
    assert "Traceback" not in done.stderr
    (report,) = tmp_path.glob("course-*.txt")
    assert str(report) in done.stderr
    assert report.read_text(encoding="utf-8").startswith("Traceback")


PROJECT = """
[project]
name = "sample"
version = "1.0.0"
requires-python = ">=3.11"
dependencies = ["tiny"]

[dependency-groups]
dev = ["small", {include-group = "lesson-03"}]
browser = ["tiny"]
lesson-03 = ["large", "tiny"]
"""


def make_wheel(folder: Path, name: str) -> None:
    info = f"{name}-1.0.dist-info"
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", "")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def test_locks_name_versions_and_hashes_but_no_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheels = tmp_path / "wheels"
    (tmp_path / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    web = tmp_path / "course" / "browser" / "web"
    web.mkdir(parents=True)
    (web / "package.json").write_text('{"dependencies": {"pyodide": "314.0.7"}}', encoding="utf-8")
    make_wheel(wheels, "tiny")
    make_wheel(wheels, "large")
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    with pytest.raises(CourseError, match=r"a group lesson-03, and there is no such lesson"):
        renew_locks(tmp_path, upgrade=False)
    folder = tmp_path / "lessons" / "03-large"
    folder.mkdir(parents=True)
    with pytest.raises(CourseError, match=r"requirements-dev\.txt"):
        renew_locks(tmp_path, upgrade=False)
    make_wheel(wheels, "small")
    renew_locks(tmp_path, upgrade=True)
    learner = (tmp_path / "requirements.txt").read_text(encoding="utf-8")
    maintainer = (tmp_path / "requirements-dev.txt").read_text(encoding="utf-8")
    assert learner.startswith("tiny==1.0 \\\n    --hash=sha256:")
    page = (tmp_path / "course" / "browser" / "requirements.txt").read_text(encoding="utf-8")
    assert learner in maintainer
    assert "small==1.0" in maintainer
    assert page == learner
    lesson = (folder / "requirements.txt").read_text(encoding="utf-8")
    assert lesson.startswith("large==1.0 \\\n    --hash=sha256:")
    assert "tiny" not in lesson  # it is there anyway
    assert lesson in maintainer
    for text in (learner, maintainer, page, lesson):
        assert str(tmp_path) not in text
        assert "find-links" not in text
        assert "index" not in text
        assert "#" not in text
