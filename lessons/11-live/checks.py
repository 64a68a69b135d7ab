"""What lesson 11 asks of its exercises and of its app."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from course.judging import Answer, Api, CodeRaised, NotYet, Nudge, exercise, expect_value, prediction, require
from course.judging.live import Socket, Stream
from course.judging.verdicts import Nudges, said
from course.running.serving import TICKET, Refused

prediction(
    "11.r1",
    answer="b",
    why="A task group waits for all of its tasks; where one raises, it cancels the others.",
)
prediction(
    "11.r2",
    answer="b",
    why="FastAPI does not stop a plain endpoint whose client has gone. With streams it is otherwise.",
)
prediction(
    "11.r3",
    answer="b",
    why="Tasks hang on the answer that the endpoint returns. An exception makes another one, without them.",
)
prediction(
    "11.p1",
    answer="b",
    why="Until `accept` it is an HTTP request, and all that HTTP has for a refusal is a status: 403.",
)
prediction(
    "11.p2",
    answer="b",
    why="The loop waits in `send_text` for the one who does not read, and everybody waits with it.",
)
prediction(
    "11.p3",
    answer="c",
    why="FastAPI sends the status before the generator runs. What it raises then can only end the body.",
)
prediction(
    "11.p4",
    answer="b",
    why="The answer is out before the first task begins. Where one raises, those behind it are never run.",
)

WITHIN = 4.5
"""Seconds in which what follows a message or a goodbye must have happened."""


async def refused(api: Api, path: str, nudge: str, headers: dict[str, str] | None = None) -> None:
    """Judge that a WebSocket is not opened."""
    ticket = api.client.ticket()
    sent = f"WebSocket {path}" + "".join(f"\n{name}: {value}" for name, value in (headers or {}).items())
    expected = "a refusal of the handshake, such as 403 Forbidden"
    try:
        connection = await api.client.server.connect(path, {**(headers or {}), TICKET: ticket}, WITHIN)
    except TimeoutError:
        raise NotYet(sent, "nothing", expected, nudge) from None
    except Refused as error:
        if raised := api.client.server.raised_for(ticket):
            raise CodeRaised(raised, sent) from None
        if error.status is not None and error.status < 500:
            return
        raise NotYet(sent, str(error.status or error.words), expected, nudge) from None
    await connection.close()
    raise NotYet(sent, "101 Switching Protocols: an open WebSocket", expected, nudge)


async def becomes(api: Api, path: str, wanted: Any, nudge: Nudges) -> None:
    """Judge what a path answers, as soon as it is right or the time for it is over."""
    give_up = time.monotonic() + WITHIN
    while True:
        answer = await api.get(path)
        if answer.json() == wanted or time.monotonic() > give_up:
            break
        await asyncio.sleep(0.01)
    answer.expect(200, wanted, nudge=nudge)


BYTES = (
    "Who sent bytes in place of a text, and has gone since, is still there: `iter_text` and `receive_text` "
    "raise an error then. `finally` runs in whichever way a loop ends."
)
"""What is said where only those are forgotten who go quietly."""


async def heard(socket: Socket) -> str | bytes | None:
    """The next message; None if the app closed the connection, or said nothing for as long as it may take."""
    give_up = time.monotonic() + WITHIN
    while True:
        message = await socket.receive()
        if message is not None or socket.closed or time.monotonic() > give_up:
            return message


async def expect_json(socket: Socket, wanted: Any, nudge: Nudges) -> None:
    """Judge the next message of a WebSocket as JSON."""
    message = await heard(socket)
    try:
        got = json.loads(message) if isinstance(message, str) else None
    except ValueError:
        got = None
    socket.require(got == wanted, f"a text with {json.dumps(wanted)}", nudge=said(nudge, got))


async def expect_closed(socket: Socket, code: int, nudge: str) -> None:
    """Judge that the app closes the connection, with this code, and says nothing before."""
    message = await heard(socket)
    socket.require(message is None and socket.code == code, f"closed, with the code {code}", nudge=nudge)


class Events:
    """Server-sent events, as they come."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self._text = ""

    async def next(self) -> dict[str, str] | None:
        """The next event's fields; None if none came in time, or the stream ended."""
        while True:
            self._text = self._text.replace("\r\n", "\n")
            block, end, rest = self._text.partition("\n\n")
            if not end:
                try:
                    async with asyncio.timeout(WITHIN):
                        piece = await self.stream.piece()
                except TimeoutError:
                    return None
                if not piece:
                    return None
                self._text += piece.decode(errors="replace")
                continue
            self._text = rest
            fields: dict[str, str] = {}
            for line in block.splitlines():
                name, _, value = line.partition(":")
                if name:
                    value = value.removeprefix(" ")
                    fields[name] = f"{fields[name]}\n{value}" if name in fields else value
            if "data" in fields:
                return fields

    async def expect(self, id: int, event: str, data: Any, nudge: Nudges) -> None:
        """Judge the next event."""
        got = await self.next()
        expected = f"id: {id}\nevent: {event}\ndata: {json.dumps(data)}"
        self.stream.require(got is not None, f"one event more:\n{expected}", nudge=nudge)
        try:
            found = json.loads(got["data"]) if got else None
        except ValueError:
            found = None
        got = got or {}
        right = found == data and got.get("event", "message") == event
        words = [
            Nudge("The data is no JSON.", when=lambda _: found is None),
            Nudge(
                "The data is a text in which there is JSON. `data=` makes JSON of what it gets.",
                when=lambda _: isinstance(found, str) and as_json(found) == data,
            ),
            Nudge("The data is right, the `event` is not.", when=lambda _: not right and found == data),
            Nudge("The data is right, the `id` is not.", when=lambda _: found == data),
        ]
        both = [*words, *(nudge if isinstance(nudge, list) else [nudge])]
        self.stream.require(right and got.get("id") == str(id), expected, nudge=both)


