"""What all benchmarks share: what they return, how they take turns, and the table."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Row:
    """A measured thing beside its floor, both in seconds of the same run."""

    name: str
    seconds: float
    floor: str
    floor_seconds: float

    @property
    def ratio(self) -> float:
        """How many times the floor it takes."""
        return self.seconds / self.floor_seconds


def timed(action: Callable[[], object]) -> Callable[[], float]:
    """The action as one that returns the seconds it took."""

    def measure() -> float:
        started = time.perf_counter()
        action()
        return time.perf_counter() - started

    return measure


def medians(repeat: int, *measures: Callable[[], float]) -> list[float]:
    """The median of what each measures. They take turns, so that a busy moment meets them all alike."""
    rounds = [[measure() for measure in measures] for _ in range(repeat)]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def table(rows: Iterable[Row]) -> Table:
    """The rows as they are printed."""
    grid = Table(
        "what", "median", "floor", "its median", "ratio", box=None, pad_edge=False, padding=(0, 3, 0, 0)
    )
    for column in (1, 3, 4):
        grid.columns[column].justify = "right"
        grid.columns[column].no_wrap = True
    for row in rows:
        grid.add_row(
            row.name, f"{row.seconds:.2f} s", row.floor, f"{row.floor_seconds:.2f} s", f"{row.ratio:.2f}"
        )
    return grid
