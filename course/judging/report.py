"""What a learner reads after a check: one structure, drawn as text, in a terminal and as HTML."""

from __future__ import annotations

import html
import re
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """How a task, or one check of it, came out."""

    PASSED = "passed"
    NOT_ATTEMPTED = "not attempted yet"
    NOT_YET = "not yet right"
    RAISED = "your code raised"
    STOPPED = "stopped"
    """The code never ended, ended the process or wrote without end: it was stopped from outside."""
    NOT_RUN = "not run"
    """A check that had no turn, because the code raised or was stopped before."""


MARKS = {
    State.PASSED: "✓",
    State.NOT_ATTEMPTED: "○",
    State.NOT_YET: "✗",
    State.RAISED: "✗",
    State.STOPPED: "✗",
    State.NOT_RUN: "·",
}
COLOURS = {
    State.PASSED: "green",
    State.NOT_ATTEMPTED: "dim",
    State.NOT_YET: "yellow",
    State.RAISED: "red",
    State.STOPPED: "red",
    State.NOT_RUN: "dim",
}


@dataclass
class Line:
    """One check: `name` is its function's, `label` what the learner reads."""

    name: str
    label: str
    state: State = State.NOT_RUN


@dataclass
class Report:
    """The answer to `check`: the checks in order, and what went wrong with the first that did."""

    task: str
    title: str
    state: State
    lines: list[Line] = field(default_factory=list)
    failed: str = ""
    """The name of the check that failed first."""
    sent: str = ""
    came_back: str = ""
    expected: str = ""
    differs: str = ""
    """The first difference between what came back and what was expected, as a sentence."""
    nudge: str = ""
    traceback: str = ""
    """The learner's own lines, and the exception."""
    printed: str = ""
    """What the learner's code printed meanwhile."""

    @property
    def passed(self) -> bool:
        return self.state is State.PASSED

    @property
    def headline(self) -> str:
        """Such as "1.1 Greet by name: not yet right"."""
        return f"{self.task} {self.title}: {self.state}"

    def details(self) -> list[tuple[str, str]]:
        """What to read, in this order: sent, came back, expected, the first difference, a nudge."""
        rows = [
            ("Your code", self.traceback),
            ("Sent", self.sent),
            ("Came back", self.came_back),
            ("Expected", self.expected),
            ("Differs", self.differs),
            ("Nudge", self.nudge),
            ("Printed", self.printed),
        ]
        return [(label, text) for label, text in rows if text]

    def text(self) -> str:
        """The report for a place without colours."""
        parts = [f"{MARKS[self.state]} {self.headline}"]
        parts += [f"  {MARKS[line.state]} {line.label}" for line in self.lines]
        for label, text in self.details():
            first, *rest = text.splitlines()
            parts.append(f"  {label:<10} {first}")
            parts += [f"  {'':<10} {line}".rstrip() for line in rest]
        return "\n".join(parts)

    def html(self) -> str:
        """The report as HTML; everything that came from outside is escaped."""
        kind = self.state.name.lower().replace("_", "-")
        parts = [
            f'<div class="course-report course-{kind}">{STYLE}',
            f'<p class="course-headline"><span aria-hidden="true">{MARKS[self.state]}</span> '
            f"<b>{html.escape(f'{self.task} {self.title}')}</b>: {self.state}</p>",
        ]
        if self.lines:
            parts.append('<ul class="course-checks">')
            parts += [
                f'<li class="course-{line.state.name.lower().replace("_", "-")}">'
                f'<span role="img" aria-label="{line.state}">{MARKS[line.state]}</span> '
                f"{with_code(line.label)}</li>"
                for line in self.lines
            ]
            parts.append("</ul>")
        if details := self.details():
            parts.append('<dl class="course-details">')
            for label, text in details:
                prose = label in PROSE
                drawn = f"<p>{with_code(text)}</p>" if prose else f"<pre>{html.escape(text)}</pre>"
                parts.append(f"<dt>{label}</dt><dd>{drawn}</dd>")
            parts.append("</dl>")
        parts.append("</div>")
        return "".join(parts)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self.html()}

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Report:
        """The other way of `as_dict`."""
        lines = [Line(**{**line, "state": State(line["state"])}) for line in data["lines"]]
        return cls(**{**data, "state": State(data["state"]), "lines": lines})


PROSE = ("Differs", "Nudge", "Why")
"""The details that are sentences; all others are shown as they are."""


def with_code(text: str) -> str:
    """Prose as HTML: escaped, and what stands in backticks as code."""
    escaped = html.escape(text, quote=False).replace("\n", "<br>")
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escaped)


@dataclass
class PredictionReport(Report):
    """The answer to a prediction: what was said, what is right, and why."""

    def details(self) -> list[tuple[str, str]]:
        if self.state is State.NOT_ATTEMPTED:
            return [("Nudge", self.nudge)]
        rows = [("You said", self.came_back), ("Right is", self.expected), ("Why", self.nudge)]
        return [(label, text) for label, text in rows if text]


# Notebook front ends bring no style sheet of ours, so a report carries its own; the site strips it.
# Colours are mixed from the text's own, so that both light and dark themes are readable.
STYLE = (
    "<style>"
    ".course-report{border-left:4px solid #8888;padding:.1em 1em;margin:.3em 0}"
    ".course-report.course-passed{border-color:#2a8a4a}"
    ".course-report.course-not-yet{border-color:#c78a00}"
    ".course-report.course-raised,.course-report.course-stopped{border-color:#c6362c}"
    ".course-report p{margin:.4em 0}"
    ".course-report ul.course-checks{list-style:none;margin:.4em 0;padding:0}"
    ".course-report li.course-not-run{opacity:.65}"
    ".course-report dl{display:grid;grid-template-columns:max-content 1fr;gap:.3em 1em;margin:.6em 0}"
    ".course-report dt{font-weight:600;text-align:left;width:auto}"
    ".course-report dd{margin:0;min-width:0}"
    ".course-report dd p{margin:0}"
    ".course-report dd pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;background:none}"
    "</style>"
)
