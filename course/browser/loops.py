"""Event loops for a place without threads: whoever waits, turns them.

A thread that waits lets the others work. Here is only one, so waiting means: let the loops that there are
take turns, until what is waited for has come. The cells have a loop, and so has each server, as they have
threads on a desk; nobody sees which turns which. What blocks a loop on a desk blocks it here: while one of
its coroutines waits without `await`, the others go on, and it does not.

Only where that would be the end of everything a `Loop` is turned from inside itself, which asyncio's own
loops refuse: there is nobody else who could do what is waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import sys
import time
from asyncio import tasks
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NoReturn, TypeVar

Result = TypeVar("Result")

AT_ONCE = 0.012
"""Seconds for which the page's loop goes on before the page's own messages have their turn."""

WORKERS = 12
"""Workers that may be in the middle of something at once: they lie on one stack, which has an end."""

_sleep = getattr(time.sleep, "__wrapped__", time.sleep)  # Pyodide's own wants to suspend the whole stack


class Deadlock(RuntimeError):
    """What is waited for cannot come: nothing is left that could bring it."""

    def __init__(self) -> None:
        super().__init__(
            "This waits for something that nothing here will ever do. A page in a browser has one thread: "
            "what would come from another thread, process or computer does not come while this waits."
        )


class NotInBrowser(OSError):
    """Something that a page in a browser does not have; the message says what, and where it works."""


def not_here(what: str) -> str:
    """The sentence for something that a page has not got."""
    return f"A page in a browser has no {what}. On your own computer this works: python3 run.py"


class Loop(asyncio.BaseEventLoop):
    """A loop of callbacks and timers, without sockets, that may be turned from inside itself."""

    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]
    _stopping: bool

    def __init__(self) -> None:
        self._turns = 0
        self._depth = 0  # asked for while the rest is made
        super().__init__()
        _loops.append(self)

    # Turning

    def turn(self) -> None:
        """Run what is ready and what is due, once."""
        with self._entered():
            self._run_once()

    def due_in(self) -> float | None:
        """Seconds until there is something to do: 0 for at once, None for never."""
        while self._scheduled and self._scheduled[0].cancelled():
            handle = heapq.heappop(self._scheduled)
            handle._scheduled = False  # type: ignore[attr-defined]
        if self._ready or self._stopping:
            return 0.0
        return max(0.0, self._scheduled[0].when() - self.time()) if self._scheduled else None

    def block(self, awaitable: Awaitable[Result]) -> Result:
        """What `awaitable` gives; returns when it is there, and all loops go on meanwhile.

        Raises:
            Deadlock: it can never be there.
        """

        async def wait() -> Result:
            return await awaitable

        result: Result = self.run_until_complete(wait())
        return result

    def run_until_complete(self, future: Any) -> Any:
        self._check_closed()  # type: ignore[attr-defined]
        ours = not asyncio.isfuture(future)
        future = asyncio.ensure_future(future, loop=self)
        if ours:
            future._log_destroy_pending = False
        try:
            wait_until(future.done, first=self)
        except BaseException:
            if ours and future.done() and not future.cancelled():
                future.exception()  # it is raised here, so nobody needs to be told of it later
            raise
        return future.result()

    def run_forever(self) -> None:
        self._check_closed()  # type: ignore[attr-defined]
        stopped: list[bool] = []
        while not stopped:
            wait_until(lambda: self._stopping or self.due_in() == 0, first=self)
            if self._stopping:
                stopped.append(True)
            self.turn()
        self._stopping = False

    def _run_once(self) -> None:
        now = self.time() + self._clock_resolution  # type: ignore[attr-defined]
        while self._scheduled and self._scheduled[0].when() < now:
            handle = heapq.heappop(self._scheduled)
            handle._scheduled = False  # type: ignore[attr-defined]
            self._ready.append(handle)
        self._turns += 1
        turn = self._turns
        for _ in range(len(self._ready)):
            ready = self._ready.popleft()
            if not ready.cancelled():
                ready._run()
            if self._turns != turn:
                # It has turned this loop itself. What is ready by now is others' to do: whoever waits
                # further up looks first whether the waiting is over.
                break

    @contextlib.contextmanager
    def _entered(self) -> Iterator[None]:
        """Make this the running loop, whatever runs now; and put that back."""
        with outside():
            hooks = sys.get_asyncgen_hooks()
            sys.set_asyncgen_hooks(
                firstiter=self._asyncgen_firstiter_hook,  # type: ignore[attr-defined]
                finalizer=self._asyncgen_finalizer_hook,  # type: ignore[attr-defined]
            )
            asyncio._set_running_loop(self)
            self._depth += 1
            _turning.append(self)
            try:
                yield
            finally:
                _turning.pop()
                self._depth -= 1
                asyncio._set_running_loop(None)
                sys.set_asyncgen_hooks(*hooks)

    def is_running(self) -> bool:
        return self._depth > 0

    def close(self) -> None:
        if _loops and self in _loops:  # at the interpreter's end the list is gone before its loops are
            _loops.remove(self)
        super().close()

    # Being told of work

    def call_soon(self, *args: Any, **options: Any) -> asyncio.Handle:  # type: ignore[override]
        handle = super().call_soon(*args, **options)
        self._tell(0.0)
        return handle

    def call_soon_threadsafe(self, *args: Any, **options: Any) -> asyncio.Handle:  # type: ignore[override]
        return self.call_soon(*args, **options)

    def call_at(self, when: float, *args: Any, **options: Any) -> asyncio.TimerHandle:  # type: ignore[override]
        handle = super().call_at(when, *args, **options)
        self._tell(when - self.time())
        return handle

    def _tell(self, seconds: float) -> None:
        if _on_work is not None and not _turning:
            _on_work(seconds)

    # What asks for a thread, a process or a socket

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:  # type: ignore[override]
        """`func` is called in this loop's next turn, as if by a thread: no loop runs around it."""
        self._check_closed()  # type: ignore[attr-defined]
        future = self.create_future()

        def call() -> None:
            if future.cancelled():
                return
            if workers() >= WORKERS:
                self.call_later(0.005, call)
                return
            try:
                with in_worker():
                    result = func(*args)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        self.call_soon(call)
        return future

    def _process_events(self, event_list: object) -> None: ...

    def _write_to_self(self) -> None: ...

    async def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise NotInBrowser(not_here("network sockets"))

    create_connection = create_server = create_datagram_endpoint = _refuse
    create_unix_connection = create_unix_server = getaddrinfo = getnameinfo = _refuse
    sock_connect = sock_accept = sock_recv = sock_sendall = _refuse

    async def _refuse_processes(self, *_: Any, **__: Any) -> NoReturn:
        raise NotInBrowser(not_here("other processes"))

    subprocess_exec = subprocess_shell = _refuse_processes


