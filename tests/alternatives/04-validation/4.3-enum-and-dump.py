# Exercise 4.3
from datetime import date
from enum import StrEnum

from fastapi import FastAPI, status
from pydantic import BaseModel, EmailStr, Field, model_validator


class Reason(StrEnum):
    rockfall = "rockfall"
    snow = "snow"
    works = "works"

    @classmethod
    def _missing_(cls, value):
        for member in cls:
            if isinstance(value, str) and value.lower() == member.value:
                return member
        return None


class Dates(BaseModel):
    starts_on: date
    ends_on: date

    @model_validator(mode="after")
    def check(self):
        assert self.starts_on <= self.ends_on, "the wrong way round"
        return self


class Closure(Dates):
    trail: str = Field(min_length=1)
    reason: Reason
    ranger: EmailStr

    @model_validator(mode="before")
    @classmethod
    def tidy(cls, data):
        if isinstance(data, dict) and isinstance(data.get("trail"), str):
            data = {**data, "trail": data["trail"].strip()}
        return data


closures = FastAPI()


@closures.post("/closures", status_code=status.HTTP_201_CREATED)
def post_closure(closure: Closure) -> dict[str, str]:
    return closure.model_dump(mode="json")
