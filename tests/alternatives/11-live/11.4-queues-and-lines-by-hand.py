# Exercise 11.4
import asyncio
import json
import time

from fastapi import FastAPI, WebSocket
from fastapi.responses import StreamingResponse

levels: list[float] = []
maps: list[float] = []
watchers: set[WebSocket] = set()
water = FastAPI()


def read_sensor(name: str, number: int) -> float:
    """A driver that somebody else wrote."""
    if number == 1:
        raise ConnectionError(f"login at {name} failed: user=trails password=hunter2")
    return 1.5 + number


queues: set[asyncio.Queue] = set()
drawing = set()


@water.websocket("/live")
async def follow(websocket: WebSocket) -> None:
    await websocket.accept()
    watchers.add(websocket)
    queue = asyncio.Queue()
    queues.add(queue)

    async def send():
        while True:
            await websocket.send_text(json.dumps(await queue.get()))

    sending = asyncio.ensure_future(send())
    while (await websocket.receive())["type"] == "websocket.receive":
        pass
    sending.cancel()
    queues.discard(queue)
    watchers.discard(websocket)


async def draw_map(level: float) -> None:
    await asyncio.to_thread(time.sleep, 0.5)
    maps.append(level)


@water.post("/levels", status_code=201)
async def post_level(level: float) -> float:
    levels.append(level)
    for queue in queues:
        queue.put_nowait(level)
    task = asyncio.create_task(draw_map(level))
    drawing.add(task)
    task.add_done_callback(drawing.discard)
    return level


@water.get("/sensors/{name}")
async def read_all(name: str) -> StreamingResponse:
    async def lines():
        for number in range(3):
            try:
                yield json.dumps({"level": read_sensor(name, number)}) + "\n"
            except Exception:
                yield json.dumps({"error": "This sensor gives no reading."}) + "\n"

    return StreamingResponse(lines(), media_type="application/jsonl")


@water.get("/watchers")
async def count_watchers() -> int:
    return len(watchers)


@water.get("/maps")
async def list_maps() -> list[float]:
    return maps


@water.get("/ping")
async def ping() -> str:
    return "pong"
