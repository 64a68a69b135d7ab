"""Greenlets that cannot pause: enough for SQLAlchemy's asyncio, which pauses them only to await something.

What is awaited is driven to its end here and now. A database in the page answers at once, so nothing is lost
by it but that others have no turn meanwhile.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from course.browser.loops import wait_until


class GreenletExit(BaseException):
    """Asks a greenlet to end."""


class greenlet:  # noqa: N801
    """A function that runs when it is switched to; the one without a function awaits what it is given."""

    def __init__(self, run: Callable[..., Any] | None = None, parent: greenlet | None = None) -> None:
        self.run = run
        self.parent = parent or getcurrent()
        self.dead = False
        self.awaited = False
        self._results: list[Any] = []

    def switch(self, *args: Any, **kwargs: Any) -> Any:
        """Run to the end. If something was awaited on the way it is dead, and gives its result, only at a
        second switch: SQLAlchemy counts them, to tell an asynchronous driver from one that blocks.
        """
        global _current
        if self.run is None:
            _current.awaited = True
            return drive(args[0])
        if self._results:
            self.dead = True
            return self._results.pop()
        before, _current = _current, self
        try:
            result = self.run(*args, **kwargs)
        except BaseException:
            self.dead = True
            raise
        finally:
            _current = before
        if self.awaited:
            self._results.append(result)
            return _nothing()
        self.dead = True
        return result

    def throw(self, *error: Any) -> Any:
        raise error[1] if len(error) > 1 else GreenletExit


async def _nothing() -> None:
    """What a second switch waits for."""


def drive(awaitable: Awaitable[Any]) -> Any:
    """What `awaitable` gives; other tasks have turns only as far as it waits for them."""
    steps = awaitable.__await__()
    try:
        while True:
            future = steps.send(None)
            if future is not None:
                future._asyncio_future_blocking = False
                wait_until(future.done)
    except StopIteration as stop:
        return stop.value


_root = greenlet.__new__(greenlet)
_root.run, _root.dead, _root.awaited = None, False, False
_root.parent = _root
_current = _root


def getcurrent() -> greenlet:
    """The greenlet that runs."""
    return _current
