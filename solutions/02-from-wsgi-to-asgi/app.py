"""The trail station in bare ASGI: a function for each kind of connection, and one line that chooses.

Every wait is an `await`, so one thread serves all who walk, upload and talk at the same time. The names are
loaded before the first request, because the server holds requests back until the startup is complete.
"""

import asyncio
import json

from starlette.types import Receive, Scope, Send

NAMES = ["Lake Loop", "Fern Valley", "Ridge Path", "Summit Trail"]
PAUSE = 0.05  # seconds between two lines of a walk

trails: list[str] = []  # empty until the station has started


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Receive each connection: of the server itself, over HTTP, over WebSocket."""
    kinds = {"lifespan": live, "http": respond, "websocket": talk}
    await kinds[scope["type"]](scope, receive, send)


async def live(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()  # lifespan.startup
    trails.extend(NAMES)
    await send({"type": "lifespan.startup.complete"})
    await receive()  # lifespan.shutdown
    trails.clear()
    await send({"type": "lifespan.shutdown.complete"})


async def respond(scope: Scope, receive: Receive, send: Send) -> None:
    match scope["method"], scope["path"]:
        case "GET", "/trails":
            await answer(send, 200, trails)
        case "GET", "/walk":
            await walk(send)
        case "POST", "/tracks":
            await answer(send, 200, {"bytes": await size_of_body(receive)})
        case _:
            await answer(send, 404, {"detail": "Not Found"})


async def answer(send: Send, status: int, data: object) -> None:
    """Answer with `data` as JSON, in one piece."""
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(data).encode()})


async def walk(send: Send) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for number, name in enumerate(trails, start=1):
        line = f"{name}\n".encode()
        more_body = number < len(trails)
        await send({"type": "http.response.body", "body": line, "more_body": more_body})
        if more_body:
            await asyncio.sleep(PAUSE)


async def size_of_body(receive: Receive) -> int:
    size = 0
    more_body = True
    while more_body:
        message = await receive()
        size += len(message.get("body", b""))
        more_body = message.get("more_body", False)
    return size


async def talk(scope: Scope, receive: Receive, send: Send) -> None:
    await receive()  # websocket.connect
    if scope["path"] != "/echo":
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        if (text := message.get("text")) is not None:  # bytes get no echo
            await send({"type": "websocket.send", "text": text})
