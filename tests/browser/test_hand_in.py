"""Work made in the page: handed in as one file, judged, and continued in another browser."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from handed_in import files_of, handed_in, manifest, moment, packed, work_of
from playwright.sync_api import Locator, Page, expect

from browser.conftest import LESSON, PHONE, Open
from browser.live import editor
from browser.test_access import axe, resize
from browser.test_live_page import REFUSED, kept, menu, ready, run, text_of, write
from course.judging.report import State
from course.judging.tasks import solutions_of
from course.lessons import all_lessons, find_lesson
from course.teaching.gathered import gather
from course.teaching.judged import judge
from course.teaching.sandboxes import Unconfined

FIRST, SECOND = all_lessons()[:2]
OTHER = f"lessons/{SECOND.slug}/"
LINE = "# Exercise 1.1\n"


def exercise(page: Page, task: str) -> Locator:
    return page.locator(f'[data-task="{task}"] .cell').first


def code_of(page: Page, task: str) -> str:
    """The text of an exercise's cell, in an editor or not."""
    place = exercise(page, task)
    if place.locator(".cm-content").count():
        return text_of(place)
    return place.locator(":scope > .cell-code code").first.inner_text()


def told(page: Page) -> Locator:
    """Where the page says what came of it."""
    return page.locator(".live-notes, .work-tools [role=status]")


def saved(page: Page, name: str = "Ada Ek") -> bytes:
    """Hand in; gives the file's content."""
    menu(page, "Hand in")
    page.get_by_label("Your name").fill(name)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the file").click()
    return Path(download.value.path()).read_bytes()


def continued(page: Page, content: bytes, name: str = "Ada Ek.zip") -> Locator:
    """Choose a file at "Continue here"; gives what the page says of it."""
    expect(page.locator(".live-bar, .work-tools button").first).to_be_attached()
    if page.locator(".live-bar").count():
        page.get_by_role("button", name="Lesson", exact=True).click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Continue here").click()
    chooser.value.set_files({"name": name, "mimeType": "application/zip", "buffer": content})
    expect(told(page)).not_to_contain_text("is being read")
    return told(page)


def stored(page: Page) -> dict[str, Any]:
    """What the browser keeps of all lessons: by lesson, kind and key."""
    found: dict[str, str] = page.evaluate("({ ...localStorage })")
    mine = {name: json.loads(text) for name, text in found.items() if name.startswith("course1:")}
    return {name.split(":", 2)[2]: value for name, value in mine.items()}


def keep(page: Page, name: str, value: Any) -> None:
    """Put something into the browser's storage, as an earlier visit would have."""
    page.evaluate(
        "([name, value]) => localStorage.setItem("
        "`course1:${new URL('../..', location.href).pathname}:${name}`, value)",
        [name, json.dumps(value)],
    )


# From one browser into another


def test_work_is_handed_in_judged_and_continued_in_another_browser(open_page: Open, tmp_path: Path) -> None:
    page = open_page(OTHER)
    write(exercise(page, "2.1"), "# Exercise 2.1\nsecond = 1")
    page.goto(page.url.replace(OTHER, LESSON))
    answer = f"{LINE}{solutions_of(FIRST)['1.1'][1]}"
    write(exercise(page, "1.1"), answer)
    page.locator('[data-task="1.p1"]').get_by_role("radio").nth(1).click()
    page.locator('[data-task="1.2"] details.hint summary').first.click()
    app = (FIRST.solutions / "app.py").read_text(encoding="utf-8")
    write(page.locator(".file"), app)  # and no pause, in which it would be kept
    page.get_by_role("button", name="Lesson", exact=True).focus()
    for key in ("Enter", "Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("dialog", name="Hand in your work")).to_contain_text(
        "2 cells, app.py, 1 answer and 1 task with hints, in lessons 01 and 02"
    )
    expect(page.get_by_label("Your name")).to_be_focused()
    page.keyboard.type("Ada Ek")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "Ada Ek.zip"
    expect(page.get_by_role("status").filter(has_text="Saved as Ada Ek.zip: 2 cells")).to_have_count(1)
    expect(page.get_by_role("button", name="Lesson", exact=True)).to_be_focused()

    (tmp_path / "class").mkdir()
    download.value.save_as(tmp_path / "class" / "Ada Ek.zip")
    [learner] = gather(tmp_path / "class", all_lessons())
    assert (learner.name, learner.troubles) == ("Ada Ek", [])
    assert sorted(learner.works) == [FIRST.slug, SECOND.slug]
    notebook = nbformat.reads(learner.works[FIRST.slug].files[FIRST.notebook.name].decode(), as_version=4)
    nbformat.validate(notebook)
    assert not [cell for cell in notebook.cells if cell.get("outputs")]
    lessons = [find_lesson("01")]
    [row] = judge(
        [learner], lessons, sandbox=Unconfined(), tell=lambda done, of: None, kept=tmp_path / "kept"
    )
    states = {task: report.state for task, report in row.reports.items()}
    assert states["1.1"] is states["1.app"] is State.PASSED
    assert states["1.2"] is State.NOT_ATTEMPTED

    other = open_page("")
    content = (tmp_path / "class" / "Ada Ek.zip").read_bytes()
    expect(continued(other, content)).to_have_text(
        "Taken from the file of Ada Ek: 2 cells, app.py, 1 answer and 1 task with hints, "
        "in lessons 01 and 02."
    )
    expect(other.locator(".lesson-progress")).to_have_text(["Begun", "Begun"])
    assert stored(other) == stored(page), "with all dates"
    other.goto(other.url + LESSON)
    assert code_of(other, "1.1") == answer.rstrip("\n")
    expect(other.locator(".file code").first).to_have_text(app.rstrip("\n"))
    expect(other.locator('[data-task="1.p1"] .verdict')).to_contain_text("Right.")


