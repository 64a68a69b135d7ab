"""How a class is shown: on the terminal, as tables for a gradebook, as pages that ask for nothing else."""

from __future__ import annotations

import csv
import html
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from course.desk.terminal import clean
from course.judging.report import Report, State, with_code
from course.lessons import Lesson
from course.teaching.judged import Row, Standing, standings

SIGNS = {
    State.PASSED: ("✓", "right", "green"),
    State.NOT_YET: ("✗", "wrong", "yellow"),
    State.RAISED: ("!", "raised", "red"),
    State.STOPPED: ("…", "did not end, or was stopped", "red"),
    State.NOT_ATTEMPTED: ("○", "not attempted", "dim"),
}
"""For each verdict its sign, its name and its colour."""

MISSING = ("–", "nothing handed in", "dim")
UNREADABLE = ("?", "could not be read", "red")


def sign(row: Row, task: str) -> tuple[str, str, str]:
    """The sign, the name and the colour of a verdict."""
    if report := row.reports.get(task):
        return SIGNS[report.state]
    return UNREADABLE if row.learner.unreadable or task in row.unreadable else MISSING


def furthest_first(rows: Iterable[Row], tasks: Sequence[str]) -> list[Row]:
    """The rows in the order in which they are shown."""
    return sorted(rows, key=lambda row: (-row.passed(tasks), row.learner.name.casefold()))


def table(rows: Sequence[Row], lesson: Lesson) -> Table:
    """A line for each learner, a sign for each task of a lesson."""
    drawn = Table(
        title=f"Lesson {lesson.number}: {lesson.title}", title_justify="left", title_style="bold", box=None
    )
    drawn.add_column("")
    for task in lesson.tasks:
        drawn.add_column(task, justify="center")
    drawn.add_column("right", justify="right")
    for row in furthest_first(rows, lesson.tasks):
        signs = (sign(row, task) for task in lesson.tasks)
        count = f"{row.passed(lesson.tasks)}/{len(lesson.tasks)}"
        name = Text(clean(row.learner.name), overflow="ellipsis", no_wrap=True)
        drawn.add_row(name, *(Text(mark, colour) for mark, _, colour in signs), count)
    return drawn


def legend() -> Text:
    """What the signs mean, in a line."""
    return Text("   ").join(
        Text.assemble((mark, colour), f" {name}")
        for mark, name, colour in (*SIGNS.values(), UNREADABLE, MISSING)
    )


def sentences(standing: Standing) -> Iterator[str]:
    """Where a class stands with one task: a headline, and a sentence for each check that holds some up."""
    if not standing.attempted:
        yield f"{standing.task} {standing.title}: nobody has begun"
        return
    began = f"{standing.right} of the {standing.attempted} who began"
    yield f"{standing.task} {standing.title}: right for {began}"
    for stuck in standing.checks:
        said = f"{stuck.learners} at: {stuck.label}"
        if stuck.saw:
            who = "Seen" if stuck.of_these == stuck.learners else f"Seen by {stuck.of_these}"
            said += f". {who}: {stuck.saw}"
        yield clean(" ".join(said.split()))


# Tables for programs

COLUMNS = ("learner", "lesson", "task", "verdict", "check", "difference", "saved")


def records(rows: Sequence[Row], lessons: Sequence[Lesson]) -> Iterator[dict[str, Any]]:
    """A record for each learner and task."""
    for row in rows:
        for lesson in lessons:
            work = row.learner.works.get(lesson.slug)
            for task in lesson.tasks:
                report = row.reports.get(task)
                yield {
                    "learner": row.learner.name,
                    "lesson": lesson.number,
                    "task": task,
                    "verdict": sign(row, task)[1],
                    "check": report.failed if report else "",
                    "difference": _difference(report) if report and not report.passed else "",
                    "saved": work.saved.isoformat(timespec="seconds") if work and report else "",
                }


def _difference(report: Report) -> str:
    """What went wrong, in a line: the first difference, or the exception, or the nudge."""
    return report.differs or (report.traceback.strip().splitlines() or [report.nudge])[-1]