def as_json(text: str) -> Any:
    """What a text holds as JSON; None if it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


@asynccontextmanager
async def events(api: Api, path: str, last: int | None = None, **options: Any) -> AsyncIterator[Events]:
    """A stream of events that was opened, and whose status and content type are right."""
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    async with api.stream("GET", path, headers=headers, **options) as stream:
        kind = stream.headers.get("content-type", "")
        stream.require(
            stream.status_code == 200 and kind.startswith("text/event-stream"),
            "200 OK, content-type: text/event-stream",
            nudge=[
                Nudge(
                    "`response_class=EventSourceResponse` in the decorator makes it a stream of events.",
                    when=lambda it: it.status_code == 200,
                ),
                Nudge(
                    "`Last-Event-ID` may be missing: then the parameter needs a default.",
                    when=lambda it: it.status_code == 422,
                ),
                "The stream has to begin.",
            ],
        )
        yield Events(stream)


# 11.1

walk = exercise(
    "11.1",
    "How far it is",
    hints=[
        "Where the trail is unknown, `await websocket.close()` and `return`, before "
        "`accept`. `finally:` is what "
        "runs in whichever way a loop ends.",
        "`float(text)` raises a `ValueError` where the text is no number; and nan is not above 0, either.",
        'Inside of the loop: `await websocket.close(4000)`, then `return`. At the end, `{"left": 0}` and '
        "`close(1000)`.",
    ],
)
OPENS = "`/walk/Lake%20Loop` is a trail of `TRAILS`: accept it."


@walk.check
async def counts_down(api: Api) -> None:
    """Says what is left, and closes at the end of the trail with 1000"""
    nudges = [
        Nudge("More was walked than there is: what is left is 0.", when=lambda it: it["left"] < 0),
        "What is left, after all texts so far.",
    ]
    for trail, steps in (
        ("Lake%20Loop", {"2": 4.5, "0.5": 4, "4": 0}),
        ("Ridge%20Path", {"10": 4, "0.25": 3.75, "5": 0}),
    ):
        async with api.websocket(f"/walk/{trail}", nudge=OPENS) as socket:
            for text, left in steps.items():
                await socket.send(text)
                await expect_json(socket, {"left": left}, nudges)
            await expect_closed(socket, 1000, "Nothing is left: after the last answer comes `close(1000)`.")


@walk.check
async def refuses_unknown_trails(api: Api) -> None:
    """Refuses an unknown trail before the connection is open"""
    await refused(api, "/walk/Summit%20Trail", "This trail is not in `TRAILS`: close before `accept`.")
    async with api.websocket("/walk/Ridge%20Path", nudge=OPENS) as socket:
        await socket.send("4")
        await expect_json(socket, {"left": 10}, "What is left, after all texts so far.")


@walk.check
async def refuses_bad_texts(api: Api) -> None:
    """Closes with 4000 where a text is no number above 0"""
    for text in ("far", "-1", "0", "nan", ""):
        async with api.websocket("/walk/Lake%20Loop", nudge=OPENS) as socket:
            await socket.send("1")
            await expect_json(socket, {"left": 5.5}, "What is left, after all texts so far.")
            await socket.send(text)
            await expect_closed(socket, 4000, f"The text {text!r} is no number above 0.")


@walk.check
async def forgets_who_has_gone(api: Api) -> None:
    """GET /walkers counts those who are on their way, and nobody else"""
    here = "Whoever is connected and has not come to the end is counted, each for itself."
    gone = "Who has gone is still counted. `finally` runs in whichever way the loop ends."
    cut = "A connection that was cut off, as by a phone that is switched off, is still counted."
    await becomes(api, "/walkers", 0, gone)
    async with api.websocket("/walk/Lake%20Loop", nudge=OPENS) as first:
        await becomes(api, "/walkers", 1, here)
        async with api.websocket("/walk/Lake%20Loop", nudge=OPENS):
            await becomes(api, "/walkers", 2, here)
        await becomes(api, "/walkers", 1, gone)
        for text in ("far", "100"):
            async with api.websocket("/walk/Ridge%20Path", nudge=OPENS) as other:
                await other.send(text)
                while await heard(other) is not None:
                    pass
                await becomes(api, "/walkers", 1, gone)
        async with api.websocket("/walk/Lake%20Loop", nudge=OPENS) as other:
            await becomes(api, "/walkers", 2, here)
            other.cut()
            await becomes(api, "/walkers", 1, cut)
        await first.send("1")
        await expect_json(first, {"left": 5.5}, "Others came and went meanwhile; this one is still here.")
    await becomes(api, "/walkers", 0, gone)


# 11.2

rangers = exercise(
    "11.2",
    "The rangers' room",
    patience=2,
    hints=[
        "Three steps: look at `Origin` in a dependency; take the key within "
        "`asyncio.timeout(PATIENCE)`; then a "
        "loop over `websocket.iter_text()`, with `finally` behind it.",
        "Each member has an `asyncio.Queue` and a task that sends what is in it. The loop that receives only "
        "puts texts into the queues, with `put_nowait`.",
        "For two hundred texts in one go the queues need room for as many: "
        "`maxsize=1000`, and where it is full, "
        "the oldest goes, or the member.",
    ],
)
HOME = {"Origin": "https://trails.example"}
ENTERS = "A handshake without an `Origin`, or with the right one, is accepted."


async def come_in(socket: Socket, api: Api, key: str, names: list[str]) -> None:
    """Send a key, and wait until the room has these rangers in it."""
    await socket.send(key)
    await becomes(api, "/rangers", names, "The names of those in the room whose key was right, sorted.")


@rangers.check
async def lets_rangers_in(api: Api) -> None:
    """Lets in who has a key: GET /rangers has the names, until they go"""
    gone = "Somebody who is not in the room is listed: without a key yet, or gone."
    await becomes(api, "/rangers", [], gone)
    async with api.websocket("/room", nudge=ENTERS) as ben:
        await come_in(ben, api, "key-ben", ["Ben"])
        async with api.websocket("/room", nudge=ENTERS, headers=HOME) as ada:
            await come_in(ada, api, "key-ada", ["Ada", "Ben"])
            async with api.websocket("/room", nudge=ENTERS):  # has not sent its key yet
                (await api.get("/rangers")).expect(200, ["Ada", "Ben"], nudge=gone)
        await becomes(api, "/rangers", ["Ben"], gone)
        ben.cut()
        cut = "A connection that was cut off, as by a phone that is switched off, is still listed."
        await becomes(api, "/rangers", [], cut)
    await becomes(api, "/rangers", [], gone)
    async with api.websocket("/room", nudge=ENTERS) as cleo:
        await come_in(cleo, api, "key-cleo", ["Cleo"])
        await cleo.send(b"Hello!")
    await becomes(api, "/rangers", [], BYTES)


@rangers.check
async def closes_without_a_key(api: Api) -> None:
    """Closes with 4401 where there is no key within PATIENCE"""
    for key in ("key-eve", "", "Ada"):
        async with api.websocket("/room", nudge=ENTERS) as eve:
            await eve.send(key)
            await expect_closed(eve, 4401, f"{key!r} is no key.")
    async with api.websocket("/room", nudge=ENTERS) as eve:
        for key in ("key-eve", "key-ada"):
            await eve.send(key)
        await expect_closed(eve, 4401, "The first message is no key: it closes, whatever comes after it.")
    async with api.websocket("/room", nudge=ENTERS) as silent:
        await expect_closed(silent, 4401, "No key came within `PATIENCE` seconds.")
    await becomes(api, "/rangers", [], "None of these has sent a key.")
    async with api.websocket("/room", nudge=ENTERS) as cleo:  # the patience is for the key alone
        await come_in(cleo, api, "key-cleo", ["Cleo"])
        nudge = "Who has sent a key stays for as long as it likes. `PATIENCE` is for the first message."
        message = await cleo.receive()
        cleo.require(message is None and cleo.code is None, "an open connection", nudge=nudge)
        await becomes(api, "/rangers", ["Cleo"], nudge)


@rangers.check
async def refuses_other_origins(api: Api) -> None:
    """Refuses the handshake of other origins"""
    for origin in ("https://evil.example", "https://trails.example.evil.example", "null"):
        nudge = "A page of another origin wants in: refuse before `accept`."
        await refused(api, "/room", nudge, {"Origin": origin})


@rangers.check
async def tells_all(api: Api) -> None:
    """Tells all in the room, the sender too, in order; also two hundred texts in one go"""
    sends = "Each in the room gets each text once, as JSON, in the order in which it was sent."
    async with (
        api.websocket("/room", nudge=ENTERS) as ada,
        api.websocket("/room", nudge=ENTERS) as ben,
        api.websocket("/room", nudge=ENTERS) as outside,
    ):
        await come_in(ada, api, "key-ada", ["Ada"])
        await come_in(ben, api, "key-ben", ["Ada", "Ben"])
        said = ((ada, "Ada", "Hello!"), (ben, "Ben", "Grüezi."), (ben, "Ben", ""), (ada, "Ada", "Hello!"))
        for sender, name, text in said:
            await sender.send(text)
            for socket in (ada, ben):
                await expect_json(socket, {"from": name, "text": text}, sends)
        async with api.websocket("/room", nudge=ENTERS) as left:
            await come_in(left, api, "key-cleo", ["Ada", "Ben", "Cleo"])
        for number in range(200):  # in one go, while somebody goes
            await ada.send(str(number))
        for socket in (ben, ada):
            for number in range(200):
                await expect_json(socket, {"from": "Ada", "text": str(number)}, sends)
        nudge = "Who has sent no key is not in the room, and hears nothing of it."
        message = await outside.receive()
        outside.require(message is None, "nothing, or the end", nudge=nudge)


@rangers.check
async def takes_two_phones(api: Api) -> None:
    """Tells both phones of a ranger who has two in the room"""
    both = "A ranger has two phones in the room: each of them gets each text."
    gone = (
        "One phone of a ranger has gone, the other is still in the room: the name stays until that goes, too."
    )
    async with api.websocket("/room", nudge=ENTERS) as one:
        await come_in(one, api, "key-ada", ["Ada"])
        async with api.websocket("/room", nudge=ENTERS) as two:
            await two.send("key-ada")
            await two.send("Hello!")
            for socket in (one, two):
                await expect_json(socket, {"from": "Ada", "text": "Hello!"}, both)
        await becomes(api, "/rangers", ["Ada"], gone)
        await one.send("Alone again.")
        await expect_json(one, {"from": "Ada", "text": "Alone again."}, both)
    await becomes(api, "/rangers", [], "Both phones of a ranger have gone.")


@rangers.check_on_desk
async def survives_a_pocket(api: Api) -> None:
    """One who does not read stops nobody else (seen on a desk)"""
    nudge = "Somebody in the room does not read, and the others wait. Nobody may wait in `send` for another."
    async with (
        api.websocket("/room", nudge=ENTERS) as pocket,
        api.websocket("/room", nudge=ENTERS) as ada,
        api.websocket("/room", nudge=ENTERS) as ben,
    ):
        await come_in(pocket, api, "key-cleo", ["Cleo"])
        await come_in(ada, api, "key-ada", ["Ada", "Cleo"])
        await come_in(ben, api, "key-ben", ["Ada", "Ben", "Cleo"])
        for number in range(120):
            text = f"{number} {'.' * 100_000}"
            try:
                async with asyncio.timeout(WITHIN):
                    await ada.send(text)
            except TimeoutError:
                ada.require(False, "a server that goes on reading", nudge=nudge)
            for socket in (ada, ben):
                message = await heard(socket)
                right = message is not None and text in str(message)
                socket.require(right, f"the text number {number} of 120, each of 100 kB", nudge=nudge)
        for number in range(1200):  # more than a queue is likely to hold
            await ada.send(str(number))
            for socket in (ada, ben):
                await expect_json(socket, {"from": "Ada", "text": str(number)}, nudge)


# 11.3

huts = exercise(
    "11.3",
    "A hut's notebook, followed",
    hints=[
        "`response_class=EventSourceResponse` in the decorator, `yield "
        "ServerSentEvent(...)` in the function. The "
        "header is a parameter, `last_event_id: Annotated[int, Header()] = 0`.",
        "A loop without an end, as in `Board.follow`: clear your bell, yield all notes behind your "
        "position, then `await bell.wait()`.",
        "The 404 comes from a dependency, which gives the notebook. The bell joins `notebook.bells` "
        "before the loop, and leaves it in a `finally`.",
    ],
)
STREAM = "/huts/1/notes/stream"


async def write(api: Api, hut: int, text: str) -> None:
    answer = await api.post(f"/huts/{hut}/notes", json={"text": text})
    answer.expect(201, {"text": text})


async def written(api: Api, hut: int) -> tuple[int, str]:
    """Write one note into this hut's notebook. Returns its number, as the stream has it, and its text."""
    text = f"Found by {time.time_ns()}"
    await write(api, hut, text)
    async with events(api, f"/huts/{hut}/notes/stream") as stream:
        for number in range(1, 10_000):
            got = await stream.next()
            nudge = "The last note that was written is not in the stream; without `Last-Event-ID` it has all."
            stream.stream.require(
                got is not None, f'an event with the data {{"text": "{text}"}}', nudge=nudge
            )
            if got and text in got["data"]:
                return number, text
    raise AssertionError("a stream without an end")


