# Exercise 4.3
import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, FastAPI
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    EmailStr,
    StringConstraints,
    ValidationInfo,
    field_validator,
)


def lower(value: object) -> object:
    try:
        return value.lower()
    except AttributeError:
        return value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Reason = Annotated[Literal["rockfall", "snow", "works"], BeforeValidator(lower)]


class Closure(BaseModel):
    trail: Text
    reason: Reason
    ranger: Annotated[EmailStr, AfterValidator(str.lower)]
    starts_on: dt.date
    ends_on: dt.date

    @field_validator("ends_on")
    @classmethod
    def not_before_the_start(cls, value: dt.date, info: ValidationInfo) -> dt.date:
        start = info.data.get("starts_on")
        if start is not None and value < start:
            raise ValueError("ends before it starts")
        return value


router = APIRouter(prefix="/closures")


@router.post("", status_code=201, response_model=Closure)
async def close(closure: Closure):
    return closure


closures = FastAPI()
closures.include_router(router)
