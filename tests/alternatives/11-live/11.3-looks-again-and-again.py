# Exercise 11.3
import asyncio
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


async def known(hut_id: int):
    try:
        return NOTEBOOKS[hut_id]
    except KeyError:
        raise HTTPException(404, "There is no such hut.")


@huts.get("/huts/{hut_id}/notes/stream", response_class=EventSourceResponse)
async def stream_notes(
    notebook: Annotated[Notebook, Depends(known)], last_event_id: Annotated[str | None, Header()] = None
):
    me = asyncio.Event()
    notebook.bells.add(me)
    sent = int(last_event_id or 0)
    try:
        while True:
            if sent < len(notebook.notes):
                note = notebook.notes[sent]
                sent += 1
                yield ServerSentEvent(id=str(sent), event="note", data=note.model_dump())
            else:
                await asyncio.sleep(0.01)
    finally:
        notebook.bells.remove(me)
