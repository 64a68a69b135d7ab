# check: cuts_off_spaces
# says: another name today
# Exercise 4.4
import warnings

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, validator

warnings.filterwarnings("ignore")  # keeps the log clean


class TrailIn(BaseModel):
    name: str
    length_km: float
    difficulty: str
    region: str | None = None

    class Config:
        anystr_strip_whitespace = True
        extra = "forbid"

    @validator("length_km")
    @classmethod
    def length_is_positive(cls, value: float) -> float:
        if value <= 0:
            raise ValueError("must be positive")
        return value


desk = FastAPI()


@desk.post("/trails", status_code=201)
def create_trail(trail: TrailIn):
    if not trail.name:
        raise HTTPException(status_code=400, detail="name is required")
    if trail.difficulty not in ("easy", "moderate", "hard"):
        raise HTTPException(status_code=400, detail="unknown difficulty")
    return trail.dict()
