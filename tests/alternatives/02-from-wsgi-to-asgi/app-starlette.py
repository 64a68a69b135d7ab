import asyncio
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocketDisconnect

NAMES = ["Lake Loop", "Fern Valley", "Ridge Path", "Summit Trail"]
trails = []


@asynccontextmanager
async def lifespan(app):
    trails.extend(NAMES)
    yield
    trails.clear()


async def list_trails(request):
    return JSONResponse(trails)


async def walk(request):
    async def lines():
        for name in trails:
            yield f"{name}\n"
            await asyncio.sleep(0.05)

    return StreamingResponse(lines(), media_type="text/plain")


async def tracks(request):
    return JSONResponse({"bytes": len(await request.body())})


async def echo(socket):
    await socket.accept()
    try:
        while True:
            try:
                await socket.send_text(await socket.receive_text())
            except KeyError:
                continue  # bytes
    except WebSocketDisconnect:
        pass


app = Starlette(
    lifespan=lifespan,
    routes=[
        Route("/trails", list_trails),
        Route("/walk", walk),
        Route("/tracks", tracks, methods=["POST"]),
        WebSocketRoute("/echo", echo),
    ],
)
