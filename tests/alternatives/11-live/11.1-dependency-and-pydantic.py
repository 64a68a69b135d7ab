# Exercise 11.1
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, WebSocket, WebSocketException
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

TRAILS = {"Lake Loop": 6.5, "Ridge Path": 14.0}
Walked = TypeAdapter(Annotated[float, Field(gt=0)])
walk = FastAPI()
walkers = []


class Left(BaseModel):
    left: float


def length_of(trail: str) -> float:
    if trail not in TRAILS:
        raise HTTPException(404, "No trail has this name.")
    return TRAILS[trail]


@contextmanager
def forgotten(websocket: WebSocket):
    walkers.append(websocket)
    try:
        yield
    finally:
        walkers.remove(websocket)


@walk.get("/walkers")
async def count_walkers() -> int:
    return len(walkers)


@walk.websocket("/walk/{trail}")
async def follow(websocket: WebSocket, left: Annotated[float, Depends(length_of)]) -> None:
    await websocket.accept()
    with forgotten(websocket):
        async for text in websocket.iter_text():
            try:
                left = max(0.0, left - Walked.validate_python(text))
            except ValidationError:
                raise WebSocketException(4000, "a number above 0") from None
            await websocket.send_text(Left(left=left).model_dump_json())
            if not left:
                await websocket.close(1000)
                break
