"""The trail station: a bare ASGI app, without a framework.

Run it in this folder with `uvicorn app:app --reload`, check it with `course check 02`.
"""

import json

from starlette.types import Receive, Scope, Send

NAMES = ["Lake Loop", "Fern Valley", "Ridge Path", "Summit Trail"]

trails: list[str] = []  # empty until the station has started


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Receive each connection: of the server itself, over HTTP, over WebSocket."""
    # Write your station here.


async def answer(send: Send, status: int, data: object) -> None:
    """Answer with `data` as JSON, in one piece."""
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(data).encode()})
