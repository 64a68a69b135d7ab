# Exercise 1.1
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel

router = APIRouter(prefix="/walking-time")


class Duration(BaseModel):
    minutes: float


@router.get("/{length_km}", response_model=Duration)
def walking_time(length_km: float, minutes_per_km: int = 15):
    return Duration(minutes=length_km * minutes_per_km)


walks = FastAPI()
walks.include_router(router)
