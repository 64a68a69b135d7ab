"""What a single lesson needs besides is installed when it is opened, and said where it cannot be."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from course.desk import cli, launch, packages
from course.lessons import ROOT, CourseError, Lesson, find_lesson
from course.running import server, stored

LESSON = find_lesson("12")
HERE = version("rich")


@pytest.fixture
def lesson(tmp_path: Path) -> Lesson:
    """A lesson whose lock the tests write."""
    made = Lesson("12-serving-a-model", tmp_path)
    made.folder.mkdir(parents=True)
    return made


def lock(lesson: Lesson, *lines: str) -> None:
    text = "".join(f"{line} \\\n    --hash=sha256:{'0' * 64}\n" for line in lines)
    (lesson.folder / packages.LESSON_LOCK).write_text(text, encoding="utf-8")


def test_what_is_missing_is_found(lesson: Lesson) -> None:
    assert packages.missing(lesson) == []
    lock(
        lesson,
        f"rich=={HERE}",
        "rich==0.1",
        "no-such-package==2.0",
        "no-such-package==3.0 ; python_full_version < '3'",
        f"rich=={HERE} ; python_full_version >= '3'",
    )
    assert packages.missing(lesson) == ["rich 0.1", "no-such-package 2.0"]


def test_those_who_test_have_all_of_it() -> None:
    assert (LESSON.folder / packages.LESSON_LOCK).is_file()
    assert packages.missing(LESSON) == []


def test_a_lesson_s_lock_fits_the_others() -> None:
    def pins(path: Path) -> dict[str, str]:
        lines = path.read_text(encoding="utf-8").splitlines()
        return {line.partition("==")[0]: line.rstrip(" \\") for line in lines if "==" in line[:60]}

    learner, maintainer = pins(ROOT / "requirements.txt"), pins(ROOT / "requirements-dev.txt")
    own = pins(LESSON.folder / packages.LESSON_LOCK)
    assert {"scikit-learn", "openai", "skops"} <= own.keys()
    assert not own.keys() & learner.keys()
    assert own.items() <= maintainer.items()


def installer(root: Path, code: int, *said: str) -> None:
    """Put a `run.py` there that says something and ends with `code`; it also notes what it was asked."""
    (root / "run.py").write_text(
        "import pathlib, sys\n"
        f"pathlib.Path({str(root / 'asked')!r}).write_text(' '.join(sys.argv[1:]))\n"
        f"print({chr(10).join(said)!r}, file=sys.stderr)\n"
        f"sys.exit({code})\n",
        encoding="utf-8",
    )


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the course is taken to be, with this Python as its own."""
    monkeypatch.setattr(packages, "ROOT", tmp_path)
    monkeypatch.setattr(packages, "_is_ours", lambda: True)
    return tmp_path


def test_it_is_installed_with_a_word_of_it(lesson: Lesson, ours: Path) -> None:
    lock(lesson, "one==1.0", "two==1.0", "three==1.0", "four==1.0", "five==1.0")
    installer(ours, 0, "  Packages ....  1.0 s")
    told: list[str] = []
    packages.install(lesson, told.append)
    assert told == [
        "Lesson 12 needs one 1.0, two 1.0, three 1.0 and 2 more: installing, once …",
        "  Packages ....  1.0 s",
    ]
    assert (ours / "asked").read_text() == "add lessons/12-serving-a-model/requirements.txt"


def test_what_is_there_is_not_installed_again(lesson: Lesson, ours: Path) -> None:
    lock(lesson, f"rich=={HERE}")
    told: list[str] = []
    packages.install(lesson, told.append)
    assert told == []
    assert not (ours / "asked").exists()


def test_why_it_failed_is_said_and_what_then(lesson: Lesson, ours: Path) -> None:
    lock(lesson, "one==1.0")
    installer(ours, 1, "The package index cannot be reached.")
    told: list[str] = []
    with pytest.raises(CourseError, match=r'`bring\("12"\)` in its notebook tries again'):
        packages.install(lesson, told.append)
    assert told[-1] == "The package index cannot be reached."


def test_another_python_is_left_alone(
    lesson: Lesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "_is_ours", lambda: False)
    lock(lesson, "one==1.0")
    with pytest.raises(CourseError, match="is not the course's own"):
        packages.install(lesson, lambda text: None)


def test_a_notebook_goes_on_without_it(
    lesson: Lesson, ours: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lock(lesson, "one==1.0")
    installer(ours, 1, "The disk is full.")
    monkeypatch.setattr(packages, "find_lesson", lambda name: lesson)
    packages.bring("12")
    first, why, then = capsys.readouterr().out.splitlines()
    assert first.startswith("Lesson 12 needs one 1.0: installing")
    assert why == "The disk is full."
    assert then.startswith("Some cells of lesson 12 need that")


def test_in_a_page_nothing_is_installed(
    lesson: Lesson, ours: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lock(lesson, "one==1.0")
    monkeypatch.setattr(packages, "find_lesson", lambda name: lesson)
    monkeypatch.setattr(server, "kind", object)
    packages.bring("12")
    assert capsys.readouterr().out == ""


def test_opening_the_lesson_brings_it_and_opens_it_anyway(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []

    def fails(lesson: Lesson, tell: object) -> None:
        raise CourseError(f"Nothing for lesson {lesson.number} today.")

    monkeypatch.setattr(packages, "install", fails)
    monkeypatch.setattr(cli, "sync", lambda lessons: [])
    monkeypatch.setattr(launch, "run_jupyterlab", lambda lesson, **options: opened.append(lesson.number))
    cli.learn("12")
    assert "Nothing for lesson 12 today." in capsys.readouterr().err
    assert opened == ["12"]


def test_a_cell_that_lacks_it_says_so_and_shows_what_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / LESSON.slug
    folder.mkdir()
    monkeypatch.chdir(folder)
    cell = next(cell for cell in LESSON.cells if cell.source.startswith("from sklearn.linear_model"))
    monkeypatch.setattr(stored, "source", lambda: cell.source)
    assert packages.instead_of("sklearn.linear_model") == []
    monkeypatch.setattr(packages, "missing", lambda lesson: ["scikit-learn 1.0", "no-such 2.0"])
    for module in ("sklearn", "sklearn.linear_model", "no_such"):
        shown = packages.instead_of(module)
        assert shown[0].startswith(
            'This cell needs scikit-learn 1.0, no-such 2.0, which `bring("12")` installs'
        )
        assert any(line.startswith("weights: ") for line in shown)
    assert packages.instead_of("json") == []
    assert packages.instead_of("another") == []
    monkeypatch.chdir(tmp_path)
    assert packages.instead_of("sklearn") == []
