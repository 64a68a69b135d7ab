# %% 12.1
# What the model was trained on is part of the type. `Field` has the limits of one value, the validator the
# one that takes two of them, and infinity and NaN are no lengths at all.
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal, Self

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, model_validator

V2: dict[str, Any] = {
    "version": "2",
    "features": ["length_km", "climb_m", "winter_km", "winter_climb_m"],
    "weights": [14.90118097280636, 0.10187178031781233, 6.957377917656202, 0.025111767895558638],
    "intercept": 0.4878852202142525,
}


class Walk(BaseModel):
    length_km: Annotated[float, Field(ge=2, le=25, allow_inf_nan=False)]
    climb_m: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    season: Literal["summer", "winter"]

    @model_validator(mode="after")
    def climbs_as_seen(self) -> Self:
        if self.climb_m > 100 * self.length_km:
            raise ValueError("the model knows at most 100 m of climb for each kilometre")
        return self


class Prediction(BaseModel):
    minutes: int
    model_version: str


@asynccontextmanager
async def load(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    yield {"model": V2}


async def refuse(request: Request, error: RequestValidationError) -> JSONResponse:
    detail = [{key: one[key] for key in ("type", "loc", "msg")} for one in error.errors()]
    return JSONResponse({"detail": detail}, status_code=422)


walking_time = FastAPI(lifespan=load, exception_handlers={RequestValidationError: refuse})


@walking_time.post("/predictions")
def predict(walk: Walk, request: Request) -> Prediction:
    model = request.state.model
    winter = walk.season == "winter"
    known = {
        "length_km": walk.length_km,
        "climb_m": walk.climb_m,
        "winter_km": walk.length_km * winter,
        "winter_climb_m": walk.climb_m * winter,
    }
    row = [known[name] for name in model["features"]]
    minutes = model["intercept"] + sum(w * x for w, x in zip(model["weights"], row, strict=True))
    return Prediction(minutes=round(minutes), model_version=model["version"])


# %% 12.2
# One function makes a version's router, and one function predicts, so all answers have the same shape. The
# version on trial is chosen by a checksum, which is the same in each process and after each restart.
import zlib
from typing import Annotated

from fastapi import APIRouter, FastAPI
from pydantic import BaseModel, Field


def predict_1(length_km: float) -> int:
    return round(15 * length_km)


def predict_2(length_km: float) -> int:
    return round(14.9 * length_km + 5)


trial = FastAPI()
MODELS = {"1": predict_1, "2": predict_2}


class Walk(BaseModel):
    length_km: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Prediction(BaseModel):
    minutes: int
    model_version: str


def predicted(version: str, walk: Walk) -> Prediction:
    return Prediction(minutes=MODELS[version](walk.length_km), model_version=version)


def routes_of(version: str, *, deprecated: bool) -> APIRouter:
    router = APIRouter(prefix=f"/v{version}", deprecated=deprecated)

    @router.post("/predictions")
    def predict(walk: Walk) -> Prediction:
        return predicted(version, walk)

    return router


trial.include_router(routes_of("1", deprecated=True))
trial.include_router(routes_of("2", deprecated=False))


@trial.post("/predictions")
def predict_for(hiker: str, walk: Walk) -> Prediction:
    on_trial = zlib.crc32(hiker.encode()) % 10 <= 2
    return predicted("2" if on_trial else "1", walk)


@trial.get("/models")
def list_models() -> dict[str, list[str]]:
    return {"versions": list(MODELS)}


# %% 12.3
# The lifespan loads the model before the first request and hands it to all of them. A plain `def` computes in
# a worker thread, and what is no number of a walk never gets as far as the model. The handler leaves out
# what was sent, which JSON could not write.
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field


class Forest:
    """Stands for a large model: to load it takes 0.2 s, a call 0.05 s, however many rows there are."""

    def __init__(self) -> None:
        time.sleep(0.2)

    def predict(self, rows: list[list[float]]) -> list[float]:
        time.sleep(0.05)
        return [15 * length_km + climb_m / 10 for length_km, climb_m in rows]


Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Walk(BaseModel):
    length_km: Amount
    climb_m: Amount


@asynccontextmanager
async def load(app: FastAPI) -> AsyncIterator[dict[str, Forest]]:
    yield {"model": Forest()}


async def refuse(request: Request, error: RequestValidationError) -> JSONResponse:
    detail = [{key: one[key] for key in ("type", "loc", "msg")} for one in error.errors()]
    return JSONResponse({"detail": detail}, status_code=422)


ranger_desk = FastAPI(lifespan=load, exception_handlers={RequestValidationError: refuse})


@ranger_desk.post("/predictions")
def predict(walk: Walk, request: Request) -> dict[str, float]:
    minutes = request.state.model.predict([[walk.length_km, walk.climb_m]])[0]
    return {"minutes": minutes}


@ranger_desk.get("/ping")
async def ping() -> str:
    return "pong"


# %% 12.4
# A dependency with `yield` has the place for as long as the request lasts: FastAPI ends it after the last
# word, after an error, and when the hearer has left. In the generator itself a `finally` would nearly do: one
# that was left before its first word never began, and has no end. Nothing waits between the look and the
# taking of a place, so no other request comes between them.
import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

WORDS = ["The", "lake", "is", "calm", "and", "the", "path", "is", "dry"]


class Story(BaseModel):
    words: Annotated[int, Field(ge=1, le=1000)]


async def generate(count: int) -> AsyncIterator[str]:
    """So many words, a line each, at a model's pace."""
    for number in range(count):
        await asyncio.sleep(0.01)
        yield WORDS[number % len(WORDS)] + "\n"


stories = FastAPI()
running = 0


async def take_a_place() -> AsyncIterator[None]:
    global running
    if running >= 2:
        raise HTTPException(429, "Two stories are being told.", headers={"Retry-After": "1"})
    running += 1
    try:
        yield
    finally:
        running -= 1


@stories.post("/stories", dependencies=[Depends(take_a_place)])
async def tell(story: Story) -> StreamingResponse:
    return StreamingResponse(generate(story.words), media_type="text/plain")


@stories.get("/stories")
async def count_stories() -> dict[str, int]:
    return {"running": running}
