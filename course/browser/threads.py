"""Stands in for threads where there are none: what would run in another thread runs here, now.

What waits for another thread (a future's `result`, a portal's `call`) turns the loops meanwhile. What cannot
be done this way, such as `Thread.start`, says so in a sentence.
"""

from __future__ import annotations

import _thread
import asyncio
import concurrent.futures
import contextlib
import functools
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar, copy_context
from typing import Any

import anyio
import anyio._backends._asyncio as backend
import anyio._core._eventloop as eventloop
import anyio.from_thread
import anyio.to_process

from course.browser import loops
from course.browser.loops import (
    WORKERS,
    Loop,
    NotInBrowser,
    in_worker,
    not_here,
    outside,
    wait_until,
    worker_ended,
    workers,
)

in_app: ContextVar[bool] = ContextVar("in_app", default=False)
"""Whether this runs for an app that is being served: there asyncio refuses what it refuses on a desk."""

StandIn = tuple[Any, str, Any]
"""Whose attribute is replaced, its name, and by what."""

_replaced: list[StandIn] = []


def installed() -> bool:
    """Whether stand-ins are in their places, as they are in a restored snapshot."""
    return bool(_replaced)


def install(stand_ins: Iterable[StandIn] | None = None) -> None:
    """Put stand-ins in their places: those of this module, unless others are given."""
    for owner, name, stand_in in stand_ins or _stand_ins():
        getattr(owner, name)  # AnyIO has its names only once somebody has asked for them
        _replaced.append((owner, name, vars(owner)[name]))
        setattr(owner, name, stand_in)


def uninstall() -> None:
    """Take all of them out again; tests need that."""
    while _replaced:
        setattr(*_replaced.pop())


def _stand_ins() -> Iterator[StandIn]:
    future: Any = concurrent.futures.Future
    yield future, "result", _waiting(future.result)
    yield future, "exception", _waiting(future.exception)
    yield concurrent.futures, "wait", _wait
    yield concurrent.futures._base, "wait", _wait
    yield concurrent.futures, "as_completed", _as_completed
    yield concurrent.futures._base, "as_completed", _as_completed
    yield concurrent.futures.ThreadPoolExecutor, "submit", _submit
    yield threading.Event, "wait", _event_wait
    yield threading.Condition, "wait", _condition_wait
    yield threading, "Lock", _Lock
    yield threading.Thread, "start", _no_threads
    yield threading, "Timer", _Timer
    yield subprocess, "Popen", type("Popen", (_NoProcess,), {"__module__": "subprocess"})

    yield backend.AsyncIOBackend, "run_sync_in_worker_thread", classmethod(_run_sync)
    yield anyio.from_thread, "start_blocking_portal", start_blocking_portal
    yield anyio.to_process, "run_sync", _no_process

    run = _alone(asyncio.run)
    for module in (asyncio, asyncio.runners):
        yield module, "run", run
    run = _alone(eventloop.run)
    for module in (anyio, eventloop):
        yield module, "run", run
    yield anyio.from_thread, "run_eventloop", run
    for name in ("run", "close"):
        yield asyncio.Runner, name, _alone(getattr(asyncio.Runner, name))
    for module in (asyncio, asyncio.events):
        yield module, "new_event_loop", Loop
    yield time, "sleep", loops.sleep


# Waiting


