"""Lessons as pages: plain Markdown on disk, before any site builder reads it.

`lesson.md` gives the text and the cells, the notebook their outputs, `checks.py` the hints, `solutions/`
the answers. What comes out lies in `docs/lessons/`, which git ignores: a page and a notebook for each
lesson, what its Swagger UI needs, and the parts that `docs/index.md` takes in.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml

from course.browser.build.licences import TEXTS
from course.browser.build.published import published
from course.desk.sittings import RESUME
from course.judging.tasks import Exercise, Prediction, load_exercises, questions_of, solution_text
from course.lessons import EXERCISE_LINE, ROOT, Cell, CourseError, Lesson, all_lessons
from course.making import licences, signposts
from course.making.build import MEASURED, NAMED, read_source
from course.making.glossary import Glossary
from course.making.minutes import BREAK, at_the_break
from course.making.planning import PLANS, write_planning
from course.making.references import check_references
from course.making.sheets import listed, sheets
from course.running.server import OPENAPI_MIME
from course.running.serving import ASSETS, asset

PAGES = Path("docs", "lessons")
PARTS = PAGES / ".parts"
"""What pages of `docs/` take in with `--8<--`; no page by itself, so in a hidden folder."""

LIVE = Path("docs", "live")
"""What runs lessons in the page; built apart, so it may be missing."""

RUN_HERE = """\
Every lesson runs here, with nothing to install: Python, FastAPI and your app are in the page, and once you
have been here also without a network. A cell that needs another program shows what it gave when it was last
run. Your code and your progress stay in this browser. *Hand in* saves all of it as one file: give it to your
teacher, or choose it at *Continue here* in another browser.

<div class="work-tools"></div>
"""
READ_HERE = """\
Every lesson can be read here, with what its cells gave when they were last run. To run them, to change them
and to have your own code checked, take the lessons to your desk: they are notebooks there.
"""
"""What the landing page says of lessons in the browser: with what runs them there, and without."""

VARIES = {
    "chance": "Chance has a part in this: your output may be another.",
    "installed": "This depends on what is installed: your output may be another.",
}
"""Tags that say why a cell's output is not the same each time; where none of them stands, it was measured."""

NOT_HERE = {
    "programs": "A page cannot start other programs",
    "threads": "A page has one thread",
    "sockets": "A page cannot open connections of its own",
    "sources": "A page has packages without their sources",
    "packages": "A page does not have the packages that this takes",
    "tools": "A page does not have the tools that this takes",
}
"""Tags that say why a cell with the tag `no-browser` does not run in the page."""

NOT_PUBLISHED = "The solution is not published yet."

EDIT_HERE = (
    "Here you edit it below: **Serve** shows it in the panel, as `fastapi dev` would; **Check** judges it."
)
"""What a learner in the page needs to know of `app.py`: the brief speaks of files and terminals."""


# Writing


