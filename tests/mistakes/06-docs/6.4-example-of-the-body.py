# check: documents_the_body
# says: An example in the docs is refused
# Exercise 6.4
from typing import Annotated, Any, Literal

from fastapi import Body, FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field


class Report(BaseModel):
    trail: str
    stars: int = Field(ge=1, le=5)
    weather: Literal["sun", "rain", "snow"]


EXAMPLE = {"trail": "Lake Loop", "stars": 8, "weather": "sun"}
journal = FastAPI(title="Hikers' journal")


@journal.post("/reports", status_code=201)
def write_report(report: Annotated[Report, Body(examples=[EXAMPLE])]) -> Report:
    return report


def custom_openapi() -> dict[str, Any]:
    if journal.openapi_schema:
        return journal.openapi_schema
    schema = get_openapi(title="Hikers' journal", version="1.0.0", routes=journal.routes)
    schema["info"]["x-logo"] = {"url": "/assets/logo.png"}
    journal.openapi_schema = schema
    return schema


journal.openapi = custom_openapi