_loops: list[Loop] = []
"""All that are not closed, the oldest first."""

_turning: list[Loop | None] = []
"""The loops whose callbacks are running, outermost first; None stands where a worker begins."""

_on_work: Callable[[float], None] | None = None


def turn_all(on_work: Callable[[float], None] | None) -> None:
    """Have `on_work` told, in seconds, when there is work for a loop and nobody is turning one."""
    global _on_work
    _on_work = on_work


def work() -> float | None:
    """Turn all loops for a moment, as long as there is something to do.

    Returns in how many seconds there is more, None for never. It never raises: an error that ends a loop,
    such as `KeyboardInterrupt`, is in its task too.
    """
    until = time.monotonic() + AT_ONCE
    while True:
        waits = [due for loop in _loops if (due := loop.due_in()) is not None]
        if not waits or min(waits) > 0 or time.monotonic() > until:
            return min(waits, default=None)
        for loop in list(_loops):
            if loop.due_in() == 0:
                with contextlib.suppress(KeyboardInterrupt, SystemExit):
                    loop.turn()


def _blocked() -> set[Loop]:
    """The loops that wait for this code to return, as they would on a desk: those with no worker between."""
    blocked: set[Loop] = set()
    for loop in reversed(_turning):
        if loop is None:
            break
        blocked.add(loop)
    return blocked


