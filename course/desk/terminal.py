"""How the command line speaks: one console, marks that any terminal can show, reports drawn in colour."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import re
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from course.desk.workspace import Progress, unsolved
from course.judging.report import COLOURS, MARKS, PROSE, Report, State
from course.lessons import Lesson

PRINTED_LINES = 15
"""How much of what a learner's code printed is shown."""

_PLAIN = str.maketrans("✓✗○·…–—’‘“”━╸╺", "+xo-.--''\"\"---")
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_NOTEBOOK_CALL = re.compile(r"`?\b(hint|solution)\(\"([\w.]+)\"\)`?")


def prepare_streams() -> None:
    """Let everything be printed everywhere: what a terminal's encoding lacks gets a plain look-alike."""
    codecs.register_error("course", _look_alike)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="course")


def end_on_signals() -> None:
    """Clean up also when the terminal is closed or the system wants the process to end."""
    for name in ("SIGTERM", "SIGHUP"):
        if number := getattr(signal, name, None):  # Windows has no SIGHUP
            signal.signal(number, _end)


def _end(number: int, _: object) -> None:
    raise SystemExit(128 + number)


def _look_alike(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    wanted = error.object[error.start : error.end].translate(_PLAIN)
    return "".join(c if c.isascii() else "?" for c in wanted), error.end


@cache
def console(*, stderr: bool = False) -> Console:
    """The console for standard output, or for standard error; made at its first use."""
    return Console(stderr=stderr, highlight=False, emoji=False, markup=False)


def command(words: str) -> str:
    """One of our commands as it is typed here: "course hint 1.2" or "python3 run.py hint 1.2"."""
    return f"{os.environ.get('COURSE_PROG') or 'course'} {words}"


def say(text: str = "", style: str = "", *, stderr: bool = False) -> None:
    """Print a sentence; what stands in backticks is something to type."""
    write(sentence(text, style), stderr=stderr)


def write(what: RenderableType, *, stderr: bool = False) -> None:
    """Print text, wrapped in a terminal only: files have no width."""
    out = console(stderr=stderr)
    out.print(what, soft_wrap=not out.is_terminal)


def complain(text: str) -> None:
    """Print an error on standard error, in red."""
    say(text, "red", stderr=True)


def sentence(text: str, style: str = "") -> Text:
    """Text in which our commands are named as they are typed here, and backticks become a colour."""
    text = _NOTEBOOK_CALL.sub(r"`course \1 \2`", clean(text))
    text = re.sub(r"`course(?= )", f"`{command('').rstrip()}", text)
    drawn = Text(style=style)
    for part in re.split(r"(`[^`\n]+`)", text):
        if part.startswith("`") and len(part) > 2:
            # Where there are no colours the backticks stay.
            coloured = console().color_system is not None
            drawn.append(part[1:-1] if coloured else part, "bold cyan" if coloured else "")
        else:
            drawn.append(part)
    return drawn


def clean(text: str) -> str:
    """A learner's text without what would steer the terminal; tabs and line ends stay."""
    return _CONTROL.sub("", text.replace("\r\n", "\n"))


def report_line(report: Report) -> Text:
    """A report on one line: mark, id, title, and how it came out unless it passed."""
    colour = COLOURS[report.state]
    line = Text.assemble((f"{MARKS[report.state]} ", colour), (f"{report.task:<6} ", "bold"))
    line.append(report.title or "")
    if not report.passed:
        line.append(f"  {report.state}" if report.title else str(report.state), colour)
    return line


def report_details(report: Report) -> RenderableType:
    """A report whole: its checks with their marks, then what was sent, came back, was expected."""
    colour = COLOURS[report.state]
    head = Text.assemble((f"{MARKS[report.state]} ", colour))
    head.append(f"{report.task} {report.title}".rstrip(), "bold")
    head.append(f"  {report.state}", colour)
    checks = [
        Text.assemble((f"{MARKS[line.state]} ", COLOURS[line.state]), line.label) for line in report.lines
    ]
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="cyan", no_wrap=True)
    rows.add_column(overflow="fold")
    for label, text in report.details():
        shown = _shortened(text) if label == "Printed" else clean(text)
        rows.add_row(label, sentence(text) if label in PROSE else Text(shown))
    parts: list[RenderableType] = [head, *(_indented(check) for check in checks)]
    if report.details():
        parts += ["", _indented(rows)]
    return Group(*parts)


def _indented(part: RenderableType) -> Padding:
    return Padding(part, (0, 0, 0, 2), expand=False)


def _shortened(text: str) -> str:
    lines = clean(text).splitlines()
    more = len(lines) - PRINTED_LINES
    kept = "\n".join(lines[:PRINTED_LINES])
    return f"{kept}\n… ({more} lines more)" if more > 1 else "\n".join(lines)


def solution_view(task: str, reason: str, code: str) -> RenderableType:
    """A solution: why it is built so, then the code, coloured where there are colours."""
    head = Text(f"{task} Solution", "bold")
    if console().color_system is None:
        return Group(head, "", sentence(reason), "", code)
    from rich.syntax import Syntax  # slow to load, and seldom needed

    # The terminal's own colours: readable on light and on dark backgrounds.
    drawn = Syntax(code, "python", theme="ansi_dark", background_color="default", word_wrap=True)
    return Group(head, "", sentence(reason), "", _indented(drawn))


def place(path: Path) -> str:
    """A path as short as one can type it from here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def progress_table(lessons: Iterable[Lesson], progress: Progress) -> Table:
    """The lessons with a bar each, how many of their tasks are done, and how long each takes."""
    from rich.progress_bar import ProgressBar

    told = "Minutes: reading and running, exercises, Build it"
    table = Table(box=None, padding=(0, 1), header_style="dim", caption=told, caption_justify="left")
    for heading in ("", "Lesson", "", "", "Done", "Minutes"):
        table.add_column(heading, no_wrap=heading in ("Done", "Minutes"))
    for lesson in lessons:
        total = len(lesson.tasks)
        done = total - len(unsolved(lesson, progress))
        state = State.PASSED if done == total else State.NOT_YET if done else State.NOT_ATTEMPTED
        mark = Text({State.NOT_YET: "…"}.get(state, MARKS[state]), COLOURS[state])
        bar = ProgressBar(total, done, width=20, complete_style="green", finished_style="green")
        takes = lesson.minutes
        minutes = f"{takes.reading} + {takes.exercises} + {takes.app}"
        table.add_row(mark, lesson.number, lesson.title, bar, f"{done}/{total}", minutes)
    return table


@contextlib.contextmanager
def waiting(text: str) -> Iterator[Callable[[str], None]]:
    """Show that something takes time, where somebody is looking; yields what changes the text."""
    if console().is_terminal:
        with console().status(sentence(text)) as status:
            yield lambda text: status.update(sentence(text))
    else:
        yield lambda text: None