def write_pages(root: Path = ROOT, *, strict: bool = True) -> list[Path]:
    """Write the pages of all lessons, and take away what belongs to none. Returns what changed.

    Args:
        strict: a lesson that is not whole, or a cell without a stored run, is an error; else the page says
            it, so that somebody who writes a lesson sees it as far as it is.

    Raises:
        CourseError: a lesson is not whole, or is named and not there; the message says which command or text
            mends it.
    """
    if strict:
        check_references(root)
    wanted: dict[Path, bytes] = {}
    live = live_version(root)
    glossary = Glossary.read(root / "docs" / "glossary.md")
    pages: list[Page] = []
    for lesson in all_lessons(root):
        try:
            pages.append(page := render(lesson, glossary, strict=strict, live=live))
        except CourseError as error:
            if strict:
                raise
            wanted[PAGES / f"{lesson.slug}.md"] = f"# {lesson.slug}\n\n{error}\n".encode()
            continue
        wanted[PAGES / f"{lesson.slug}.md"] = page.text.encode()
        wanted[PAGES / f"{lesson.slug}.ipynb"] = lesson.notebook.read_bytes()
        if live:
            wanted[PAGES / f"{lesson.slug}.work.json"] = json.dumps(page.texts).encode()
        for name, schema in page.schemas.items():
            wanted[PAGES / "openapi" / f"{name}.json"] = schema.encode()
    wanted[PARTS / "lessons.md"] = lesson_list([page.lesson for page in pages], live=live).encode()
    wanted[PARTS / "browser.md"] = (RUN_HERE if live else READ_HERE).encode()
    wanted[PARTS / "licences.md"] = licences.text(root).encode()
    wanted[PAGES / TEXTS] = licences.site_texts()
    wanted[PARTS / "desk.md"] = at_the_desk().encode()
    wanted[PARTS / "start.md"] = start(pages[0].lesson).encode() if pages else b""
    wanted[PARTS / "example.md"] = pages[0].example.encode() if pages else b""
    try:
        parts = [
            *signposts.write_parts(root, {page.lesson: page.places for page in pages}),
            *write_planning(root, [page.lesson for page in pages]),
        ]
        if (root / PLANS).is_file():
            parts.append(("sheets.md", listed([page.lesson for page in pages])))
            names = {term.id: term.name for term in glossary.terms}
            for slug, text in sheets([(page.lesson, page.text) for page in pages], names):
                wanted[PAGES / "sheets" / f"{slug}.md"] = text.encode()
        wanted.update({PARTS / name: text.encode() for name, text in parts})
    except CourseError as error:
        if strict:
            raise
        made = ("map.md", "questions.md", "places.md", "fit.md", "plans.md", "sheets.md")
        wanted.update({PARTS / name: f"{error}\n".encode() for name in made})
    wanted.update(docs_assets())
    changed = [path for path, content in wanted.items() if _write(root / path, content)]
    for path in (root / PAGES).rglob("*"):
        if path.is_file() and path.relative_to(root) not in wanted:
            path.unlink()
            changed.append(path.relative_to(root))
    return changed


def live_version(root: Path = ROOT) -> str:
    """The version of the scripts that run lessons in the page; empty if what runs them was not built.

    The manifest is written last: where it is, all else is.
    """
    manifest = root / LIVE / "manifest.json"
    if not manifest.is_file():
        return ""
    files: dict[str, dict[str, Any]] = json.loads(manifest.read_text(encoding="utf-8"))["files"]
    scripts = [facts["sha256"] for name, facts in sorted(files.items()) if name.startswith("page/")]
    return hashlib.sha256("".join(scripts).encode()).hexdigest()[:12]


def live_place(way: str, version: str) -> str:
    """The attributes by which a page finds what runs its cells: the way there, and the version to ask for."""
    return f' data-live="{way}" data-live-version="{version}"' if version else ""


def _write(path: Path, content: bytes) -> bool:
    # A page that says the same is left alone: `mkdocs serve` builds again at every write.
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return True


def docs_assets() -> Iterator[tuple[Path, bytes]]:
    """Swagger UI and ReDoc, from the package that has them as files."""
    for name in ASSETS:
        yield PAGES / "openapi" / name, asset(name)


# The list of lessons


def lesson_list(lessons: Iterable[Lesson], *, live: str = "") -> str:
    """The lessons as HTML for the landing page: a part's name, and its lessons below.

    Args:
        live: the version of what runs lessons in the page, and shows in the list how far the reader has come.
    """
    place = live_place("live/", live)
    parts: dict[str, list[Lesson]] = defaultdict(list)
    for lesson in lessons:
        parts[lesson.part].append(lesson)
    lines = []
    for part, members in parts.items():
        lines += [f"### {part.replace(' - ', ': ')}", "", f'<ol class="lesson-list"{place}>']
        lines += [
            f'<li data-lesson="{lesson.slug}" data-tasks="{" ".join(lesson.tasks)}">'
            f'<a href="lessons/{lesson.slug}/"><span class="lesson-number">{lesson.number}</span> '
            f'<span class="lesson-name">{html.escape(lesson.title)}</span> '
            f'<span class="lesson-summary">{html.escape(lesson.summary)}</span> '
            f'<span class="lesson-minutes">{lesson.minutes}</span></a></li>'
            for lesson in members
        ]
        lines += ["</ol>", ""]
    return "\n".join(lines)


