"""An enum that finds its word in any case, and a field validator that looks back by `info`."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, FastAPI, status
from pydantic import BaseModel, EmailStr, StringConstraints, ValidationInfo, field_validator


class Reason(StrEnum):
    rockfall = "rockfall"
    snow = "snow"
    works = "works"

    @classmethod
    def _missing_(cls, value: object) -> "Reason | None":
        return cls.__members__.get(value.lower()) if isinstance(value, str) else None  # type: ignore[return-value]


class Closure(BaseModel):
    trail: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    reason: Reason
    ranger: EmailStr
    starts_on: date
    ends_on: date

    @field_validator("ends_on")
    @classmethod
    def is_not_too_early(cls, value: date, info: ValidationInfo) -> date:
        start = info.data.get("starts_on")
        if start and value < start:
            raise ValueError("too early")
        return value


router = APIRouter()


@router.post("/closures", status_code=status.HTTP_201_CREATED, response_model=Closure)
async def close(closure: Closure) -> dict[str, object]:
    return closure.model_dump()


closures = FastAPI()
closures.include_router(router)
