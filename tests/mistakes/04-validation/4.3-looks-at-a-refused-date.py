# check: refuses_wrong_values
# says: wants a value that is not there
# Exercise 4.3
from datetime import date
from typing import Annotated, Literal

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, EmailStr, Field, ValidationInfo, field_validator


class Closure(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True)

    trail: Annotated[str, Field(min_length=1)]
    reason: Literal["rockfall", "snow", "works"]
    ranger: EmailStr
    starts_on: date
    ends_on: date

    @field_validator("reason", mode="before")
    @classmethod
    def ignore_case(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("ends_on")
    @classmethod
    def ends_after_it_starts(cls, value: date, info: ValidationInfo) -> date:
        if value < info.data["starts_on"]:
            raise ValueError("the closure ends before it starts")
        return value


closures = FastAPI()


@closures.post("/closures", status_code=201)
def close(closure: Closure) -> Closure:
    return closure
