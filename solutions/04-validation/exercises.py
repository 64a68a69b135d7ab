# %% 4.1
# Each rule stands in the type of its own field; only the default makes `region` optional.
from typing import Annotated, Literal

from pydantic import BaseModel, Field


class Trail(BaseModel):
    name: Annotated[str, Field(min_length=3, max_length=60)]
    length_km: Annotated[float, Field(gt=0, le=300)]
    difficulty: Literal["easy", "moderate", "hard"]
    region: str | None = None


# %% 4.2
# `type` is made for programs, so it decides; the message may change with the next release.
from typing import Any


def summarise(detail: list[dict[str, Any]]) -> dict[str, Any]:
    missing: list[str] = []
    wrong: dict[str, Any] = {}
    for entry in detail:
        place = ".".join(str(part) for part in entry["loc"])
        if entry["type"] == "missing":
            missing.append(place)
        else:
            wrong[place] = entry["input"]
    return {"missing": missing, "wrong": wrong}


# %% 4.3
# Types first: two rules are left for code, one before the type is checked, one when all fields are known.
from datetime import date
from typing import Annotated, Literal, Self

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, EmailStr, Field, field_validator, model_validator


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

    @model_validator(mode="after")
    def ends_after_it_starts(self) -> Self:
        if self.ends_on < self.starts_on:
            raise ValueError("the closure ends before it starts")
        return self


closures = FastAPI()


@closures.post("/closures", status_code=201)
def close(closure: Closure) -> Closure:
    return closure


# %% 4.4
# The model checks everything, so all errors come in one 422, and nothing is left that Pydantic v2 ignores.
from typing import Annotated, Literal

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field


class TrailIn(BaseModel):
    model_config = ConfigDict(str_strip_whitespace=True, extra="forbid")

    name: Annotated[str, Field(min_length=1)]
    length_km: Annotated[float, Field(gt=0)]
    difficulty: Literal["easy", "moderate", "hard"]
    region: str | None = None


desk = FastAPI()


@desk.post("/trails", status_code=201)
def create_trail(trail: TrailIn) -> TrailIn:
    return trail