def test_what_is_newer_in_the_other_browser_stays_and_all_can_be_taken_back(open_page: Open) -> None:
    page = open_page(LESSON)
    for task in ("1.1", "1.2"):
        write(exercise(page, task), f"# Exercise {task}\nthere = 1")
    page.locator('[data-task="1.p1"]').get_by_role("radio").nth(1).click()
    content = saved(page)
    other = open_page(LESSON)
    old = {"text": "# Exercise 1.2\nhere = 1", "hash": "of another lesson", "number": 22, "at": 1}
    keep(other, f"{FIRST.slug}:cell:1.2", old)
    other.reload()
    write(exercise(other, "1.1"), f"{LINE}here = 2")  # kept as soon as the menu is used
    said = continued(other, content)
    expect(said).to_contain_text("Taken from the file of Ada Ek: 1 cell and 1 answer, in lesson 01.")
    expect(said).to_contain_text("Older here, and replaced: 1 cell, in lesson 01.")
    expect(said).to_contain_text("Newer here, and kept: 1 cell, in lesson 01.")
    assert code_of(other, "1.1") == f"{LINE}here = 2"
    assert code_of(other, "1.2") == "# Exercise 1.2\nthere = 1"
    expect(other.locator('[data-task="1.p1"] .verdict')).to_contain_text("Right.")
    expect(exercise(other, "1.2").locator(".cell-notice")).to_have_count(0)
    other.get_by_role("button", name="Take it back").press("Enter")
    expect(said).to_contain_text("Everything is as it was before.")
    expect(said.get_by_role("button", name="OK")).to_be_focused()
    assert code_of(other, "1.1") == f"{LINE}here = 2"
    assert code_of(other, "1.2") == old["text"]
    expect(exercise(other, "1.2").locator(".cell-notice")).to_contain_text("The lesson has changed here")
    expect(other.locator('[data-task="1.p1"] .verdict')).to_be_hidden()
    assert stored(other)[f"{FIRST.slug}:cell:1.2"] == old
    expect(continued(page, content)).to_contain_text("Nothing was taken: all that is in the file is here")


def test_what_is_done_and_hints_go_together(open_page: Open) -> None:
    page = open_page(LESSON)
    keep(page, f"{FIRST.slug}:done:1.1", {"at": 9_999})
    keep(page, f"{FIRST.slug}:hint:1.1", {"count": 3, "at": 9_999})
    keep(page, f"{FIRST.slug}:hint:1.2", {"count": 1, "at": 9_999})
    done = {"1.1": {"at": "1970-01-01T00:00:05Z"}, "1.2": {"at": moment(0)}}
    hints = {"1.1": {"at": moment(0), "count": 2}, "1.2": {"at": moment(0), "count": 2}}
    said = continued(page, handed_in(FIRST, {}, done=done, hints=hints))
    expect(said).to_contain_text("2 tasks done and 1 task with hints, in lesson 01")
    found = {name.split(":", 1)[1]: value for name, value in stored(page).items()}
    assert found["done:1.1"] == {"at": 5_000}
    assert (found["hint:1.1"]["count"], found["hint:1.2"]["count"]) == (3, 2)
    expect(page.locator('[data-task="1.2"] .task-done')).to_have_text("Done")