def start(lesson: Lesson) -> str:
    """The way into the course: a signpost to its first lesson."""
    return (
        f"[Start lesson {lesson.number} <small>{sum(lesson.minutes.sittings)} min</small>]"
        f"(lessons/{lesson.slug}.md){{ .signpost }}\n"
    )


def report_link(lesson: Lesson) -> list[str]:
    """The way to say that something is wrong in a lesson, if the site names its repository."""
    repository = os.environ.get("REPO_URL", "").rstrip("/")
    if not repository:
        return []
    address = f"{repository}/issues/new?{urlencode({'title': f'Lesson {lesson.number}: '})}"
    return [f"[Report an error in this lesson](<{address}>)\n{{ .report-error }}"]


def at_the_desk() -> str:
    """How the course comes to a desk, for the landing page: from the repository, if the site names one."""
    repository = os.environ.get("REPO_URL", "")
    where = (
        f"It comes from [the course's repository]({repository}): clone that, or unpack its ZIP file."
        if repository
        else "It comes as a clone or a ZIP file of the repository: whoever gave you this site has it."
    )
    return f"{where} `run.py` lies at its top; in that folder, say\n\n```console\n$ python3 run.py\n```\n"


NAV = re.compile(r"(?<=^  # lessons, written by `course build`\n).*?(?=^  # end of lessons$)", re.M | re.S)


def nav(lessons: Iterable[Lesson]) -> str:
    """The lessons' lines in `nav` of mkdocs.yml."""
    lines: list[str] = []
    for lesson in lessons:
        part = f"  - {json.dumps(lesson.part.replace(' - ', ': '))}:\n"
        if part not in lines:
            lines.append(part)
        title = json.dumps(f"{lesson.number} {lesson.title}", ensure_ascii=False)
        lines.append(f"      - {title}: lessons/{lesson.slug}.md\n")
    return "".join(lines)


def update_nav(root: Path = ROOT) -> bool:
    """Bring the lessons in mkdocs.yml up to date. Returns whether anything changed."""
    path = root / "mkdocs.yml"
    text = path.read_text(encoding="utf-8")
    if not NAV.search(text):
        raise CourseError("mkdocs.yml has lost the comments between which its lessons stand.")
    lines = nav(all_lessons(root))
    return _write(path, NAV.sub(lambda _: lines, text, count=1).encode())


# One page


@dataclass
class Page:
    """A lesson's page while it is written."""

    lesson: Lesson
    text: str = ""
    example: str = ""
    """For the landing page: the first cell that shows an exchange, and the cell before it."""
    schemas: dict[str, str] = field(default_factory=dict)
    """The OpenAPI schemas that the page shows, as JSON by name."""
    texts: dict[str, int | str] = field(default_factory=dict)
    """Where each text stands that a reader may change, by what it is kept under: the number of the cell among
    the notebook's cells of code, or the name of the file."""
    places: dict[str, str] = field(default_factory=dict)
    """The addresses of tasks and cells that survive an edit, each with the heading that it stands under."""


@dataclass
class Frame:
    """What belongs to one task and is drawn as one: an exercise, a prediction, the app."""

    kind: str
    task: str
    parts: list[str] = field(default_factory=list)
    folded: list[str] = field(default_factory=list)
    """Outputs that would tell the answer to a prediction."""


ANSWER_CELL = re.compile(r"^my_answers? = \.\.\.", re.M)
"""In a prediction: the cell in which a notebook's reader writes the letter, or letters."""

TOOLS = '<div class="cell-tools"></div>'
"""Where a page that runs its cells puts their buttons: it has its room from the start, so nothing moves."""

CLAIM = "claim-"
"""What the tag of a cell begins with that puts a claim to the test; the rest is the claim's number."""

EXERCISE = re.compile(r"### Exercise (\d+\.\d+): (.+)")
MILESTONE = re.compile(r"### Milestone (\d+\.\d+): (.+)")
QUESTION = re.compile(r"\*\*From before (\d+\.r\d)\.\*\*\s*")
PREDICTION = re.compile(r"\*\*Predict (\d+\.p\d+)\.\*\*\s*")
CHOICE = re.compile(r"^- \*\*([a-z])\*\* +(.*(?:\n(?!- ).*)*)", re.M)
CHECK = re.compile(r"\bcheck\(\s*[\"']([\w.]+)[\"']")
ALERT = re.compile(r"> \[!(\w+)\]\n((?:>.*\n?)*)")


