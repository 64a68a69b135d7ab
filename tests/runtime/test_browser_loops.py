"""Loops and stand-ins for threads: whoever waits lets the others work, as threads would."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import queue
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
import anyio.from_thread
import anyio.to_process
import anyio.to_thread
import pytest
from page import as_in_a_page, run

from course.browser import loops
from course.browser.loops import Deadlock, Loop, NotInBrowser


@pytest.fixture(autouse=True)
def page() -> Iterator[None]:
    with as_in_a_page():
        yield


async def nap(seconds: float = 0.0) -> str:
    await asyncio.sleep(seconds)
    return "rested"


# Loops


def test_a_loop_runs_to_the_end_of_what_it_is_given() -> None:
    assert run(nap(0.01)) == "rested"


def test_a_loop_is_turned_from_inside_itself_where_nobody_else_could() -> None:
    async def outer() -> str:
        return loops.home().block(nap(0.01))

    assert run(outer()) == "rested"


def test_current_task_and_running_loop_are_put_back() -> None:
    async def outer() -> bool:
        before = asyncio.current_task(), asyncio.get_running_loop()
        asyncio.run(nap())
        return before == (asyncio.current_task(), asyncio.get_running_loop())

    assert run(outer())


def test_what_can_never_come_is_said_to_be_so() -> None:
    with pytest.raises(Deadlock, match="nothing here will ever do"):
        run(asyncio.Event().wait())


def test_what_is_left_unfinished_by_a_deadlock_is_told_in_one_exception() -> None:
    async def outer() -> str:
        try:
            asyncio.run(asyncio.Event().wait())
        except Deadlock:
            return "told"
        return ""

    assert run(outer()) == "told"


def test_an_exception_comes_out_where_it_is_waited_for() -> None:
    async def fails() -> None:
        raise KeyError("trail")

    with pytest.raises(KeyError, match="trail"):
        run(fails())


def test_timers_fire_in_order() -> None:
    done: list[int] = []

    async def main() -> None:
        async def after(seconds: float, number: int) -> None:
            await asyncio.sleep(seconds)
            done.append(number)

        await asyncio.gather(after(0.03, 3), after(0.01, 1), after(0.02, 2))

    run(main())
    assert done == [1, 2, 3]


def test_async_generators_are_closed_by_the_loop_that_began_them() -> None:
    closed: list[str] = []

    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(0)
            closed.append("closed")

    async def main() -> None:
        async for _ in numbers():
            break
        await asyncio.sleep(0.01)

    asyncio.run(main())
    assert closed == ["closed"]


def test_two_loops_with_the_same_friend() -> None:
    """A future of one loop may be set by another's callback, and wakes its own."""
    one, other = Loop(), Loop()
    news = one.create_future()

    async def tell() -> None:
        await asyncio.sleep(0.01)
        news.set_result("news")

    task = other.create_task(tell())
    assert one.block(news) == "news"
    other.block(task)


def test_work_goes_on_in_the_worker_s_own_turns() -> None:
    asked: list[float] = []
    loops.turn_all(asked.append)
    try:
        task = loops.home().create_task(nap(0.01))
        assert asked == [0.0]
        until = time.monotonic() + 5
        while not task.done() and time.monotonic() < until:
            wait = loops.work()
            if wait:
                loops._sleep(wait)
        assert task.result() == "rested"
        assert loops.work() is None
    finally:
        loops.turn_all(None)


def test_work_gives_the_worker_its_turn_in_between() -> None:
    async def never_ends() -> None:
        while True:  # noqa: ASYNC110
            await asyncio.sleep(0)

    task = loops.home().create_task(never_ends())
    assert loops.work() == 0
    task.cancel()
    loops.work()


def test_an_error_that_ends_loops_does_not_leave_work() -> None:
    async def interrupted() -> None:
        raise KeyboardInterrupt

    task = loops.home().create_task(interrupted())
    loops.work()
    assert isinstance(task.exception(), KeyboardInterrupt)


# asyncio


def test_asyncio_run_in_a_cell() -> None:
    async def cell() -> str:
        return asyncio.run(nap(0.01))

    assert run(cell()) == "rested"


