# Exercise 12.2
import zlib
from typing import Annotated

from fastapi import Body, FastAPI, Query


def predict_1(length_km: float) -> int:
    return round(15 * length_km)


def predict_2(length_km: float) -> int:
    return round(14.9 * length_km + 5)


trial = FastAPI()
Length = Annotated[float, Body(embed=True, gt=0, allow_inf_nan=False)]


@trial.post("/v1/predictions", deprecated=True)
async def v1(length_km: Length):
    return {"minutes": predict_1(length_km), "model_version": "1"}


@trial.post("/v2/predictions")
async def v2(length_km: Length):
    return {"minutes": predict_2(length_km), "model_version": "2"}


@trial.post("/predictions")
async def either(length_km: Length, hiker: Annotated[str, Query()]):
    if zlib.crc32(hiker.encode()) % 10 in (0, 1, 2):
        return await v2(length_km)
    return await v1(length_km)


@trial.get("/models")
async def models():
    return {"versions": ["1", "2"]}
