# Exercise 2.3
import json


async def counter(scope, receive, send):
    pieces = []
    while True:
        message = await receive()
        pieces.append(message["body"])
        if not message["more_body"]:
            break
    body = json.dumps({"bytes": len(b"".join(pieces))}, separators=(",", ":")).encode()
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                [b"Content-Type", b"application/json; charset=utf-8"],
                [b"Content-Length", b"%d" % len(body)],
            ],
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})
