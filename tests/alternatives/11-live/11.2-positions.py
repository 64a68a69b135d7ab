# Exercise 11.2
# One list of texts; each in the room has a position in it.
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

KEYS = {"key-ada": "Ada", "key-ben": "Ben", "key-cleo": "Cleo"}
PATIENCE = 0.5

rangers = FastAPI()
texts: list[dict[str, str]] = []
inside: dict[WebSocket, str] = {}
bells: set[asyncio.Event] = set()


@rangers.get("/rangers")
async def list_rangers() -> list[str]:
    return sorted(inside.values())


async def send_new(websocket: WebSocket) -> None:
    position = len(texts)
    bell = asyncio.Event()
    bells.add(bell)
    try:
        while True:
            bell.clear()
            while position < len(texts):
                await websocket.send_json(texts[position])
                position += 1
            await bell.wait()
    finally:
        bells.discard(bell)


@rangers.websocket("/room")
async def room(websocket: WebSocket) -> None:
    if websocket.headers.get("origin", "https://trails.example") != "https://trails.example":
        await websocket.close(1008)
        return
    await websocket.accept()
    try:
        key = await asyncio.wait_for(websocket.receive_text(), PATIENCE)
    except WebSocketDisconnect:
        return
    except asyncio.TimeoutError:
        key = ""
    if key not in KEYS:
        await websocket.close(4401)
        return
    inside[websocket] = KEYS[key]
    sending = asyncio.create_task(send_new(websocket))
    await asyncio.sleep(0)
    try:
        while True:
            text = await websocket.receive_text()
            texts.append({"from": KEYS[key], "text": text})
            for bell in bells:
                bell.set()
    except WebSocketDisconnect:
        pass
    finally:
        del inside[websocket]
        sending.cancel()
