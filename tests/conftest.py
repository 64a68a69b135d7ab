"""What all tests share."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator

import pytest

# A shell that starts something in the background has it ignore Ctrl-C, and so all that it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as notebooks do."""
    return "asyncio"


@pytest.fixture
async def served(anyio_backend: str) -> AsyncIterator[None]:
    """Whatever a test serves ends with it, as its event loop does."""
    from course.running import server

    yield
    clients = [client for _, client in server._running.values()]
    for name in list(server._running):
        server._stop(name)
    await asyncio.gather(*server._closing, *(client.aclose() for client in clients))
