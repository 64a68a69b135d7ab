"""What stands in the page in place of compiled packages does what they do."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import importlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
import rpds as real
from page import as_in_a_page, run
from sqlalchemy import ForeignKey, select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from course.browser import substitutes
from course.browser.substitutes import _argon2_cffi_bindings as argon2
from course.browser.substitutes import aiosqlite, greenlet
from course.browser.substitutes import rpds as ours


@pytest.fixture
def installed() -> Iterator[None]:
    kept = dict(sys.modules)
    for name in kept:
        if name.partition(".")[0] in (*substitutes.NAMES, "jsonschema", "referencing"):
            del sys.modules[name]
    substitutes.install()
    yield
    substitutes.uninstall()
    sys.modules.clear()
    sys.modules.update(kept)


def test_imports_find_them(installed: None) -> None:
    for name in substitutes.NAMES:
        assert "substitutes" in str(importlib.import_module(name).__file__)


# rpds


@pytest.mark.parametrize("library", [real, ours])
def test_maps_sets_and_lists_that_do_not_change(library: Any) -> None:
    empty = library.HashTrieMap()
    one = empty.insert("a", 1)
    more = one.update({"b": 2}, c=3) if library is ours else one.update({"b": 2, "c": 3})
    assert (len(empty), dict(one), dict(more)) == (0, {"a": 1}, {"a": 1, "b": 2, "c": 3})
    assert dict(more.remove("a").discard("x")) == {"b": 2, "c": 3}
    assert library.HashTrieMap.convert(one) is one
    assert one == library.HashTrieMap({"a": 1})
    with pytest.raises(KeyError):
        one.remove("b")
    some = library.HashTrieSet(["a"]).insert("b").update(["c"])
    assert set(some) == {"a", "b", "c"}
    assert set(some.remove("a").discard("x")) == {"b", "c"}
    with pytest.raises(KeyError):
        some.remove("x")
    names = library.List(["b", "c"]).push_front("a")
    assert (list(names), list(names.rest), names.first, len(names)) == (["a", "b", "c"], ["b", "c"], "a", 3)
    assert list(library.List("a", "b")) == ["a", "b"]


def test_schemas_are_validated_with_them(installed: None) -> None:
    jsonschema = importlib.import_module("jsonschema")
    schema = {"$defs": {"beds": {"type": "integer"}}, "properties": {"beds": {"$ref": "#/$defs/beds"}}}
    validator = jsonschema.Draft202012Validator(schema)
    assert list(validator.iter_errors({"beds": 4})) == []
    assert [error.message for error in validator.iter_errors({"beds": "4"})] == [
        "'4' is not of type 'integer'"
    ]


# greenlet, as SQLAlchemy's asyncio uses it


def test_a_greenlet_awaits_where_it_is() -> None:
    async def spawn() -> list[object]:
        def work(number: int) -> list[object]:
            current = greenlet.getcurrent()
            assert current is made
            return [current.parent.switch(asyncio.sleep(0.01, number)), current.parent.switch(nothing())]

        async def nothing() -> None: ...

        made = greenlet.greenlet(work, greenlet.getcurrent())
        await made.switch(7)  # what SQLAlchemy awaits for each pause; here all is done by then
        assert not made.dead
        found: list[object] = made.switch(None)
        assert made.dead
        return found

    with as_in_a_page():
        assert run(spawn()) == [7, None]


def test_what_is_awaited_may_raise() -> None:
    async def fails() -> None:
        await asyncio.sleep(0)
        raise KeyError("trail")

    def work() -> None:
        with pytest.raises(KeyError):
            greenlet.getcurrent().parent.switch(fails())
        greenlet.getcurrent().parent.switch(fails())

    async def spawn() -> None:
        made = greenlet.greenlet(work, greenlet.getcurrent())
        with pytest.raises(KeyError, match="trail"):
            made.switch()
        assert made.dead
        assert greenlet.getcurrent().run is None

    with as_in_a_page():
        run(spawn())


def test_a_greenlet_that_awaits_nothing_is_dead_at_once() -> None:
    made = greenlet.greenlet(lambda number: number + 1, greenlet.getcurrent())
    assert made.switch(7) == 8
    assert made.dead


async def all_ways() -> list[str]:
    """Each way into SQLAlchemy's asyncio, and what a relation says that is loaded where nobody awaits."""

    class Base(DeclarativeBase): ...

    class Trail(Base):
        __tablename__ = "trail"
        id: Mapped[int] = mapped_column(primary_key=True)
        reports: Mapped[list["Report"]] = relationship()  # noqa: UP037

    class Report(Base):
        __tablename__ = "report"
        id: Mapped[int] = mapped_column(primary_key=True)
        trail_id: Mapped[int] = mapped_column(ForeignKey("trail.id"))

    one = text("select 1")
    found: list[object] = []
    engine = create_async_engine("sqlite+aiosqlite://")
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
        found.append((await connection.execute(one)).all())
        found.append((await connection.exec_driver_sql("select 2")).scalar())
        found.append(await connection.scalar(one))
        async with connection.stream(one) as rows:
            found.append([row async for row in rows])
    async with AsyncSession(engine) as session:
        session.add(Trail(reports=[Report(), Report()]))
        await session.commit()
        found.append((await session.execute(select(Trail.id))).all())
        found.append([row async for row in await session.stream_scalars(select(Report.id))])
    async with AsyncSession(engine) as session:
        trail = await session.get_one(Trail, 1)
        try:
            found.append(trail.reports)
        except StatementError as error:
            found.append(type(error.orig))
    await engine.dispose()
    return [str(each) for each in found]


