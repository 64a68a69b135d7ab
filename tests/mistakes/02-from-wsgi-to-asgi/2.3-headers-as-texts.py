# check: counts_a_small_body
# says: Each half of a header is bytes
import json

from starlette.types import Receive, Scope, Send


async def counter(scope: Scope, receive: Receive, send: Send) -> None:
    assert scope["type"] == "http"
    size = 0
    more_body = True
    while more_body:
        message = await receive()
        size += len(message.get("body", b""))
        more_body = message.get("more_body", False)
    headers = [("content-type", "application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps({"bytes": size}).encode()})