def test_a_runner_keeps_its_loop_and_its_context() -> None:
    number = contextvars.ContextVar("number", default=0)

    async def count() -> int:
        number.set(number.get() + 1)
        return number.get()

    async def cell() -> list[int]:
        with asyncio.Runner() as runner:
            return [runner.run(count()), runner.run(count())]

    assert run(cell()) == [1, 2]


def test_to_thread_runs_with_no_loop_around() -> None:
    def look() -> object:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        return asyncio.run(nap())

    async def cell() -> object:
        return await asyncio.to_thread(look)

    assert run(cell()) == "rested"


def test_run_coroutine_threadsafe_from_a_worker() -> None:
    async def cell() -> str:
        loop = asyncio.get_running_loop()
        return await asyncio.to_thread(
            lambda: asyncio.run_coroutine_threadsafe(nap(0.01), loop).result(timeout=5)
        )

    assert run(cell()) == "rested"


def test_a_result_that_takes_too_long() -> None:
    async def cell() -> None:
        loop = asyncio.get_running_loop()
        future = asyncio.run_coroutine_threadsafe(nap(5), loop)
        await asyncio.to_thread(future.result, 0.01)

    with pytest.raises(TimeoutError):
        run(cell())


def test_a_pool_does_its_tasks_one_after_the_other() -> None:
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert list(pool.map(str.upper, ["a", "b"])) == ["A", "B"]
        failed = pool.submit(int, "trail")
        done, not_done = concurrent.futures.wait([failed, pool.submit(len, "abc")])
        assert (len(done), len(not_done)) == (2, 0)
        assert isinstance(failed.exception(), ValueError)
        assert {one.result() for one in concurrent.futures.as_completed([pool.submit(len, "ab")])} == {2}
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit(len, "")


def test_an_event_and_a_queue_wait_for_what_a_loop_brings() -> None:
    async def cell() -> tuple[bool, str]:
        event, letters = threading.Event(), queue.Queue[str]()

        async def bring() -> None:
            await asyncio.sleep(0.01)
            event.set()
            letters.put("a")

        task = asyncio.create_task(bring())
        found = await asyncio.to_thread(lambda: (event.wait(5), letters.get(timeout=5)))
        await task
        return found

    assert run(cell()) == (True, "a")


def test_waiting_for_nothing_is_over_in_time() -> None:
    assert threading.Event().wait(0.01) is False
    with pytest.raises(queue.Empty):
        queue.Queue[str]().get(timeout=0.01)


# What blocks, and what does not


def test_sleeping_workers_sleep_at_the_same_time() -> None:
    order: list[str] = []

    def work() -> None:
        order.append("begins")
        time.sleep(0.05)
        order.append("ends")

    async def cell() -> None:
        await asyncio.gather(*(asyncio.to_thread(work) for _ in range(8)))

    run(cell())
    assert order == ["begins"] * 8 + ["ends"] * 8


def test_whoever_sleeps_with_a_lock_is_waited_for() -> None:
    """The second to come would wait above the first, on the one stack that there is, and for ever."""
    lock = threading.Lock()
    order: list[str] = []

    def work(name: str) -> None:
        with lock:
            order.append(f"{name} in")
            time.sleep(0.01)
            order.append(f"{name} out")

    async def main() -> None:
        await asyncio.gather(asyncio.to_thread(work, "first"), asyncio.to_thread(work, "second"))

    run(main())
    assert order == ["first in", "first out", "second in", "second out"]
    assert not lock.locked()
    assert not loops.held


def test_a_lock_is_asked_for_without_waiting_or_for_a_while() -> None:
    lock = threading.Lock()
    assert lock.acquire()
    assert not lock.acquire(blocking=False)
    assert not lock.acquire(timeout=0.01)
    lock.release()
    assert lock.acquire(timeout=0.01)
    lock.release()
    with pytest.raises(RuntimeError, match="unlocked"):
        lock.release()


@pytest.mark.parametrize("way", [asyncio.to_thread, anyio.to_thread.run_sync])
def test_more_workers_than_the_stack_holds_wait_for_their_turn(way: Any) -> None:
    busy: list[int] = []
    most: list[int] = []

    def work() -> None:
        busy.append(1)
        most.append(len(busy))
        time.sleep(0.01)
        busy.pop()

    async def cell() -> None:
        await asyncio.gather(*(way(work) for _ in range(60)))

    run(cell())
    assert (len(most), max(most)) == (60, loops.WORKERS)


