"""Spaces are cut off everywhere, dates are texts only, errors come last line first.

The import desk: takes records of three kinds, one at a time or as JSON Lines.

Each rule stands once, on the field that it is about, so both endpoints share all of them. The base class
forbids unknown keys for every model. Numbers and booleans are strict field by field: a strict model would
refuse the dates and ids of `POST /records`, which are texts in JSON. Only the two rules that compare fields
are code.
"""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import Body, FastAPI
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    EmailStr,
    Field,
    StrictBool,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)


def is_text(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("a date comes as a text")
    return value


Day = Annotated[date, BeforeValidator(is_text)]


class Part(BaseModel):
    """A record, or a part of one: it has no keys but its fields."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Stop(Part):
    name: Annotated[str, Field(min_length=1)]
    km: Annotated[float, Field(ge=0, strict=True)]


class Trail(Part):
    kind: Literal["trail"]
    id: UUID
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=60)]
    length_km: Annotated[float, Field(gt=0, le=300, strict=True)]
    difficulty: Literal["easy", "moderate", "hard"]
    region: Annotated[str, Field(min_length=2, max_length=40)] | None = None
    stops: list[Stop] = []

    @model_validator(mode="after")
    def stops_lie_in_order_on_the_trail(self) -> Self:
        kms = [stop.km for stop in self.stops]
        if kms != sorted(kms):
            raise ValueError("the stops are not in the order in which you reach them")
        if kms and kms[-1] > self.length_km:
            raise ValueError("a stop lies beyond the end of the trail")
        return self


class Report(Part):
    kind: Literal["report"]
    trail_id: UUID
    hiker: EmailStr
    walked_at: AwareDatetime
    stars: Annotated[int, Field(ge=1, le=5, strict=True)]
    wet: StrictBool = False
    text: Annotated[str, Field(max_length=500)] = ""


class Closure(Part):
    kind: Literal["closure"]
    trail_id: UUID
    from_: Annotated[Day, Field(alias="from")]
    until: Day
    reason: Literal["rockfall", "snow", "works", "wildlife"]
    ranger: Annotated[str, Field(pattern=r"^R-[0-9]{3}$")]

    @model_validator(mode="after")
    def ends_after_it_begins(self) -> Self:
        if self.until < self.from_:
            raise ValueError("until is before from")
        return self


Record = Annotated[Trail | Report | Closure, Field(discriminator="kind")]
record_adapter: TypeAdapter[Trail | Report | Closure] = TypeAdapter(Record)


class LineError(BaseModel):
    """One error, with the line that it is in, counted from 1."""

    line: int
    loc: tuple[int | str, ...]
    msg: str


class ImportReport(BaseModel):
    accepted: int
    errors: list[LineError]


app = FastAPI(title="Import desk")


@app.post("/records", status_code=201)
def create_record(record: Record) -> Record:
    return record


@app.post("/imports")
def import_records(lines: Annotated[bytes, Body(media_type="application/jsonl")]) -> ImportReport:
    """Takes JSON Lines and says which lines are wrong, and why."""
    report = ImportReport(accepted=0, errors=[])
    for number, line in enumerate(lines.decode().split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record_adapter.validate_json(line)
        except ValidationError as wrong:
            report.errors += [
                LineError(line=number, loc=error["loc"], msg=error["msg"]) for error in wrong.errors()
            ]
        else:
            report.accepted += 1
    report.errors.reverse()
    return report