@huts.check
async def sends_notes(api: Api) -> None:
    """Sends what is there, then each new note as it comes"""
    for hut in (1, 2):
        path = f"/huts/{hut}/notes/stream"
        before, found = await written(api, hut)
        async with events(api, path, before - 1) as stream:
            got = await stream.next()  # of which the text is known already
            right = got is not None and got.get("id") == str(before) and got.get("event") == "note"
            had = got is not None and found not in got["data"]
            nudge = "Each event has its note's number as `id`, and `event: note`."
            if had:
                nudge = "The client has had all up to `Last-Event-ID`, this note too: begin behind it."
            elif (
                got
                and got.get("event") == "note"
                and got.get("id", "").isdecimal()
                and int(got["id"]) > before
            ):
                nudge = "Each note is sent that the client has not had, not only the last one."
            expected = f"id: {before}\nevent: note\ndata: {json.dumps({'text': found})}"
            stream.stream.require(right, expected, nudge=nudge)
            for number, text in enumerate(("Dry.", "Muddy, and\nwindy.", "Dry."), before + 1):
                await write(api, 3 - hut, "In the other hut.")
                await write(api, hut, text)
                nudge = "A new note comes while somebody follows: wait for the bell, then look again."
                await stream.expect(number, "note", {"text": text}, nudge)


