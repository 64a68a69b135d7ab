"""A picture of who waited for whom: requests as bars on one axis of time.

    timeline = Timeline("Two requests, one worker")
    timeline.add("1", sent=0.0, answered=0.2, began=0.0, ended=0.2)
    timeline.add("2", sent=0.0, answered=0.4, began=0.2, ended=0.4)
    timeline  # a notebook draws it, a terminal prints it

Times are seconds of one clock; `time.perf_counter()` is the same one in every process of a machine.
"""

from __future__ import annotations

import html
from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass

COLUMNS = 60
"""Characters that the axis has in a terminal."""

ROOM_FOR_ROWS = 16
"""With more requests than this, rows are thin and only every tenth has a label."""

LONGEST_LABEL = 22
"""Characters of a label that are drawn: half of a phone's width."""


@dataclass(frozen=True)
class Request:
    """One request: when it was sent and answered and, if the app says so, when it was being served."""

    label: str
    sent: float
    answered: float
    began: float | None = None
    ended: float | None = None

    @property
    def served(self) -> tuple[float, float]:
        """When the app worked on it; without word from the app, all the time."""
        began = self.sent if self.began is None else max(self.sent, self.began)
        ended = self.answered if self.ended is None else min(self.answered, self.ended)
        return began, max(began, ended)

    @property
    def waited(self) -> float:
        """Seconds between sending and the moment in which the app took it up."""
        return self.served[0] - self.sent