def test_a_date_to_come_does_not_win_for_ever(open_page: Open) -> None:
    """It counts as the moment in which it came: what comes later is newer."""
    page = open_page(LESSON)
    expect(continued(page, handed_in(FIRST, {"1.1": ("ahead = 1", 100_000)}))).to_contain_text("Taken")
    said = continued(page, handed_in(FIRST, {"1.1": ("later = 1", 50_000)}))
    expect(said).to_contain_text("Older here, and replaced: 1 cell")
    assert code_of(page, "1.1") == "later = 1"
    write(exercise(page, "1.1"), "now = 1")
    said = continued(page, handed_in(FIRST, {"1.1": ("ahead = 1", 1)}))
    expect(said).to_contain_text("Newer here, and kept: 1 cell")
    assert code_of(page, "1.1") == "now = 1"


def test_what_the_lesson_no_longer_has_comes_along(open_page: Open) -> None:
    page = open_page(LESSON, watched=False)  # a browser tells of what the site does not have
    keep(page, f"{FIRST.slug}:cell:gone-1", {"text": "gone = 1", "hash": "x", "number": 2, "at": 5})
    keep(page, "77-gone:cell:77.1", {"text": "whole = 1", "hash": "x", "number": 1, "at": 5})
    content = saved(page)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        lessons = json.loads(archive.read("course-work.json"))["lessons"]
    assert lessons[FIRST.slug]["texts"]["gone-1"]["text"] == "gone = 1"
    assert lessons["77-gone"]["texts"]["77.1"]["text"] == "whole = 1"
    other = open_page(LESSON, watched=False)
    said = continued(other, content)
    expect(said).to_contain_text("This course has no lesson 77-gone: what the file has of it was left out.")
    orphan = other.locator('[data-cell="2"] .orphan')
    orphan.locator("summary").click()
    expect(orphan.locator("code")).to_have_text("gone = 1")
    expect(continued(other, content)).to_contain_text("Nothing was taken")
    expect(other.locator(".orphan")).to_have_count(1)


def test_a_hint_that_a_cell_asks_for_is_kept(open_page: Open) -> None:
    page = ready(open_page(LESSON, live=True))
    first = page.locator(".cell[data-cell]").first
    write(first, 'from course import hint\nhint("1.2")\nhint("1.2")')
    expect(run(first)).to_contain_text("Hint 2")
    page.locator('[data-task="1.2"] details.hint summary').first.click()
    assert stored(page)[f"{FIRST.slug}:hint:1.2"]["count"] == 2, "to read the first again makes it no less"


# What is asked and said


def test_there_is_nothing_to_hand_in_yet(open_page: Open) -> None:
    page = open_page("")
    page.get_by_role("button", name="Hand in").click()
    expect(told(page)).to_contain_text("There is nothing to hand in yet")
    expect(page.locator(".live-dialog")).to_have_count(0)


def test_who_cancels_saves_nothing_and_a_name_is_asked_once(open_page: Open) -> None:
    page = open_page(LESSON)
    write(exercise(page, "1.1"), "mine = 1")
    downloads = []
    page.on("download", lambda download: downloads.append(download.suggested_filename))
    menu(page, "Hand in")
    page.get_by_label("Your name").fill("nobody")
    page.keyboard.press("Escape")
    expect(page.locator(".live-dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Lesson", exact=True)).to_be_focused()
    saved(page, ' ../Zoë: "Ek".')
    menu(page, "Hand in")
    expect(page.get_by_label("Your name")).to_have_value('../Zoë: "Ek".')
    page.get_by_label("Your name").fill("")
    with page.expect_download():
        page.get_by_role("button", name="Save the file").click()
    assert downloads == ["Zoë Ek.zip", "course-work.zip"]


def test_a_file_that_cannot_be_made_is_said(open_page: Open) -> None:
    page = open_page(LESSON, watched=False)
    write(exercise(page, "1.1"), "mine = 1")
    page.route("**/*.work.json", lambda route: route.abort())
    menu(page, "Hand in")
    page.get_by_role("button", name="Save the file").click()
    expect(told(page)).to_contain_text("The file could not be made, and nothing is lost")


def with_work(**other: Any) -> bytes:
    texts, notebook = work_of(FIRST, {"1.1": ("x = 1", 1)})
    said = json.dumps(manifest({FIRST.slug: texts}, **other)).encode()
    return packed({"course-work.json": said, f"workspace/{FIRST.slug}/{FIRST.slug}.ipynb": notebook})


