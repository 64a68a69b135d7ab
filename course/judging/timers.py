"""The timers that an app sets for a request: how long it means to wait, exact on a busy machine, too."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from course.judging.api import Api
from course.judging.calls import calls_through

WHOSE: ContextVar[object] = ContextVar("WHOSE", default=None)
"""Which request a timer is set for."""


@dataclass(frozen=True)
class Timer:
    """When a timer rings."""

    ahead: float
    """Seconds from the moment at which it was set."""
    after_arrival: float
    """Seconds from the moment at which the app was called."""


@contextmanager
def watched_timers(api: Api, path: str, *, shortest: float = 0.0) -> Iterator[list[Timer]]:
    """The timers that the app sets for requests of a path by GET, as they are set.

    Args:
        shortest: seconds after the request has come; what rings earlier is for something else.
    """
    app = api.client.server.app
    timers: list[Timer] = []

    async def timed(scope: Any, receive: Any, send: Any) -> None:
        if (scope.get("path"), scope.get("method")) != (path, "GET"):
            await app(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        arrived, call_at = loop.time(), loop.call_at
        whose = WHOSE.set(me := object())

        async def send_on(message: Any) -> None:  # the server's own timers begin as an answer leaves
            sends = WHOSE.set(None)
            try:
                await send(message)
            finally:
                WHOSE.reset(sends)

        def noted(when: float, *args: Any, **options: Any) -> Any:
            if WHOSE.get() is me and when - arrived >= shortest:
                timers.append(Timer(when - loop.time(), when - arrived))
            return call_at(when, *args, **options)

        loop.call_at = noted  # type: ignore[assignment, method-assign]
        try:
            await app(scope, receive, send_on)
        finally:
            loop.call_at = call_at  # type: ignore[method-assign]
            WHOSE.reset(whose)

    with calls_through(api, timed):
        yield timers