@huts.check
async def misses_nothing(api: Api) -> None:
    """Goes on after Last-Event-ID, for several at once"""
    before, _ = await written(api, 1)
    texts = [f"Note {number}" for number in range(5)]
    for text in texts:
        await write(api, 1, text)
    nudge = "The client has had all up to `Last-Event-ID`: begin behind it, and leave out none."
    async with events(api, STREAM, before + 2) as one, events(api, STREAM, before) as other:
        for number in range(2, 5):
            await one.expect(before + number + 1, "note", {"text": texts[number]}, nudge)
        for number in range(5):
            await other.expect(before + number + 1, "note", {"text": texts[number]}, nudge)
        await write(api, 1, "The last.")
        for stream in (one, other):
            await stream.expect(before + 6, "note", {"text": "The last."}, "All who follow get a new note.")


@huts.check
async def refuses_unknown_huts(api: Api) -> None:
    """Answers 404 for an unknown hut"""
    late = "The status is sent before the generator runs. Look the hut up in a dependency."
    for last in ({}, {"Last-Event-ID": "1"}):
        try:
            async with api.stream("GET", "/huts/9/notes/stream", headers=last) as stream:
                nudges = [Nudge(late, when=lambda it: it.status_code == 200), "There is no hut 9."]
                stream.require(stream.status_code == 404, "404 Not Found", nudge=nudges)
        except CodeRaised as raised:
            raised.nudge = late if refused_late(raised.error) else raised.nudge
            raise


def refused_late(error: BaseException) -> bool:
    """Whether this is an `HTTPException`, or a group with one."""
    if isinstance(error, BaseExceptionGroup):
        return any(map(refused_late, error.exceptions))
    return hasattr(error, "status_code")


@huts.check
async def counts_followers(api: Api) -> None:
    """GET /huts/1/followers counts those who follow now"""
    here = "Each stream that is open counts, in its own hut."
    gone = "Who has gone is still counted: count down in a `finally`."
    # A generator whose client goes in the middle of many notes ends when it is collected: those of the checks
    # before this one now, and here there is one note for each.
    gc.collect()
    one, other_one = [(await written(api, hut))[0] - 1 for hut in (1, 2)]
    await becomes(api, "/huts/1/followers", 0, gone)
    async with events(api, STREAM, one) as first:
        await first.next()  # by now it has begun
        await becomes(api, "/huts/1/followers", 1, here)
        async with (
            events(api, STREAM, one) as second,
            events(api, "/huts/2/notes/stream", other_one) as other,
        ):
            await second.next()
            await other.next()
            await becomes(api, "/huts/1/followers", 2, here)
            await becomes(api, "/huts/2/followers", 1, here)
        await becomes(api, "/huts/1/followers", 1, gone)
        await becomes(api, "/huts/2/followers", 0, gone)
    await becomes(api, "/huts/1/followers", 0, gone)


@huts.check
async def misses_none_of_many(api: Api) -> None:
    """Sends each of many notes that are written at once"""
    before, _ = await written(api, 1)
    nudge = "Several notes were there when the bell rang: look for all of them before waiting again."
    async with events(api, STREAM, before - 1) as stream:
        await stream.next()  # by now it waits
        for turn in range(3):  # from the second on the connections are open: then they come together
            texts = [f"At once, {turn}-{number}" for number in range(20)]
            await asyncio.gather(*(write(api, 1, text) for text in texts))
            got: list[str] = []
            for number in range(20):
                event = await stream.next() or {}
                id = before + 1 + 20 * turn + number
                stream.stream.require(event.get("id") == str(id), f"an event with the id {id}", nudge=nudge)
                got.append(str(as_json(event["data"])))
            wanted = [str({"text": text}) for text in texts]
            stream.stream.require(sorted(got) == sorted(wanted), "each of the 20 notes", nudge=nudge)


# 11.4

water = exercise(
    "11.4",
    "Live water levels",
    hints=[
        "Nothing in `follow` receives, so it hears of nobody's leaving; and when a send "
        "raises, `except Exception` "
        "goes on. Let one task send, and wait in a loop over `websocket.iter_text()`.",
        "`draw_map` blocks: as a plain `def` it runs in a worker thread.",
        "`str(error)` is for the log. The client gets a sentence of your own.",
    ],
    patience=2,
)
LIVE = "`/live` accepts everybody."


