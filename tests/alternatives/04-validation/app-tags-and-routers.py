"""Kinds told apart by a function, rules as annotated types, endpoints on a router."""

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any

from fastapi import APIRouter, Body, FastAPI
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    EmailStr,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    Tag,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
)


class Difficulty(StrEnum):
    EASY = "easy"
    MODERATE = "moderate"
    HARD = "hard"


class Reason(StrEnum):
    ROCKFALL = "rockfall"
    SNOW = "snow"
    WORKS = "works"
    WILDLIFE = "wildlife"


def ranger_number(value: str) -> str:
    if re.fullmatch("R-[0-9][0-9][0-9]", value) is None:
        raise ValueError("a ranger has a number such as R-042")
    return value


def cut(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


Ranger = Annotated[str, AfterValidator(ranger_number)]
Name = Annotated[str, BeforeValidator(cut), Field(min_length=3, max_length=60)]


class Base(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=False)


class Stop(Base):
    name: Annotated[str, Field(min_length=1)]
    km: StrictFloat = Field(ge=0)


class Trail(Base):
    kind: str = "trail"
    id: uuid.UUID
    name: Name
    length_km: StrictFloat = Field(gt=0, le=300)
    difficulty: Difficulty
    region: Annotated[str, Field(min_length=2, max_length=40)] | None = None
    stops: tuple[Stop, ...] = ()

    @field_validator("stops")
    @classmethod
    def stops_are_in_order(cls, stops: tuple[Stop, ...], info: ValidationInfo) -> tuple[Stop, ...]:
        if any(one.km > other.km for one, other in pairwise(stops)):
            raise ValueError("out of order")
        if stops and stops[-1].km > info.data.get("length_km", float("inf")):
            raise ValueError("beyond the end")
        return stops


class Report(Base):
    kind: str = "report"
    trail_id: uuid.UUID
    hiker: EmailStr
    walked_at: AwareDatetime
    stars: Annotated[StrictInt, Field(ge=1, le=5)]
    wet: StrictBool = False
    text: Annotated[str, Field(max_length=500)] = ""


class Closure(Base):
    kind: str = "closure"
    trail_id: uuid.UUID
    from_: dt.date = Field(alias="from")
    until: dt.date
    reason: Reason
    ranger: Ranger

    @field_validator("until")
    @classmethod
    def until_is_last(cls, until: dt.date, info: ValidationInfo) -> dt.date:
        if "from_" in info.data and until < info.data["from_"]:
            raise ValueError("ends too early")
        return until


def kind_of(value: Any) -> str | None:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return kind if isinstance(kind, str) else None


Record = Annotated[
    Annotated[Trail, Tag("trail")] | Annotated[Report, Tag("report")] | Annotated[Closure, Tag("closure")],
    Discriminator(kind_of),
]
records = TypeAdapter(Record)


def problems(lines: bytes) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    for number, line in enumerate(lines.split(b"\n"), start=1):
        if line.strip():
            try:
                records.validate_json(line)
            except ValidationError as error:
                yield number, [{"loc": e["loc"], "msg": e["msg"]} for e in error.errors()]
            else:
                yield number, []


router = APIRouter()


@router.post("/records", status_code=201, response_model=Record)
async def create_record(record: Annotated[Record, Body()]):
    return record


@router.post("/imports")
async def import_records(lines: Annotated[bytes, Body(media_type="application/jsonl")]) -> dict[str, Any]:
    found = list(problems(lines))
    return {
        "accepted": sum(not errors for _, errors in found),
        "errors": [{"line": number, **error} for number, errors in found for error in errors],
    }


def create_app() -> FastAPI:
    made = FastAPI(title="Import desk", version="2")
    made.include_router(router)
    return made