@pytest.mark.filterwarnings("ignore:coroutine 'Connection.cursor' was never awaited")
def test_sqlalchemy_does_with_it_what_it_does_with_the_real_one() -> None:
    wanted = asyncio.run(all_ways())
    gc.collect()  # the coroutine that nobody awaited is told of here
    assert "MissingGreenlet" in wanted[-1]
    assert len(wanted) == 7
    with as_in_a_page():
        assert run(all_ways()) == wanted
    gc.collect()


# aiosqlite


async def test_what_goes_into_aiosqlite_s_queue_is_done_at_once() -> None:
    def settle(future: asyncio.Future[object], result: Any) -> None:
        (future.set_exception if isinstance(result, BaseException) else future.set_result)(result)

    core = ModuleType("core")
    core.__dict__.update(set_result=settle, set_exception=settle)
    aiosqlite.change(core)
    loop = asyncio.get_running_loop()
    good, bad = loop.create_future(), loop.create_future()
    queue = core.SimpleQueue[int]()
    queue.put_nowait((good, lambda: 7))
    queue.put_nowait((bad, lambda: 1 // 0))
    queue.put_nowait((None, lambda: 1 // 0))
    core.Thread(target=print, args=()).start()
    assert good.result() == 7
    assert isinstance(bad.exception(), ZeroDivisionError)


# Argon2


def hashed(kind: int, password: bytes, salt: bytes, *sizes: int) -> bytes:
    """Not Argon2, but a hash of all that Argon2 takes."""
    length = sizes[3]
    return hashlib.shake_128(repr((kind, password, salt, *sizes)).encode()).digest(length)


def test_argon2_s_buffers_and_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(substitutes, "argon2", hashed)
    ffi, lib = argon2.ffi, argon2.lib
    size = lib.argon2_encodedlen(2, 64, 1, 8, 16, lib.Argon2_id) + 1
    buffer = ffi.new("char[]", size)
    secret, salt = ffi.new("uint8_t[]", b"pw"), ffi.new("uint8_t[]", b"somesalt")
    lib.argon2_hash(2, 64, 1, secret, 2, salt, 8, ffi.NULL, 16, buffer, size, lib.Argon2_id, 19)
    text = ffi.string(buffer)
    assert text.startswith(b"$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHQ$")
    encoded = ffi.new("char[]", text)
    assert lib.argon2_verify(encoded, secret, 2, lib.Argon2_id) == lib.ARGON2_OK
    other = ffi.new("uint8_t[]", b"px")
    assert lib.argon2_verify(encoded, other, 2, lib.Argon2_id) == lib.ARGON2_VERIFY_MISMATCH
    assert lib.argon2_verify(encoded, secret, 2, lib.Argon2_i) == lib.ARGON2_DECODING_FAIL
    assert lib.argon2_verify(ffi.new("char[]", b"x"), secret, 2, 2) == lib.ARGON2_DECODING_FAIL
    raw = ffi.new("uint8_t[]", 16)
    lib.argon2_hash(2, 64, 1, secret, 2, salt, 8, raw, 16, ffi.NULL, 0, lib.Argon2_id, 19)
    assert ffi.buffer(raw, 16) == hashed(2, b"pw", b"somesalt", 2, 64, 1, 16, 19)


def test_without_a_page_there_is_no_argon2() -> None:
    with pytest.raises(NotImplementedError):
        argon2.lib.argon2_hash(
            1, 8, 1, bytearray(b"p"), 1, bytearray(b"s"), 1, bytearray(4), 4, None, 0, 2, 19
        )