@water.check
async def forgets_watchers(api: Api) -> None:
    """GET /watchers counts those who are there, /live sends each level, and its loop ends when one goes"""
    gone = "Who has gone is still counted. Which line of `follow` would hear that a hiker has gone?"
    tasks = 0
    for number in range(1 + STRANGERS):
        await becomes(api, "/watchers", 0, gone)
        if number == 1:  # what begins with the first hiker, for all, is there by now
            tasks = api.client.server.count_tasks()
        async with api.websocket("/live", nudge=LIVE):
            await becomes(api, "/watchers", 1, "Whoever is connected is counted.")
    await becomes(api, "/watchers", 0, gone)
    await tasks_end(api, tasks)
    async with api.websocket("/live", nudge=LIVE) as first:
        await becomes(api, "/watchers", 1, "Whoever is connected is counted.")
        async with api.websocket("/live", nudge=LIVE):
            await becomes(api, "/watchers", 2, "Whoever is connected is counted.")
        await becomes(api, "/watchers", 1, gone)
        for level in (1.25, 3.5, 3.5):
            (await api.post("/levels", params={"level": level})).expect(201, level)
            nudge = "Who is connected gets each level that is posted, once, as a JSON number."
            await expect_json(first, level, nudge)
    await becomes(api, "/watchers", 0, gone)
    async with api.websocket("/live", nudge=LIVE) as last:
        await becomes(api, "/watchers", 1, "Whoever is connected is counted.")
        await last.send(b"Hello!")
    await becomes(api, "/watchers", 0, BYTES)


STRANGERS = 5
"""How many come and go while tasks are counted."""


async def tasks_end(api: Api, before: int) -> None:
    """Judge that no task is left of those who came and went, although no level was posted meanwhile."""
    give_up = time.monotonic() + WITHIN
    while (left := api.client.server.count_tasks() - before) > 0 and time.monotonic() < give_up:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    require(
        left <= 0,
        sent=f"WebSocket /live, {STRANGERS} times, and each time the client has left",
        came_back=f"in the event loop {left} tasks are left, which were not there before",
        expected="no more tasks than before",
        nudge="Something still waits for levels to send, to one who has gone: `cancel()` ends a task.",
    )


def new_level() -> float:
    """A level that nobody has posted yet."""
    return time.time_ns() % 10**12 / 1000


async def map_drawn(api: Api, level: float) -> None:
    """Judge that a map of this level is listed, a moment after it was posted."""
    give_up = time.monotonic() + WITHIN
    while True:
        answer = await api.get("/maps")
        drawn = answer.json()
        if (isinstance(drawn, list) and level in drawn) or time.monotonic() > give_up:
            break
        await asyncio.sleep(0.01)
    nudge = "A moment after a level was posted, its map is drawn."
    answer.require(isinstance(drawn, list) and level in drawn, f"200, and {level} in the list", nudge=nudge)


@water.check
async def draws_maps(api: Api) -> None:
    """Draws a map for each level"""
    levels = [new_level(), new_level() + 0.5]
    for level in levels:
        (await api.post("/levels", params={"level": level})).expect(201, level)
    for level in levels:
        await map_drawn(api, level)


@water.check_on_desk
async def keeps_nobody_waiting(api: Api) -> None:
    """Answers before a map is drawn, and while it is (seen on a desk)"""
    for _ in range(3):  # on a machine that is busy the map may be there before anybody can ask
        level = new_level()
        (await api.post("/levels", params={"level": level})).expect(201, level)
        answer = await api.get("/ping")
        answer.expect(200, "pong")
        drawn = (await api.get("/maps")).json()
        await map_drawn(api, level)
        if level not in drawn:
            return
    require(
        False,
        sent="POST /levels, then GET /ping, then GET /maps",
        came_back="answers that waited until the map was drawn",
        expected="answers while it is being drawn",
        nudge="A map takes 0.5 s of computing. In an `async def` that stops the event loop, and before the "
        "answer it keeps the client waiting.",
    )


@water.check
async def tells_no_secrets(api: Api) -> None:
    """Says that a reading failed, and not what the driver says"""
    for name in ("lake", "river"):
        answer = await api.get(f"/sensors/{name}")
        lines = [as_json(line) for line in answer.text.splitlines() if line.strip()]
        wanted = [{"level": 1.5}, {"error": "This sensor gives no reading."}, {"level": 3.5}]
        nudge = Nudge("The driver's words are for the log.", when=lambda it: "password" in it.text)
        expected = "\n".join(map(json.dumps, wanted))
        answer.require(
            lines == wanted, expected, status=200, nudge=[nudge, "Three readings; the second one fails."]
        )


@water.check
async def sends_each_level(api: Api) -> None:
    """/live goes on when a client speaks, begins with the next level, and leaves out none"""
    gone = "Who has gone is still counted. Which line of `follow` would hear that a hiker has gone?"
    here = "A client that sends a text is still there: it is counted, and gets each level."
    late = "Who comes gets the levels that are posted from then on, as before."
    all_ = "Of several levels that are posted at once, each is sent."
    await becomes(api, "/watchers", 0, gone)
    async with api.websocket("/live", nudge=LIVE) as first:
        for _ in range(2):
            await first.send("Hello!")
        (await api.post("/levels", params={"level": 2.25})).expect(201, 2.25)
        await expect_json(first, 2.25, [Nudge(late, when=lambda it: isinstance(it, float | int)), here])
        await becomes(api, "/watchers", 1, here)
        async with api.websocket("/live", nudge=LIVE) as second:
            await becomes(api, "/watchers", 2, "Whoever is connected is counted.")
            (await api.post("/levels", params={"level": 4.75})).expect(201, 4.75)
            await expect_json(second, 4.75, late)
            await expect_json(first, 4.75, here)
        wanted = [10.5 + number for number in range(5)]
        await asyncio.gather(*(api.post("/levels", params={"level": level}) for level in wanted))
        got = [as_json(str(await heard(first))) for _ in wanted]
        first.require(sorted(map(str, got)) == list(map(str, wanted)), f"in any order, {wanted}", nudge=all_)


# The app


