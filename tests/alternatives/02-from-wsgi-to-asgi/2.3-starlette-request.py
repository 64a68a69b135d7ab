# Exercise 2.3
from starlette.requests import Request
from starlette.responses import JSONResponse


async def counter(scope, receive, send):
    size = 0
    async for piece in Request(scope, receive).stream():
        size += len(piece)
    await JSONResponse({"bytes": size})(scope, receive, send)
