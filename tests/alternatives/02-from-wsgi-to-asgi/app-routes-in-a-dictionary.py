import asyncio
import json

NAMES = ["Lake Loop", "Fern Valley", "Ridge Path", "Summit Trail"]
trails = []
routes = {}


def route(method, path):
    def add(function):
        routes[method, path] = function
        return function

    return add


async def reply(send, status, kind, *pieces):
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", kind)]})
    for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body"})


@route("GET", "/trails")
async def list_trails(receive, send):
    await reply(send, 200, b"application/json; charset=utf-8", json.dumps(trails).encode())


@route("GET", "/walk")
async def walk(receive, send):
    headers = [(b"Content-Type", b"text/plain;charset=UTF-8")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for name in trails:
        await send({"type": "http.response.body", "body": f"{name}\n".encode(), "more_body": True})
        await asyncio.sleep(0.05)
    await send({"type": "http.response.body"})


@route("POST", "/tracks")
async def tracks(receive, send):
    size = 0
    while True:
        message = await receive()
        size += len(message["body"])
        if not message["more_body"]:
            break
    await reply(send, 200, b"application/json", json.dumps({"bytes": size}).encode())


async def not_found(receive, send):
    await reply(send, 404, b"text/plain", b"No such trail")


async def app(scope, receive, send):
    match scope:
        case {"type": "lifespan"}:
            while (message := await receive())["type"] == "lifespan.startup":
                trails.extend(NAMES)
                await send({"type": "lifespan.startup.complete"})
            trails.clear()
            await send({"type": "lifespan.shutdown.complete"})
        case {"type": "http", "method": method, "path": path}:
            await routes.get((method, path), not_found)(receive, send)
        case {"type": "websocket", "path": "/echo"}:
            await receive()
            await send({"type": "websocket.accept"})
            while (message := await receive())["type"] != "websocket.disconnect":
                await send({**message, "type": "websocket.send"})
        case {"type": "websocket"}:
            await send({"type": "websocket.close"})
