# Exercise 12.1
from contextlib import asynccontextmanager
from enum import StrEnum, auto
from typing import Any, Self

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, NonNegativeFloat, confloat, model_validator

V2: dict[str, Any] = {
    "version": "2",
    "features": ["length_km", "climb_m", "winter_km", "winter_climb_m"],
    "weights": [14.90118097280636, 0.10187178031781233, 6.957377917656202, 0.025111767895558638],
    "intercept": 0.4878852202142525,
}


class Season(StrEnum):
    summer = auto()
    winter = auto()


class Walk(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    length_km: confloat(ge=2, le=25)
    climb_m: NonNegativeFloat
    season: Season

    @model_validator(mode="after")
    def climbs_as_seen(self) -> Self:
        if self.climb_m > 100 * self.length_km:
            raise ValueError("the model knows at most 100 m of climb for each kilometre")
        return self


class Prediction(BaseModel):
    minutes: int
    model_version: str


@asynccontextmanager
async def load(app: FastAPI):
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
