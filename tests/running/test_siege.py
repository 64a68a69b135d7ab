"""The siege: how attacks end, which line let one in, and the board in both of its forms."""

from __future__ import annotations

import html
import re

from fastapi import APIRouter, FastAPI, HTTPException
from page import anyio_backend, where

from course.running.siege import Attack, Camp, Outcome, Strike, attack, siege

__all__ = ["anyio_backend", "where"]  # all of this on a desk, and in a page

NOTES = {1: "mine", 2: "yours"}


def an_app() -> FastAPI:
    app, router = FastAPI(), APIRouter()

    @router.get("/notes/{note_id}")
    def read_note(note_id: int) -> str:
        # return NOTES[note_id] is what somebody wrote here first
        return NOTES[note_id]

    @app.get("/locked")
    def locked() -> None:
        raise HTTPException(403)

    app.include_router(router)
    return app


def get(path: str, name: str = "Reads", before: str = "", line: str = r"return NOTES\[") -> Attack:
    """An attack that gets `path`, after an honest request for `before`."""

    @attack(name, right="404", look="the <owner>", world="It was done & seen.", lines=[line])
    async def run(camp: Camp) -> Strike:
        if before:
            await camp.honest("GET", before)
        return await camp.strike("GET", path)

    return run


async def test_an_attack_ends_in_one_of_four_ways() -> None:
    attacks = [get("/notes/1"), get("/locked"), get("/notes/3"), get("/locked", before="/nowhere")]
    board = await siege(an_app(), attacks)
    assert [row.outcome for row in board.rows] == list(
        map(Outcome, ("let in", "refused", "fell over", "no door"))
    )
    assert board.summary == "1 of 4 attacks refused, 1 let in, 1 fell over, 1 no door"
    assert not board.held
    assert (await siege(an_app(), [get("/locked")])).held


async def test_the_board_says_what_came_back_and_by_which_line() -> None:
    board = await siege(an_app(), [get("/notes/1"), get("/notes/3"), get("/locked", before="/nowhere")])
    let_in, fell, closed = board.rows
    assert let_in.exchange == "GET /notes/1 got 200 OK, right is 404"
    assert re.fullmatch(r"line \d+: `return NOTES\[note_id\]`", let_in.line), "of the router, and no comment"
    assert fell.line == "KeyError: 3"
    assert closed.exchange == "GET /nowhere got 404 Not Found"


async def test_where_no_line_fits_it_says_where_to_look() -> None:
    (row,) = (await siege(an_app(), [get("/notes/1", line="no such [l]ine")])).rows
    assert row.line == "the <owner>"


async def test_one_request_knows_nothing_of_the_one_before() -> None:
    app = FastAPI()

    @app.get("/")
    def visit() -> None:
        raise HTTPException(404, headers={"set-cookie": "seen=1"})

    seen = []

    @attack("Comes back", right="404", look="", world="")
    async def run(camp: Camp) -> Strike:
        await camp.send("GET", "/")
        strike = await camp.strike("GET", "/")
        seen.append(strike.answer.request.headers.get("cookie"))
        return strike

    await siege(app, [run])
    assert seen == [None]


async def test_an_answer_that_breaks_off_is_a_fall() -> None:
    async def app(scope: dict[str, str], receive: object, send: object) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]})  # type: ignore[operator]
            raise RuntimeError

    (row,) = (await siege(app, [get("/")])).rows  # type: ignore[arg-type]
    assert row.outcome is Outcome.FELL
    assert row.exchange.startswith("GET / broke off: ")


async def test_as_text_and_as_a_table() -> None:
    board = await siege(an_app(), [get("/notes/1", name="Reads <a> note"), get("/locked")])
    lines = repr(board).splitlines()
    assert lines[0] == "1 of 2 attacks refused, 1 let in"
    assert lines[2] == "✗ let in     Reads <a> note"
    assert lines[3].strip() == "GET /notes/1 got 200 OK, right is 404"
    bundle = board._repr_mimebundle_()
    assert bundle["text/plain"] == repr(board)
    table = bundle["text/html"]
    assert "Reads &lt;a&gt; note" in table
    assert "<code>return NOTES[note_id]</code>" in table
    assert "It was done &amp; seen." in table
    assert table.count("<tr") == 3
    assert '<th scope="col">' in table
    assert html.unescape(re.sub("<style>.*?</style>|<[^>]+>", " ", table)).count("let in") == 2, (
        "words, not only colours"
    )
