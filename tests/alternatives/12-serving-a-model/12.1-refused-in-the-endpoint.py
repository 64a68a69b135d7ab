# Exercise 12.1
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

V2: dict[str, Any] = {
    "version": "2",
    "features": ["length_km", "climb_m", "winter_km", "winter_climb_m"],
    "weights": [14.90118097280636, 0.10187178031781233, 6.957377917656202, 0.025111767895558638],
    "intercept": 0.4878852202142525,
}


class Walk(BaseModel):
    length_km: float
    climb_m: float
    season: str


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
    if walk.season not in ("summer", "winter"):
        raise HTTPException(422, "no such season")
    if not (2 <= walk.length_km <= 25 and 0 <= walk.climb_m <= 100 * walk.length_km):
        raise HTTPException(422, "the model knows no such walk")
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
