"""Each follower has a position of its own in one list: nobody waits for a slow one, a late one begins further
back, and there is nothing to fill up. A mail is a row that is marked after it was sent, so a worker that is
killed leaves it to the next. It may be sent twice then, which a list of closed trails bears.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import time
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException, WebSocket, WebSocketException
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel

RANGERS = {"key-ada": "Ada", "key-ben": "Ben"}
HOME = "https://trails.example"
JOBS = os.environ.get("JOBS", "jobs.db")
"""The file that keeps the mails which are to be sent."""


def send_mail(to: str, text: str) -> None:
    """Send a mail, which takes its time. Here it is written into the file that OUTBOX names."""
    with Path(os.environ.get("OUTBOX", "outbox.txt")).open("a", encoding="utf-8") as outbox:
        print("begun", to, sep="\t", file=outbox, flush=True)
        time.sleep(float(os.environ.get("MAIL_SECONDS", "0.5")))
        print("sent", to, text.replace("\n", ", "), sep="\t", file=outbox, flush=True)


class ConditionIn(BaseModel):
    trail: str
    open: bool
    text: str


class Condition(ConditionIn):
    id: int
    ranger: str


class MailIn(BaseModel):
    to: str


class Mail(BaseModel):
    id: int
    state: str


conditions: list[Condition] = []
bells: set[asyncio.Event] = set()
"""One for each who follows now."""

app = FastAPI()


async def follow(after: int) -> AsyncIterator[Condition]:
    """All conditions with a higher id than `after`, then each new one."""
    bell = asyncio.Event()
    bells.add(bell)
    try:
        while True:
            bell.clear()  # before looking, so that none is missed
            while after < len(conditions):
                after += 1
                yield conditions[after - 1]
            await bell.wait()
    finally:
        bells.discard(bell)


def ranger_of(x_ranger_key: Annotated[str, Header()] = "") -> str:
    if x_ranger_key not in RANGERS:
        raise HTTPException(401, "This needs a ranger's key.")
    return RANGERS[x_ranger_key]


Ranger = Annotated[str, Depends(ranger_of)]


@app.post("/conditions", status_code=201)
async def post_condition(new: ConditionIn, ranger: Ranger) -> Condition:
    condition = Condition(**new.model_dump(), id=len(conditions) + 1, ranger=ranger)
    conditions.append(condition)
    for bell in bells:
        bell.set()
    return condition


@app.get("/conditions")
async def list_conditions(after: int = 0) -> list[Condition]:
    return [condition for condition in conditions if condition.id > after]


@app.get("/conditions/stream", response_class=EventSourceResponse)
async def stream_conditions(
    last_event_id: Annotated[int, Header(ge=0)] = 0,
) -> AsyncIterable[ServerSentEvent]:
    async for condition in follow(last_event_id):
        yield ServerSentEvent(data=condition, id=str(condition.id), event="condition")


def from_home(origin: Annotated[str | None, Header()] = None) -> None:
    if origin not in (None, HOME):
        raise WebSocketException(1008)


async def send_all(websocket: WebSocket, after: int) -> None:
    async for condition in follow(after):
        await websocket.send_text(condition.model_dump_json())


@app.websocket("/conditions/live", dependencies=[Depends(from_home)])
async def follow_by_socket(websocket: WebSocket, after: int = 0) -> None:
    await websocket.accept()
    sending = asyncio.create_task(send_all(websocket, after))
    try:
        async for _ in websocket.iter_text():
            pass  # who only sends does not hear that a hiker is gone
    finally:
        sending.cancel()


@app.get("/followers")
async def count_followers() -> int:
    return len(bells)


def open_jobs() -> sqlite3.Connection:
    jobs = sqlite3.connect(JOBS, isolation_level=None)  # each statement by itself
    jobs.execute(
        "create table if not exists mail (id integer primary key, who text, text text, sent integer)"
    )
    return jobs


@app.post("/mails", status_code=202)
def write_mail_down(new: MailIn, ranger: Ranger) -> Mail:
    latest = {condition.trail: condition.open for condition in conditions}
    text = "\n".join(sorted(trail for trail, is_open in latest.items() if not is_open))
    with contextlib.closing(open_jobs()) as jobs:
        done = jobs.execute("insert into mail (who, text, sent) values (?, ?, 0)", (new.to, text))
        return Mail(id=done.lastrowid or 0, state="waiting")


@app.get("/mails/{mail_id}")
def get_mail(mail_id: int) -> Mail:
    with contextlib.closing(open_jobs()) as jobs:
        found = jobs.execute("select sent from mail where id = ?", (mail_id,)).fetchone()
    if found is None:
        raise HTTPException(404, "No mail has this id.")
    return Mail(id=mail_id, state="sent" if found[0] else "waiting")


def work() -> None:
    """The worker: sends the mails that wait, one after the other, until it is ended."""
    jobs = open_jobs()
    while True:
        job = jobs.execute("select id, who, text from mail where sent = 0 order by id limit 1").fetchone()
        if job is None:
            time.sleep(0.05)
            continue
        mail_id, to, text = job
        send_mail(to, text)
        jobs.execute("update mail set sent = 1 where id = ?", (mail_id,))


if __name__ == "__main__":
    work()