def _waiting(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def wait(self: concurrent.futures.Future[Any], timeout: float | None = None) -> Any:
        with contextlib.suppress(TimeoutError):
            wait_until(self.done, within=timeout)
        return method(self, 0)

    return wait


def _wait(fs: Any, timeout: float | None = None, return_when: str = "ALL_COMPLETED") -> Any:
    futures = set(fs)

    def over() -> bool:
        done = [one for one in futures if one.done()]
        if return_when == concurrent.futures.FIRST_COMPLETED and done:
            return True
        failed = any(not one.cancelled() and one.exception() for one in done)
        if return_when == concurrent.futures.FIRST_EXCEPTION and failed:
            return True
        return len(done) == len(futures)

    with contextlib.suppress(TimeoutError):
        wait_until(over, within=timeout)
    done = {one for one in futures if one.done()}
    return concurrent.futures._base.DoneAndNotDoneFutures(done, futures - done)


def _as_completed(fs: Any, timeout: float | None = None) -> Iterator[Any]:
    left = set(fs)
    while left:
        wait_until(lambda: any(one.done() for one in left), within=timeout)
        for one in [one for one in left if one.done()]:
            left.discard(one)
            yield one


def _event_wait(self: threading.Event, timeout: float | None = None) -> bool:
    with contextlib.suppress(TimeoutError):
        wait_until(self.is_set, within=timeout)
    return self.is_set()


def _condition_wait(self: Any, timeout: float | None = None) -> bool:
    if not self._is_owned():
        raise RuntimeError("cannot wait on un-acquired lock")
    lock = _thread.allocate_lock()
    lock.acquire()
    self._waiters.append(lock)
    state = self._release_save()
    try:
        wait_until(lambda: not lock.locked(), within=timeout)
    except TimeoutError:
        self._waiters.remove(lock)
        return False
    finally:
        self._acquire_restore(state)
    return True


class _Lock:
    """`threading.Lock`, of which it is known whether it is held: see `loops.sleep`."""

    def __init__(self) -> None:
        self._lock = _thread.allocate_lock()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if not self._lock.acquire(blocking=False):
            if not blocking:
                return False
            try:
                within = None if timeout < 0 else timeout
                wait_until(lambda: self._lock.acquire(blocking=False), within=within)
            except TimeoutError:
                return False
        loops.held.add(self)
        return True

    def release(self) -> None:
        self._lock.release()
        loops.held.discard(self)

    def locked(self) -> bool:
        return self._lock.locked()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


# What a thread would do


async def _run_sync(
    cls: type[backend.AsyncIOBackend],
    func: Callable[..., Any],
    args: tuple[Any, ...],
    abandon_on_cancel: bool = False,
    limiter: anyio.CapacityLimiter | None = None,
) -> Any:
    """`anyio.to_thread.run_sync`, on which plain `def` endpoints and dependencies run."""
    await cls.checkpoint()  # a moment in which others run, and in which this may be cancelled
    async with limiter or cls.current_default_thread_limiter():
        context = copy_context()  # as in a thread: what it sets stays there
        context.run(eventloop.set_current_async_library, None)
        token = anyio.lowlevel.current_token()
        await worker_ended.until(lambda: workers() < WORKERS)
        with in_worker(), _as_worker(token):
            return context.run(func, *args)


@contextlib.contextmanager
def _as_worker(token: object) -> Iterator[None]:
    """Let `anyio.from_thread.run` find its way back."""
    threadlocals: Any = eventloop.threadlocals
    before = dict(threadlocals.__dict__)
    threadlocals.current_token = token
    threadlocals.current_cancel_scope = None
    try:
        yield
    finally:
        threadlocals.__dict__.clear()
        threadlocals.__dict__.update(before)


@contextlib.contextmanager
def start_blocking_portal(
    backend: str = "asyncio", backend_options: dict[str, Any] | None = None, *, name: str | None = None
) -> Iterator[anyio.from_thread.BlockingPortal]:
    """AnyIO's own, on a loop that is turned by whoever waits for it instead of a thread."""
    loop = Loop()
    opened: list[anyio.from_thread.BlockingPortal] = []

    async def run_portal() -> None:
        async with anyio.from_thread.BlockingPortal() as portal:
            portal._event_loop_thread_id = 0  # no thread's: calls do come from this one
            opened.append(portal)
            await portal.sleep_until_stopped()

    context = copy_context()
    context.run(eventloop.set_current_async_library, None)
    task = loop.create_task(run_portal(), context=context)
    try:
        wait_until(lambda: bool(opened) or task.done(), first=loop)
        cancel_remaining_tasks = False
        try:
            yield opened[0]
        except BaseException:
            cancel_remaining_tasks = True
            raise
        finally:
            with contextlib.suppress(RuntimeError):
                opened[0].call(opened[0].stop, cancel_remaining_tasks)
    finally:
        if opened:
            wait_until(task.done, first=loop)
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def _submit(self: Any, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """A pool's task is done at once, so one after the other."""
    if self._shutdown:
        raise RuntimeError("cannot schedule new futures after shutdown")
    future: concurrent.futures.Future[Any] = concurrent.futures.Future()
    future.set_running_or_notify_cancel()
    try:
        with in_worker():
            result = copy_context().run(fn, *args, **kwargs)
    except Exception as error:
        future.set_exception(error)
    else:
        future.set_result(result)
    return future


def _alone(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that wants no running loop around it, as `asyncio.run`.

    A cell may call it, although a loop runs the cell; an app's coroutine is told what it is on a desk.
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if in_app.get() or asyncio._get_running_loop() is None:
            return function(*args, **kwargs)
        context = copy_context()
        context.run(eventloop.set_current_async_library, None)
        with outside():
            return context.run(function, *args, **kwargs)

    return call


# What is not there


def _no_threads(self: threading.Thread) -> None:
    raise NotInBrowser(not_here("threads"))


class _Timer:
    """`threading.Timer`: the page's own loop calls the function when its time has come."""

    def __init__(
        self,
        interval: float,
        function: Callable[..., object],
        args: Iterable[Any] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        self._call = functools.partial(function, *args or (), **kwargs or {})
        self._interval = interval
        self._handle: asyncio.TimerHandle | None = None
        self._over = False

    def start(self) -> None:
        self._handle = loops.home().call_later(self._interval, self._run)

    def cancel(self) -> None:
        self._over = True
        if self._handle:
            self._handle.cancel()

    def is_alive(self) -> bool:
        return self._handle is not None and not self._over

    def _run(self) -> None:
        self._over = True
        with in_worker():
            self._call()


async def _no_process(*args: object, **kwargs: object) -> None:
    raise NotInBrowser(not_here("other processes"))


class _NoProcess:
    """`subprocess.Popen`, on which all of `subprocess` rests."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        raise NotInBrowser(not_here("other processes"))

    def __class_getitem__(cls, item: object) -> type:
        return cls
