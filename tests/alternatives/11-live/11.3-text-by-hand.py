# Exercise 11.3
import asyncio

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import StreamingResponse
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


async def events(notebook: Notebook, after: int):
    bell = asyncio.Event()
    notebook.bells.add(bell)
    try:
        while True:
            bell.clear()
            for number, note in list(enumerate(notebook.notes, 1))[after:]:
                yield f"id: {number}\nevent: note\ndata: {note.model_dump_json()}\n\n"
                after = number
            await bell.wait()
    finally:
        notebook.bells.remove(bell)


@huts.get("/huts/{hut_id}/notes/stream")
async def stream_notes(hut_id: int, request: Request):
    if hut_id not in NOTEBOOKS:
        raise HTTPException(404)
    after = int(request.headers.get("last-event-id", "0"))
    return StreamingResponse(events(NOTEBOOKS[hut_id], after), media_type="text/event-stream")
