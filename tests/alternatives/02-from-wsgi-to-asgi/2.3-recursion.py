# Exercise 2.3
from starlette.types import Receive, Scope, Send


async def rest_of(receive: Receive) -> int:
    message = await receive()
    return len(message["body"]) + (await rest_of(receive) if message["more_body"] else 0)


async def counter(scope: Scope, receive: Receive, send: Send) -> None:
    size = await rest_of(receive)
    headers = ((b"Content-Type", b"application/json; charset=utf-8"),)
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"bytes": ', "more_body": True})
    await send({"type": "http.response.body", "body": b"%d}" % size})