@contextmanager
def files_of_its_own() -> Iterator[None]:
    """`JOBS` and `OUTBOX` in the environment, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as folder:
        ours = {"JOBS": f"{folder}/jobs.db", "OUTBOX": f"{folder}/outbox.txt"}
        before = {name: os.environ.get(name) for name in ours}
        os.environ.update(ours)
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value


app = exercise(
    "11.app",
    "Live trail conditions",
    patience=6,
    around=files_of_its_own,
    hints=[
        "One list of conditions, and `Board.follow` of this lesson over it, serve all "
        "ways to follow: list, stream "
        "and WebSocket. The id is the position.",
        "The WebSocket sends in a task, and receives in a loop: only who receives hears "
        "that a hiker has gone. "
        "Count followers in a `finally`.",
        "A mail is a row: `id`, to whom, the text, and whether it was sent. `POST "
        "/mails` inserts it, with the text; "
        "`GET /mails/1` looks at it.",
        "The worker: take the first row that was not sent, call `send_mail`, and only "
        "then mark it. Where there is none, "
        "sleep a little.",
    ],
)
ADA = {"X-Ranger-Key": "key-ada"}
BEN = {"X-Ranger-Key": "key-ben"}


async def last_id(api: Api) -> int:
    """The id of the newest condition."""
    answer = await api.get("/conditions")
    body = answer.json()
    right = isinstance(body, list) and all(isinstance(one, dict) and "id" in one for one in body)
    answer.require(right, "200, and a list of conditions", status=200)
    return max((one["id"] for one in body), default=0)


async def post(
    api: Api, trail: str, is_open: bool, text: str = "", headers: dict[str, str] = ADA
) -> dict[str, Any]:
    """Post a condition, and judge the answer."""
    new = {"trail": trail, "open": is_open, "text": text}
    id = await last_id(api) + 1
    answer = await api.post("/conditions", json=new, headers=headers)
    wanted = {**new, "id": id, "ranger": {"key-ada": "Ada", "key-ben": "Ben"}[headers["X-Ranger-Key"]]}
    answer.expect(201, wanted, nudge="The condition as it was sent, with its id and the ranger's name.")
    return wanted


def refuses_without_a_key(answer: Answer, nudge: str) -> None:
    """Judge an answer that is a 401, and tells nobody's key."""
    answer.expect(401, nudge=nudge)
    told = [key for key in ("key-ada", "key-ben") if key in answer.text]
    answer.require(
        not told,
        "401, and nothing that lets anybody in",
        status=401,
        differs=f"There stands `{', '.join(told)}`, a ranger's key.",
        nudge="Who has no key is told none.",
    )


@app.check
async def takes_conditions(api: Api) -> None:
    """Takes conditions from rangers, and lists them"""
    refusal = "Without a ranger's key nothing is posted: 401."
    for headers in ({}, {"X-Ranger-Key": "key-eve"}):
        new = {"trail": "Lake Loop", "open": False, "text": "By nobody"}
        refuses_without_a_key(await api.post("/conditions", json=new, headers=headers), refusal)
    before = await last_id(api)
    posted = [
        await post(api, "Lake Loop", False, "Rockfall"),
        await post(api, "Ridge Path", True, "Dry", BEN),
        await post(api, "Lake Loop", True, "Cleared"),
    ]
    for after in (before, before + 1, before + 3):
        answer = await api.get("/conditions", params={"after": after})
        wanted = [one for one in posted if one["id"] > after]
        answer.expect(200, wanted, nudge="Those with an id above `after`, in the order of their ids.")
    answer = await api.get("/conditions")
    found = answer.json()
    nudge = "Without `after` it is all conditions."
    answer.require(
        isinstance(found, list) and len(found) == before + 3, f"{before + 3} conditions", nudge=nudge
    )
    new = {"trail": "Lake Loop", "open": True, "text": "", "ranger": "Ben"}  # to refuse it is right, too
    answer = await api.post("/conditions", json=new, headers=ADA)
    named = answer.json()
    right = answer.status_code == 422 or (isinstance(named, dict) and named.get("ranger") == "Ada")
    answer.require(
        right, '"ranger": "Ada"', nudge="The ranger is the one whose key it is, whatever the body says."
    )


@app.check
async def streams_events(api: Api) -> None:
    """Streams them as events; who comes back or late misses nothing"""
    posted = [await post(api, "Lake Loop", number % 2 == 0, f"Report {number}") for number in range(3)]
    first = posted[0]["id"]
    nudge = "First what is above `Last-Event-ID`, then each new condition, each once and in order."
    async with (
        events(api, "/conditions/stream", first) as one,
        events(api, "/conditions/stream", first - 1) as two,
    ):
        for stream, already in ((one, posted[1:]), (two, posted)):
            for condition in already:
                await stream.expect(condition["id"], "condition", condition, nudge)
        for number in range(2):
            new = await post(api, "Ridge Path", False, f"Storm {number}", BEN)
            for stream in (one, two):
                await stream.expect(new["id"], "condition", new, nudge)
    everything = (await api.get("/conditions")).json()
    async with events(api, "/conditions/stream") as late:
        for condition in everything:
            nudge = "Without `Last-Event-ID` a follower gets all that there is."
            await late.expect(condition["id"], "condition", condition, nudge)


@app.check
async def sends_by_websocket(api: Api) -> None:
    """Sends them by WebSocket; who comes back or late misses nothing"""
    opens = "Without an `Origin`, or with `HOME`, a WebSocket is accepted."
    posted = [await post(api, "Lake Loop", number % 2 == 0, f"Report {number}") for number in range(3)]
    first = posted[0]["id"]
    nudge = "First what is above `after`, then each new condition, as JSON, each once and in order."
    async with (
        api.websocket(f"/conditions/live?after={first}", nudge=opens) as one,
        api.websocket(f"/conditions/live?after={first - 1}", nudge=opens, headers=HOME) as two,
    ):
        for socket, already in ((one, posted[1:]), (two, posted)):
            for condition in already:
                await expect_json(socket, condition, nudge)
        for number in range(2):
            new = await post(api, "Ridge Path", False, f"Storm {number}", BEN)
            for socket in (one, two):
                await expect_json(socket, new, nudge)
    everything = (await api.get("/conditions")).json()
    async with api.websocket("/conditions/live", nudge=opens) as late:
        for condition in everything:
            await expect_json(late, condition, "Without `after` a follower gets all that there is.")


@app.check
async def refuses_foreign_pages(api: Api) -> None:
    """Refuses the WebSocket of a page from elsewhere"""
    for origin in ("https://evil.example", "https://trails.example.evil.example", "null"):
        nudge = "A page of another origin wants in: refuse before `accept`."
        await refused(api, "/conditions/live", nudge, {"Origin": origin})


