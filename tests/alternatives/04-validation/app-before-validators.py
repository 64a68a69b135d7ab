"""A lax base with validators that look at the raw value, and a model per line in the import."""

import io
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import FastAPI, Request
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    EmailStr,
    Field,
    RootModel,
    ValidationError,
    field_validator,
    model_validator,
)


def a_number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("not a number")
    return value


def a_boolean(value: Any) -> Any:
    if value is not True and value is not False:
        raise ValueError("neither true nor false")
    return value


Number = Annotated[float, BeforeValidator(a_number)]


class Stop(BaseModel):
    name: str
    km: Number

    model_config = {"extra": "forbid"}

    @field_validator("name")
    @classmethod
    def has_a_name(cls, name: str) -> str:
        if len(name) == 0:
            raise ValueError("no name")
        return name

    @field_validator("km")
    @classmethod
    def lies_ahead(cls, km: float) -> float:
        if km < 0:
            raise ValueError("before the start")
        return km


class Trail(BaseModel):
    kind: Literal["trail"]
    id: UUID
    name: str
    length_km: Annotated[Number, Field(gt=0, le=300)]
    difficulty: Literal["easy", "moderate", "hard"]
    region: Annotated[str, Field(min_length=2, max_length=40)] | None = None
    stops: list[Stop] = []

    model_config = {"extra": "forbid"}

    @field_validator("name")
    @classmethod
    def name_has_a_length(cls, name: str) -> str:
        name = name.strip()
        if len(name) < 3 or len(name) > 60:
            raise ValueError("3 to 60 characters")
        return name

    @model_validator(mode="after")
    def stops_fit(self) -> "Trail":
        for here, there in zip(self.stops, self.stops[1:], strict=False):
            if there.km < here.km:
                raise ValueError("stops out of order")
        if any(stop.km > self.length_km for stop in self.stops):
            raise ValueError("stop too far")
        return self


class Report(BaseModel):
    model_config = {"extra": "forbid"}

    kind: Literal["report"]
    trail_id: UUID
    hiker: EmailStr
    walked_at: AwareDatetime
    stars: Annotated[Literal[1, 2, 3, 4, 5], BeforeValidator(a_number)]
    wet: Annotated[bool, BeforeValidator(a_boolean)] = False
    text: str = Field(default="", max_length=500)


class Closure(BaseModel):
    model_config = {"extra": "forbid"}

    kind: Literal["closure"]
    trail_id: UUID
    since: date = Field(validation_alias="from", serialization_alias="from")
    until: date
    reason: Literal["rockfall", "snow", "works", "wildlife"]
    ranger: str = Field(pattern=r"^R-\d\d\d$")

    @model_validator(mode="after")
    def until_is_later(self) -> "Closure":
        if (self.until - self.since).days < 0:
            raise ValueError("until lies before from")
        return self


class Record(RootModel[Trail | Report | Closure]):
    root: Trail | Report | Closure = Field(discriminator="kind")


app = FastAPI(title="Import desk")


@app.post("/records", status_code=201)
def create_record(record: Record) -> Record:
    return record


@app.post("/imports")
async def import_records(request: Request) -> dict[str, Any]:
    good, errors = [], []
    for number, line in enumerate(io.BytesIO(await request.body())):
        if line.isspace():
            continue
        try:
            good.append(Record.model_validate_json(line))
        except ValidationError as error:
            errors += [{"line": number + 1, "loc": list(e["loc"]), "msg": e["msg"]} for e in error.errors()]
    return {"accepted": len(good), "errors": errors}