def wait_until(
    done: Callable[[], bool],
    *,
    within: float | None = None,
    first: Loop | None = None,
    strict: bool = False,
    hopeful: bool = True,
) -> None:
    """Let loops work until `done()`; `first` is the loop that has the first turn each time.

    Loops that this very call keeps waiting have turns only when no other has work left, and never if
    `strict`.

    Raises:
        TimeoutError: it took longer than `within` seconds.
        Deadlock: no loop has anything left to do. With a limit that is just waited for, unless not `hopeful`.
    """
    end = None if within is None else time.monotonic() + within
    blocked = _blocked() - {first}
    while not done():
        if end is not None and time.monotonic() >= end:
            raise TimeoutError
        waits = _turn([loop for loop in _loops if loop not in blocked], first, done)
        if not waits and not strict:
            waits = _turn([loop for loop in _loops if loop in blocked], first, done)
        if not waits and (end is None or not hopeful):
            raise Deadlock
        if end is not None:
            waits.append(end - time.monotonic())
        if (pause := min(waits)) > 0 and not done():
            _sleep(pause)


def _turn(loops: list[Loop], first: Loop | None, done: Callable[[], bool]) -> list[float]:
    """Let each of these loops work once. Returns in how many seconds each has more to do."""
    waits: list[float] = []
    for loop in sorted(loops, key=lambda loop: loop is not first):
        due = loop.due_in()
        if due is None:
            continue
        waits.append(due)
        if due == 0:
            loop.turn()
            if done():
                break
    return waits


held: set[object] = set()
"""The locks that are held, of those that stand in for `threading.Lock`."""


def sleep(seconds: float, /) -> None:
    """`time.sleep`: it blocks the loop that this runs on, and nothing else.

    While a lock is held it blocks all: whoever came to wait for that lock would stand above its holder on the
    one stack that there is, and wait for ever.
    """
    if not isinstance(seconds, int | float) or seconds < 0 or held:
        _sleep(seconds)  # which says what is wrong
        return
    with contextlib.suppress(TimeoutError):
        wait_until(lambda: False, within=seconds, strict=True)


def workers() -> int:
    """How many workers are in the middle of something."""
    return _turning.count(None)


@contextlib.contextmanager
def in_worker() -> Iterator[None]:
    """What runs inside of this block runs as in a thread of its own: no loop waits for it."""
    with outside():
        _turning.append(None)
        try:
            yield
        finally:
            _turning.pop()
            worker_ended.ring()


@contextlib.contextmanager
def outside() -> Iterator[None]:
    """No loop runs inside of this block, as in another thread."""
    loop = asyncio._get_running_loop()
    task = tasks.current_task(loop) if loop is not None else None
    if loop is not None and task is not None:
        tasks._leave_task(loop, task)
        _suspended.append(task)
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(loop)
        if loop is not None and task is not None:
            _suspended.pop()
            tasks._enter_task(loop, task)


_suspended: list[asyncio.Task[Any]] = []
"""Tasks that are in the middle of a step further up the stack: they cannot go on before this returns."""


def is_suspended(task: asyncio.Task[Any]) -> bool:
    """Whether `task` is what calls this, directly or by way of other loops' turns."""
    loop = asyncio._get_running_loop()
    return task in _suspended or (loop is not None and tasks.current_task(loop) is task)


_home: Loop | None = None


def home() -> Loop:
    """The loop on which a page's cells live."""
    global _home
    if _home is None or _home.is_closed():
        _home = Loop()
    return _home


def forget() -> None:
    """Close all loops, and begin anew."""
    global _home
    _home = None
    for loop in list(_loops):
        loop.close()


class Bell:
    """Wakes who waits for news, on whichever loop that is."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def ring(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def heard(self) -> None:
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        await future

    async def until(self, true: Callable[[], object]) -> None:
        while not true():
            await self.heard()


worker_ended = Bell()
"""Rings when a worker has done its work."""
