"""The learner's folder: nothing of theirs is ever lost, and no file is ever half written."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from course.desk import workspace as files
from course.desk.workspace import (
    Progress,
    lesson_folder,
    next_lesson,
    originals_of,
    reset,
    sync,
    unsolved,
    workspace,
    write_whole,
)
from course.lessons import CourseError, Lesson, all_lessons, built_lessons

NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Größe"},
        {
            "cell_type": "code",
            "id": "b",
            "metadata": {"tags": ["exercise"]},
            "execution_count": 3,
            "outputs": [{"output_type": "stream", "name": "stdout", "text": "stored\n"}],
            "source": "# Exercise 1.1\napp = ...",
        },
        {
            "cell_type": "code",
            "id": "c",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": 'await check("1.1", app)',
        },
    ],
    "metadata": {"course": {"title": "A sample"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


@pytest.fixture(autouse=True)
def own_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path / "workspace"))


@pytest.fixture
def lesson(tmp_path: Path) -> Lesson:
    lesson = Lesson("01-sample", tmp_path / "course")
    publish(lesson, "app = 1\n")
    return lesson


def publish(lesson: Lesson, app: str) -> Lesson:
    """Lay down a version of the lesson, and return it as a process that starts now reads it."""
    for folder in (lesson.folder, lesson.notebook.parent):
        folder.mkdir(parents=True, exist_ok=True)
    (lesson.folder / "app.py").write_text(app, encoding="utf-8")
    lesson.notebook.write_text(json.dumps(NOTEBOOK), encoding="utf-8")
    return Lesson(lesson.slug, lesson.root)


def app_of(lesson: Lesson) -> Path:
    return lesson_folder(lesson) / "app.py"


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_the_workspace_is_where_the_environment_says(tmp_path: Path) -> None:
    assert workspace() == (tmp_path / "workspace").resolve()


def test_sync_adds_a_lesson(lesson: Lesson) -> None:
    assert sync([lesson]) == ["added 01-sample"]
    assert names(lesson_folder(lesson)) == ["01-sample.ipynb", "app.py"]
    assert app_of(lesson).read_text(encoding="utf-8") == "app = 1\n"


def test_the_notebook_comes_without_outputs(lesson: Lesson) -> None:
    sync([lesson])
    text = (lesson_folder(lesson) / "01-sample.ipynb").read_text(encoding="utf-8")
    markdown, exercise, _ = json.loads(text)["cells"]
    assert markdown == NOTEBOOK["cells"][0]  # type: ignore[index]
    assert (exercise["outputs"], exercise["execution_count"]) == ([], None)
    assert exercise["metadata"] == {"tags": ["exercise"]}
    assert "Größe" in text
    assert "stored" in lesson.notebook.read_text(encoding="utf-8")


def test_sync_twice_does_nothing(lesson: Lesson) -> None:
    sync([lesson])
    before = {path: path.stat().st_mtime_ns for path in workspace().rglob("*")}
    assert sync([lesson]) == []
    assert {path: path.stat().st_mtime_ns for path in workspace().rglob("*")} == before


def test_sync_renews_what_nobody_touched(lesson: Lesson) -> None:
    sync([lesson])
    newer = publish(lesson, "app = 2\n")
    assert sync([newer]) == ["renewed 01-sample/app.py"]
    assert app_of(lesson).read_text(encoding="utf-8") == "app = 2\n"
    newest = publish(lesson, "app = 3\n")
    assert sync([newest]) == ["renewed 01-sample/app.py"]


def test_sync_never_touches_what_a_learner_changed(lesson: Lesson) -> None:
    sync([lesson])
    app_of(lesson).write_text("mine", encoding="utf-8")
    newer = publish(lesson, "app = 2\n")
    (said,) = sync([newer])
    assert said.startswith("kept your 01-sample/app.py")
    assert "`course reset 01`" in said
    assert app_of(lesson).read_text(encoding="utf-8") == "mine"
    assert sync([newer]) == [said], "as long as the newer one is not taken"


def test_a_change_is_no_news_while_the_lesson_stays_as_it_is(lesson: Lesson) -> None:
    sync([lesson])
    app_of(lesson).write_text("mine", encoding="utf-8")
    assert sync([lesson]) == []


def test_sync_adds_a_single_file_again(lesson: Lesson) -> None:
    sync([lesson])
    app_of(lesson).unlink()
    assert sync([lesson]) == ["added 01-sample/app.py"]


def test_files_of_unknown_origin_are_a_learners(lesson: Lesson) -> None:
    sync([lesson])
    app_of(lesson).write_text("mine", encoding="utf-8")
    (workspace() / files.ORIGINALS).write_text("{ damaged", encoding="utf-8")
    assert sync([publish(lesson, "app = 2\n")]) == []
    assert app_of(lesson).read_text(encoding="utf-8") == "mine"


def test_a_lost_record_is_made_again(lesson: Lesson) -> None:
    sync([lesson])
    (workspace() / files.ORIGINALS).unlink()
    assert sync([lesson]) == []
    assert sync([publish(lesson, "app = 2\n")]) == ["renewed 01-sample/app.py"]


def test_a_lesson_without_a_notebook_says_how_to_make_it(lesson: Lesson) -> None:
    lesson.notebook.unlink()
    with pytest.raises(CourseError, match="course build 01"):
        sync([lesson])


def test_reset_keeps_a_dated_copy(lesson: Lesson) -> None:
    sync([lesson])
    app_of(lesson).write_text("mine", encoding="utf-8")
    (lesson_folder(lesson) / "data").mkdir()
    (lesson_folder(lesson) / "data" / "trails.db").write_bytes(b"rows")
    copy = reset(lesson)
    assert copy is not None
    assert copy.parent == workspace() / "backups"
    assert copy.name.startswith(time.strftime("01-sample-%Y-%m-"))
    assert names(copy) == ["01-sample.ipynb", "app.py", "data/trails.db"]
    assert (copy / "app.py").read_text(encoding="utf-8") == "mine"
    assert {n: (lesson_folder(lesson) / n).read_bytes() for n in names(lesson_folder(lesson))} == (
        originals_of(lesson)
    )


def test_reset_forgets_what_was_done_in_this_lesson_only(lesson: Lesson) -> None:
    sync([lesson])
    progress = Progress(workspace())
    for task in ("1.1", "1.p1", "1.app", "10.1"):
        progress.mark_done(task)
        progress.take_hint(task)
    reset(lesson)
    assert [progress.done(task) for task in ("1.1", "1.p1", "1.app", "10.1")] == [False, False, False, True]
    assert [progress.hints(task) for task in ("1.1", "10.1")] == [0, 1]


def test_the_learner_gets_the_lessons_data_but_not_its_checks(lesson: Lesson) -> None:
    for name in ("trails.jsonl", "checks.py", "lesson.md", ".DS_Store"):
        (lesson.folder / name).write_text("x", encoding="utf-8")
    sync([lesson])
    assert names(lesson_folder(lesson)) == ["01-sample.ipynb", "app.py", "trails.jsonl"]


def test_a_lesson_that_is_not_built_is_not_a_learners(lesson: Lesson) -> None:
    (lesson.folder / "lesson.md").write_text("", encoding="utf-8")
    unbuilt = lesson.root / "lessons" / "02-later"
    unbuilt.mkdir()
    (unbuilt / "lesson.md").write_text("", encoding="utf-8")
    assert [one.slug for one in all_lessons(lesson.root)] == ["01-sample", "02-later"]
    assert [one.slug for one in built_lessons(lesson.root)] == ["01-sample"]


def test_two_resets_in_one_second_keep_two_copies(lesson: Lesson) -> None:
    sync([lesson])
    copies = set()
    for content in ("one", "two", "three"):
        app_of(lesson).write_text(content, encoding="utf-8")
        copies.add(reset(lesson))
    assert len(copies) == 3
    kept = {(copy / "app.py").read_text(encoding="utf-8") for copy in copies if copy is not None}
    assert kept == {"one", "two", "three"}


def test_reset_brings_back_a_deleted_file_and_a_deleted_lesson(lesson: Lesson) -> None:
    sync([lesson])
    app_of(lesson).unlink()
    reset(lesson)
    assert app_of(lesson).exists()
    for path in lesson_folder(lesson).iterdir():
        path.unlink()
    lesson_folder(lesson).rmdir()
    assert reset(lesson) is None, "there was nothing to keep"
    assert names(lesson_folder(lesson)) == ["01-sample.ipynb", "app.py"]


def test_after_a_reset_the_lesson_is_renewed_as_if_it_were_new(lesson: Lesson) -> None:
    sync([lesson])
    app_of(lesson).write_text("mine", encoding="utf-8")
    reset(publish(lesson, "app = 2\n"))
    assert app_of(lesson).read_text(encoding="utf-8") == "app = 2\n"
    assert sync([publish(lesson, "app = 3\n")]) == ["renewed 01-sample/app.py"]


def test_a_reset_that_cannot_keep_a_copy_changes_nothing(lesson: Lesson) -> None:
    sync([lesson])
    app_of(lesson).write_text("mine", encoding="utf-8")
    (workspace() / "backups").write_text("in the way", encoding="utf-8")
    with pytest.raises(CourseError, match="cannot be a folder"):
        reset(lesson)
    assert app_of(lesson).read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("kept_in", ["a folder", "memory"])
def test_progress(tmp_path: Path, kept_in: str) -> None:
    progress = Progress(tmp_path if kept_in == "a folder" else None)
    assert (progress.done("1.1"), progress.done_at("1.1"), progress.hints("1.1")) == (False, None, 0)
    assert [progress.take_hint("1.1"), progress.take_hint("1.1")] == [1, 2]
    progress.mark_done("1.1")
    assert progress.done("1.1")
    assert progress.hints("1.1") == 2, "passing does not forget the hints"
    moment = progress.done_at("1.1")
    assert moment is not None
    assert moment.endswith("+00:00")
    assert progress.take_hint("1.1") == 3
    assert not progress.done("1.2")
    again = Progress(tmp_path)
    assert again.done("1.1") is (kept_in == "a folder")


def test_the_first_time_counts(tmp_path: Path) -> None:
    progress = Progress(tmp_path)
    progress.mark_done("1.1")
    then = "2026-01-31T12:00:00+00:00"
    note = json.dumps({"done": then})
    (tmp_path / ".progress" / "1.1.json").write_text(note, encoding="utf-8")
    progress.mark_done("1.1")
    assert progress.done_at("1.1") == then


@pytest.mark.parametrize(
    "content", ["", "{", '"done"', "[1]", '{"done": true, "hints": "x"}', '{"hints": -1}', "\0\0\0"]
)
def test_a_damaged_note_counts_as_not_there(tmp_path: Path, content: str) -> None:
    progress = Progress(tmp_path)
    progress.mark_done("1.1")
    (tmp_path / ".progress" / "1.1.json").write_text(content, encoding="utf-8")
    assert (progress.done("1.1"), progress.hints("1.1")) == (False, 0)
    progress.mark_done("1.1")
    assert progress.done("1.1")


def test_the_next_lesson_is_the_first_with_something_left(lesson: Lesson) -> None:
    second = publish(Lesson("02-more", lesson.root), "app = 1\n")
    progress = Progress(workspace())
    assert next_lesson([lesson, second], progress) == lesson
    progress.mark_done("1.app")
    assert unsolved(lesson, progress) == ["1.1"]
    progress.mark_done("1.1")
    assert next_lesson([lesson, second], progress) == second


WRITER = """
import itertools, sys
from pathlib import Path
from course.desk.workspace import Progress
progress = Progress(Path(sys.argv[1]))
for number in itertools.count():
    progress.take_hint("1.1")
    progress.mark_done(f"2.{number}")
