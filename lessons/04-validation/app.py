"""The import desk: takes the records that trail clubs send in, one at a time or as JSON Lines.

Run it in this folder with `fastapi dev`, check it with `course check 04`.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import Body, FastAPI
from pydantic import BaseModel, ConfigDict, Field, model_validator


class Closure(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["closure"]
    trail_id: UUID
    from_: Annotated[date, Field(alias="from")]
    until: date
    reason: Literal["rockfall", "snow", "works", "wildlife"]
    ranger: Annotated[str, Field(pattern=r"^R-[0-9]{3}$")]

    @model_validator(mode="after")
    def ends_after_it_begins(self) -> Self:
        if self.until < self.from_:
            raise ValueError("until is before from")
        return self


class Report(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Literal["report"]
    trail_id: UUID
    hiker: str  # gap: an e-mail address
    walked_at: datetime  # gap: with a time zone
    stars: int  # gap: 1 to 5, and strict
    wet: bool = False  # gap: strict
    text: str = ""  # gap: at most 500 characters


# Write the model of a trail here, and one type for all three kinds.

app = FastAPI(title="Import desk")


@app.post("/records", status_code=201)
def create_record(record: dict[str, Any]) -> dict[str, Any]:
    return record


Lines = Annotated[bytes, Body(media_type="application/jsonl")]
"""A body as it was sent, as bytes."""


@app.post("/imports")
def import_records(lines: Lines) -> dict[str, Any]:
    accepted = 0
    errors: list[dict[str, Any]] = []
    for number, line in enumerate(lines.splitlines(), start=1):
        accepted += 1
        print(number, line)  # gap: accept the record, or note its errors
    return {"accepted": accepted, "errors": errors}
