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

    def switch(self, *args: Any, **kwargs: Any) -> Any:
        global _current
        if self.run is None:
            return drive(args[0])
        before, _current = _current, self
        try:
            return self.run(*args, **kwargs)
        finally:
            self.dead = True
            _current = before

    def throw(self, *error: Any) -> Any:
        raise error[1] if len(error) > 1 else GreenletExit


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
_root.run, _root.dead = None, False
_root.parent = _root
_current = _root


def getcurrent() -> greenlet:
    """The greenlet that runs."""
    return _current
