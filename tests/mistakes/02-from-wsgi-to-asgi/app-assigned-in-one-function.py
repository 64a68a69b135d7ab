# check: lists_the_trails
# says: fills the list that there is
import asyncio
import json

from starlette.types import Receive, Scope, Send

NAMES = ["Lake Loop", "Fern Valley", "Ridge Path", "Summit Trail"]

trails: list[str] = []  # empty until the station has started


async def answer(send: Send, status: int, content_type: bytes, body: bytes) -> None:
    await send(
        {"type": "http.response.start", "status": status, "headers": [(b"content-type", content_type)]}
    )
    await send({"type": "http.response.body", "body": body})


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Receive each connection: of the server itself, over HTTP, over WebSocket."""
    if scope["type"] == "lifespan":
        await receive()
        trails = NAMES
        await send({"type": "lifespan.startup.complete"})
        await receive()
        trails = []
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "http":
        if scope["path"] == "/trails":
            await answer(send, 200, b"application/json", json.dumps(trails).encode())
        elif scope["path"] == "/walk":
            headers = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            for name in trails:
                line = f"{name}\n".encode()
                await send({"type": "http.response.body", "body": line, "more_body": True})
                await asyncio.sleep(0.05)
            await send({"type": "http.response.body", "body": b""})
        elif scope["path"] == "/tracks":
            size = 0
            more = True
            while more:
                message = await receive()
                size += len(message["body"])
                more = message["more_body"]
            await answer(send, 200, b"application/json", json.dumps({"bytes": size}).encode())
        else:
            await answer(send, 404, b"text/plain", b"")
    elif scope["type"] == "websocket":
        await receive()  # websocket.connect
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})