"""


def test_every_note_is_whole_while_it_is_written_and_after_kill_9(tmp_path: Path) -> None:
    notes = tmp_path / ".progress"
    taken = 0
    for _ in range(12):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)])
        try:
            seen = taken
            while seen < taken + 25:  # it is in full swing
                assert writer.poll() is None
                if (notes / "1.1.json").exists():
                    seen = Progress(tmp_path).hints("1.1")
                    assert seen >= taken, "a note was half written"
        finally:
            writer.kill()
            writer.wait()
        taken = Progress(tmp_path).hints("1.1")
        assert taken >= seen
        for path in notes.glob("*.json"):
            assert json.loads(path.read_text(encoding="utf-8")), path


def test_what_killed_processes_left_is_swept_after_an_hour(lesson: Lesson) -> None:
    sync([lesson])
    folder = lesson_folder(lesson)
    old, new = folder / ".app.py.0123abcd.tmp", folder / ".app.py.4567cdef.tmp"
    others = folder / "notes.tmp"
    for path in (old, new, others):
        path.write_text("half", encoding="utf-8")
    for path in (old, others):
        os.utime(path, (time.time() - 7200,) * 2)
    sync([lesson])
    assert (old.exists(), new.exists(), others.exists()) == (False, True, True)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_write_that_fails_in_the_middle_leaves_the_old_file_whole(tmp_path: Path) -> None:
    # A limit on file sizes stops a write half way, as a full disk does.
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from course.desk.workspace import write_whole\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))\n"
        "write_whole(Path(sys.argv[1]), b'new' * 5000)\n"
    )
    target = tmp_path / "app.py"
    write_whole(target, b"old")
    done = subprocess.run(
        [sys.executable, "-c", script, str(target)], capture_output=True, text=True, check=False
    )
    assert "File too large" in done.stderr
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["app.py"]


def test_a_file_where_the_workspace_should_be(lesson: Lesson) -> None:
    workspace().write_text("", encoding="utf-8")
    with pytest.raises(CourseError, match=r"cannot be a folder.*COURSE_WORKSPACE"):
        sync([lesson])
    with pytest.raises(CourseError, match="cannot be a folder"):
        Progress(workspace()).mark_done("1.1")


@pytest.mark.parametrize("begun", [False, True], ids=["new", "begun"])
def test_a_course_that_is_not_the_learners_has_the_work_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: bool
) -> None:
    clone = tmp_path / "clone"
    (clone / "workspace" if begun else clone).mkdir(parents=True)
    monkeypatch.delenv("COURSE_WORKSPACE")
    monkeypatch.setattr(files, "ROOT", clone)
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    assert workspace() == clone / "workspace"
    # In place of the system, which lets root write nearly everywhere.
    monkeypatch.setattr(os, "access", lambda path, mode: clone not in (path, *path.parents))
    assert workspace() == tmp_path / "home" / "fastapi-course"
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path / "elsewhere"))
    assert workspace() == tmp_path / "elsewhere"


def test_where_there_is_no_home_the_work_has_its_usual_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("COURSE_WORKSPACE")
    monkeypatch.setattr(files, "ROOT", tmp_path)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    monkeypatch.setattr(Path, "home", homeless)
    assert workspace() == tmp_path / "workspace"


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that even root cannot write to")
def test_a_folder_without_write_permission(lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_WORKSPACE", "/sys/workspace")
    with pytest.raises(CourseError, match=r"You may not write to /sys/workspace.*COURSE_WORKSPACE"):
        sync([lesson])


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "disk is full"),
        (errno.EROFS, "may not write"),
        (errno.EIO, "cannot be written"),
    ],
)
def test_what_the_system_refuses_is_one_sentence(tmp_path: Path, code: int, words: str) -> None:
    with pytest.raises(CourseError, match=words) as caught, files.writing_to(tmp_path):
        raise OSError(code, os.strerror(code))
    assert str(tmp_path) in str(caught.value)
    assert str(caught.value).count(".") - str(tmp_path).count(".") == 1