def render(lesson: Lesson, glossary: Glossary, *, strict: bool = True, live: str = "") -> Page:
    """The page of one lesson.

    Args:
        live: the version of what runs its cells in the page; if empty, the page says that it is missing.

    Raises:
        CourseError: a cell has no stored run, or an exercise lacks its check, hints or solution.
    """
    return _Writer(lesson, glossary, strict, live).page()


class _Writer:
    """Goes through a lesson's cells once and collects what stands on its page."""

    def __init__(self, lesson: Lesson, glossary: Glossary, strict: bool, live: str) -> None:
        self.lesson = lesson
        self.strict = strict
        self.live = live
        self.seen: Counter[str] = Counter()
        self.annotate = glossary.once()
        self.tasks = load_exercises(lesson)
        self.result = Page(lesson)
        self.parts: list[str] = []
        self.frame: Frame | None = None
        self.framed: set[str] = set()
        self.heads = ""
        """The heading of what is being written."""
        self.number = 0
        self.last_cell: list[str] = []
        self.runs: dict[str, deque[Cell]] = defaultdict(deque)
        for cell in lesson.cells:
            self.runs[cell.source].append(cell)

    def page(self) -> Page:
        cells = read_source(self.lesson)
        for cell in cells:
            if cell.kind == "code":
                self.code(cell)
            else:
                for kind, text in blocks(cell.source):
                    {"heading": self.heading, "alert": self.alert, "prose": self.prose}[kind](text)
        self.no_open_frame()
        self.nothing_left_out()
        self.put(*report_link(self.lesson))
        meta = {
            "title": self.lesson.title,
            "description": self.lesson.summary,
            "lesson": self.lesson.number,
        }
        head = yaml.safe_dump(meta, allow_unicode=True, sort_keys=False, width=1000)
        body = "\n\n".join(part.strip("\n") for part in self.parts if part.strip())
        body = re.sub(r"^# .+\n", lambda h1: f"{h1[0]}\n{self.facts()}\n", body, count=1)
        self.result.text = f"---\n{head}---\n\n{body}\n"
        return self.result

    def facts(self) -> str:
        """The line below the title: how long, and where else the lesson can be had."""
        place = live_place("../../live/", self.live)
        tasks = f' data-tasks="{" ".join(self.lesson.tasks)}"' if self.live else ""
        missing = "- Only to read: this site was built without what runs cells in the page (`course assets`)"
        return "\n".join(
            [
                f'<div class="lesson-facts" data-lesson="{self.lesson.slug}"{place}{tasks} markdown="1">',
                "",
                f"- {self.lesson.minutes}",
                f"- [Download the notebook]({self.lesson.slug}.ipynb){{ download }}",
                "- [At your desk](../index.md#at-your-desk): `python3 run.py`",
                *([] if self.live else [missing]),
                "",
                "</div>",
            ]
        )

    def put(self, *parts: str) -> None:
        (self.frame.parts if self.frame else self.parts).extend(parts)

    # Text

    def heading(self, text: str) -> None:
        if text.startswith("####"):
            self.put(text)
            return
        self.no_open_frame()
        self.heads = text.lstrip("# ")
        if exercise := EXERCISE.fullmatch(text):
            task, title = exercise.groups()
            self.open("exercise", task)
            self.name(anchor(task))
            self.put(f"### {tag(f'Exercise {task}')} {title} {{ #{anchor(task)} }}")
        elif milestone := MILESTONE.fullmatch(text):
            task, title = milestone.groups()
            self.open("milestone", task)
            self.name(place := anchor(task).replace("exercise", "milestone"))
            self.put(f"### {tag(f'Milestone {task}')} {title} {{ #{place} }}")
        elif text == BREAK:
            self.frame = Frame("break", "")
            self.put(text, at_the_break(self.lesson.minutes)[0])
        elif text == "## Build it":
            self.open("app", self.lesson.app_task)
            self.name("build-it")
            self.put(f"## {tag('Build it')} {self.exercise(self.lesson.app_task).title} {{ #build-it }}")
        else:
            self.put(text)

    def prose(self, text: str) -> None:
        self.put(self.annotate(text))

    def alert(self, text: str) -> None:
        match = ALERT.match(text)
        assert match  # what `blocks` calls an alert is one
        kind, body = match[1], re.sub(r"^> ?", "", match[2], flags=re.M).strip()
        if kind == "IMPORTANT":
            self.no_open_frame()
            (self.questions if QUESTION.match(body) else self.prediction)(body)
            return
        if kind == "CAUTION" and self.frame:
            self.frame.kind = "pitfall"
            text = text.replace("[!CAUTION]", "[!CAUTION] What is wrong here?", 1)
        self.put(self.annotate(text))

    def prediction(self, body: str) -> None:
        match = PREDICTION.match(body)
        if not match:
            raise CourseError(
                f"{self.lesson.slug}: an alert [!IMPORTANT] is a prediction and begins with "
                f"`**Predict {int(self.lesson.number)}.p1.**`; this one begins {body[:30]!r}."
            )
        self.open("prediction", match[1])
        self.put('<p class="tag-line"><span class="tag">Predict</span></p>')
        self.put(*self.asked(body[match.end() :]))

    def questions(self, body: str) -> None:
        """Questions that are asked together: one cell takes the answers, one shows the outcomes."""
        _, *parts = QUESTION.split(body)
        asked = dict(zip(parts[::2], parts[1::2], strict=True))
        task = next(iter(asked))[:-1]
        self.open("prediction", task, *asked)
        self.put('<p class="tag-line"><span class="tag">From before</span></p>')
        for question, text in asked.items():
            declared = self.tasks[question]
            assert isinstance(declared, Prediction)
            marks = f' data-question="{question}" data-answer="{declared.answer}"'
            self.put(*_wrapped("question", self.asked(text), marks))

    def asked(self, text: str) -> list[str]:
        """A question and its choices."""
        question = CHOICE.sub("", text).strip()
        lines = [
            f'<li data-choice="{letter}" markdown="span"><b>{letter}</b> {" ".join(choice.split())}</li>'
            for letter, choice in CHOICE.findall(text)
        ]
        return [
            self.annotate(question),
            "\n".join(['<ol class="choices" markdown="1">', *lines, "</ol>"]),
        ]

    # Cells

    def code(self, cell: Cell) -> None:
        self.number += 1
        if resumes := RESUME in cell.tags and self.frame is not None:
            self.put(at_the_break(self.lesson.minutes)[1])
        told = [tag for tag in cell.tags if not tag.startswith(NAMED)]
        tags = f' data-tags="{" ".join(told)}"' if told else ""
        claims = [tag.removeprefix(CLAIM) for tag in cell.tags if tag.startswith(CLAIM)]
        place = self.place(cell.tags)
        shown, reports = self.outputs(cell)
        if self.frame and self.frame.kind == "prediction":
            self.frame.folded += shown
            shown, reports = [], []
        marks = f"{tags}{self.role(cell)}{self.identity(cell.source, self.key(cell))}"
        if self.frame and self.frame.kind == "app" and self.frame.task in CHECK.findall(cell.source):
            self.put(*self.file(self.frame.task))
            reports = []  # nothing has been run, so it would list once more what the check asks for
        parts = [
            f'<div class="cell" id="{place}" data-cell="{self.number}"{marks} markdown="1">',
            fence(cell.source, "{ .python .cell-code }"),
            *self.tools(cell.tags),
            *_wrapped("cell-output", [*shown, *reports]),
            "</div>",
        ]
        if notes := [*self.notes(cell, claims)]:
            parts.append(note(" ".join(notes)))
        self.put(*parts)
        if not self.result.example and "course-exchange" in "".join(shown):
            shown_only = [part for part in (*self.last_cell, *parts) if part != TOOLS]
            self.result.example = "\n\n".join(shown_only) + "\n"
        self.last_cell = parts
        if resumes and self.frame:
            frame, self.frame = self.frame, None
            self.put(*_wrapped("break", frame.parts))
        if self.frame and self.frame.task in CHECK.findall(cell.source):
            self.close(self.frame)

    def place(self, tags: Sequence[str]) -> str:
        """A cell's address on the page: that of its tag, else its number, which other pages cannot rely on.

        Raises:
            CourseError: it has two names, or a number for one.
        """
        names = [tag for tag in tags if tag.startswith(NAMED)]
        names += [tag for tag in tags if tag.startswith(CLAIM)][:1]  # one cell may test several claims
        if not names:
            return f"{NAMED}{self.number}"
        if len(names) > 1 or names[0].removeprefix(NAMED).isdecimal():
            raise CourseError(
                f"{self.lesson.slug}: the tags {' '.join(names)}: a cell has one name, which is no number. "
                "One that tests a claim has it by that."
            )
        self.name(names[0])
        return names[0]

    def name(self, place: str) -> None:
        """Have other pages lead to this address.

        Raises:
            CourseError: the page has it twice.
        """
        if place in self.result.places:
            raise CourseError(f"{self.lesson.slug}: two cells have the name {place}.")
        self.result.places[place] = self.heads

    def notes(self, cell: Cell, claims: Iterable[str]) -> Iterator[str]:
        """What a reader should know of a cell and its output."""
        for claim in claims:
            yield f"This puts [claim {claim}](../claims.md) to the test."
        if self.live and "no-browser" in cell.tags:  # else no cell runs in the page
            why = next((NOT_HERE[tag] for tag in cell.tags if tag in NOT_HERE), None)
            if why is None:
                raise CourseError(
                    f"Lesson {self.lesson.number}: a cell with the tag `no-browser` needs another that says "
                    f"why, one of {', '.join(NOT_HERE)}."
                )
            yield f"{why}: this output is from a run at a desk."
        if MEASURED in cell.tags:
            other = [VARIES[tag] for tag in cell.tags if tag in VARIES]
            yield from other or ["Measured: your figures will differ."]

    def role(self, cell: Cell) -> str:
        """In a prediction: whether the cell takes the answer, or is the experiment that waits for it."""
        if not self.frame or self.frame.kind != "prediction":
            return ""
        return f' data-role="{"answer" if ANSWER_CELL.search(cell.source) else "experiment"}"'

    def key(self, cell: Cell) -> str:
        """What a cell's edits are kept under: its task's id, or nothing for a cell known by its text."""
        if line := EXERCISE_LINE.match(cell.source):
            return line[1]
        answers = self.frame and self.frame.kind == "prediction" and ANSWER_CELL.search(cell.source)
        return self.frame.task if self.frame and answers else ""

    def identity(self, source: str, key: str = "", file: str = "") -> str:
        """The attributes by which a page finds an edit again, also when the lesson has changed."""
        digest = hashlib.sha256(source.strip().encode()).hexdigest()[:12]
        if not key:
            self.seen[digest] += 1
            key = f"{digest}-{self.seen[digest]}"
        self.result.texts[key] = file or self.number
        return f' data-key="{key}" data-hash="{digest}"'

    def tools(self, tags: Iterable[str] = ()) -> list[str]:
        return [TOOLS] if self.live and "no-browser" not in tags else []

    def outputs(self, cell: Cell) -> tuple[list[str], list[str]]:
        """A cell's outputs as Markdown: what the code gave, and what `check` said."""
        if not self.runs[cell.source]:
            message = f"run `course build {self.lesson.number}`"
            if self.strict:
                line = cell.source.strip().splitlines()[0]
                raise CourseError(f"{self.lesson.slug}: the cell {line!r} has no stored run: {message}.")
            return [note(f"Not run since it was changed: {message}.")], []
        shown: list[str] = []
        reports: list[str] = []
        for output in merged(self.runs[cell.source].popleft().outputs):
            drawn = self.output(output)
            (reports if "course-report" in drawn else shown).append(drawn)
        return shown, reports

    def output(self, output: dict[str, Any]) -> str:
        data = {mime: _joined(value) for mime, value in output.get("data", {}).items()}
        match output["output_type"]:
            case "stream":
                return fence(plain(_joined(output["text"])), "{ .text .no-copy }")
            case "error":
                text = f"{output['ename']}: {output['evalue']}"
                return fence(plain(text), "{ .text .no-copy .cell-error }")
        if schema := data.get(OPENAPI_MIME):
            return self.docs_panel(schema)
        if rich := data.get("text/html"):
            return dressed(rich)
        if markdown := data.get("text/markdown"):
            return str(markdown)
        for mime in ("image/svg+xml", "image/png"):
            if image := data.get(mime):
                return fence(picture(mime, image, alt=data.get("text/plain", "")), "output")
        return fence(plain(data.get("text/plain", "")), "{ .text .no-copy }")

    def docs_panel(self, data: dict[str, Any]) -> str:
        name = f"{self.lesson.slug}-{self.number}"
        title = {"docs": "Swagger UI", "redoc": "ReDoc"}[data["kind"]]
        self.result.schemas[name] = json.dumps(data["schema"], ensure_ascii=False)
        return "\n".join(
            [
                '<details class="docs-panel">',
                f"<summary>{title} of this app</summary>",
                f'<iframe src="../../openapi/?kind={data["kind"]}&amp;schema={name}" '
                f'title="{title} of this app" loading="lazy"></iframe>',
                "</details>",
            ]
        )

    # Frames

    def open(self, kind: str, task: str, *questions: str) -> None:
        """Begin a frame; one that asks several questions is no task by itself."""
        for declared in questions or (task,):
            if declared not in self.tasks:
                raise CourseError(f"{self.lesson.slug}: checks.py declares no {declared}.")
            self.framed.add(declared)
        self.frame = Frame(kind, task)

    def nothing_left_out(self) -> None:
        for task in self.tasks:
            if task not in self.framed:
                raise CourseError(
                    f"{self.lesson.slug}: checks.py declares {task}, but lesson.md has no heading for it, "
                    f"such as `### Exercise 1.1: Title`, `> **Predict 1.p1.**` or `## Build it`."
                )

    def no_open_frame(self) -> None:
        if self.frame:
            task = self.frame.task
            raise CourseError(f'{self.lesson.slug}: {task} has no cell with `await check("{task}", ...)`.')

    def exercise(self, task: str) -> Exercise:
        declared = self.tasks[task]
        if not isinstance(declared, Exercise):
            raise CourseError(f"{self.lesson.slug}: checks.py declares {task} as a prediction.")
        return declared

    def close(self, frame: Frame) -> None:
        self.frame = None
        declared = self.tasks.get(frame.task)
        attributes = f' data-task="{frame.task}"'
        if isinstance(declared, Exercise):
            ending = self.help(declared)
        else:
            asked = [declared] if declared else questions_of(self.lesson, frame.task)
            attributes += f' id="{anchor(frame.task)}"'
            self.name(anchor(frame.task))
            attributes += f' data-answer="{declared.answer}"' if declared else ""
            ending = self.answer(frame, asked)
        self.put(*_wrapped(f"task {frame.kind}", [*frame.parts, *ending], attributes))

    def answer(self, frame: Frame, asked: Iterable[Prediction]) -> list[str]:
        return folded(
            "What happens",
            [
                *_wrapped("cell-output", frame.folded),
                *(
                    f'<p class="why" data-question="{one.id}" markdown="span">'
                    f"**{one.answer}** is right. {one.why}</p>"
                    for one in asked
                ),
            ],
            "answer",
        )

    def file(self, task: str) -> list[str]:
        """`app.py` as it is found, and below it what its check asks for."""
        source = (self.lesson.folder / "app.py").read_text(encoding="utf-8")
        return [
            *([EDIT_HERE] if self.live else []),
            f'<div class="file" data-file="app.py"{self.identity(source, task, "app.py")} markdown="1">',
            fence(source, '{ .python title="app.py, as you find it" }'),
            *self.tools(),
            "</div>",
            '<p class="asked-title">What the check asks for</p>',
            '<ul class="asked" markdown="1">',
            *(
                f'<li data-check="{line.name}" markdown="span">{line.label}</li>'
                for line in self.exercise(task).lines()
            ),
            "</ul>",
        ]

    def help(self, exercise: Exercise) -> list[str]:
        """The hints, each folded, and the solution with its reason; a milestone's is the whole app's."""
        count = len(exercise.hints)
        parts = []
        for number, hint in enumerate(exercise.hints, start=1):
            parts += folded(f"Hint {number} of {count}", [hint], "hint", f' data-hint="{number}"')
        if exercise.id in self.lesson.milestones:
            return _wrapped("help", parts)
        if not published(self.lesson):
            return _wrapped("help", [*parts, note(NOT_PUBLISHED)])
        why, code = solution_text(self.lesson, exercise.id)
        parts += folded("Solution, and why", [why, fence(code, "{ .python }")], "solution")
        return _wrapped("help", parts)


