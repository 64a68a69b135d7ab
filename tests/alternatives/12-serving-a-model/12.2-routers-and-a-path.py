# Exercise 12.2
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


old, new = routes_of("1", deprecated=False), routes_of("2", deprecated=False)
trial.include_router(new)
trial.include_router(old, deprecated=True)


@trial.post("/predictions")
def predict_for(hiker: str, walk: Walk) -> Prediction:
    rest = zlib.crc32(bytes(hiker, "utf-8")) % 10
    return predicted("2" if rest in {0, 1, 2} else "1", walk)


@trial.get("/models")
def list_models() -> dict[str, list[str]]:
    return {"versions": list(MODELS)}
