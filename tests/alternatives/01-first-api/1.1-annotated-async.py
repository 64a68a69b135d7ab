# Exercise 1.1
from typing import Annotated

from fastapi import FastAPI, Path, Query

walks = FastAPI(title="Walking times")


@walks.get("/walking-time/{length_km}")
async def walking_time(
    length_km: Annotated[float, Path(ge=0)],
    minutes_per_km: Annotated[float, Query(gt=0, description="Pace")] = 15,
) -> dict[str, float]:
    return {"minutes": length_km * minutes_per_km}