class Timeline:
    """Requests in the order in which they were sent, drawn as bars below each other.

    A thin line is the time in which a request waited, a thick bar the time in which it was being served.

    Args:
        title: what the picture shows; it may hold any characters.
        seconds: how long the axis is at least, so that several pictures can be compared.
    """

    legend = "Thin line: waiting. Thick bar: being served."
    legend_as_text = "- waiting   # being served"

    def __init__(self, title: str, *, seconds: float = 0.0) -> None:
        self.title = title
        self.seconds = seconds
        self.requests: list[Request] = []

    def add(
        self,
        label: str,
        sent: float,
        answered: float,
        began: float | None = None,
        ended: float | None = None,
    ) -> None:
        """Add a request by its times in seconds: `sent` and `answered` as the client saw them, `began`
        and `ended` as the app did.

        Raises:
            ValueError: it ends before it begins.
        """
        if answered < sent or (began is not None and ended is not None and ended < began):
            raise ValueError(f"request {label!r} ends before it begins")
        one = Request(label, sent, answered, began, ended)
        insort(self.requests, one, key=lambda other: other.sent)

    @property
    def start(self) -> float:
        """When the first request was sent."""
        return min((one.sent for one in self.requests), default=0.0)

    @property
    def total(self) -> float:
        """Seconds from the first request to the last answer."""
        return max((one.answered for one in self.requests), default=0.0) - self.start

    @property
    def at_once(self) -> int:
        """How many requests were being served at the same moment, at the most."""
        spans = [one.served for one in self.requests]
        # Where one ends in the moment in which another begins, they do not meet: -1 sorts before +1.
        steps = sorted([(began, 1) for began, _ in spans] + [(ended, -1) for _, ended in spans])
        now = most = 0
        for _, step in steps:
            now += step
            most = max(most, now)
        return most

    @property
    def summary(self) -> str:
        """One sentence with the figures."""
        count = len(self.requests)
        return (
            f"{count} request{'' if count == 1 else 's'} in {self.total:.2f} s, "
            f"at most {self.at_once} being served at the same moment."
        )

    @property
    def _axis(self) -> float:
        """Seconds from the left end of the picture to the right."""
        return max(self.total, self.seconds) or 1.0

    # As text

    def __repr__(self) -> str:
        width = max((len(one.label) for one in self.requests), default=0)
        lines = [self.title, self.summary, ""]
        for one in self.requests:
            sent, began, ended, answered = (round(at * COLUMNS) for at in self._shares(one))
            bar = "-" * (began - sent) + "#" * max(1, ended - began)
            bar += "-" * (answered - sent - len(bar))
            lines.append(f"{one.label:>{width}} {' ' * sent}{bar}")
        axis = ""
        for share, label in self._ticks():
            axis = f"{axis:<{round(share * COLUMNS)}}{label}  "
        lines += [f"{'':>{width}} {axis}".rstrip(), "", self.legend_as_text]
        return "\n".join(lines)

    # As a drawing

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self.html()}

    def html(self) -> str:
        """The drawing with its title and its figures. All styles are in it; nothing depends on a page."""
        title = html.escape(self.title, quote=True)
        return (
            f'<div class="course-timeline" role="figure" aria-label="{title}" '
            'style="margin:.3em 0;padding:.2em 1em;max-width:44rem">'
            f"<b>{title}</b><br>{self.summary}{self.svg()}<small>{self.legend}</small></div>"
        )

    def svg(self) -> str:
        """The bars as an SVG as wide as its place: bars grow with it, letters keep their size."""
        few = len(self.requests) <= ROOM_FOR_ROWS
        row, bar = (22, 14) if few else (8, 5)
        top = 6  # the first label is higher than a thin row
        bottom = top + row * len(self.requests) + 2
        left = self._left_margin()

        def x(share: float) -> float:
            return left + (RIGHT - left) * share

        parts = [f"<title>{html.escape(self.title)}</title><desc>{html.escape(self._described())}</desc>"]
        for share, label in self._ticks((RIGHT - left) / WIDTH_OF_A_TICK):
            parts.append(_line(x(share), x(share), (0, bottom), 'stroke="currentColor" stroke-opacity=".25"'))
            parts.append(_text(x(share), bottom + 16, label, "middle"))
        for number, one in enumerate(self.requests):
            middle = top + row * number + row / 2
            sent, began, ended, answered = (x(share) for share in self._shares(one))
            if few or number % 10 == 0:
                parts.append(_text(0, middle + 4, _cut(one.label), "start"))
            waiting = f'stroke="currentColor" stroke-opacity=".6" stroke-width="{2 if few else 1}"'
            parts.append(_line(sent, answered, (middle, middle), waiting))
            parts.append(
                f'<rect x="{began:.2f}%" y="{middle - bar / 2:g}" width="{max(0.4, ended - began):.2f}%" '
                f'height="{bar}" fill="{BAR}"/>'
            )
        return (
            f'<svg role="img" width="100%" height="{bottom + 22}" '
            'style="display:block;font:13px system-ui,sans-serif;max-width:100%">'
            f"{''.join(parts)}</svg>"
        )

    def _left_margin(self) -> float:
        """Per cent of the width for the labels, so that the longest has room on a phone."""
        longest = max((len(_cut(one.label)) for one in self.requests), default=0)
        return 3 + 2.2 * max(2, longest)

    def _described(self) -> str:
        """The picture in words, for those who do not see it."""
        words = [self.summary]
        for number, one in enumerate(self.requests):
            if len(self.requests) <= ROOM_FOR_ROWS or number % 10 == 0:
                began, ended = one.served
                words.append(f"{one.label}: waited {one.waited:.2f} s, served {ended - began:.2f} s.")
        return " ".join(words)

    def _shares(self, one: Request) -> tuple[float, float, float, float]:
        """Sent, began, ended and answered as parts of the axis, 0 to 1."""
        whole = self._axis
        began, ended = one.served
        sent, began, ended, answered = (
            (at - self.start) / whole for at in (one.sent, began, ended, one.answered)
        )
        return sent, began, ended, answered

    def _ticks(self, most: float = 5.0) -> Iterator[tuple[float, str]]:
        """Where the axis has a mark, 0 to 1, with its label: round numbers of seconds, 0 and `most` more."""
        whole = self._axis
        step = next((step for step in STEPS if whole / step < most), whole)
        places = len(f"{step:g}".partition(".")[2])
        for number in range(int(whole / step) + 1):
            yield number * step / whole, f"{number * step:.{places}f} s"


RIGHT = 94
"""Where the axis ends, in per cent of the width: half a label has room beside it."""

WIDTH_OF_A_TICK = 16
"""Per cent of a phone's width that a label of the axis takes."""

STEPS = [base * 10**power for power in range(-3, 4) for base in (1, 2, 5)]

# Three to one, or more, against the white of a light theme and the black of a dark one.
BAR = "#2a8a6a"


def _cut(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"


def _line(x1: float, x2: float, y: tuple[float, float], look: str) -> str:
    return f'<line x1="{x1:.2f}%" x2="{x2:.2f}%" y1="{y[0]:g}" y2="{y[1]:g}" {look}/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return (
        f'<text x="{x:.2f}%" y="{y:g}" text-anchor="{anchor}" fill="currentColor">{html.escape(text)}</text>'
    )
