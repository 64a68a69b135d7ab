"""A class: whose work lies where, how it came out, and that no learner's code reaches anybody else."""

from __future__ import annotations

import atexit
import csv
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import uuid
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import psutil
import pytest
from answers import mistakes_of
from handed_in import THEN, handed_in, manifest, packed

from course.judging.child import Worker
from course.judging.report import Report, State
from course.judging.sandbox import Sandbox
from course.judging.tasks import solution_text
from course.lessons import ROOT, CourseError, Lesson, built_lessons, find_lesson
from course.teaching import confined
from course.teaching.confined import SYSTEM, Bubblewrap
from course.teaching.contained import Container
from course.teaching.gathered import Learner, gather
from course.teaching.judged import Row, judge, standings
from course.teaching.sandboxes import Unconfined
from course.teaching.shown import class_page, records, sentences, sign, write_csv, write_feedback

LESSON = find_lesson("01")
LESSONS = built_lessons()
APP = LESSON.app_task
Files = dict[str, bytes]


@cache
def bubblewrap() -> Bubblewrap | None:
    return Bubblewrap.find()


@cache
def container() -> Container | None:
    """Podman's, of an image that has nothing: containers see this machine's Python in its place."""
    podman = shutil.which("podman")
    if sys.platform != "linux" or podman is None:
        return None
    own = Path(tempfile.mkdtemp(prefix="course-tests-"))
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    runtime = shutil.which("runc") or "crun"  # the other one wants a newer kind of control groups
    ulimits = '["nofile=1024:1024", "nproc=4000:4000"]'  # a machine's own may be lower than those of Podman
    configuration = f'[containers]\ndefault_ulimits = {ulimits}\n[engine]\nruntime = "{runtime}"\n'
    (own / "containers.conf").write_text(configuration)
    os.environ["CONTAINERS_CONF"] = str(own / "containers.conf")
    pythons = [Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)]
    places = [Path(place) for place in SYSTEM if Path(place).exists()]
    seen = [place for place in (*places, *pythons) if not place.is_symlink()]
    with tarfile.open(own / "image.tar", "w") as image:
        for place in (*places, Path("/etc"), Path("/tmp")):
            entry = tarfile.TarInfo(str(place)[1:])
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            if place.is_symlink():
                entry.type, entry.linkname = tarfile.SYMTYPE, str(place.readlink())
            image.addfile(entry)
    name = f"course-tests:{uuid.uuid4().hex}"
    more = [f"--mount=type=bind,source={place},target={place},readonly" for place in seen]
    made = subprocess.run([podman, "import", own / "image.tar", name], capture_output=True, check=False)
    atexit.register(subprocess.run, [podman, "rmi", "--force", name], capture_output=True, check=False)
    found = Container(podman, name, sys.executable, more)
    if (
        made.returncode
        or subprocess.run([*found.words(f"tried-{uuid.uuid4().hex}"), name, "true"], check=False).returncode
    ):
        return None
    return found


SANDBOXES: dict[str, Callable[[], Sandbox | None]] = {"bubblewrap": bubblewrap, "container": container}


@pytest.fixture(params=SANDBOXES)
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    if (found := SANDBOXES[request.param]()) is None:
        pytest.skip(f"{request.param}: not here, or may not make a sandbox on this machine")
    return found


def notebook(answers: dict[str, str], lesson: Lesson = LESSON) -> bytes:
    """The lesson's notebook with these exercises answered."""
    document = json.loads(lesson.notebook.read_text(encoding="utf-8"))
    for cell in document["cells"]:
        for task, source in answers.items():
            if cell.get("id") == lesson.starters[task].cell:
                line = f"# Exercise {task}\n"
                cell["source"] = source if source.startswith(line) else line + source
    return json.dumps(document).encode()


def solved(lesson: Lesson = LESSON, *but: str) -> dict[str, str]:
    return {task: solution_text(lesson, task)[1] for task in lesson.starters if task not in but}


def files(app: str = "", **answers: str) -> Files:
    """What a learner has in the folder of lesson 01; `t1_2` is the answer to 1.2."""
    found = {LESSON.notebook.name: notebook({k[1:].replace("_", "."): v for k, v in answers.items()})}
    return {**found, "app.py": app.encode()} if app else found