def test_a_sleeping_coroutine_keeps_its_loop_and_no_other() -> None:
    order: list[str] = []
    other = Loop()

    async def ticks(name: str) -> None:
        await asyncio.sleep(0.01)
        order.append(name)

    async def blocks() -> None:
        task = asyncio.create_task(ticks("this loop"))
        await asyncio.sleep(0)
        time.sleep(0.05)  # noqa: ASYNC251
        order.append("slept")
        await task

    elsewhere = other.create_task(ticks("another loop"))
    run(blocks())
    other.block(elsewhere)
    assert order == ["another loop", "slept", "this loop"]


def test_sleep_takes_what_it_took() -> None:
    with pytest.raises(ValueError, match="non-negative"):
        time.sleep(-1)
    with pytest.raises(TypeError):
        time.sleep("a")  # type: ignore[arg-type]


# AnyIO


def test_anyio_s_workers_have_a_context_of_their_own_and_a_way_back() -> None:
    name = contextvars.ContextVar("name", default="outer")

    def work() -> tuple[str, str]:
        seen = name.get()
        name.set("inner")
        return seen, anyio.from_thread.run(nap, 0.01)

    async def cell() -> tuple[tuple[str, str], str]:
        name.set("set")
        return await anyio.to_thread.run_sync(work), name.get()

    assert run(cell()) == (("set", "rested"), "set")


def test_outside_of_a_worker_there_is_no_way_back() -> None:
    async def cell() -> None:
        anyio.from_thread.run(nap)

    with pytest.raises(RuntimeError):
        run(cell())


def test_a_cancelled_scope_is_seen_before_the_work() -> None:
    called: list[int] = []

    async def cell() -> None:
        with anyio.CancelScope() as scope:
            scope.cancel()
            await anyio.to_thread.run_sync(called.append, 1)

    run(cell())
    assert called == []


def test_a_portal_calls_and_starts_and_wraps() -> None:
    import contextlib

    @contextlib.asynccontextmanager
    async def managed() -> AsyncIterator[str]:
        yield "managed"

    async def serve(*, task_status: anyio.abc.TaskStatus[str]) -> str:
        task_status.started("ready")
        return await nap(0.01)

    with anyio.from_thread.start_blocking_portal() as portal:
        assert portal.call(nap, 0.01) == "rested"
        future, ready = portal.start_task(serve)
        assert (ready, future.result()) == ("ready", "rested")
        with portal.wrap_async_context_manager(managed()) as value:
            assert value == "managed"
        sleeping = portal.start_task_soon(anyio.sleep, 60)
        sleeping.cancel()
    assert sleeping.cancelled()


def test_two_portals_wait_for_each_other() -> None:
    with anyio.from_thread.start_blocking_portal() as one, anyio.from_thread.start_blocking_portal() as other:
        event = other.call(asyncio.Event)

        async def ask() -> str:
            await asyncio.to_thread(other.call, event.wait)
            return "heard"

        asked = one.start_task_soon(ask)
        other.call(event.set)
        assert asked.result(5) == "heard"


def test_a_portal_that_is_given_up_ends() -> None:
    with (
        pytest.raises(KeyError),
        anyio.from_thread.start_blocking_portal() as portal,
    ):
        portal.start_task_soon(anyio.sleep, 60)
        raise KeyError("trail")


# What is not there


def test_threads_processes_and_sockets_say_so_in_a_sentence() -> None:
    with pytest.raises(NotInBrowser, match=r"has no threads.*python3 run\.py"):
        threading.Thread(target=print).start()
    with pytest.raises(NotInBrowser, match="has no other processes"):
        subprocess.run(["ls"], check=False)
    with pytest.raises(NotInBrowser, match="has no network sockets"):
        run(asyncio.open_connection("127.0.0.1", 80))
    with pytest.raises(NotInBrowser, match="has no other processes"):
        run(asyncio.create_subprocess_exec("ls"))
    with pytest.raises(NotInBrowser, match="has no other processes"):
        run(anyio.to_process.run_sync(len, "a"))
