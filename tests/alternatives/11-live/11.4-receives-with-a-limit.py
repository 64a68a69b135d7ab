# Exercise 11.4
import asyncio
import time
from collections.abc import AsyncIterable
from contextlib import suppress

from fastapi import BackgroundTasks, FastAPI, WebSocket, WebSocketDisconnect
from fastapi.concurrency import run_in_threadpool

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
    try:
        while True:
            for level in levels[sent:]:
                await websocket.send_json(level)
                sent += 1
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(websocket.receive_text(), 0.02)
    except WebSocketDisconnect:
        pass
    finally:
        watchers.discard(websocket)


def compute(level: float) -> float:
    time.sleep(0.5)
    return level


async def draw_map(level: float) -> None:
    maps.append(await run_in_threadpool(compute, level))


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
