import time
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import StreamingResponse

NAMES = ["Lake Loop", "Fern Valley", "Ridge Path", "Summit Trail"]


@asynccontextmanager
async def lifespan(app: FastAPI):
    yield {"trails": list(NAMES)}


app = FastAPI(lifespan=lifespan)


@app.get("/trails")
def list_trails(request: Request) -> list[str]:
    return request.state.trails


@app.get("/walk")
def walk(request: Request):
    def lines():
        for name in request.state.trails:
            yield name.encode() + b"\n"
            time.sleep(0.05)  # a plain generator runs in a worker thread

    return StreamingResponse(lines(), media_type="text/plain")


@app.post("/tracks")
async def tracks(request: Request) -> dict[str, int]:
    size = 0
    async for piece in request.stream():
        size += len(piece)
    return {"bytes": size}


@app.websocket("/echo")
async def echo(socket: WebSocket):
    await socket.accept()
    while (message := await socket.receive())["type"] == "websocket.receive":
        if isinstance(message.get("text"), str):
            await socket.send_text(message["text"])
