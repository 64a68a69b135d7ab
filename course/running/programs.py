"""`program("uvicorn", "app:app")`: a program in a process of its own, for the length of a block.

    async with program("uvicorn", "app:app", "--port", "0", folder=FOLDER) as server:
        answer = await server.client.get("/trails")
        await server.end("SIGTERM")
        print(server.code, server.lines)

It is run as `python -m uvicorn app:app --port 0`, and bound to the process that started it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import httpx

from course.lessons import CourseError
from course.running.bound import end_all
from course.running.serving import Served

ENDS_WITHIN = 10.0
"""Seconds that a program gets to end by itself when its block does."""

WITHIN = 60.0
"""Seconds in which a program that lives must have said what is waited for."""

ADDRESS = re.compile(r"https?://(?:127\.0\.0\.1|0\.0\.0\.0):(\d+)")


class Program(Served):
    """A program that runs, with all that it has said."""

    def __init__(
        self, command: Sequence[str], folder: str | Path, environment: Mapping[str, str], said: str
    ) -> None:
        # Whose app it is, this process does not know; nor what that raises.
        self.app = _elsewhere
        self._raised = {}
        self._lifespan_raised = None
        self.lifespan_sent = []
        self.said = said
        """The command, as one types it."""
        self.lines: list[str] = []
        """All lines so far, of standard output and of standard error."""
        self.output: list[str] = []
        """Those of standard output alone."""
        self._news = threading.Condition()
        self._client: httpx.AsyncClient | None = None
        group: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", **environment},
            stdin=subprocess.PIPE,  # closes when this process ends, however it does
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            **group,
        )
        self._readers = [
            threading.Thread(target=self._read, args=(pipe, keep), daemon=True)
            for pipe, keep in ((self.process.stdout, True), (self.process.stderr, False))
        ]
        for reader in self._readers:
            reader.start()

    @property
    def code(self) -> int | None:
        """The code with which it ended: minus a number, if that signal ended it; None while it runs."""
        return self.process.poll()

    @property
    def client(self) -> httpx.AsyncClient:
        """A client for the server that this program is; `ready` has been awaited."""
        if self._client is None:
            self._client = self.another_client()
        return self._client

    def another_client(self, **options: Any) -> httpx.AsyncClient:
        """One more client, with connections of its own."""
        return httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=30, **options)

    def client_options(self) -> dict[str, Any]:
        return {"trust_env": False, "verify": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)}

    async def ready(self) -> None:
        """Wait until it says at which address it serves.

        Raises:
            CourseError: it has ended instead.
        """
        line = await self.line(ADDRESS.search)
        found = ADDRESS.search(line)
        assert found is not None
        self.port = int(found[1])
        # A server with workers says its address, and takes no connection before a worker has begun.
        while self.code is None and not await self._takes_connections():  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    async def line(self, wanted: str | Callable[[str], object]) -> str:
        """Wait for a line, with these words in it or for which the function holds, and return it.

        Raises:
            CourseError: the program has ended, or a minute has passed, without such a line.
        """
        fits = (lambda line: wanted in line) if isinstance(wanted, str) else wanted
        found = await asyncio.to_thread(self._wait, lambda: next(filter(fits, self.lines), None))
        if found is None:
            how = "It runs on." if self.code is None else f"It ended with the code {self.code}."
            raise CourseError(f"{self.said}\nhas not said what was waited for. {how}\n" + self.last())
        return found

    async def ended(self) -> int | None:
        """Wait until it has ended by itself, and return its code; None if it still runs after a minute."""
        await asyncio.to_thread(self._wait, lambda: None)
        return self.code

    async def end(self, name: str) -> int | None:
        """Send the signal of this name, wait until the program has ended, and return its code."""
        self.signal(name)
        return await self.ended()

    def signal(self, name: str) -> None:
        """Send the signal of this name, such as "SIGTERM". Windows gets Ctrl+Break in place of that one."""
        number = signal.Signals[name] if hasattr(signal, name) else signal.SIGTERM
        if sys.platform == "win32" and name == "SIGTERM":
            number = signal.CTRL_BREAK_EVENT
        with contextlib.suppress(OSError):
            self.process.send_signal(number)

    def last(self) -> str:
        """Its last lines."""
        with self._news:
            return "\n".join(self.lines[-20:])

    def stop(self) -> None:
        """End the program, and what it started. Returns when all of it is gone."""
        with contextlib.suppress(OSError):
            if self.process.stdin:
                self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(ENDS_WITHIN)
        end_all(self.process)
        for reader in self._readers:
            reader.join(ENDS_WITHIN)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe:
                pipe.close()

    async def aclose(self) -> None:
        """`stop`, and close the client."""
        if self._client is not None:
            await self._client.aclose()
        await asyncio.to_thread(self.stop)

    async def _takes_connections(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        # The server closes it, too, and has none open when this returns: some count them.
        writer.write_eof()
        with contextlib.suppress(OSError):
            await reader.read()
        writer.close()
        return True

    def _wait(self, look: Callable[[], str | None]) -> str | None:
        """What `look` finds, looked for at each line; None once the program has ended without it."""
        until = time.monotonic() + WITHIN
        with self._news:
            while (found := look()) is None and time.monotonic() < until:
                if not any(reader.is_alive() for reader in self._readers):
                    self.process.wait()
                    return look()
                self._news.wait(0.05)  # that a reader has ended, nobody tells
            return found

    def _read(self, pipe: IO[str] | None, keep: bool) -> None:
        for line in pipe or ():
            with self._news:
                self.lines.append(line.rstrip("\n"))
                if keep:
                    self.output.append(self.lines[-1])
                self._news.notify_all()


@contextlib.asynccontextmanager
async def program(
    *command: str,
    folder: Path | str = ".",
    env: Mapping[str, str] | None = None,
    serves: bool = True,
) -> AsyncIterator[Program]:
    """Run `python -m` with this command, for the length of a block; with `serves`, it is ready by then.

    Args:
        command: a module's name and what follows it; `"--port", "0"` has a server take any free port.
        folder: where it runs.
        env: environment variables besides those of this process.
        serves: whether to wait until it says its address.

    Raises:
        CourseError: it ended without saying an address.
    """
    said = " ".join(["python", "-m", *command])
    started = Program(bound("SIGTERM", *command), folder, env or {}, said)
    try:
        if serves:
            await started.ready()
        yield started
    finally:
        await started.aclose()


def bound(end: str, *command: str) -> list[str]:
    """The command `python -m` with this one, as a process that sends itself a signal when this one ends."""
    return [sys.executable, "-m", "course.running.bound", end, *command]


async def _elsewhere(*_: object) -> None:
    """Stands for an app that runs in another process."""
