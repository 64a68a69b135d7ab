# check: counts_a_small_body
# says: The form is right, the number is not
import json

from starlette.types import Receive, Scope, Send


async def counter(scope: Scope, receive: Receive, send: Send) -> None:
    assert scope["type"] == "http"
    size = 0
    more_body = True
    while more_body:
        message = await receive()
        size += 1
        more_body = message.get("more_body", False)
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps({"bytes": size}).encode()})
