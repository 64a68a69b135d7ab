# A bounded queue for each follower: who falls a thousand behind is cut off. Jobs have three states.
import asyncio
import json
import os
import sqlite3
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Response, WebSocket
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

RANGERS = {"key-ada": "Ada", "key-ben": "Ben"}
HOME = "https://trails.example"
JOBS = os.environ.get("JOBS", "jobs.db")


def send_mail(to: str, text: str) -> None:
    with Path(os.environ.get("OUTBOX", "outbox.txt")).open("a", encoding="utf-8") as outbox:
        print("begun", to, sep="\t", file=outbox, flush=True)
        time.sleep(float(os.environ.get("MAIL_SECONDS", "0.5")))
        print("sent", to, text.replace("\n", ", "), sep="\t", file=outbox, flush=True)


class Report(BaseModel):
    trail: str
    open: bool
    text: str


conditions = []
queues = []


def ranger(x_ranger_key: Annotated[str | None, Header()] = None):
    name = RANGERS.get(x_ranger_key)
    if not name:
        raise HTTPException(401)
    return name


Ranger = Annotated[str, Depends(ranger)]
router = APIRouter(prefix="/conditions")


@router.post("", status_code=201)
async def add(report: Report, name: Ranger):
    condition = {"id": len(conditions) + 1, **report.model_dump(), "ranger": name}
    conditions.append(condition)
    for queue in list(queues):
        if queue.full():
            queues.remove(queue)
        else:
            queue.put_nowait(condition)
    return condition


@router.get("")
async def list_all(after: int = 0):
    return conditions[after:]


@contextmanager
def queue_for(after):
    queue = asyncio.Queue(maxsize=100_000)
    for condition in conditions[after:]:
        queue.put_nowait(condition)
    queues.append(queue)
    try:
        yield queue
    finally:
        if queue in queues:
            queues.remove(queue)


@router.get("/stream")
async def stream(last_event_id: Annotated[int, Header()] = 0):
    async def body():
        with queue_for(last_event_id) as queue:
            while True:
                condition = await queue.get()
                yield f"event: condition\nid: {condition['id']}\ndata: {json.dumps(condition)}\n\n"

    return StreamingResponse(body(), media_type="text/event-stream")


@router.websocket("/live")
async def live(websocket: WebSocket, after: int = 0):
    if websocket.headers.get("origin", HOME) != HOME:
        await websocket.close(1008)
        return
    await websocket.accept()
    with queue_for(after) as queue:

        async def send():
            while True:
                await websocket.send_json(await queue.get())

        sending = asyncio.create_task(send())
        gone = asyncio.create_task(websocket.receive())
        await asyncio.wait([sending, gone], return_when=asyncio.FIRST_COMPLETED)
        sending.cancel()
        gone.cancel()


app = FastAPI()
app.include_router(router)


@app.get("/followers")
async def followers():
    return len(queues)


def database():
    connection = sqlite3.connect(JOBS, timeout=10)
    connection.row_factory = sqlite3.Row
    with connection:
        connection.execute(
            "create table if not exists jobs (id integer primary key, recipient text, body text, state text)"
        )
    return connection


class Wanted(BaseModel):
    to: str


@app.post("/mails")
def ask(wanted: Wanted, name: Ranger, response: Response):
    response.status_code = 202
    state = {}
    for condition in conditions:
        state[condition["trail"]] = condition["open"]
    body = "\n".join(sorted(trail for trail in state if not state[trail]))
    connection = database()
    with connection:
        row = connection.execute(
            "insert into jobs (recipient, body, state) values (?, ?, 'waiting') returning id",
            (wanted.to, body),
        ).fetchone()
    connection.close()
    return {"id": row["id"], "state": "waiting"}


@app.get("/mails/{number}")
def look(number: int):
    connection = database()
    row = connection.execute("select state from jobs where id = ?", (number,)).fetchone()
    connection.close()
    if not row:
        raise HTTPException(404)
    return {"id": number, "state": "sent" if row["state"] == "sent" else "waiting"}


def work() -> None:
    connection = database()
    with connection:
        connection.execute("update jobs set state = 'waiting' where state = 'sending'")  # a dead worker's
    while True:
        row = connection.execute("select * from jobs where state = 'waiting' order by id").fetchone()
        if not row:
            time.sleep(0.02)
            continue
        with connection:
            connection.execute("update jobs set state = 'sending' where id = ?", (row["id"],))
        send_mail(row["recipient"], row["body"])
        with connection:
            connection.execute("update jobs set state = 'sent' where id = ?", (row["id"],))


if __name__ == "__main__":
    work()
