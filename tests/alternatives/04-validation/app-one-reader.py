"""Both endpoints read JSON text themselves, so that strict mode can hold for the whole model."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import (
    AfterValidator,
    BaseModel,
    EmailStr,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)


class Model(BaseModel, strict=True, extra="forbid"):
    pass


def with_zone(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("which time zone?")
    return moment


class Stop(Model):
    name: str = Field(min_length=1)
    km: float = Field(ge=0)


class Trail(Model):
    kind: Literal["trail"] = Field(repr=False)
    id: UUID
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=60)]
    length_km: float = Field(gt=0, le=300)
    difficulty: Literal["easy", "moderate", "hard"]
    region: Annotated[str, Field(min_length=2, max_length=40)] | None = None
    stops: list[Stop] = Field(default_factory=list)

    @model_validator(mode="after")
    def stops_fit(self):
        position = 0.0
        for stop in self.stops:
            if not position <= stop.km <= self.length_km:
                raise ValueError(f"{stop.name} cannot lie at {stop.km} km")
            position = stop.km
        return self


class Report(Model):
    kind: Literal["report"]
    trail_id: UUID
    hiker: EmailStr
    walked_at: Annotated[datetime, AfterValidator(with_zone)]
    stars: int = Field(ge=1, le=5)
    wet: bool = False
    text: str = Field("", max_length=500)


class Closure(Model):
    kind: Literal["closure"]
    trail_id: UUID
    first: date = Field(alias="from")
    until: date
    reason: Literal["rockfall", "snow", "works", "wildlife"]
    ranger: str = Field(pattern=r"\AR-[0-9]{3}\z")

    @model_validator(mode="after")
    def in_order(self):
        assert self.first <= self.until
        return self


record = TypeAdapter(Annotated[Trail | Report | Closure, Field(discriminator="kind")])
app = FastAPI()


@app.post("/records", status_code=201)
async def create_record(request: Request) -> dict[str, Any]:
    try:
        made = record.validate_json(await request.body())
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False)) from None
    return made.model_dump(mode="json", by_alias=True)


@app.post("/imports")
async def import_records(request: Request):
    accepted, errors = 0, []
    text = (await request.body()).decode("utf-8")
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() == "":
            continue
        try:
            record.validate_json(line)
            accepted += 1
        except ValidationError as error:
            for entry in error.errors(include_url=False, include_context=False):
                errors.append({"line": number, **entry})
    return {"errors": errors, "accepted": accepted}
