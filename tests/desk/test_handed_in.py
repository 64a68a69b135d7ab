"""Work from the page comes to a desk: what is newer stays, and what gives way is kept aside."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from commandline import course
from handed_in import THEN, files_of, handed_in, manifest, moment, packed

from course.desk.handed_in import merge, read
from course.desk.workspace import Progress, lesson_folder, sync, workspace
from course.judging.sandbox import read_answers
from course.lessons import CourseError, Lesson, built_lessons, find_lesson

LESSONS = built_lessons()
DAY = 24 * 3600
LINE = "# Exercise 1.1\n"


@pytest.fixture(autouse=True)
def own_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path / "workspace"))


@pytest.fixture
def lesson() -> Lesson:
    return find_lesson("01")


def brought(tmp_path: Path, content: bytes) -> list[str]:
    """Merge a file; gives what was said."""
    path = tmp_path / "Ada Ek.zip"
    path.write_bytes(content)
    return list(merge(read(path), LESSONS))


def answers(lesson: Lesson) -> dict[str, str]:
    return read_answers(lesson, lesson_folder(lesson))


def written(lesson: Lesson, day: int, **texts: str) -> None:
    """What a learner writes at a desk: `t1_1` into the cell of 1.1, `app` into the app."""
    sync([lesson])
    folder = lesson_folder(lesson)
    at = THEN.timestamp() + day * DAY
    if app := texts.pop("app", None):
        (folder / "app.py").write_text(app, encoding="utf-8")
        os.utime(folder / "app.py", (at, at))
    path = folder / lesson.notebook.name
    document = json.loads(path.read_text(encoding="utf-8"))
    for task, text in texts.items():
        name = task[1:].replace("_", ".")
        cell = next(one for one in document["cells"] if one["id"] == lesson.starters[name].cell)
        cell |= {"source": text, "outputs": [{"output_type": "stream", "name": "stdout", "text": "mine"}]}
    if texts:
        path.write_text(json.dumps(document), encoding="utf-8")
        os.utime(path, (at, at))


def test_work_from_the_page_takes_the_place_of_what_nobody_touched(tmp_path: Path, lesson: Lesson) -> None:
    done = {"1.1": {"at": moment(1)}, "99.9": {"at": moment(1)}}
    hints = {"1.2": {"at": moment(1), "count": 2}}
    texts = {"1.1": (f"{LINE}größer = 1", 1), "1.app": ("app = 1\n", 2)}
    said = brought(tmp_path, handed_in(lesson, texts, done=done, hints=hints))
    assert said == [
        "01-first-api: took 1.1, app.py",
        "01-first-api: noted 2 tasks, as done or for its hints",
    ]
    assert answers(lesson)["1.1"] == f"{LINE}größer = 1"
    assert answers(lesson)["1.app"] == "app = 1\n"
    assert answers(lesson)["1.2"] == lesson.starters["1.2"].source
    assert Progress(workspace()).done_at("1.1") == "2020-03-02T12:00:00+00:00"
    assert Progress(workspace()).hints("1.2") == 2
    assert not (workspace() / "backups").exists()
    path = lesson_folder(lesson) / lesson.notebook.name
    assert path.stat().st_mtime == THEN.timestamp() + DAY
    assert brought(tmp_path, handed_in(lesson, texts)) == ["01-first-api: all of it is here already"]


def test_what_is_newer_at_the_desk_stays(tmp_path: Path, lesson: Lesson) -> None:
    written(lesson, 5, t1_1=f"{LINE}here = 1", app="app = 'here'\n")
    texts = {"1.1": (f"{LINE}there = 1", 4), "1.2": ("# Exercise 1.2\nthere = 2", 4), "1.app": ("app = 1", 4)}
    said = brought(tmp_path, handed_in(lesson, texts))
    assert said == ["01-first-api: took 1.2", "01-first-api: kept your 1.1, app.py, which is newer here"]
    assert answers(lesson)["1.1"] == f"{LINE}here = 1"
    assert answers(lesson)["1.2"] == "# Exercise 1.2\nthere = 2"
    assert answers(lesson)["1.app"] == "app = 'here'\n"


def test_what_is_older_gives_way_and_is_kept_aside(tmp_path: Path, lesson: Lesson) -> None:
    written(lesson, 1, t1_1=f"{LINE}here = 1", t1_2="# Exercise 1.2\nhere = 2", app="app = 'here'\n")
    texts = {"1.1": (f"{LINE}there = 1", 4), "1.app": ("app = 1", 4)}
    took, aside = brought(tmp_path, handed_in(lesson, texts))
    assert took == "01-first-api: took 1.1, app.py"
    copy = workspace() / aside.rpartition(" ")[2]
    assert read_answers(lesson, copy)["1.1"] == f"{LINE}here = 1"
    assert (copy / "app.py").read_text(encoding="utf-8") == "app = 'here'\n"
    assert answers(lesson)["1.1"] == f"{LINE}there = 1"
    assert answers(lesson)["1.2"] == "# Exercise 1.2\nhere = 2", "what the file does not have stays"
    cells = json.loads((lesson_folder(lesson) / lesson.notebook.name).read_text(encoding="utf-8"))["cells"]
    outputs = {one["id"]: one["outputs"] for one in cells if one["cell_type"] == "code"}
    assert outputs[lesson.starters["1.1"].cell] == [], "what it showed was of another text"
    assert outputs[lesson.starters["1.2"].cell] != []


def test_a_cell_from_the_page_has_the_date_that_it_had_there(tmp_path: Path, lesson: Lesson) -> None:
    """Else another cell that is written at the desk would make it newer than it is."""
    brought(tmp_path, handed_in(lesson, {"1.1": (f"{LINE}there = 1", 1)}))
    written(lesson, 9, t1_2="# Exercise 1.2\nhere = 2")
    said = brought(tmp_path, handed_in(lesson, {"1.1": (f"{LINE}there = 2", 3)}))
    assert said[0] == "01-first-api: took 1.1"
    assert answers(lesson)["1.1"] == f"{LINE}there = 2"
    written(lesson, 9, t1_1=f"{LINE}here = 3")
    said = brought(tmp_path, handed_in(lesson, {"1.1": (f"{LINE}there = 4", 4)}))
    assert said == ["01-first-api: kept your 1.1, which is newer here"]


def test_a_date_to_come_counts_as_the_moment_in_which_it_came(tmp_path: Path, lesson: Lesson) -> None:
    brought(tmp_path, handed_in(lesson, {"1.1": (f"{LINE}ahead = 1", 100_000)}))
    said = brought(tmp_path, handed_in(lesson, {"1.1": (f"{LINE}later = 1", 50_000)}))
    assert said[0] == "01-first-api: took 1.1"
    said = brought(tmp_path, handed_in(lesson, {"1.1": (f"{LINE}before = 1", 1)}))
    assert said == ["01-first-api: kept your 1.1, which is newer here"]


def test_what_was_done_first_and_the_most_hints_count(tmp_path: Path, lesson: Lesson) -> None:
    progress = Progress(workspace())
    progress.mark_done("1.1")
    for _ in range(3):
        progress.take_hint("1.1")
    before = progress.done_at("1.1")
    said = brought(
        tmp_path,
        handed_in(lesson, {}, done={"1.1": {"at": moment(1)}}, hints={"1.1": {"at": moment(1), "count": 2}}),
    )
    assert said == ["01-first-api: noted 1 task, as done or for its hints"]
    assert progress.done_at("1.1") == "2020-03-02T12:00:00+00:00" != before
    assert progress.hints("1.1") == 3


def test_what_has_no_place_here_is_said(tmp_path: Path, lesson: Lesson) -> None:
    files = files_of(lesson, {"1.1": (f"{LINE}there = 1", 1)})
    said = json.loads(files["course-work.json"])
    facts = {"at": moment(1), "hash": "0", "number": 3}
    said["lessons"][lesson.slug]["texts"] |= {
        "abc-1": {**facts, "text": "of a cell that is gone"},
        "def-1": {**facts, "cell": "not-there"},
        "1.x": {**facts, "file": "../../course/x.py"},
    }
    said["lessons"]["77-other"] = {"texts": {}, "predictions": {}, "hints": {}, "done": {}}
    files["course-work.json"] = json.dumps(said).encode()
    files["course/x.py"] = b"outside = 1"
    assert brought(tmp_path, packed(files)) == [
        "01-first-api: took 1.1",
        "01-first-api: cell 3 is no longer in this lesson: it stays in the file alone",
        "01-first-api: 2 of what the file tells of is not in it",
        "77-other: this course has no such lesson, so it was left out",
    ]


def test_files_that_a_lesson_does_not_have_are_not_written(tmp_path: Path, lesson: Lesson) -> None:
    files = files_of(lesson, {})
    said = json.loads(files["course-work.json"])
    facts = {"at": moment(1), "hash": "0", "number": 0}
    said["lessons"][lesson.slug]["texts"] = {"x": {**facts, "file": "sitecustomize.py"}}
    files |= {
        "course-work.json": json.dumps(said).encode(),
        f"workspace/{lesson.slug}/sitecustomize.py": b"x = 1",
    }
    [line] = brought(tmp_path, packed(files))
    assert "sitecustomize.py is no longer in this lesson" in line
    assert not list(workspace().rglob("sitecustomize.py"))


def test_a_damaged_notebook_here_takes_nothing_and_says_what_to_do(tmp_path: Path, lesson: Lesson) -> None:
    sync([lesson])
    path = lesson_folder(lesson) / lesson.notebook.name
    path.write_text("{", encoding="utf-8")
    texts = {"1.1": (f"{LINE}there = 1", 1), "1.app": ("app = 1", 1)}
    took, damaged = brought(tmp_path, handed_in(lesson, texts))
    assert took == "01-first-api: took app.py"
    assert "`course reset 01` lays a new one" in damaged
    assert path.read_text(encoding="utf-8") == "{"


@pytest.mark.parametrize("place", ["Ada Ek/", "a/b/"])
def test_a_folder_around_it_and_one_that_was_unpacked_are_read(
    tmp_path: Path, lesson: Lesson, place: str
) -> None:
    """Browsers unpack ZIP files by themselves, and people pack the folder again."""
    files = files_of(lesson, {"1.1": (f"{LINE}there = 1", 1)})
    around = {f"{place}{name}": content for name, content in files.items()}
    around |= {f"__MACOSX/{place}._course-work.json": b"x", "__MACOSX/course-work.json": b"x"}
    assert brought(tmp_path, packed(around)) == ["01-first-api: took 1.1"]
    with zipfile.ZipFile(tmp_path / "Ada Ek.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    assert list(merge(read(tmp_path / "unpacked"), LESSONS)) == ["01-first-api: all of it is here already"]


def test_what_is_too_big_is_not_read_from_a_folder_either(tmp_path: Path) -> None:
    (tmp_path / "course-work.json").write_bytes(b" " * 5_000_001)
    with pytest.raises(CourseError, match=r"course-work\.json is bigger than 5 MB"):
        read(tmp_path)


def damaged_inside(files: dict[str, bytes]) -> bytes:
    """A ZIP file whose notebook is damaged where it is packed."""
    content = bytearray(packed(files))
    at = content.index(b".ipynb") + 40
    content[at : at + 20] = bytes(20)
    return bytes(content)


def told(**other: Any) -> bytes:
    return packed({"course-work.json": json.dumps(manifest({}, **other)).encode()})


FOREIGN = {
    "a text": (b"hello", "is damaged, or is none"),
    "its end is missing": (told()[:-30], "is damaged, or is none"),
    "another ZIP file": (packed({"x.txt": b"x"}), "no course-work.json"),
    "not JSON": (packed({"course-work.json": b"{"}), "course-work.json in it is damaged"),
    "another format": (told(format="other"), "of something else"),
    "a newer version": (told(version=2), "newer version of the course"),
    "no version": (told(version=None), "newer version of the course"),
    "lessons that are none": (told(lessons=[1]), "course-work.json in it is damaged"),
    "a lesson without texts": (told(lessons={"01-first-api": {}}), "course-work.json in it is damaged"),
    "a damaged notebook": (
        damaged_inside(files_of(find_lesson("01"), {"1.1": ("x", 1)})),
        "01-first-api.ipynb cannot be read",
    ),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_is_not_such_a_file_is_said_and_nothing_is_written(tmp_path: Path, kind: str) -> None:
    content, words = FOREIGN[kind]
    with pytest.raises(CourseError, match=f"Ada Ek.zip is not what “Hand in” saved.*{words}"):
        brought(tmp_path, content)
    assert not workspace().exists()


def test_the_command_says_what_it_did(tmp_path: Path, lesson: Lesson) -> None:
    (tmp_path / "Ada Ek.zip").write_bytes(handed_in(lesson, {"1.app": ("app = 1\n", 1)}))
    said = course(workspace(), "continue", "Ada Ek.zip").stdout
    assert "01-first-api: took app.py" in said
    assert (lesson_folder(lesson) / "app.py").read_text(encoding="utf-8") == "app = 1\n"
    refused = course(workspace(), "continue", "Ben.zip", code=1)
    assert refused.stderr == "There is no file Ben.zip.\n"
