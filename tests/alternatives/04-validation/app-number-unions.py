"""Import desk."""

import itertools
from datetime import date
from enum import StrEnum
from typing import Any, Literal, Union
from uuid import UUID

from fastapi import APIRouter, FastAPI, Request
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    RootModel,
    StrictBool,
    StrictFloat,
    StrictInt,
    ValidationError,
    field_validator,
)


class Record(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=False)


class Reason(StrEnum):
    ROCKFALL = "rockfall"
    SNOW = "snow"
    WORKS = "works"
    WILDLIFE = "wildlife"


class Closure(Record):
    kind: Literal["closure"]
    trail_id: UUID
    starts: date = Field(alias="from")
    until: date
    reason: Reason
    ranger: str = Field(pattern=r"\AR-\d{3}\z")

    @field_validator("until")
    @classmethod
    def order(cls, v, info):
        if info.data.get("starts") and v < info.data["starts"]:
            raise ValueError("too early")
        return v


class Report(Record):
    kind: Literal["report"]
    trail_id: UUID
    hiker: EmailStr
    walked_at: AwareDatetime
    stars: StrictInt = Field(ge=1, le=5)
    wet: StrictBool = False
    text: str = Field("", max_length=500)


class Stop(Record):
    name: str = Field(min_length=1)
    km: StrictFloat | StrictInt = Field(ge=0)


class Trail(Record):
    kind: Literal["trail"]
    id: UUID
    name: str
    length_km: Union[StrictInt, StrictFloat] = Field(gt=0, le=300)
    difficulty: Literal["easy", "moderate", "hard"]
    region: str | None = Field(None, min_length=2, max_length=40)
    stops: list[Stop] = Field(default_factory=list)

    @field_validator("name")
    @classmethod
    def clean(cls, v):
        v = v.strip()
        if not 3 <= len(v) <= 60:
            raise ValueError("3 to 60 characters")
        return v

    @field_validator("stops")
    @classmethod
    def ascending(cls, v, info):
        if any(b.km < a.km for a, b in itertools.pairwise(v)):
            raise ValueError("stops must ascend")
        end = info.data.get("length_km")
        if end is not None and v and v[-1].km > end:
            raise ValueError("beyond the end")
        return v


class AnyRecord(RootModel):
    root: Trail | Report | Closure = Field(discriminator="kind")


router = APIRouter()


@router.post("/records", status_code=201, response_model=AnyRecord)
async def create_record(record: AnyRecord):
    return record


def errors_of(number: int, line: bytes) -> list[dict[str, Any]]:
    try:
        AnyRecord.model_validate_json(line)
    except ValidationError as error:
        return [{"line": number, "loc": entry["loc"], "msg": entry["msg"]} for entry in error.errors()]
    return []


@router.post("/imports")
async def import_records(request: Request) -> dict[str, Any]:
    numbered = enumerate((await request.body()).split(b"\n"), 1)
    results = [errors_of(number, line) for number, line in numbered if line.strip(b" ")]
    return {"accepted": results.count([]), "errors": list(itertools.chain(*results))}


app = FastAPI()
app.include_router(router)
