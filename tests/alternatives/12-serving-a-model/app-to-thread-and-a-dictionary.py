"""The walking-time service: two versions side by side, each loaded once, and never on the event loop.

One function makes a version's router, so the versions cannot drift apart. The endpoints that predict are
plain `def`: FastAPI runs them in worker threads, and the loop stays free for everybody else. An explanation
is a generator; when its caller leaves, FastAPI cancels it where it waits. A refusal leaves out what was sent,
as JSON cannot write `NaN`.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, ClassVar, Literal, Self

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, model_validator


class Model:
    """One version of the walking-time model, as slow as a large one. Leave it as it is.

    `predict` takes rows, each with a value for every name in `features`, in that order, and gives the minutes
    of each row.
    """

    counts: ClassVar[dict[str, int]] = {"loads": 0, "predictions": 0}

    def __init__(self, version: str, weights: dict[str, float], intercept: float) -> None:
        time.sleep(0.2)
        self.counts["loads"] += 1
        self.version = version
        self.features = list(weights)
        self.weights = weights
        self.intercept = intercept

    def predict(self, rows: list[list[float]]) -> list[float]:
        time.sleep(0.05)
        self.counts["predictions"] += 1
        return [
            self.intercept
            + sum(weight * value for weight, value in zip(self.weights.values(), row, strict=True))
            for row in rows
        ]


def load_model(version: str) -> Model:
    """Load version "1" or "2". Version 2 has the kilometres and the climb once more, for winter only."""
    weights = {"length_km": 18.48626362935153, "climb_m": 0.11359508266481509, "winter": 115.93536426992375}
    if version == "1":
        return Model(version, weights, -57.48591299025844)
    weights = {
        "length_km": 14.90118097280636,
        "climb_m": 0.10187178031781233,
        "winter_km": 6.957377917656202,
        "winter_climb_m": 0.025111767895558638,
    }
    return Model(version, weights, 0.4878852202142525)


async def pause() -> None:
    """Stands for the time that a language model takes for a line. Leave it as it is."""
    await asyncio.sleep(0.03)


class Walk(BaseModel):
    length_km: Annotated[float, Field(ge=2, le=25, allow_inf_nan=False)]
    climb_m: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    season: Literal["summer", "winter"]

    @model_validator(mode="after")
    def climbs_as_seen(self) -> Self:
        if self.climb_m > 100 * self.length_km:
            raise ValueError("the model knows at most 100 m of climb for each kilometre")
        return self

    def row(self, features: list[str]) -> list[float]:
        """The values of these features, in their order."""
        winter = float(self.season == "winter")
        known = {
            "length_km": self.length_km,
            "climb_m": self.climb_m,
            "winter": winter,
            "winter_km": self.length_km * winter,
            "winter_climb_m": self.climb_m * winter,
        }
        return [known[name] for name in features]


class Walks(BaseModel):
    walks: Annotated[list[Walk], Field(min_length=1, max_length=100)]


class Prediction(BaseModel):
    minutes: int
    model_version: str


class Predictions(BaseModel):
    minutes: list[int]
    model_version: str


class Part(BaseModel):
    """What one feature adds to a prediction."""

    feature: str
    minutes: float


class Total(BaseModel):
    total: int
    model_version: str


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, dict[str, Model]]]:
    yield {"models": {version: load_model(version) for version in ("1", "2")}}


def routes_of(version: str) -> APIRouter:
    """All that one version of the model answers."""
    router = APIRouter(prefix=f"/v{version}", tags=[f"version {version}"])

    @router.post("/predictions")
    async def predict(walk: Walk, request: Request) -> Prediction:
        model: Model = request.state.models[version]
        (minutes,) = await asyncio.to_thread(model.predict, [walk.row(model.features)])
        return Prediction(minutes=round(minutes), model_version=version)

    @router.post("/predictions/batch")
    def predict_many(sent: Walks, request: Request) -> Predictions:
        model: Model = request.state.models[version]
        found = model.predict([walk.row(model.features) for walk in sent.walks])
        return Predictions(minutes=[round(minutes) for minutes in found], model_version=version)

    @router.post("/explanations")
    async def explain(walk: Walk, request: Request) -> AsyncIterator[Part | Total]:
        model: Model = request.state.models[version]
        row = walk.row(model.features)
        for (name, weight), value in zip(model.weights.items(), row, strict=True):
            await pause()
            yield Part(feature=name, minutes=round(weight * value, 1))
        await pause()
        yield Part(feature="start", minutes=round(model.intercept, 1))
        await pause()
        parts = [weight * value for weight, value in zip(model.weights.values(), row, strict=True)]
        yield Total(total=round(model.intercept + sum(parts)), model_version=version)

    return router


async def refuse(request: Request, error: RequestValidationError) -> JSONResponse:
    detail = [{key: one[key] for key in ("type", "loc", "msg")} for one in error.errors()]
    return JSONResponse({"detail": detail}, status_code=422)


app = FastAPI(title="Walking time", lifespan=lifespan, exception_handlers={RequestValidationError: refuse})
app.include_router(routes_of("1"))
app.include_router(routes_of("2"))


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/loads")
async def count_loads() -> dict[str, int]:
    return Model.counts