# Pieces of Markdown


def fence(text: str, info: str) -> str:
    """A fenced block, fenced with more backticks than the text has in a row."""
    longest = max((len(ticks) for ticks in re.findall(r"`+", text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks} {info}\n{text.rstrip()}\n{ticks}"


def folded(summary: str, parts: list[str], kind: str, attributes: str = "") -> list[str]:
    """Something to unfold. What it hides is left out of the site's search, too."""
    return [
        f'<details class="{kind}"{attributes} data-search-exclude markdown="1">',
        f"<summary>{summary}</summary>",
        *parts,
        "</details>",
    ]


def tag(text: str) -> str:
    """A task's kind in its heading; the colon shows in tables of contents only."""
    return f'<span class="tag">{text}</span><span class="colon">:</span>'


def picture(mime: str, image: str, alt: str) -> str:
    """An image in the page itself; a notebook stores bitmaps as base64 already, drawings as text."""
    coded = image.strip() if mime == "image/png" else base64.b64encode(image.encode()).decode()
    return f'<img src="data:{mime};base64,{coded}" alt="{html.escape(alt, quote=True)}">'


def note(text: str) -> str:
    return f'<p class="cell-note" markdown="span">{text}</p>'


def anchor(task: str) -> str:
    """The fragment of a task on its page: "exercise-1-1" for "1.1", "predict-1-p1" for "1.p1"."""
    kind = {"p": "predict", "r": "before"}.get(task.partition(".")[2][0], "exercise")
    return f"{kind}-{task.replace('.', '-')}"


def _wrapped(kind: str, parts: list[str], attributes: str = "") -> list[str]:
    return [f'<div class="{kind}"{attributes} markdown="1">', *parts, "</div>"] if parts else []


def _joined(value: Any) -> Any:
    return "".join(value) if isinstance(value, list) else value


def merged(outputs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Outputs with neighbouring pieces of one stream joined, as a notebook shows them."""
    joined: list[dict[str, Any]] = []
    for output in outputs:
        if joined and output.get("name") and output["name"] == joined[-1].get("name"):
            joined[-1] = {**output, "text": _joined(joined[-1]["text"]) + _joined(output["text"])}
        else:
            joined.append(output)
    return joined


def plain(text: str) -> str:
    """Text without the colour codes of a terminal."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def dressed(rich: str) -> str:
    """The course's own HTML as the site takes it: its style sheet knows the classes, so the stored goes."""
    bare = re.sub(r"<style>.*?</style>", "", rich, flags=re.S)
    return fence(re.sub(r"<[^>]+>", lambda tag: re.sub(r' style="[^"]*"', "", tag[0]), bare), "output")


def blocks(source: str) -> Iterator[tuple[str, str]]:
    """Markdown in pieces: ("heading" | "alert" | "prose", text). What is fenced counts as prose."""
    kind, lines, ticks = "prose", list[str](), ""
    for line in source.splitlines():
        now = kind if kind == "alert" and line.startswith(">") else "prose"
        if ticks:
            ticks = "" if line.rstrip() == ticks else ticks
        elif line.startswith("```"):
            ticks = "`" * (len(line) - len(line.lstrip("`")))
        elif re.match(r"#{1,6} ", line):
            now = "heading"
        elif re.match(r"> \[!\w+\]", line):
            now = "alert"
        if lines and (now != kind or now == "heading"):
            yield kind, "\n".join(lines)
            lines = []
        kind = now
        lines.append(line)
    if lines:
        yield kind, "\n".join(lines)