def damaged(content: bytes, behind: bytes, by: bytes = bytes(20)) -> bytes:
    at = content.index(behind) + len(behind) + 40
    return content[:at] + by + content[at + len(by) :]


FOREIGN = {
    "a notebook": (FIRST.notebook.read_bytes(), "a single notebook, or another text"),
    "nothing": (b"", "no ZIP file, or its end is missing"),
    "its end is missing": (with_work()[:-30], "no ZIP file, or its end is missing"),
    "another ZIP file": (packed({"x.txt": b"x"}), "a ZIP file of something else"),
    "another format": (packed({"course-work.json": b'{"format": "x"}'}), "of something else"),
    "not JSON": (packed({"course-work.json": b"{"}), "course-work.json in it is damaged"),
    "a newer version": (with_work(version=2), "a newer version of the course: reload this page"),
    "a damaged notebook": (damaged(with_work(), b".ipynb"), ".ipynb in it is damaged"),
    "a letter that has changed": (
        packed(files_of(FIRST, {"1.1": ("x = 1", 1)}), zipfile.ZIP_STORED).replace(b"x = 1", b"x = 2"),
        ".ipynb in it is damaged",
    ),
    "a list that is damaged": (
        with_work().replace(b"PK\x01\x02", b"PK\x01\x03"),
        "list of files is damaged",
    ),
    "a file that is too big": (
        packed({**files_of(FIRST, {"1.1": ("x", 1)}), "course-work.json": b" " * 5_000_001}),
        "bigger than 5 MB",
    ),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_was_not_handed_in_changes_nothing_and_is_said(open_page: Open, kind: str) -> None:
    content, words = FOREIGN[kind]
    page = open_page(LESSON)
    said = continued(page, content, "some.zip")
    expect(said).to_contain_text(
        "some.zip is not what “Hand in” saved, or not all of it: nothing was changed."
    )
    expect(said).to_contain_text(words)
    expect(page.get_by_role("status").filter(has_text=words)).to_have_count(1)
    assert kept(page) == []


class Stream(io.RawIOBase):
    """Written from its begin to its end, as pipes are: sizes then stand behind what they are of."""

    def __init__(self) -> None:
        self.content = b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.content += bytes(data)
        return len(bytes(data))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("around", ["", "Ada Ek/"])
def test_zip_files_of_other_programs_are_read(open_page: Open, method: int, around: str) -> None:
    out = Stream()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files_of(FIRST, {"1.1": (f"{LINE}größer = 1", 1)}).items():
            archive.writestr(around + name, content)
        archive.comment = b"PK" * 20
    page = open_page(LESSON)
    expect(continued(page, out.content)).to_contain_text("Taken from the file of Ada Ek: 1 cell")
    assert code_of(page, "1.1") == f"{LINE}größer = 1"


def test_where_nothing_may_be_kept_this_lesson_can_be_handed_in(open_page: Open, tmp_path: Path) -> None:
    page = ready(open_page(LESSON, live=True, before=REFUSED, watched=False))  # the theme complains
    write(exercise(page, "1.1"), f"{LINE}mine = 1")
    (tmp_path / "Ada Ek.zip").write_bytes(saved(page))
    [learner] = gather(tmp_path, all_lessons())
    assert "mine = 1" in learner.works[FIRST.slug].files[FIRST.notebook.name].decode()
    said = continued(page, handed_in(FIRST, {"1.2": ("# Exercise 1.2\nthere = 1", 1)}))
    expect(said).to_contain_text("This browser keeps nothing: it is here until you leave this page.")
    assert code_of(page, "1.2") == "# Exercise 1.2\nthere = 1"


# Everybody


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", ["", LESSON])
def test_axe_finds_nothing_where_work_is_handed_in(open_page: Open, path: str, dark: bool) -> None:
    page = open_page(LESSON, dark=dark)
    editor(exercise(page, "1.1")).fill("mine = 1")
    content = saved(page)
    page.goto(page.url.replace(LESSON, path))
    continued(page, content)
    continued(page, handed_in(FIRST, {"1.2": ("there = 1", 1)}))
    expect(page.get_by_role("button", name="Take it back")).to_be_visible()
    for width in (1280, PHONE):
        resize(page, width)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        axe(page)
    if path:
        menu(page, "Hand in")
    else:
        page.get_by_role("button", name="Hand in").click()
    expect(page.locator(".live-dialog")).to_be_visible()
    for width in (1280, PHONE):
        resize(page, width)
        axe(page, ".live-dialog")
