"""What an engine sends is counted and drawn."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import create_async_engine

from course.running.statements import Statements


def test_statements_are_counted_while_they_are_watched() -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        connection.execute(text("create table trail (name text)"))
        with Statements(engine, "Three & more") as seen:
            connection.execute(text("insert into trail\n  values ('Lake Loop')"))
            connection.execute(text("select * from trail"))
            with pytest.raises(OperationalError):
                connection.execute(text("select nonsense"))
        connection.execute(text("select 1"))
    engine.dispose()
    assert len(seen) == 3
    assert seen.texts[0] == "insert into trail values ('Lake Loop')"
    lines = repr(seen).splitlines()
    assert lines[0] == "Three & more"
    assert lines[1].startswith("3 statements in ")
    assert [line.split("#")[0].strip() for line in lines[3:6]] == ["insert trail", "select trail", "select"]
    assert lines[-1] == "# the statement and its answer"
    drawn = seen._repr_mimebundle_()
    assert "Three &amp; more" in drawn["text/html"]
    assert drawn["text/plain"] == repr(seen)


async def test_an_async_engine_is_watched_too() -> None:
    engine = create_async_engine("sqlite+aiosqlite://")
    with Statements(engine) as seen:
        async with engine.connect() as connection:
            await connection.execute(text("select 1"))
    await engine.dispose()
    assert repr(seen).splitlines()[1].startswith("1 statement in ")
