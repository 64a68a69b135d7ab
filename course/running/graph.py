"""A picture of who needs whom: boxes in columns, what needs on the left, what is needed on the right.

    graph = Graph("Two endpoints, one store", [("GET /trails", "store"), ("GET /huts", "store")])
    graph  # a notebook draws it, a terminal prints it as a tree

The same pairs give the same picture, byte by byte.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from itertools import pairwise

LETTER = 7.25
"""Pixels that a letter takes: the fonts below are monospaced, at 12 pixels."""

LONGEST_LABEL = 28
"""Letters of a label that are drawn; the text has all of them."""

BOX, ROW, GAP = 26, 36, 40
"""Pixels: how high a box is, from one box to the next below it, and between two columns."""

SWEEPS = 4
"""How often the boxes are sorted so that lines cross less. More changes nothing in small graphs."""

FIRST = "#2a8a6a"
"""Frames the boxes that nothing needs: three to one, or more, against light and dark themes."""


class Graph:
    """Things and what they need, drawn from left to right.

    Args:
        title: what the picture shows.
        pairs: who needs whom, by name, in the order in which they are to be drawn.
        alone: names that are to be shown although they need nothing and nothing needs them.

    Raises:
        ValueError: something needs itself, by however many steps.
    """

    def __init__(self, title: str, pairs: Iterable[tuple[str, str]], *, alone: Iterable[str] = ()) -> None:
        self.title = title
        self.needs: dict[str, list[str]] = {}
        for name, needed in pairs:
            self.needs.setdefault(needed, [])
            known = self.needs.setdefault(name, [])
            if needed not in known:
                known.append(needed)
        for name in alone:
            self.needs.setdefault(name, [])
        self.columns = _ranks(self.needs)

    @property
    def first(self) -> list[str]:
        """What nothing else needs: where a picture or a tree begins."""
        needed = {name for names in self.needs.values() for name in names}
        roots = [name for name in self.needs if name not in needed]
        return sorted(roots, key=self._order().index)

    def _order(self) -> list[str]:
        """The names in the order in which their own needs were told, then the rest."""
        return [*(name for name, needed in self.needs.items() if needed), *self.needs]

    # As text

    def __repr__(self) -> str:
        lines = [self.title, ""]
        told: set[str] = set()
        for name in self.first:
            lines += [name, *self._below(name, "", told)]
        return "\n".join(lines)

    def _below(self, name: str, indent: str, told: set[str]) -> Iterator[str]:
        """The tree of what `name` needs. What was told before is named only."""
        if name in told:
            return
        told.add(name)
        for number, needed in enumerate(self.needs[name], 1):
            last = number == len(self.needs[name])
            again = " (as above)" if needed in told and self.needs[needed] else ""
            yield f"{indent}{'└─' if last else '├─'} {needed}{again}"
            yield from self._below(needed, f"{indent}{'   ' if last else '│  '}", told)

    # As a drawing

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self.html()}

    def html(self) -> str:
        """The drawing, and the same as text to unfold. All styles are in it; nothing depends on a page."""
        tree = "\n".join(repr(self).split("\n")[2:])
        return (
            '<figure class="course-graph" style="margin:.4em 0;padding:.2em 1em;max-width:60rem">'
            '<figcaption style="margin:0 0 .5em;max-width:none;text-align:left;font-style:normal">'
            f"<b>{html.escape(self.title)}</b><br>Each box needs those that its lines lead to, on its right."
            f'</figcaption><div style="overflow-x:auto" tabindex="0" role="group" '
            f'aria-label="{html.escape(self.title, quote=True)}">{self.svg()}</div>'
            "<details><summary>The same as text</summary>"
            f'<pre style="margin:.3em 0">{html.escape(tree)}</pre></details></figure>'
        )

    def svg(self) -> str:
        """The boxes and lines as an SVG, as large as they are: a narrow page scrolls it sideways."""
        chains, columns = self._routed()
        wide = [max(_width(name) for name in column) for column in columns]
        left = [1 + sum(wide[:number]) + GAP * number for number in range(len(columns))]
        height = ROW * max((len(column) for column in columns), default=1)
        place = {
            node: (left[number], (height - ROW * len(column)) / 2 + ROW * (row + 0.5))
            for number, column in enumerate(columns)
            for row, node in enumerate(column)
        }
        column_of = {node: number for number, column in enumerate(columns) for node in column}
        parts = [f"<title>{html.escape(self.title)}</title><desc>{html.escape(self._described())}</desc>"]
        for chain in chains:
            points = []
            for node in chain:
                x, y = place[node]
                # A line bends only between two columns: past a column it is level, so it meets no box.
                points += [(x, y), (x + _width(node), y), (x + wide[column_of[node]], y)]
            parts.append(_line(points[1:-2]))
        for name, (x, y) in place.items():
            if isinstance(name, str):
                parts.append(_box(name, x, y, first=name in self.first))
        width = (left[-1] + wide[-1] if columns else 0) + 1
        return (
            f'<svg role="img" width="{width:g}" height="{height:g}" '
            'style="display:block;max-width:none;font:12px ui-monospace,Menlo,Consolas,monospace">'
            f"{''.join(parts)}</svg>"
        )

    def _described(self) -> str:
        """The picture in words, for those who do not see it."""
        words = []
        for name in self._order()[: len(self.needs)]:
            if needed := self.needs[name]:
                several = f"{', '.join(needed[:-1])} and " if len(needed) > 1 else ""
                words.append(f"{name} needs {several}{needed[-1]}.")
        return " ".join(dict.fromkeys(words))

    def _routed(self) -> tuple[list[list[Node]], list[list[Node]]]:
        """Each line as the nodes it goes through, and each column's nodes from top to bottom.

        A line across several columns gets a place in each of them, as a tuple, so that it meets no box.
        """
        columns: list[list[Node]] = [[] for _ in range(max(self.columns.values(), default=-1) + 1)]
        for name in dict.fromkeys([*self.first, *self._order()]):
            columns[self.columns[name]].append(name)
        chains: list[list[Node]] = []
        for name in self.needs:
            for needed in self.needs[name]:
                between = range(self.columns[name] + 1, self.columns[needed])
                stops: list[Node] = [(name, needed, str(number)) for number in between]
                for number, stop in zip(between, stops, strict=True):
                    columns[number].append(stop)
                chains.append([name, *stops, needed])
        for sweep in range(SWEEPS):
            _sort(columns, chains, rightwards=sweep % 2 == 0)
        return chains, columns


Node = str | tuple[str, str, str]


def _ranks(needs: dict[str, list[str]]) -> dict[str, int]:
    """The column of each name: one more than the last of those that need it."""
    found: dict[str, int] = {}

    def visit(name: str, column: int, path: tuple[str, ...]) -> None:
        if name in path:
            raise ValueError(f"{name} needs itself: {' -> '.join([*path, name])}")
        if column >= found.get(name, 0):
            found[name] = column
            for needed in needs[name]:
                visit(needed, column + 1, (*path, name))

    for name in needs:
        visit(name, 0, ())
    return found


def _sort(columns: list[list[Node]], chains: list[list[Node]], *, rightwards: bool) -> None:
    """Put each node beside the middle of its neighbours in the column before it."""
    beside: dict[Node, list[Node]] = {}
    for chain in chains:
        for one, other in pairwise(chain):
            key, value = (other, one) if rightwards else (one, other)
            beside.setdefault(key, []).append(value)
    numbers = range(1, len(columns)) if rightwards else range(len(columns) - 2, -1, -1)
    for number in numbers:
        before = columns[number - 1 if rightwards else number + 1]
        rows = {node: row / max(1, len(before) - 1) for row, node in enumerate(before)}
        here = {node: row / max(1, len(columns[number]) - 1) for row, node in enumerate(columns[number])}

        def middle(node: Node, rows: dict[Node, float] = rows, here: dict[Node, float] = here) -> float:
            near = [rows[other] for other in beside.get(node, ()) if other in rows]
            return sum(near) / len(near) if near else here[node]

        columns[number].sort(key=middle)


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST_LABEL else name[: LONGEST_LABEL - 1] + "…"


def _width(node: Node) -> float:
    return round(len(_cut(node)) * LETTER) + 20 if isinstance(node, str) else 0


def _box(name: str, x: float, y: float, *, first: bool) -> str:
    # What nothing needs has corners as well as a colour: not everybody tells colours apart.
    rounded = f'stroke="currentColor" stroke-opacity=".6" rx="{BOX // 2}"'
    look = f'stroke="{FIRST}" stroke-width="2"' if first else rounded
    return (
        f'<rect x="{x:g}" y="{y - BOX / 2:g}" width="{_width(name):g}" height="{BOX}" fill="none" {look}/>'
        f'<text x="{x + _width(name) / 2:g}" y="{y + 4:g}" text-anchor="middle" fill="currentColor">'
        f"{html.escape(_cut(name))}</text>"
    )


def _line(points: list[tuple[float, float]]) -> str:
    """A curve through `points`, with a small arrow where it ends."""
    (x, y), *rest = points
    drawn = f"M{x:g} {y:g}"
    for to_x, to_y in rest:
        middle = (x + to_x) / 2
        drawn += f" C{middle:g} {y:g} {middle:g} {to_y:g} {to_x:g} {to_y:g}"
        x, y = to_x, to_y
    return (
        f'<path d="{drawn}" fill="none" stroke="currentColor" stroke-opacity=".6"/>'
        f'<path d="M{x:g} {y:g} l-7 -4 v8 z" fill="currentColor" fill-opacity=".7"/>'
    )