def lay(folder: Path, found: Files) -> None:
    for name, content in found.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def squeezed(found: Files) -> bytes:
    """A ZIP file that is damaged where its app is packed."""
    content = bytearray(packed({name: text * 99 for name, text in found.items()}))
    at = content.index(b"app.py") + len(b"app.py")
    content[at : at + 8] = b"\xff" * 8
    return bytes(content)


def under(place: str, found: Files) -> Files:
    return {f"{place}/{name}": content for name, content in found.items()}


# Whose work lies where


WORK = files("app = 1\n", t1_1="1 + 1")
SLUG = LESSON.slug
CLONE = {
    "repo/run.py": b"",
    "repo/lessons/x/lesson.md": b"",
    **under(f"repo/solutions/{SLUG}", {"app.py": b"ours"}),
    **under("repo/notebooks", {LESSON.notebook.name: notebook({})}),
    **under(f"repo/workspace/{SLUG}", WORK),
}
LAYOUTS: dict[str, Files] = {
    "a workspace": under(f"ada/{SLUG}", WORK),
    "a workspace in a folder": under(f"ada/workspace/{SLUG}", WORK),
    "a clone": under("ada", CLONE),
    "a ZIP file": {"ada.zip": packed(under(f"ada/workspace/{SLUG}", WORK))},
    "a clone as a ZIP file": {"ada.zip": packed(CLONE)},
    "a ZIP file from Windows": {
        "ada.zip": packed({f"workspace\\{SLUG}\\{name}": content for name, content in WORK.items()})
    },
    "nbgrader": under(f"ada/{SLUG}", WORK),
    "files of a page": under("ada", {f"{SLUG} (1).ipynb": WORK[f"{SLUG}.ipynb"], "app.py": WORK["app.py"]}),
    "what a page hands in": {
        "ada.zip": packed(
            {"course-work.json": json.dumps(manifest({})).encode(), **under(f"workspace/{SLUG}", WORK)}
        )
    },
    "the same, unpacked and packed again": {
        "ada.zip": packed(
            {
                "Ada/course-work.json": json.dumps(manifest({})).encode(),
                **under(f"Ada/workspace/{SLUG}", WORK),
            }
        )
    },
    "a browser that had such files already": under(
        f"ada/{SLUG}", {f"{SLUG} (2).ipynb": WORK[f"{SLUG}.ipynb"], "app (1).py": WORK["app.py"]}
    ),
    "Moodle": {"ada_1234_assignsubmission_file_/work.zip": packed(under(SLUG, WORK))},
    "leftovers beside it": {
        **under(f"ada/{SLUG}", WORK),
        ".DS_Store": b"x",
        "__MACOSX/ada/x": b"x",
        "ada/__MACOSX/app.py": b"x",
        f"ada/.old/{SLUG}/app.py": b"x",
    },
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_work_is_found_wherever_it_lies(tmp_path: Path, layout: str) -> None:
    lay(tmp_path, LAYOUTS[layout])
    [learner] = gather(tmp_path, LESSONS)
    assert learner.name == "ada"
    assert learner.troubles == []
    assert {slug: work.files for slug, work in learner.works.items()} == {SLUG: WORK}


def test_a_lone_notebook_says_whose_it_is_or_that_it_does_not(tmp_path: Path) -> None:
    lay(tmp_path, {f"Zoë Ek - {SLUG}.ipynb": notebook({}), f"{SLUG}.ipynb": notebook({})})
    nobody, zoe = gather(tmp_path, LESSONS)
    assert zoe.name == "Zoë Ek"
    assert list(zoe.works) == [SLUG]
    assert "does not say whose it is" in nobody.troubles[0]


def test_the_newest_of_two_wins_and_what_lies_in_a_workspace_before_all(tmp_path: Path) -> None:
    for name, place, saved in (
        ("ada", "old", 1),
        ("ada", "new", 2),
        ("ben", "new", 2),
        ("ben", "workspace", 1),
    ):
        path = tmp_path / name / place / SLUG / "app.py"
        lay(path.parent, {"app.py": place.encode()})
        os.utime(path, (saved, saved))
    ada, ben = gather(tmp_path, LESSONS)
    assert ada.works[SLUG].files == {"app.py": b"new"}
    assert ben.works[SLUG].files == {"app.py": b"workspace"}


@pytest.mark.parametrize(
    ("file", "said", "name"),
    [
        ("course-work.zip", "Ada Ek", "Ada Ek"),
        ("course-work (3).zip", "Ada Ek", "Ada Ek"),
        ("course-work-3.zip", "Ada Ek", "Ada Ek"),
        ("Ada Ek (1).zip", "Ada Ek", "Ada Ek"),
        ("Ada Ek(1).zip", "", "Ada Ek"),
        ("Ada Ek-2.zip", "Ada Ek", "Ada Ek"),
        ("Ada Ek 2.zip", "Ada Ek", "Ada Ek"),
        ("team-2.zip", "Ada Ek", "team-2"),
        ("Ben.zip", "Ada Ek", "Ben"),
    ],
)
def test_whose_a_file_is_says_its_name_or_what_is_in_it(
    tmp_path: Path, file: str, said: str, name: str
) -> None:
    lay(tmp_path, {file: handed_in(LESSON, {"1.1": ("app = 1", 1)}, name=said)})
    [learner] = gather(tmp_path, LESSONS)
    assert (learner.name, learner.troubles, list(learner.works)) == (name, [], [SLUG])


def test_a_file_of_nobody_is_said_and_judged(tmp_path: Path) -> None:
    lay(tmp_path, {"course-work (1).zip": handed_in(LESSON, {"1.1": ("app = 1", 1)}, name=" ")})
    [learner] = gather(tmp_path, LESSONS)
    assert (learner.name, list(learner.works)) == ("course-work", [SLUG])
    assert learner.troubles == ["Nothing says whose it is: give the file its learner's name."]


def test_two_files_of_one_name_may_be_two_people_s_and_in_a_folder_they_are_one_s(tmp_path: Path) -> None:
    older = {"apart/Ada.zip": handed_in(LESSON, {"1.1": ("old = 1", 1)})}
    newer = {"apart/Ada (1).zip": handed_in(LESSON, {"1.1": ("new = 1", 2)})}
    lay(tmp_path, {**older, **newer})
    both = gather(tmp_path / "apart", LESSONS)
    assert [one.name for one in both] == ["Ada (Ada (1).zip)", "Ada (Ada.zip)"]
    assert all("put them into a folder" in one.troubles[0] for one in both)
    (tmp_path / "class").mkdir()
    (tmp_path / "apart").rename(tmp_path / "class" / "Ada")
    [ada] = gather(tmp_path / "class", LESSONS)
    assert (ada.name, ada.troubles) == ("Ada", [])


@pytest.mark.parametrize("first", ["old", "new"])
def test_of_several_files_the_newest_counts_by_the_time_that_has_a_zone(tmp_path: Path, first: str) -> None:
    """A ZIP file's own times are those of a clock on some wall: here they say the opposite."""
    days = {"old": 1, "new": 2}
    content: Files = {}
    for number, which in enumerate([first, *(days.keys() - {first})]):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            info = zipfile.ZipInfo(f"workspace/{SLUG}/app.py", (2030 - days[which], 1, 1, 0, 0, 0))
            seconds = int(THEN.timestamp()) + 3600 * days[which]
            info.extra = struct.pack("<HHHH", 0x9999, 2, 1, 0x5455) + struct.pack("<HBi", 5, 1, seconds)
            archive.writestr(info, which)
        content[f"ada/work {number}.zip"] = out.getvalue()
    lay(tmp_path, content)
    [ada] = gather(tmp_path, LESSONS)
    assert ada.works[SLUG].files == {"app.py": b"new"}
    assert ada.works[SLUG].saved.timestamp() == THEN.timestamp() + 7200


def test_of_two_apps_that_a_browser_saved_the_newer_counts(tmp_path: Path) -> None:
    folder = tmp_path / "ada" / SLUG
    lay(folder, {"app.py": b"old", "app (1).py": b"new", "app (2).py": b"oldest", "desk-2.py": b"x"})
    for name, saved in (("app.py", 2), ("app (1).py", 3), ("app (2).py", 1), ("desk-2.py", 1)):
        os.utime(folder / name, (saved, saved))
    [ada] = gather(tmp_path, LESSONS)
    assert ada.works[SLUG].files == {"app.py": b"new", "desk-2.py": b"x"}


def test_a_package_beside_the_app_comes_along_and_other_lessons_do_not(tmp_path: Path) -> None:
    other = LESSONS[1].slug
    lay(tmp_path / "ada" / SLUG, {"app.py": b"import desk", "desk/__init__.py": b"x"})
    lay(tmp_path / "ada" / other, {"app.py": b"y"})
    [ada] = gather(tmp_path, LESSONS)
    assert ada.works[SLUG].files == {"app.py": b"import desk", "desk/__init__.py": b"x"}
    assert ada.works[other].files == {"app.py": b"y"}


def test_two_of_one_name_are_told_apart(tmp_path: Path) -> None:
    lay(tmp_path, {**under(f"ada/{SLUG}", WORK), "ada.zip": packed(under(SLUG, WORK))})
    both = gather(tmp_path, LESSONS)
    assert [one.name for one in both] == ["ada (ada)", "ada (ada.zip)"]
    assert all("several of this name" in one.troubles[0] for one in both)


def test_notebooks_of_two_lessons_by_one_name_are_one_learner_s(tmp_path: Path) -> None:
    lay(tmp_path, {f"Zoë Ek {lesson.slug}.ipynb": notebook({}, lesson) for lesson in LESSONS[:2]})
    [zoe] = gather(tmp_path, LESSONS)
    assert zoe.name == "Zoë Ek"
    assert list(zoe.works) == [lesson.slug for lesson in LESSONS[:2]]
    assert zoe.troubles == []


def test_what_is_no_work_is_said_and_not_taken_for_an_absence(tmp_path: Path) -> None:
    lay(tmp_path, {**under(f"ben/{SLUG}", WORK), "ada.tar.gz": b"x", "cleo.zip": b"x", "README": b"x"})
    ada, ben, cleo = gather(tmp_path, LESSONS)
    assert "is no folder, no ZIP file and no notebook" in ada.troubles[0]
    assert (ada.unreadable, ben.unreadable, cleo.unreadable) == (True, False, True)
    assert sign(Row(cleo), "1.1")[1] == "could not be read"
    assert sign(Row(ben), "1.1")[1] == "nothing handed in"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"ada.zip": b"PK no"}, "damaged"),
        ({"ada.zip": packed(under(SLUG, WORK))[:-30]}, "damaged"),
        ({"ada.zip": squeezed(under(SLUG, WORK))}, "app.py cannot be read from the ZIP file"),
        ({"ada/app (1).py": b"x"}, "nothing says of which lesson"),
        ({"ada/notes.txt": b"x"}, "No work of this course"),
        ({f"ada/{SLUG}/app.py": b"x" * 5_000_001}, "app.py is bigger than 5 MB"),
        ({"ada.zip": packed({f"{SLUG}/app.py": b"x" * 5_000_001})}, "app.py is bigger than 5 MB"),
        ({"ada.zip": packed({f"../{SLUG}/app.py": b"x", f"/{SLUG}/app.py": b"x"})}, "No work of this course"),
    ],
)
def test_what_cannot_be_read_is_said_of_that_learner(tmp_path: Path, found: Files, said: str) -> None:
    lay(tmp_path, {**found, **under(f"ben/{SLUG}", WORK)})
    ada, ben = gather(tmp_path, LESSONS)
    assert said in " ".join(ada.troubles)
    assert (ben.troubles, list(ben.works)) == ([], [SLUG])


