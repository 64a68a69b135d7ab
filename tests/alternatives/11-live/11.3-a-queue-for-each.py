# Exercise 11.3
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
        self.queues: list[asyncio.Queue[tuple[int, Note]]] = []

    def write(self, note: Note) -> None:
        self.notes.append(note)
        for queue in self.queues:
            queue.put_nowait((len(self.notes), note))


def notebook_of(hut_id: int) -> Notebook:
    if hut_id not in NOTEBOOKS:
        raise HTTPException(404, "No hut has this id.")
    return NOTEBOOKS[hut_id]


Known = Annotated[Notebook, Depends(notebook_of)]
NOTEBOOKS = {1: Notebook(), 2: Notebook()}
huts = FastAPI()


@huts.post("/huts/{hut_id}/notes", status_code=201)
async def write_note(notebook: Known, note: Note) -> Note:
    notebook.write(note)
    return note


@huts.get("/huts/{hut_id}/followers")
async def count_followers(notebook: Known) -> int:
    return len(notebook.queues)


@huts.get("/huts/{hut_id}/notes/stream", response_class=EventSourceResponse)
async def stream_notes(
    notebook: Known, last_event_id: Annotated[int, Header(ge=0)] = 0
) -> AsyncIterable[ServerSentEvent]:
    queue: asyncio.Queue[tuple[int, Note]] = asyncio.Queue()
    for number in range(last_event_id, len(notebook.notes)):
        queue.put_nowait((number + 1, notebook.notes[number]))
    notebook.queues.append(queue)
    try:
        while True:
            number, note = await queue.get()
            yield ServerSentEvent(data=note, id=str(number), event="note")
    finally:
        notebook.queues.remove(queue)
