"""What all tests share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as notebooks do."""
    return "asyncio"


@pytest.fixture
async def served(anyio_backend: str) -> AsyncIterator[None]:
    """Whatever a test serves ends with it, as its event loop does."""
    from course import server

    yield
    clients = [client for _, client in server._running.values()]
    for name in list(server._running):
        server._stop(name)
    await asyncio.gather(*server._closing, *(client.aclose() for client in clients))