@pytest.mark.skipif(sys.platform == "win32", reason="making links needs rights there")
def test_links_are_not_followed(tmp_path: Path) -> None:
    """They would show another learner's work, or the solutions."""
    lay(tmp_path / f"ben/{SLUG}", WORK)
    (tmp_path / "ada" / SLUG).mkdir(parents=True)
    (tmp_path / "ada" / SLUG / "app.py").symlink_to(LESSON.solutions / "app.py")
    (tmp_path / "ada" / "more").symlink_to(tmp_path / "ben")
    (tmp_path / "cleo").symlink_to(tmp_path / "ben")
    ada, ben, cleo = gather(tmp_path, LESSONS)
    assert ada.works == cleo.works == {}
    assert list(ben.works) == [SLUG]
    assert "not followed" in cleo.troubles[0]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, "There is no folder"),
        ({}, "Nobody's work is in"),
        ({".DS_Store": b"x", "marks.csv": b"x"}, "Nobody's work is in"),
        (under(SLUG, WORK), "looks like the work of one learner"),
        (under(f"workspace/{SLUG}", WORK), "looks like the work of one learner"),
        ({**under(f"x/ada/{SLUG}", WORK), **under(f"x/ben/{SLUG}", WORK)}, "is .*x the class"),
    ],
)
def test_a_folder_that_is_no_class_is_refused(tmp_path: Path, found: Files | None, said: str) -> None:
    folder = tmp_path / "class"
    if found is not None:
        folder.mkdir()
        lay(folder, found)
    with pytest.raises(CourseError, match=said):
        gather(folder, LESSONS)


