# Exercise 11.2
import asyncio
import json
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException, WebSocket, WebSocketDisconnect

KEYS = {"key-ada": "Ada", "key-ben": "Ben", "key-cleo": "Cleo"}
PATIENCE = 0.5
rangers = FastAPI()
queues: dict[asyncio.Queue, str] = {}


@rangers.get("/rangers")
async def list_rangers() -> list[str]:
    names = list(queues.values())
    names.sort()
    return names


def check_origin(origin: Annotated[str | None, Header()] = None):
    if origin and origin != "https://trails.example":
        raise HTTPException(403)


@rangers.websocket("/room", dependencies=[Depends(check_origin)])
async def room(websocket: WebSocket):
    await websocket.accept()
    try:
        async with asyncio.timeout(PATIENCE):
            name = KEYS.get(await websocket.receive_text())
    except TimeoutError:
        name = None
    except WebSocketDisconnect:
        return
    if name is None:
        await websocket.close(4401)
        return
    queue = asyncio.Queue()
    queues[queue] = name

    async def read():
        async for text in websocket.iter_text():
            message = json.dumps({"text": text, "from": name})
            for other in queues:
                other.put_nowait(message)

    async def write():
        while True:
            await websocket.send_text(await queue.get())

    tasks = [asyncio.create_task(read()), asyncio.create_task(write())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        del queues[queue]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
