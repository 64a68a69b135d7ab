# check: counts_a_large_body
# says: Only its messages do
import json

from starlette.types import Receive, Scope, Send


async def counter(scope: Scope, receive: Receive, send: Send) -> None:
    assert scope["type"] == "http"
    size = int(dict(scope["headers"]).get(b"content-length", b"0"))
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps({"bytes": size}).encode()})