def test_a_zip_file_of_a_whole_class_is_refused_with_what_to_do(tmp_path: Path) -> None:
    lay(tmp_path, {"class.zip": packed(under(f"ada/{SLUG}", WORK))})
    with pytest.raises(CourseError, match=r"is a file.* unpack first"):
        gather(tmp_path / "class.zip", LESSONS)


# How it came out


def judged(folder: Path, kept: Path, sandbox: Any = None) -> dict[str, Row]:
    rows = judge(
        gather(folder, LESSONS),
        [LESSON],
        sandbox=sandbox or Unconfined(),
        tell=lambda done, of: None,
        kept=kept,
    )
    return {row.learner.name: row for row in rows}


@cache
def mistakes(task: str) -> list[tuple[str, str]]:
    """Mistakes of a task: the check that fails, and the program."""
    [found] = [one for one in mistakes_of(LESSON) if one.task == task]
    return [(one.check, found.answer(one.name)) for one in found]


def a_class(folder: Path) -> dict[str, dict[str, tuple[State, str]]]:
    """Learners with right and wrong answers from the course's own corpora; what each must get."""
    wanted: dict[str, dict[str, tuple[State, str]]] = {}
    tasks = list(LESSON.tasks)
    for number in range(6):
        name = f"learner {number}"
        answers = solved()
        wanted[name] = dict.fromkeys(tasks, (State.PASSED, ""))
        app = solution_text(LESSON, APP)[1]
        task = tasks[number % len(tasks)]
        check, program = mistakes(task)[number % len(mistakes(task))]
        wanted[name][task] = (State.NOT_YET, check)
        if task == APP:
            app = program
        else:
            answers[task] = program
        lay(folder / name / SLUG, {LESSON.notebook.name: notebook(answers), "app.py": app.encode()})
    lay(folder / "untouched" / SLUG, {LESSON.notebook.name: notebook({})})
    wanted["untouched"] = dict.fromkeys(LESSON.starters, (State.NOT_ATTEMPTED, ""))
    return wanted


