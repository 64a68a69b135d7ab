# %% 11.1
# An unknown trail is refused before `accept`. `with` or `finally` forgets a walker in whichever way the loop
# ended; `iter_text` ends it quietly when the client has gone.
from fastapi import FastAPI, WebSocket

TRAILS = {"Lake Loop": 6.5, "Ridge Path": 14.0}

walk = FastAPI()
walkers: set[WebSocket] = set()


@walk.get("/walkers")
async def count_walkers() -> int:
    return len(walkers)


def kilometres(text: str) -> float:
    """The number that a text holds; 0 if it holds none."""
    try:
        return float(text)
    except ValueError:
        return 0


@walk.websocket("/walk/{trail}")
async def follow(websocket: WebSocket, trail: str) -> None:
    if trail not in TRAILS:
        return await websocket.close()
    await websocket.accept()
    walkers.add(websocket)
    left = TRAILS[trail]
    try:
        async for text in websocket.iter_text():
            if not kilometres(text) > 0:
                return await websocket.close(4000, "A number above 0, please.")
            left = max(0, left - kilometres(text))
            await websocket.send_json({"left": left})
            if left == 0:
                return await websocket.close(1000)
    finally:
        walkers.discard(websocket)


# %% 11.2
# Whoever sends puts the text into each one's queue, and waits for nobody. A queue that is full belongs to
# somebody who does not read, and only that one loses something.
import asyncio
from typing import Annotated

from fastapi import Depends, FastAPI, Header, WebSocket, WebSocketDisconnect, WebSocketException

KEYS = {"key-ada": "Ada", "key-ben": "Ben", "key-cleo": "Cleo"}
PATIENCE = 0.5

rangers = FastAPI()


class Member:
    def __init__(self, websocket: WebSocket, name: str) -> None:
        self.websocket = websocket
        self.name = name
        self.queue: asyncio.Queue[dict[str, str]] = asyncio.Queue(maxsize=1000)
        self.sending = asyncio.create_task(self.send_all())

    async def send_all(self) -> None:
        while True:
            try:
                await self.websocket.send_json(await self.queue.get())
            except WebSocketDisconnect:
                return


members: set[Member] = set()


@rangers.get("/rangers")
async def list_rangers() -> list[str]:
    return sorted(member.name for member in members)


def from_home(origin: Annotated[str | None, Header()] = None) -> None:
    if origin not in (None, "https://trails.example"):
        raise WebSocketException(1008)


async def name_of(websocket: WebSocket) -> str:
    try:
        async with asyncio.timeout(PATIENCE):
            return KEYS[await websocket.receive_text()]
    except (KeyError, TimeoutError):
        raise WebSocketException(4401, "a ranger's key, please") from None


def tell(text: dict[str, str]) -> None:
    for member in members:
        if member.queue.full():
            member.queue.get_nowait()
        member.queue.put_nowait(text)


@rangers.websocket("/room", dependencies=[Depends(from_home)])
async def join(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        name = await name_of(websocket)
    except WebSocketDisconnect:
        return
    member = Member(websocket, name)
    members.add(member)
    try:
        async for text in websocket.iter_text():
            tell({"from": member.name, "text": text})
    finally:
        members.discard(member)
        member.sending.cancel()


# %% 11.3
# The hut is looked up by a dependency, while a 404 can still be said. The number of a note is its id, so that
# `Last-Event-ID` is the position from which to go on.
import asyncio
from collections.abc import AsyncIterable
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel


class Note(BaseModel):
    text: str


class Notebook:
    def __init__(self) -> None:
        self.notes: list[Note] = []
        self.bells: set[asyncio.Event] = set()  # one for each follower

    def write(self, note: Note) -> None:
        self.notes.append(note)
        for bell in self.bells:
            bell.set()


NOTEBOOKS = {1: Notebook(), 2: Notebook()}
huts = FastAPI()


@huts.post("/huts/{hut_id}/notes", status_code=201)
async def write_note(hut_id: int, note: Note) -> Note:
    if hut_id not in NOTEBOOKS:
        raise HTTPException(404, "No hut has this id.")
    NOTEBOOKS[hut_id].write(note)
    return note


@huts.get("/huts/{hut_id}/followers")
async def count_followers(hut_id: int) -> int:
    if hut_id not in NOTEBOOKS:
        raise HTTPException(404, "No hut has this id.")
    return len(NOTEBOOKS[hut_id].bells)


def known_notebook(hut_id: int) -> Notebook:
    if hut_id not in NOTEBOOKS:
        raise HTTPException(404, "No hut has this id.")
    return NOTEBOOKS[hut_id]


@huts.get("/huts/{hut_id}/notes/stream", response_class=EventSourceResponse)
async def stream_notes(
    notebook: Annotated[Notebook, Depends(known_notebook)],
    last_event_id: Annotated[int, Header()] = 0,
) -> AsyncIterable[ServerSentEvent]:
    bell = asyncio.Event()
    notebook.bells.add(bell)
    number = last_event_id
    try:
        while True:
            bell.clear()  # before looking, so that no ring is missed
            while number < len(notebook.notes):
                number += 1
                yield ServerSentEvent(data=notebook.notes[number - 1], event="note", id=str(number))
            await bell.wait()
    finally:
        notebook.bells.discard(bell)


# %% 11.4
# The loop that receives hears that the hiker has gone, and ends the task that sends. The map is drawn in a
# worker thread, since that task is a plain `def`. What the driver says stays in the log.
import asyncio
import logging
import time
from collections.abc import AsyncIterable

from fastapi import BackgroundTasks, FastAPI, WebSocket

levels: list[float] = []
maps: list[float] = []
watchers: set[WebSocket] = set()
water = FastAPI()


def read_sensor(name: str, number: int) -> float:
    """A driver that somebody else wrote."""
    if number == 1:
        raise ConnectionError(f"login at {name} failed: user=trails password=hunter2")
    return 1.5 + number


async def send_levels(websocket: WebSocket) -> None:
    sent = len(levels)
    while True:
        while sent < len(levels):
            await websocket.send_json(levels[sent])
            sent += 1
        await asyncio.sleep(0.02)


@water.websocket("/live")
async def follow(websocket: WebSocket) -> None:
    await websocket.accept()
    watchers.add(websocket)
    sending = asyncio.create_task(send_levels(websocket))
    try:
        async for _ in websocket.iter_text():
            pass
    finally:
        sending.cancel()
        watchers.discard(websocket)


def draw_map(level: float) -> None:
    time.sleep(0.5)  # stands for a library that computes
    maps.append(level)


@water.post("/levels", status_code=201)
async def post_level(level: float, tasks: BackgroundTasks) -> float:
    levels.append(level)
    tasks.add_task(draw_map, level)
    return level


@water.get("/sensors/{name}")
async def read_all(name: str) -> AsyncIterable[dict[str, float | str]]:
    for number in range(3):
        try:
            yield {"level": read_sensor(name, number)}
        except Exception:
            logging.getLogger(__name__).exception("sensor %s", name)
            yield {"error": "This sensor gives no reading."}


@water.get("/watchers")
async def count_watchers() -> int:
    return len(watchers)


@water.get("/maps")
async def list_maps() -> list[float]:
    return maps


@water.get("/ping")
async def ping() -> str:
    return "pong"
