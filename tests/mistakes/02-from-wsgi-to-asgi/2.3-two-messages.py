# check: counts_a_large_body
# says: Only a part was counted
import json

from starlette.types import Receive, Scope, Send


async def counter(scope: Scope, receive: Receive, send: Send) -> None:
    assert scope["type"] == "http"
    message = await receive()
    size = len(message["body"])
    if message["more_body"]:
        message = await receive()
        size += len(message["body"])
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps({"bytes": size}).encode()})