def outcome(report: Report) -> tuple[State, str]:
    return (State.NOT_YET if report.state is State.RAISED else report.state), report.failed


def test_a_class_is_judged_as_its_learners_would_be(tmp_path: Path) -> None:
    wanted = a_class(tmp_path / "class")
    rows = judged(tmp_path / "class", tmp_path / "kept", bubblewrap() or container())
    got = {name: {task: outcome(one) for task, one in row.reports.items()} for name, row in rows.items()}
    assert got == wanted


def test_what_a_lesson_needs_is_brought_only_where_there_is_something_to_run(tmp_path: Path) -> None:
    twelve = find_lesson("12")
    lay(tmp_path / "class" / "ada" / SLUG, files(t1_1="app = 1"))
    lay(tmp_path / "class" / "ada" / twelve.slug, {twelve.notebook.name: notebook({}, twelve)})
    prepared: list[str] = []
    [row] = judge(
        gather(tmp_path / "class", LESSONS),
        [LESSON, twelve],
        sandbox=Unconfined(),
        tell=lambda done, of: None,
        prepare=lambda lesson: prepared.append(lesson.slug),
        kept=tmp_path / "kept",
    )
    assert prepared == [SLUG]
    assert row.reports["12.1"].state is State.NOT_ATTEMPTED


class Counting(Unconfined):
    """Counts the processes that are started."""

    def __init__(self) -> None:
        self.started = 0

    def start(self, given: Path, *written: Path) -> Worker:
        self.started += 1
        return super().start(given, *written)