@app.check
async def counts_who_follows(api: Api) -> None:
    """Counts who follows, and forgets who has gone"""
    here = "Each open stream and each open WebSocket counts."
    gone = "Who has gone is still counted, although nothing new was posted. What hears that a hiker has gone?"
    opens = "A WebSocket without an `Origin` is accepted."
    await becomes(api, "/followers", 0, gone)
    async with events(api, "/conditions/stream"):
        await becomes(api, "/followers", 1, here)
        async with api.websocket("/conditions/live", nudge=opens):
            await becomes(api, "/followers", 2, here)
            async with api.websocket("/conditions/live?after=1", nudge=opens) as third:
                await becomes(api, "/followers", 3, here)
                third.cut()
                await becomes(api, "/followers", 2, gone)
        await becomes(api, "/followers", 1, gone)
        async with api.websocket("/conditions/live", nudge=opens) as third:
            await becomes(api, "/followers", 2, here)
            await third.send(b"Hello!")
        await becomes(api, "/followers", 1, BYTES)
    await becomes(api, "/followers", 0, gone)


@app.check
async def writes_mails_down(api: Api) -> None:
    """Writes a mail down: 202, and its state by its id"""
    refuses_without_a_key(
        await api.post("/mails", json={"to": "eve@evil.example"}),
        "Without a ranger's key no mail is asked for: 401.",
    )
    ids = []
    for _ in range(2):
        answer = await api.post("/mails", json={"to": "ada@trails.example"}, headers=ADA)
        ids.append(mail_id(answer))
    require(
        ids[0] != ids[1], sent="POST /mails, twice", came_back=f"ids {ids}", expected="another id", nudge=""
    )
    for id in ids:
        nudge = "No worker runs, so this mail waits."
        (await api.get(f"/mails/{id}")).expect(200, {"id": id, "state": "waiting"}, nudge=nudge)
    (await api.get("/mails/99999")).expect(404, nudge="No mail has this id.")


def mail_id(answer: Answer) -> int:
    """The id of a mail that was just asked for, once the answer is right."""
    body = answer.json()
    id = body.get("id") if isinstance(body, dict) else None
    answer.require(isinstance(id, int), '202, and {"id": 1, "state": "waiting"}', status=202)
    answer.expect(202, {"id": id, "state": "waiting"}, nudge="The mail's id, and that it waits.")
    return int(id or 0)


class Workers:
    """Worker processes of the learner's app, and what they have written into the outbox."""

    ends_by = "SIGKILL" if hasattr(signal, "SIGKILL") else "SIGTERM"

    def __init__(self) -> None:
        self.file = Path(str(sys.modules["app"].__file__)).resolve()
        self.outbox = Path(os.environ["OUTBOX"])
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, seconds: float = 0) -> None:
        """Start one, whose mails take so many seconds each."""
        environment = {**os.environ, "MAIL_SECONDS": str(seconds)}
        with Path(self.outbox.with_name("said.txt")).open("wb") as said:
            # As `python app.py`, but bound to this process by a pipe: it ends however this one does.
            self._running.append(
                subprocess.Popen(
                    [sys.executable, "-m", "course.running.bound", self.ends_by, self.file.stem],
                    cwd=self.file.parent,
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=said,
                    stderr=said,
                )
            )

    def restart_app(self, ids: list[int]) -> Any:
        """Start the app once more in another process, as a deployment does, ask for these mails, and end it.

        Returns:
            What it says of each; where it broke down, the last line of what it said of that.
        """
        code = f"""
import json
from fastapi.testclient import TestClient
from {self.file.stem} import app
with TestClient(app) as client:
    answers = [client.get(f"/mails/{{id}}").json() for id in {ids}]
print()
print(json.dumps(answers))
"""
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=self.file.parent,
            env=dict(os.environ),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        last = (done.stderr if done.returncode else done.stdout).strip().rsplit("\n", 1)[-1]
        return last if done.returncode else as_json(last)

    def kill(self) -> None:
        """Kill all that run."""
        for process in self._running:
            process.kill()
            process.communicate()
        self._running.clear()

    def lines(self) -> list[list[str]]:
        """What stands in the outbox: "begun" or "sent", to whom, and what."""
        if not self.outbox.exists():
            return []
        lines = self.outbox.read_text(encoding="utf-8").splitlines()
        return [line.split("\t") for line in lines]

    async def until(self, word: str, to: str, nudge: str, within: float = 4 * WITHIN) -> None:
        """Wait until the outbox says this of somebody's mail.

        Raises:
            NotYet: it does not come, or the worker ends.
        """
        give_up = time.monotonic() + within
        while not any(line[:2] == [word, to] for line in self.lines()):
            ended = all(process.poll() is not None for process in self._running)
            if ended or time.monotonic() > give_up:
                said = self.outbox.with_name("said.txt").read_text(encoding="utf-8", errors="replace")
                came = "the worker has ended" if ended else "nothing of it in the outbox"
                last = said.strip().splitlines()[-1:]
                raise NotYet(
                    f"python app.py, and a mail to {to} waits",
                    "\n".join([came, *last]),
                    f"the mail is {word}",
                    "`work()` goes on until it is ended." if ended and not last else nudge,
                )
            await asyncio.sleep(0.01)


@contextmanager
def workers() -> Iterator[Workers]:
    """Workers that are gone in the end."""
    made = Workers()
    try:
        yield made
    finally:
        made.kill()


