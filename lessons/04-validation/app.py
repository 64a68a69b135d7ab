"""The import desk: takes the records that trail clubs send in, one at a time or as JSON Lines.

Run it in this folder with `fastapi dev`, check it with `course check 04`.
"""

from datetime import date
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


# Write the models of a trail and of a report here.

app = FastAPI(title="Import desk")


@app.post("/records", status_code=201)
def create_record(record: dict[str, Any]) -> dict[str, Any]:
    return record


@app.post("/imports")
def import_records(lines: Annotated[bytes, Body(media_type="application/jsonl")]) -> dict[str, Any]:
    """Gets the body as it was sent, as bytes: `lines.splitlines()` takes it apart."""
    return {"accepted": len(lines.splitlines()), "errors": []}
