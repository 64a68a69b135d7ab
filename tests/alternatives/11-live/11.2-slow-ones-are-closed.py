# Exercise 11.2
# Who is two thousand texts behind loses the connection.
import asyncio
from collections import deque
from contextlib import suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException
from pydantic import BaseModel, Field

KEYS = {"key-ada": "Ada", "key-ben": "Ben", "key-cleo": "Cleo"}
PATIENCE = 0.5
ORIGINS = {None, "https://trails.example"}


class Said(BaseModel):
    sender: str = Field(serialization_alias="from")
    text: str


class Guest:
    def __init__(self, socket: WebSocket, name: str) -> None:
        self.socket, self.name = socket, name
        self.waiting: deque[str] = deque()
        self.something = asyncio.Event()
        self.too_slow = False

    def tell(self, text: str) -> None:
        self.waiting.append(text)
        self.something.set()
        if len(self.waiting) > 2000:
            self.too_slow = True

    async def pump(self) -> None:
        with suppress(WebSocketDisconnect):
            while not self.too_slow:
                await self.something.wait()
                self.something.clear()
                while self.waiting:
                    await self.socket.send_text(self.waiting.popleft())
            await self.socket.close(1013)


class Room:
    def __init__(self) -> None:
        self.guests: list[Guest] = []

    async def __call__(self, guest: Guest) -> None:
        self.guests.append(guest)
        try:
            async with asyncio.TaskGroup() as group:
                pump = group.create_task(guest.pump())
                async for text in guest.socket.iter_text():
                    said = Said(sender=guest.name, text=text).model_dump_json(by_alias=True)
                    for other in self.guests:
                        other.tell(said)
                pump.cancel()
        finally:
            self.guests.remove(guest)


room = Room()
rangers = FastAPI()


@rangers.get("/rangers")
def list_rangers() -> list[str]:
    return sorted(guest.name for guest in room.guests)


@rangers.websocket("/room")
async def enter(socket: WebSocket) -> None:
    if socket.headers.get("origin") not in ORIGINS:
        raise WebSocketException(1008)
    await socket.accept()
    try:
        async with asyncio.timeout(PATIENCE):
            name = KEYS[await socket.receive_text()]
    except WebSocketDisconnect:
        return
    except (KeyError, TimeoutError):
        await socket.close(4401)
        return
    await room(Guest(socket, name))
