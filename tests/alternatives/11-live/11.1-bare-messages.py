# Exercise 11.1
import json

from fastapi import FastAPI, WebSocket
from starlette.websockets import WebSocketState

TRAILS = {"Lake Loop": 6.5, "Ridge Path": 14.0}

walk = FastAPI()
walkers: dict[int, WebSocket] = {}


@walk.get("/walkers")
async def count_walkers() -> int:
    return sum(one.client_state is WebSocketState.CONNECTED for one in walkers.values())


async def is_over(websocket: WebSocket, trail: str) -> int:
    """Walks to the end; the code to close with."""
    left = TRAILS[trail]
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return 0
        try:
            walked = float(message["text"])
        except ValueError:
            return 4000
        if not walked > 0:
            return 4000
        left = left - walked if left > walked else 0
        await websocket.send({"type": "websocket.send", "text": json.dumps({"left": left})})
        if left == 0:
            return 1000


@walk.websocket("/walk/{trail}")
async def follow(websocket: WebSocket, trail: str) -> None:
    if TRAILS.get(trail) is None:
        await websocket.send({"type": "websocket.close"})
        return
    await websocket.accept()
    walkers[id(websocket)] = websocket
    try:
        code = await is_over(websocket, trail)
        if code:
            await websocket.close(code)
    finally:
        walkers.pop(id(websocket))
