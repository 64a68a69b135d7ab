BODY = b'{"message":"Hello!"}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"20")]


async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": BODY})
