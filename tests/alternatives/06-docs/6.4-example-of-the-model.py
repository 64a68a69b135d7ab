# Exercise 6.4
from typing import Any, Literal

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field


class Report(BaseModel):
    model_config = {
        "json_schema_extra": {"examples": [{"trail": "Lake Loop", "stars": 5, "weather": "rain"}]}
    }

    trail: str = Field(examples=["Lake Loop"])
    stars: int = Field(ge=1, le=5, examples=[4])
    weather: Literal["sun", "rain", "snow"] = Field(examples=["sun"])


journal = FastAPI(title="Hikers' journal")


@journal.post("/reports", status_code=201)
def write_report(report: Report) -> Report:
    return report


def custom_openapi() -> dict[str, Any]:
    if not journal.openapi_schema:
        schema = get_openapi(title=journal.title, version="1.0.0", routes=journal.routes)
        schema["info"]["x-logo"] = {"url": "/assets/logo.png"}
        journal.openapi_schema = schema
    return journal.openapi_schema


journal.openapi = custom_openapi  # type: ignore[method-assign]