def test_what_has_not_changed_is_not_judged_again(tmp_path: Path) -> None:
    folder, kept = tmp_path / "class", tmp_path / "kept"
    for name in ("ada", "ben", "cleo"):
        lay(folder / name / SLUG, files(t1_1=f"# {name}\n{solution_text(LESSON, '1.1')[1]}"))
    counting = Counting()
    first = judged(folder, kept, counting)
    assert counting.started == 3
    lay(folder / "ben" / SLUG, files(t1_1="app = 1"))
    second = judged(folder, kept, counting)
    assert counting.started == 4
    assert second["ada"].reports == first["ada"].reports
    assert not second["ben"].reports["1.1"].passed


def test_the_difference_that_most_saw_is_told(tmp_path: Path) -> None:
    check, program = mistakes("1.1")[0]
    for name in ("ada", "ben"):
        lay(tmp_path / "class" / name / SLUG, files(t1_1=program))
    lay(tmp_path / "class" / "cleo" / SLUG, files(t1_1=solution_text(LESSON, "1.1")[1]))
    rows = judged(tmp_path / "class", tmp_path / "kept")
    standing = next(iter(standings(list(rows.values()), LESSON)))
    report = rows["ada"].reports["1.1"]
    assert (standing.right, standing.attempted) == (1, 3)
    [stuck] = standing.checks
    assert (stuck.learners, stuck.label) == (2, next(x.label for x in report.lines if x.name == check))
    assert stuck.saw == report.differs
    assert f"2 at: {stuck.label}" in list(sentences(standing))[1]


def test_a_damaged_notebook_is_said_and_the_app_judged(tmp_path: Path) -> None:
    app = solution_text(LESSON, APP)[1].encode()
    for name, content in (("ada", b"{"), ("ben", b"[" * 100_000), ("cleo", b"\xff\xfe")):
        lay(tmp_path / "class" / name / SLUG, {LESSON.notebook.name: content, "app.py": app})
    for row in judged(tmp_path / "class", tmp_path / "kept").values():
        assert row.reports[APP].passed
        assert "damaged" in row.learner.troubles[0]
        assert sign(row, "1.1")[1] == "could not be read"


# What comes out


def a_row(name: str = "ada") -> Row:
    report = Report("1.1", "Fill the gaps", State.NOT_YET, failed="greets", differs="=1+1 is <b>wrong</b>")
    return Row(Learner(name), {"1.1": report})


def test_a_gradebook_has_a_row_for_each_task_and_no_formula(tmp_path: Path) -> None:
    write_csv(tmp_path / "class.csv", [a_row("=HYPERLINK(1)"), a_row("Zoë")], [LESSON])
    with (tmp_path / "class.csv").open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert len(found) == 2 * len(LESSON.tasks)
    assert found[0]["learner"] == "'=HYPERLINK(1)"
    assert found[0]["difference"].startswith("'=1+1")
    assert [one["verdict"] for one in found[:2]] == ["wrong", "nothing handed in"]
    assert [one["verdict"] for one in records([a_row()], [LESSON])][:1] == ["wrong"]


def test_pages_escape_what_came_from_learners(tmp_path: Path) -> None:
    page = class_page([a_row("<script>alert(1)</script>")], [LESSON])
    assert "<script>" not in page
    assert "<b>wrong</b>" not in page
    assert "default-src 'none'" in page
    rows = [a_row("a/b"), a_row("a_b"), a_row(".."), a_row("A_B")]
    write_feedback(tmp_path / "feedback", rows, [LESSON])
    names = sorted(path.name for path in (tmp_path / "feedback").iterdir())
    assert names == ["A_B 3.html", "a_b 2.html", "a_b.html", "learner.html"]
    assert "=1+1 is &lt;b&gt;wrong" in (tmp_path / "feedback" / "a_b.html").read_text(encoding="utf-8")