def write_csv(path: Path, rows: Sequence[Row], lessons: Sequence[Lesson]) -> None:
    """As CSV in UTF-8, with a mark by which spreadsheets know that. No cell can be read as a formula."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for record in records(rows, lessons):
            writer.writerow({name: _no_formula(value) for name, value in record.items()})


def _no_formula(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def write_json(path: Path, rows: Sequence[Row], lessons: Sequence[Lesson]) -> None:
    """As a JSON list of the same records."""
    path.write_text(json.dumps(list(records(rows, lessons)), indent=2, ensure_ascii=False), encoding="utf-8")


# Pages

STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
table { border-collapse: collapse; margin: 0 0 1rem; }
.wide { overflow-x: auto; }
th, td { padding: .2rem .6rem; text-align: center; border-bottom: 1px solid #8885; }
th[scope=row] { text-align: left; font-weight: 600; max-width: 20rem; overflow-wrap: anywhere; }
.right { color: #1c7040; } .wrong { color: #8f5a00; } .raised, .stopped { color: #b3261e; }
.none { opacity: .7; }
@media (prefers-color-scheme: dark) {
  .right { color: #7fce9a; } .wrong { color: #f0b45a; } .raised, .stopped { color: #ff8f86; }
}
pre { overflow-x: auto; white-space: pre-wrap; }
"""
CLASSES = {
    State.PASSED: "right",
    State.NOT_YET: "wrong",
    State.RAISED: "raised",
    State.STOPPED: "stopped",
}


def class_page(rows: Sequence[Row], lessons: Sequence[Lesson]) -> str:
    """The whole class as one page of HTML that asks nothing from outside."""
    parts = [f"<p>{_legend_html()}</p>"]
    for lesson in lessons:
        parts.append(f"<h2>Lesson {lesson.number}: {html.escape(lesson.title)}</h2>")
        head = "".join(f'<th scope="col">{task}</th>' for task in lesson.tasks)
        parts.append(f'<div class="wide"><table><tr><td></td>{head}<th scope="col">right</th></tr>')
        for row in furthest_first(rows, lesson.tasks):
            cells = "".join(_sign_html(row, task) for task in lesson.tasks)
            count = f"<td>{row.passed(lesson.tasks)}/{len(lesson.tasks)}</td>"
            name = html.escape(row.learner.name)
            parts.append(f'<tr><th scope="row">{name}</th>{cells}{count}</tr>')
        parts.append("</table></div>")
        for standing in standings(rows, lesson):
            first, *rest = sentences(standing)
            parts.append(f"<h3>{with_code(first)}</h3>")
            if rest:
                parts.append("<ul>" + "".join(f"<li>{with_code(one)}</li>" for one in rest) + "</ul>")
    parts += _troubles_html(rows)
    return _page("The class", parts)


def feedback_page(row: Row, lessons: Sequence[Lesson]) -> str:
    """One learner's reports, as `course check` gives them, as a page of HTML."""
    parts = []
    for lesson in lessons:
        reports = [row.reports[task] for task in lesson.tasks if task in row.reports]
        if reports:
            parts.append(f"<h2>Lesson {lesson.number}: {html.escape(lesson.title)}</h2>")
            parts += [report.html() for report in reports]
    return _page(row.learner.name, [*parts, *_troubles_html([row])])


def write_feedback(folder: Path, rows: Sequence[Row], lessons: Sequence[Lesson]) -> None:
    """A page for each learner in a folder of their own choosing; names that no file may have are changed."""
    folder.mkdir(parents=True, exist_ok=True)
    taken: set[str] = set()
    for row in rows:
        plain = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", row.learner.name).strip(" .")[:80] or "learner"
        name, number = plain, 1
        while name.casefold() in taken:
            number += 1
            name = f"{plain} {number}"
        taken.add(name.casefold())
        (folder / f"{name}.html").write_text(feedback_page(row, lessons), encoding="utf-8")


def _page(title: str, parts: Iterable[str]) -> str:
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{html.escape(title)}</title><style>{STYLE}</style></head>",
            f"<body><main><h1>{html.escape(title)}</h1>",
            *parts,
            "</main></body></html>\n",
        ]
    )


def _sign_html(row: Row, task: str) -> str:
    mark, name, _ = sign(row, task)
    report = row.reports.get(task)
    kind = CLASSES.get(report.state, "none") if report else "none"
    return f'<td class="{kind}"><span role="img" aria-label="{name}" title="{name}">{mark}</span></td>'


def _legend_html() -> str:
    return " &nbsp; ".join(
        f'<span aria-hidden="true">{mark}</span> {name}'
        for mark, name, _ in (*SIGNS.values(), UNREADABLE, MISSING)
    )


def _troubles_html(rows: Sequence[Row]) -> list[str]:
    told = [(row.learner.name, trouble) for row in rows for trouble in row.learner.troubles]
    if not told:
        return []
    lines = "".join(f"<li>{html.escape(name)}: {with_code(trouble)}</li>" for name, trouble in told)
    return ["<h2>What could not be read</h2>", f"<ul>{lines}</ul>"]
