# The queue is a file of JSON lines to which both sides only append: what was asked for, and what was sent.
import asyncio
import json
import os
import threading
import time
from pathlib import Path

from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import JSONResponse, StreamingResponse

RANGERS = {"key-ada": "Ada", "key-ben": "Ben"}
HOME = "https://trails.example"
JOBS = Path(os.environ.get("JOBS", "jobs.db"))


def send_mail(to: str, text: str) -> None:
    with Path(os.environ.get("OUTBOX", "outbox.txt")).open("a", encoding="utf-8") as outbox:
        print("begun", to, sep="\t", file=outbox, flush=True)
        time.sleep(float(os.environ.get("MAIL_SECONDS", "0.5")))
        print("sent", to, text.replace("\n", ", "), sep="\t", file=outbox, flush=True)


app = FastAPI()
app.state.conditions = []
app.state.followers = {}
lock = threading.Lock()


@app.post("/conditions")
async def post_condition(request: Request):
    name = RANGERS.get(request.headers.get("x-ranger-key"))
    if name is None:
        return JSONResponse({"detail": "Who are you?"}, 401)
    new = await request.json()
    conditions = app.state.conditions
    conditions.append(new | {"id": len(conditions) + 1, "ranger": name})
    for wake in app.state.followers.values():
        wake.set()
    return JSONResponse(conditions[-1], 201)


@app.get("/conditions")
async def get_conditions(after: int = 0):
    return app.state.conditions[after:]


class Follower:
    def __init__(self, after: int) -> None:
        self.after = after

    def __aiter__(self):
        return self

    async def __anext__(self):
        wake = app.state.followers[self]
        while self.after >= len(app.state.conditions):
            wake.clear()
            await wake.wait()
        self.after += 1
        return app.state.conditions[self.after - 1]

    def __enter__(self):
        app.state.followers[self] = asyncio.Event()
        return self

    def __exit__(self, *_):
        del app.state.followers[self]


@app.get("/conditions/stream")
async def get_stream(request: Request):
    async def body():
        with Follower(int(request.headers.get("last-event-id") or 0)) as follower:
            async for condition in follower:
                yield f"id:{condition['id']}\nevent:condition\ndata:{json.dumps(condition)}\n\n"

    return StreamingResponse(body(), headers={"content-type": "text/event-stream"})


@app.websocket("/conditions/live")
async def get_live(websocket: WebSocket):
    if websocket.headers.get("origin") not in (None, HOME):
        await websocket.send_denial_response(JSONResponse({"detail": "Not from there."}, 403))
        return
    await websocket.accept()
    with Follower(int(websocket.query_params.get("after", 0))) as follower:
        left = asyncio.ensure_future(websocket.receive())

        async def send():
            async for condition in follower:
                await websocket.send_text(json.dumps(condition))

        sending = asyncio.ensure_future(send())
        await asyncio.wait({left, sending}, return_when=asyncio.FIRST_COMPLETED)
        sending.cancel()
        left.cancel()


@app.get("/followers")
async def count():
    return len(app.state.followers)


def jobs():
    """Those that were asked for, by id, and the ids of those that were sent."""
    asked, sent = {}, set()
    if JOBS.exists():
        for line in JOBS.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            if "sent" in entry:
                sent.add(entry["sent"])
            else:
                asked[entry["id"]] = entry
    return asked, sent


def append(entry):
    with JOBS.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


@app.post("/mails")
async def post_mail(request: Request):
    if request.headers.get("x-ranger-key") not in RANGERS:
        return JSONResponse({"detail": "Who are you?"}, 401)
    latest = {}
    for condition in app.state.conditions:
        latest[condition["trail"]] = condition["open"]
    with lock:
        number = len(jobs()[0]) + 1
        text = "\n".join(sorted(trail for trail, is_open in latest.items() if not is_open))
        append({"id": number, "to": (await request.json())["to"], "text": text})
    return JSONResponse({"id": number, "state": "waiting"}, 202)


@app.get("/mails/{number}")
def get_mail(number: int):
    asked, sent = jobs()
    if number not in asked:
        return JSONResponse({"detail": "There is none."}, 404)
    return {"id": number, "state": "sent" if number in sent else "waiting"}


def work() -> None:
    while True:
        asked, sent = jobs()
        for number, entry in asked.items():
            if number not in sent:
                send_mail(entry["to"], entry["text"])
                append({"sent": number})
        time.sleep(0.02)


if __name__ == "__main__":
    work()
