"""The SQL that an engine of SQLAlchemy's sends to its database: counted, kept, drawn.

with Statements(engine) as seen:
    await client.get("/trails")
print(len(seen))
seen  # a notebook draws when each was sent, and how long it took
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from course.running.timeline import Timeline

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine
    from sqlalchemy.ext.asyncio import AsyncEngine

TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|TABLE)\s+(\"?\w+\"?)", re.IGNORECASE)


class Statements:
    """What an engine sends inside of a `with`: `len()` counts it, `texts` has it.

    Args:
        engine: of SQLAlchemy's, asynchronous or not.
        title: what the picture shows.
    """

    def __init__(self, engine: AsyncEngine | Engine, title: str = "Statements of this request") -> None:
        self.title = title
        self.texts: list[str] = []
        self._engine: Any = getattr(engine, "sync_engine", engine)
        self._times: list[tuple[float, float]] = []

    def __enter__(self) -> Statements:
        from sqlalchemy import event

        for name, listener in self._listeners:
            event.listen(self._engine, name, listener)
        return self

    def __exit__(self, *_: object) -> None:
        from sqlalchemy import event

        for name, listener in self._listeners:
            event.remove(self._engine, name, listener)

    @property
    def _listeners(self) -> list[tuple[str, Any]]:
        return [("before_cursor_execute", self._before), ("after_cursor_execute", self._after)]

    def _before(self, connection: Any, cursor: Any, statement: str, *_: object) -> None:
        connection.info["course.statement"] = len(self.texts)
        self.texts.append(" ".join(statement.split()))
        now = time.perf_counter()
        self._times.append((now, now))

    def _after(self, connection: Any, *_: object) -> None:
        number = connection.info["course.statement"]
        self._times[number] = self._times[number][0], time.perf_counter()

    def __len__(self) -> int:
        return len(self.texts)

    def _drawn(self) -> Picture:
        picture = Picture(self.title)
        for text, (sent, answered) in zip(self.texts, self._times, strict=True):
            table = TABLE.search(text)
            picture.add(f"{text.split()[0]} {table[1] if table else ''}".strip(), sent, answered)
        return picture

    def __repr__(self) -> str:
        return repr(self._drawn())

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return self._drawn()._repr_mimebundle_()


class Picture(Timeline):
    """A timeline of statements: nothing waits in it."""

    legend = "Each bar is a statement: as long as the database, and the way to it, took."
    legend_as_text = "# the statement and its answer"

    @property
    def summary(self) -> str:
        count = len(self.requests)
        return f"{count} statement{'' if count == 1 else 's'} in {1000 * self.total:.0f} ms."