def test_the_command_shows_a_class_and_writes_nothing_there(tmp_path: Path) -> None:
    lay(
        tmp_path / "class" / "ada" / SLUG,
        files(**{f"t{t.replace('.', '_')}": c for t, c in solved().items()}),
    )
    lay(tmp_path / "class" / "ben" / SLUG, files(t1_1="app = 1"))
    lay(tmp_path / "class", {"cleo.zip": b"no"})
    before = sorted(path for path in tmp_path.rglob("*"))
    done = subprocess.run(
        [sys.executable, "-m", "course", "class", "class", "01", "--trust", "--csv", "class.csv"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1", "COURSE_WORKSPACE": str(tmp_path / "elsewhere")},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["ada", "✓", "✓", "✓", "–", "3/4"] in lines
    assert ["ben", "!", "○", "○", "–", "0/4"] in lines
    assert "cleo: The ZIP file is damaged" in done.stdout
    assert sorted(path for path in tmp_path.rglob("*")) == sorted([*before, tmp_path / "class.csv"])


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (["--csv", "class/marks.csv"], "nothing is written"),
        (["--csv", "no/marks.csv"], "There is no folder"),
        (["--html", "folder"], "is a folder already"),
        (["--feedback", "file"], "is a file already"),
        (["1.2"], "1.2 is a task: name lessons, such as 01"),
        (["77"], "There is no lesson '77'"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_judged(
    tmp_path: Path, said: list[str], words: str
) -> None:
    lay(tmp_path / "class" / "ada" / SLUG, files("raise SystemExit('it ran')"))
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    done = subprocess.run(
        [sys.executable, "-m", "course", "class", "class", "--trust", *said],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert words in " ".join(done.stderr.split())
    assert done.stdout == ""


def test_without_a_sandbox_nothing_runs_unless_it_is_trusted(tmp_path: Path) -> None:
    lay(tmp_path / "class" / "ada" / SLUG, files("open('/tmp/ran', 'w')"))
    empty = tmp_path / "bin"
    empty.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "course", "class", "class"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": str(empty)},
        check=False,
    )
    assert done.returncode == 1
    assert "--trust" in done.stderr


# Attacks

APP_BEHIND = "\nfrom fastapi import FastAPI\napp = FastAPI()\n"
SAYS = "import os, sys, socket, subprocess, signal, json\n"


def attacked(tmp_path: Path, sandbox: Sandbox, code: str, told: Callable[[Report], None]) -> None:
    """Judge an app that attacks beside two others, which must not notice; nothing may be left behind."""
    right = solution_text(LESSON, APP)[1]
    folder = tmp_path / "class"
    mark = f"left-behind-by-{os.getpid()}"  # tests run side by side
    source = SAYS + code.replace("left-behind", mark) + APP_BEHIND
    lay(folder / "attacker" / SLUG, {"app.py": source.encode()})
    for name in ("ada", "ben"):
        lay(folder / name / SLUG, {"app.py": f"{right}# writtenby{name}\n".encode()})
    rows = judged(folder, tmp_path / "kept", sandbox)
    assert rows["ada"].reports[APP].passed
    assert rows["ben"].reports[APP].passed
    report = rows["attacker"].reports[APP]
    assert not report.passed
    told(report)
    left = [one for one in psutil.process_iter(["cmdline"]) if mark in (one.info["cmdline"] or [])]
    assert left == []


def printed(*words: str, without: str = "") -> Callable[[Report], None]:
    def told(report: Report) -> None:
        for word in words:
            assert word in report.printed, report.text()
        assert not without or without not in report.printed

    return told


def stopped(*words: str) -> Callable[[Report], None]:
    def told(report: Report) -> None:
        assert report.state is State.STOPPED, report.text()
        for word in words:
            assert word in report.nudge

    return told


FORGED = '{"report": {"task": "1.app", "title": "", "state": "passed", "lines": []}}'
ATTACKS: dict[str, tuple[str, Callable[[Report], None]]] = {
    "reading the solutions": (
        "import course.lessons as c\nprint(sorted(p.name for p in c.ROOT.iterdir() if p.name[0] != '.'))\n"
        "print(os.path.exists(c.ROOT / 'solutions'), os.path.exists(c.ROOT / 'tests'))",
        printed("['course', 'lessons', 'notebooks']", "False False"),
    ),
    "reading another's work": (
        "found = [os.path.join(d, f) for top in ('/tmp', '/home', '/srv', '/var')"
        " for d, _, fs in os.walk(top) for f in fs if f == 'app.py']\n"
        "print('found', any('writtenby' + 'ada' in open(one).read() for one in found))",
        printed("found False"),
    ),
    "writing into the course": (
        "import course.lessons as c\n"
        "for place in (c.ROOT / 'course', c.ROOT / 'lessons', '/etc', '/'):\n"
        "    try:\n        open(f'{place}/x', 'w')\n        print('WRITTEN', place)\n"
        "    except OSError as error:\n        print(error.strerror)",
        printed("Read-only file system", without="WRITTEN"),
    ),
    "a verdict on standard output": (f"print({FORGED!r})", printed("passed")),
    "a verdict in any pipe": (
        f"for fd in range(3, 60):\n    try:\n        os.write(fd, {FORGED!r}.encode() + b'\\n')\n"
        "    except OSError:\n        pass",
        stopped("does not count"),
    ),
    "asking another host": (
        "for host in ('1.1.1.1', '192.168.0.1', '10.0.0.1'):\n    try:\n"
        "        socket.create_connection((host, 80), 2)\n        print('ANSWERED')\n"
        "    except OSError as error:\n        print(error.strerror)",
        printed("unreachable", without="ANSWERED"),
    ),
    "forking without end": (
        "import time\ncount = 0\ntry:\n    while True:\n        if os.fork() == 0:\n"
        "            time.sleep(60)\n            os._exit(0)\n        count += 1\n"
        "except OSError as error:\n    print('at most', count < 300)",
        lambda report: None if report.state is State.STOPPED else printed("at most True")(report),
    ),
    "filling memory": (
        "import time\nkept = []\nwhile True:\n    kept.append(b'x' * 50_000_000)\n    time.sleep(0.02)",
        stopped("memory"),
    ),
    "filling memory by many": (
        "import time\nfor _ in range(20):\n    if os.fork() == 0:\n        kept = b'x' * 200_000_000\n"
        "        time.sleep(60)\n        os._exit(0)\ntime.sleep(60)",
        stopped(),  # an engine ends only those that take too much; the one that waits for them has no end
    ),
    "filling the disk": (
        "for place in ('/tmp', '/dev', '/dev/shm', '.'):\n    try:\n        for n in range(100):\n"
        "            with open(f'{place}/{n}', 'wb') as file:\n                file.write(b'x' * 5_000_000)\n"
        "        print('FILLED')\n    except OSError as error:\n        print(error.strerror)",
        printed("No space left", without="FILLED"),
    ),
    "leaving a process behind": (
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', 'left-behind'],"
        " start_new_session=True)",
        lambda report: None,
    ),
    "killing its judge": (
        "print(sorted(int(one) for one in os.listdir('/proc') if one.isdigit()))\n"
        "for one in (os.getppid(), 1):\n    os.kill(one, signal.SIGKILL)\n"
        "os.kill(os.getpid(), signal.SIGKILL)",
        stopped("ended the whole process"),
    ),
    "reading the teacher's secrets": (
        "print(sorted(os.environ))\nprint(os.path.exists(os.path.expanduser('~/.ssh')), os.listdir('/home')"
        " if os.path.exists('/home') else 'no homes')",
        printed("PATH", without="SECRET_OF_THE_TEACHER"),
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_held(
    tmp_path: Path, attack: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_TEACHER", "x")
    # The rest of it would be filled slowly on a busy machine.
    monkeypatch.setattr(confined, "MEMORY", 300_000_000)
    code, told = ATTACKS[attack]
    attacked(tmp_path, sandbox, code, told)


def test_a_sandbox_serves_every_lesson(tmp_path: Path, sandbox: Sandbox) -> None:
    """All solutions pass in it: nothing is missing there that an honest answer needs."""
    assert ROOT.joinpath("solutions").is_dir()
    for lesson in (find_lesson("03"), find_lesson("07")):
        lay(
            tmp_path / "class" / "ada" / lesson.slug,
            {
                lesson.notebook.name: notebook(solved(lesson), lesson),
                "app.py": solution_text(lesson, lesson.app_task)[1].encode(),
            },
        )
    learners = gather(tmp_path / "class", LESSONS)
    lessons = [find_lesson("03"), find_lesson("07")]
    rows = judge(learners, lessons, sandbox=sandbox, tell=lambda done, of: None, kept=tmp_path / "kept")
    wrong = [one.text() for row in rows for one in row.reports.values() if not one.passed]
    assert wrong == []
