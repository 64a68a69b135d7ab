# Exercise 4.3
from datetime import date
from enum import Enum

from fastapi import FastAPI, status
from pydantic import BaseModel, EmailStr, Field, ValidationInfo, field_validator


class Reason(str, Enum):
    rockfall = "rockfall"
    snow = "snow"
    works = "works"

    @classmethod
    def _missing_(cls, value: object) -> "Reason | None":
        return next((one for one in cls if isinstance(value, str) and one.value == value.lower()), None)


class ClosureCreate(BaseModel):
    trail: str = Field(..., min_length=1)
    reason: Reason
    ranger: EmailStr
    starts_on: date
    ends_on: date

    @field_validator("trail", mode="before")
    @classmethod
    def strip(cls, v):
        return v.strip() if isinstance(v, str) else v

    @field_validator("ends_on")
    @classmethod
    def validate_dates(cls, v: date, info: ValidationInfo) -> date:
        starts_on = info.data.get("starts_on")
        if starts_on and v < starts_on:
            raise ValueError("ends_on must not be before starts_on")
        return v


closures = FastAPI()


@closures.post("/closures", response_model=ClosureCreate, status_code=status.HTTP_201_CREATED)
async def create_closure(closure: ClosureCreate):
    return closure
