# %% 6.1
# The page is made by the same helper as FastAPI's own, with other addresses; `with_google_fonts=False` is
# the one that is easy to miss.
from importlib.resources import files

from fastapi import FastAPI
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

huts = FastAPI(title="Huts", docs_url=None, redoc_url=None)
huts.mount("/assets", StaticFiles(directory=str(files("fastapi_offline") / "static")))


@huts.get("/docs", include_in_schema=False)
def docs_page() -> HTMLResponse:
    return get_swagger_ui_html(
        title="Huts",
        openapi_url="/openapi.json",
        swagger_js_url="/assets/swagger-ui-bundle.js",
        swagger_css_url="/assets/swagger-ui.css",
        swagger_favicon_url="/assets/favicon.png",
    )


@huts.get("/redoc", include_in_schema=False)
def redoc_page() -> HTMLResponse:
    return get_redoc_html(
        title="Huts",
        openapi_url="/openapi.json",
        redoc_js_url="/assets/redoc.standalone.js",
        redoc_favicon_url="/assets/favicon.png",
        with_google_fonts=False,
    )


# %% 6.2
# A rule looks at one operation and knows nothing of the others, so rules can come and go one by one.
from typing import Any, NamedTuple


class Operation(NamedTuple):
    method: str
    path: str
    spec: dict[str, Any]


def documents_not_found(op: Operation) -> bool:
    return "{" not in op.path or "404" in op.spec["responses"]


def describes_parameters(op: Operation) -> bool:
    return all(parameter.get("description") for parameter in op.spec.get("parameters", []))


# %% 6.3
# Above 0 is not enough: with hours small enough the speed is infinite, and JSON has no word for that. Both
# limits stand in the declaration, so the docs say them without another line.
from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import BaseModel


class Pace(BaseModel):
    km_per_hour: float


pace = FastAPI()


@pace.get("/pace")
def calculate_pace(
    length_km: Annotated[float, Query(gt=0, le=1000)],
    hours: Annotated[float, Query(ge=0.1, le=48)],
) -> Pace:
    """How fast somebody walked."""
    return Pace(km_per_hour=length_km / hours)


# %% 6.4
# The logo is added to what FastAPI derives, and nothing derived is overwritten. The description of the body
# stands at the fields, where the next change cannot miss it.
from typing import Any, Literal

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field


class Report(BaseModel):
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
