# Exercise 11.4
import asyncio
import time
from collections.abc import AsyncIterable

from fastapi import BackgroundTasks, FastAPI, WebSocket, WebSocketDisconnect

levels: list[float] = []
maps: list[float] = []
watchers: set[WebSocket] = set()
water = FastAPI()


def read_sensor(name: str, number: int) -> float:
    """A driver that somebody else wrote."""
    if number == 1:
        raise ConnectionError(f"login at {name} failed: user=trails password=hunter2")
    return 1.5 + number


@water.websocket("/live")
async def follow(websocket: WebSocket) -> None:
    await websocket.accept()
    watchers.add(websocket)
    sent = len(levels)
    gone = asyncio.create_task(websocket.receive())
    try:
        while not gone.done():
            while sent < len(levels):
                await websocket.send_json(levels[sent])
                sent += 1
            await asyncio.wait([gone], timeout=0.02)
            if gone.done() and gone.result()["type"] == "websocket.receive":
                gone = asyncio.create_task(websocket.receive())
    except WebSocketDisconnect:
        pass
    finally:
        gone.cancel()
        watchers.discard(websocket)


def draw_map(level: float) -> None:
    time.sleep(0.5)
    maps.append(level)


@water.post("/levels", status_code=201)
async def post_level(level: float, tasks: BackgroundTasks) -> float:
    levels.append(level)
    tasks.add_task(draw_map, level)
    return level


@water.get("/sensors/{name}")
async def read_all(name: str) -> AsyncIterable[dict[str, float | str]]:
    for number in range(3):
        try:
            reading = {"level": read_sensor(name, number)}
        except ConnectionError:
            reading = {"error": "This sensor gives no reading."}
        yield reading


@water.get("/watchers")
async def count_watchers() -> int:
    return len(watchers)


@water.get("/maps")
async def list_maps() -> list[float]:
    return maps


@water.get("/ping")
async def ping() -> str:
    return "pong"
