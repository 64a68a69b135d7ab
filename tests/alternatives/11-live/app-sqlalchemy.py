# Everything is in the database, and followers look into the list again and again.
import asyncio
import os
import time
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException, WebSocket, WebSocketDisconnect
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

RANGERS = {"key-ada": "Ada", "key-ben": "Ben"}
HOME = "https://trails.example"
JOBS = os.environ.get("JOBS", "jobs.db")


def send_mail(to: str, text: str) -> None:
    with Path(os.environ.get("OUTBOX", "outbox.txt")).open("a", encoding="utf-8") as outbox:
        print("begun", to, sep="\t", file=outbox, flush=True)
        time.sleep(float(os.environ.get("MAIL_SECONDS", "0.5")))
        print("sent", to, text.replace("\n", ", "), sep="\t", file=outbox, flush=True)


class Base(DeclarativeBase): ...


class Mail(Base):
    __tablename__ = "mail"
    id: Mapped[int] = mapped_column(primary_key=True)
    to: Mapped[str]
    text: Mapped[str]
    state: Mapped[str] = mapped_column(default="waiting")


engine = create_engine(f"sqlite:///{Path(JOBS).as_posix()}")
Base.metadata.create_all(engine)


class ConditionIn(BaseModel):
    trail: str
    open: bool
    text: str


class Condition(ConditionIn):
    id: int
    ranger: str


class MailIn(BaseModel):
    to: str


class MailOut(BaseModel):
    id: int
    state: str


class Feed:
    def __init__(self):
        self.conditions = []
        self.followers = 0

    async def __call__(self, after):
        self.followers += 1
        try:
            while True:
                for condition in self.conditions[after:]:
                    after = condition.id
                    yield condition
                await asyncio.sleep(0.01)
        finally:
            self.followers -= 1


feed = Feed()
app = FastAPI()


def ranger_by(x_ranger_key: Annotated[str, Header()] = ""):
    if x_ranger_key in RANGERS:
        return RANGERS[x_ranger_key]
    raise HTTPException(401, headers={"WWW-Authenticate": "Key"})


@app.post("/conditions", status_code=201, response_model=Condition)
async def post(new: ConditionIn, ranger: str = Depends(ranger_by)):
    feed.conditions.append(Condition(id=len(feed.conditions) + 1, ranger=ranger, **new.model_dump()))
    return feed.conditions[-1]


@app.get("/conditions", response_model=list[Condition])
async def get(after: int = 0):
    return [one for one in feed.conditions if one.id > after]


@app.get("/conditions/stream", response_class=EventSourceResponse)
async def stream(last_event_id: Annotated[int, Header()] = 0):
    async for condition in feed(last_event_id):
        yield ServerSentEvent(data=condition.model_dump(), event="condition", id=str(condition.id))


@app.websocket("/conditions/live")
async def live(websocket: WebSocket, after: int = 0, origin: Annotated[str | None, Header()] = None):
    if origin is not None and origin != HOME:
        raise HTTPException(403)
    await websocket.accept()

    async def send():
        try:
            async for condition in feed(after):
                await websocket.send_json(condition.model_dump())
        except WebSocketDisconnect:
            pass

    async with asyncio.TaskGroup() as group:
        sending = group.create_task(send())
        async for _ in websocket.iter_text():
            pass
        sending.cancel()


@app.get("/followers")
async def followers() -> int:
    return feed.followers


@app.post("/mails", status_code=202)
def ask(new: MailIn, _: str = Depends(ranger_by)) -> MailOut:
    closed = {}
    for condition in feed.conditions:
        closed[condition.trail] = not condition.open
    text = "\n".join(name for name in sorted(closed) if closed[name])
    with Session(engine) as session:
        mail = Mail(to=new.to, text=text)
        session.add(mail)
        session.commit()
        return MailOut(id=mail.id, state=mail.state)


@app.get("/mails/{mail_id}")
def state(mail_id: int) -> MailOut:
    with Session(engine) as session:
        mail = session.get(Mail, mail_id)
        if mail is None:
            raise HTTPException(404)
        return MailOut(id=mail.id, state=mail.state)


def work() -> None:
    while True:
        with Session(engine) as session:
            first = session.scalar(select(func.min(Mail.id)).where(Mail.state == "waiting"))
            if first is not None:
                mail = session.get_one(Mail, first)
                send_mail(mail.to, mail.text)
                mail.state = "sent"
                session.commit()
        if first is None:
            time.sleep(0.02)


if __name__ == "__main__":
    work()
