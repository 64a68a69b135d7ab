# Exercise 1.1
from typing import Optional

from fastapi import FastAPI

walks = FastAPI()


@walks.get("/walking-time/{length_km}")
def walking_time(length_km: float, minutes_per_km: Optional[float] = None):  # noqa: UP045
    """Minutes for a walk at an even pace."""
    pace = 15 if minutes_per_km is None else minutes_per_km
    return {"minutes": length_km * pace}
