# check: refuses_wrong_values
# says: `null` is none
# Exercise 4.3
from datetime import date
from typing import Annotated, Literal, Self

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, EmailStr, Field, field_validator, model_validator


class Closure(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True)

    trail: Annotated[str, Field(min_length=1)] | None
    reason: Literal["rockfall", "snow", "works"]
    ranger: EmailStr
    starts_on: date
    ends_on: date

    @field_validator("reason", mode="before")
    @classmethod
    def ignore_case(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @model_validator(mode="after")
    def ends_after_it_starts(self) -> Self:
        if self.ends_on < self.starts_on:
            raise ValueError("the closure ends before it starts")
        return self


closures = FastAPI()


@closures.post("/closures", status_code=201)
def close(closure: Closure) -> Closure:
    return closure