@app.check_on_desk
async def a_worker_sends(api: Api) -> None:
    """A worker sends the list of closed trails, in order (seen on a desk)"""
    await post(api, "Lake Loop", False, "Rockfall")
    await post(api, "Alder Way", False, "Flood", BEN)
    await post(api, "Ridge Path", False, "Storm")
    await post(api, "Ridge Path", True, "Sun")
    names = [f"{name}-{time.time_ns()}@trails.example" for name in ("zoe", "ada", "mia")]
    mails = [(to, await asked_for(api, to)) for to in names[:2]]
    await post(api, "Lake Loop", True, "Cleared")  # after these mails were asked for
    with workers() as worker:
        worker.start()
        for to, id in mails:
            await worker.until("sent", to, "`python app.py` calls `work()`, which sends all mails that wait.")
            nudge = "The worker has sent this mail, and writes that down."
            await becomes(api, f"/mails/{id}", {"id": id, "state": "sent"}, nudge)
            if to == names[1]:  # one more, while the worker runs and has nothing to do
                mails.append((names[2], await asked_for(api, names[2])))
        got = [line[1:] for line in worker.lines() if line[0] == "sent" and line[1] in names]
    wanted = [[names[0], "Alder Way, Lake Loop"], [names[1], "Alder Way, Lake Loop"], [names[2], "Alder Way"]]
    nudge = (
        "The trails that were closed when the mail was asked for, sorted, one a line. "
        "Mails go in the order in which "
        "they came, each once."
    )
    expect_value(got, wanted, sent="the mails in the outbox (a comma for each new line)", nudge=nudge)


@app.check_on_desk
async def a_killed_worker_loses_nothing(api: Api) -> None:
    """A mail whose worker was killed is sent by the next, what was sent stays sent (seen on a desk)"""
    names = [f"{name}-{time.time_ns()}@trails.example" for name in ("done", "killed", "waiting")]
    done, killed, waiting = names
    with workers() as worker:
        ids = [await asked_for(api, done)]
        worker.start()
        await worker.until("sent", done, "A worker sends all mails that wait.")
        await becomes_sent(api)
        worker.kill()
        ids += [await asked_for(api, to) for to in (killed, waiting)]
        states = zip(ids, ("sent", "waiting", "waiting"), strict=True)
        expect_value(
            worker.restart_app(ids),
            [{"id": id, "state": state} for id, state in states],
            sent=f"a start of the app in another process; there GET /mails/{ids[0]}, and two that wait",
            nudge="Mails and their states are in the file that `JOBS` names: another start finds them there.",
        )
        worker.start(600)
        nudge = (
            "Mails that wait stay in the file that `JOBS` names, when the app is started anew, too. What "
            "was sent is not sent again, and mails go in the order in which they came."
        )
        await worker.until("begun", killed, nudge)
        worker.kill()
        worker.start()
        nudge = "A worker was killed in the middle of a mail. It waits until it was sent: mark it afterwards."
        await worker.until("sent", waiting, nudge)
        with contextlib.suppress(NotYet):
            await worker.until("sent", killed, nudge, WITHIN)
        sent = [line[1] for line in worker.lines() if line[0] == "sent" and line[1] in names]
    expect_value(
        sorted(sent, key=names.index),
        names,
        sent="one worker; a second one, killed in the middle of a mail; a third: the mails that were sent",
        nudge=[Nudge(nudge, when=lambda it: killed not in it), "What was sent is not sent again."],
    )


async def asked_for(api: Api, to: str) -> int:
    """Ask for a mail. Returns its id."""
    return mail_id(await api.post("/mails", json={"to": to}, headers=ADA))


async def becomes_sent(api: Api) -> None:
    """Wait until the newest mail is marked as sent."""
    id = await asked_for(api, "probe@trails.example")
    await becomes(api, f"/mails/{id}", {"id": id, "state": "sent"}, "The worker is there, and sends it.")


@app.check_on_desk
async def survives_a_slow_one(api: Api) -> None:
    """A follower who does not read harms nobody (seen on a desk)"""
    opens = "A WebSocket without an `Origin` is accepted."
    nudge = "Somebody does not read, and others wait. Nobody may wait in `send` for another."
    after = await last_id(api)
    live = f"/conditions/live?after={after}"
    async with (
        api.websocket(live, nudge=opens),  # neither of these two reads
        events(api, "/conditions/stream", after),
        api.websocket(live, nudge=opens) as reader,
    ):
        for number in range(1, 121):
            text = f"{number} {'.' * 100_000}"
            new = {"trail": "Lake Loop", "open": True, "text": text}
            status = 0
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WITHIN):
                    status = (await api.post("/conditions", json=new, headers=ADA)).status_code
            require(
                status == 201,
                sent=f"POST /conditions, number {number} of 120, each of 100 kB; two followers do not read",
                came_back=f"the status {status}" if status else f"nothing within {WITHIN:g} seconds",
                expected="201",
                nudge=nudge,
            )
            message = await heard(reader)
            right = message is not None and text in str(message)
            reader.require(right, f"condition {number} of 120, each of 100 kB", nudge=nudge)
            if number % 20 == 0:
                async with events(api, "/conditions/stream", after + number - 1) as listener:
                    got = await listener.next()
                    right = got is not None and got.get("id") == str(after + number)
                    listener.stream.require(right, f"event {number}, of 100 kB", nudge=nudge)


BACKLOG = 80
"""Conditions of 100 kB each: twice what a connection holds that nobody reads from."""


@app.check_on_desk
async def catches_up_while_something_is_posted(api: Api) -> None:
    """Sends each once also where something is posted while a late comer catches up (seen on a desk)"""
    first = await post_one(api, "The first")
    for _ in range(BACKLOG):
        await post_one(api, "." * 100_000)
    async with events(api, "/conditions/stream", first - 1) as late:
        await next_is(late, first)  # by now the app catches up, and cannot go on until somebody reads
        last = await post_one(api, "In the middle")
        for id in range(first + 1, last + 1):
            await next_is(late, id)
        await next_is(late, await post_one(api, "The last"))


async def post_one(api: Api, text: str) -> int:
    """Post a condition. Returns its id; to list all of them would take long."""
    new = {"trail": "Lake Loop", "open": True, "text": text}
    answer = await api.post("/conditions", json=new, headers=ADA)
    body = answer.json()
    id = body.get("id") if isinstance(body, dict) else None
    answer.require(isinstance(id, int), "201, and the condition with its id", status=201)
    return int(id or 0)


async def next_is(stream: Events, id: int) -> None:
    """Judge the next event by its id; what came in full would be long to read."""
    got = await stream.next()
    require(
        got is not None and got.get("id") == str(id),
        sent="GET /conditions/stream, and POST /conditions while older ones are being sent",
        came_back="no further event" if got is None else f"an event with the id {got.get('id')}",
        expected=f"next, an event with the id {id}",
        nudge="Something was posted while older conditions were being sent: it comes behind them, once. "
        "What was sent is told best by a position in the list.",
    )
