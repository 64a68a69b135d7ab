import asyncio
import json

NAMES = ["Lake Loop", "Fern Valley", "Ridge Path", "Summit Trail"]

trails = []


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                trails[:] = NAMES
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                trails.clear()
                await send({"type": "lifespan.shutdown.complete"})
                return
    if scope["type"] == "websocket":
        connect = await receive()
        assert connect["type"] == "websocket.connect"
        if scope["path"] == "/echo":
            await send({"type": "websocket.accept"})
            while True:
                message = await receive()
                if message["type"] == "websocket.disconnect":
                    return
                if message.get("text") is not None:
                    await send({"type": "websocket.send", "text": message["text"]})
        await send({"type": "websocket.close", "code": 1000})
        return
    kind, status = b"application/json", 200
    if (scope["method"], scope["path"]) == ("GET", "/walk"):
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", b"text/plain; charset=utf-8")],
            }
        )
        for name in trails:
            await send({"type": "http.response.body", "body": name.encode() + b"\n", "more_body": True})
            await asyncio.sleep(0.05)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return
    if scope["method"] == "GET" and scope["path"] == "/trails":
        body = json.dumps(trails).encode()
    elif scope["method"] == "POST" and scope["path"] == "/tracks":
        size, more = 0, True
        while more:
            message = await receive()
            size, more = size + len(message["body"]), message["more_body"]
        body = json.dumps({"bytes": size}).encode()
    else:
        body, status, kind = b"not found", 404, b"text/plain"
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
