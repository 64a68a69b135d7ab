"""What a refusal says is read in every format there is, and put into words that fit the mistake."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from fastapi import Body, FastAPI, File, Form, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, EmailStr, Field, field_validator, model_validator

from course.judging.api import Answer, Api
from course.judging.checks import run_exercise
from course.judging.refusals import Complaint, complaints, explained
from course.judging.tasks import Exercise


class Stop(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    km: Annotated[float, Field(ge=0)]

    @field_validator("name")
    @classmethod
    def not_the_end(cls, value: str) -> str:
        assert value != "End"
        return value


class Tour(BaseModel):
    leader: EmailStr = "ada@example.org"
    stops: list[Stop] = []

    @model_validator(mode="after")
    def not_too_long(self) -> Tour:
        if len(self.stops) > 2:
            raise ValueError("too many stops")
        return self


def an_app() -> FastAPI:
    app = FastAPI()

    @app.get("/trails/{trail_id}")
    def get_trail(trail_id: int) -> int:
        if trail_id == 7:
            raise HTTPException(404, "No trail 7.")
        if trail_id == 8:
            raise HTTPException(404)
        return trail_id

    @app.get("/trails/{trail_id}/stops")  # noqa: FAST003 - the mistake itself
    def count_stops(trail: int) -> int:
        return trail

    @app.get("/search")
    def search(max_km: float) -> float:
        return max_km

    @app.post("/tours")
    def create(tour: Tour) -> Tour:
        return tour

    @app.post("/tours/{number}/form")
    def create_by_form(number: int, tour: Annotated[Stop, Form()]) -> int:
        return number

    @app.post("/tours/file")
    def create_by_file(tour: Annotated[bytes, File()]) -> int:
        return len(tour)

    @app.post("/tours/in-pieces")
    def create_in_pieces(leader: Annotated[str, Body()], days: Annotated[int, Body()]) -> str:
        return leader * days

    @app.post("/words")
    def answer_anything(words: Annotated[Any, Body()]) -> JSONResponse:
        return JSONResponse(words, 422)

    return app


def with_own_format(app: FastAPI) -> FastAPI:
    @app.exception_handler(HTTPException)
    def refusal(request: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse({"status": error.status_code, "detail": error.detail}, error.status_code)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [{"loc": entry["loc"], "msg": entry["msg"]} for entry in error.errors()]
        return JSONResponse({"status": 422, "detail": "Not so.", "errors": errors}, 422)

    return app


async def ask(
    app: FastAPI, method: str, path: str, json: object = None, status: int = 200, **options: Any
) -> tuple[Answer, str]:
    """The answer of a running app, and what is said of it."""
    found: list[tuple[Answer, str]] = []

    async def check(api: Api) -> None:
        """Asks"""
        answer = await api.request(method, path, json=json, **options)
        found.append((answer, await explained(api, answer, status)))

    report = await run_exercise(Exercise("9.1", "Try", ["a", "b"], "app", [check]), app)
    assert report.passed, report.text()
    return found[0]


async def test_entries_are_read_in_fastapis_format() -> None:
    answer, _ = await ask(an_app(), "POST", "/tours", {"leader": 4, "stops": [{"km": -1}]})
    assert [(c.place, c.name, c.type, c.input) for c in complaints(answer)] == [
        ("body", "leader", "string_type", 4),
        ("body", "stops.0.name", "missing", {"km": -1}),
        ("body", "stops.0.km", "greater_than_equal", -1),
    ]
    assert complaints(answer)[1].msg == "Field required"


async def test_entries_are_read_in_a_format_of_the_apps_own() -> None:
    answer, said = await ask(with_own_format(an_app()), "GET", "/trails/far")
    assert [(c.loc, c.type, c.input) for c in complaints(answer)] == [(("path", "trail_id"), "", None)]
    assert "refuses the value of `trail_id` in the path" in said


@pytest.mark.parametrize(
    "body",
    [
        0,
        "detail",
        [],
        {"detail": "text"},
        {"detail": ["text", {"msg": "no loc"}, {"loc": "body"}, {"loc": []}]},
        {"errors": {}, "detail": {}},
    ],
)
async def test_what_is_no_entry_is_passed_over(body: object) -> None:
    answer, said = await ask(an_app(), "POST", "/words", body)
    assert answer.status_code == 422
    assert complaints(answer) == []
    assert said == ""


async def test_only_a_422_complains() -> None:
    app = an_app()

    @app.get("/bad")
    def bad() -> JSONResponse:
        return JSONResponse({"detail": [{"loc": ["body", "name"], "msg": "m", "type": "t"}]}, 400)

    answer, said = await ask(app, "GET", "/bad")
    assert complaints(answer) == []
    assert said == ""


async def test_a_missing_value_is_known_without_its_type() -> None:
    answer, said = await ask(with_own_format(an_app()), "GET", "/search")
    assert [c.missing for c in complaints(answer)] == [True]
    assert "requires `max_km` in the query" in said


def test_a_complaint_about_a_whole_part_has_no_name() -> None:
    assert Complaint(("body",), "missing", "Field required", None).name == ""


@pytest.mark.parametrize(
    ("method", "path", "json", "says"),
    [
        ("GET", "/trails/7/", None, "differ by a slash"),
        ("GET", "/trail/3", None, "No endpoint of this app seems to have this path"),
        ("GET", "/trails/7", None, "own code's: a line of it says that something is not there."),
        ("GET", "/trails/8", None, "either your code raised this 404"),
        ("DELETE", "/trails/3", None, "not for this method: no decorator with this path says `.delete`."),
        ("GET", "/trails/far", None, "refuses the value of `trail_id` in the path: look at its type hint."),
        ("GET", "/search", None, "requires `max_km` in the query, and this request does not send it there."),
        ("POST", "/tours", None, "requires a body, and this request has none"),
        ("POST", "/tours", [], "expects another shape of the body"),
        ("POST", "/tours", {"stops": [{"name": "Ford"}]}, "requires `stops.0.km` in the body"),
        ("POST", "/tours", {"stops": [{"name": "A", "km": 1, "m": 2}]}, "does not know `stops.0.m`"),
        (
            "POST",
            "/tours",
            {"stops": [{"name": "End", "km": 1}]},
            "validator of yours refuses `stops.0.name`",
        ),
        ("POST", "/tours", {"stops": [{"name": "A", "km": 1}] * 3}, "A validator of yours refuses this body"),
        ("POST", "/tours", {"leader": 4}, "`leader` in the body: look at its type hint."),
        ("POST", "/tours", {"stops": [{"name": "A", "km": -1}]}, "its type hint and the limits in it."),
        ("POST", "/tours", {"leader": "ada"}, "refuses the value of `leader` in the body"),
    ],
)
async def test_what_is_said_fits_the_mistake(method: str, path: str, json: object, says: str) -> None:
    _, said = await ask(an_app(), method, path, json)
    assert says in said


A_STOP = {"name": "Ford", "km": "1"}


@pytest.mark.parametrize(
    ("path", "options", "says"),
    [
        ("/tours/3/form", {"json": A_STOP}, "Your endpoint takes a form, and this request sends JSON"),
        ("/tours/file", {"json": {"tour": "text"}}, "takes a form, and this request sends JSON"),
        ("/tours", {"data": {"leader": "ada@example.org"}}, "takes JSON, and this request sends a form."),
        ("/tours/in-pieces", {"data": {"leader": "Ada"}}, "takes JSON, and this request sends a form."),
        ("/tours", {"files": {"leader": b"Ada"}}, "takes JSON, and this request sends a form."),
        ("/tours/3/form", {"data": {"name": "Ford"}}, "requires `km` in the body"),
        ("/tours/far/form", {"json": A_STOP}, "refuses the value of `number` in the path"),
        ("/tours/3/form", {"content": b"?", "headers": {"content-type": "text/plain"}}, "requires `name`"),
    ],
)
async def test_a_body_of_another_kind_is_told(path: str, options: dict[str, Any], says: str) -> None:
    _, said = await ask(an_app(), "POST", path, **options)
    assert says in said


async def test_without_docs_nobody_knows_the_kind_of_body() -> None:
    app = FastAPI(openapi_url=None)

    @app.post("/stops")
    def create(stop: Annotated[Stop, Form()]) -> Stop:
        return stop

    _, said = await ask(app, "POST", "/stops", A_STOP)
    assert "requires `name` in the body" in said


@pytest.mark.parametrize(
    ("leads_to", "says"),
    [
        ("/here/", "differ by a slash"),
        ("/here/?km=3", "differ by a slash"),
        ("/here?km=3", ""),
        ("https://elsewhere.example/here", ""),
        ("/there", ""),
    ],
)
async def test_only_a_redirect_to_the_same_path_is_about_a_slash(leads_to: str, says: str) -> None:
    app = an_app()
    app.get("/here")(lambda: RedirectResponse(leads_to))
    answer, said = await ask(app, "GET", "/here")
    assert answer.status_code == 307
    assert says in said
    assert bool(said) is bool(says)


async def test_a_name_that_the_path_has_otherwise_is_told() -> None:
    _, said = await ask(an_app(), "GET", "/trails/3/stops")
    assert said.endswith("does not send it there. The path says `{trail_id}`: use the same name.")


async def test_a_query_in_the_decorator_is_told() -> None:
    app = an_app()

    @app.get("/near?km={km}")
    def near(km: float) -> float:
        return km

    _, said = await ask(app, "GET", "/near?km=3")
    assert "never stands in the decorator" in said


async def test_an_app_without_a_schema_is_judged_by_its_words() -> None:
    app = FastAPI(openapi_url=None)
    _, said = await ask(app, "GET", "/trails/3")
    assert "No endpoint of this app" in said


@pytest.mark.parametrize(
    ("status", "says"), [(200, ""), (201, "`status_code=201`"), (204, "that is 204, not 200")]
)
async def test_success_of_another_kind_is_told(status: int, says: str) -> None:
    _, said = await ask(an_app(), "POST", "/tours", {}, status=status)
    assert says in said


@pytest.mark.parametrize(("path", "says"), [("/trails/7", ""), ("/trail/3", "No endpoint of this app")])
async def test_an_own_404_is_left_to_the_check_where_another_refusal_was_wanted(path: str, says: str) -> None:
    _, said = await ask(an_app(), "GET", path, status=409)
    assert said.startswith(says) and bool(said) == bool(says)


async def test_the_routers_404_is_known_in_the_apps_own_format() -> None:
    app = an_app()
    app.exception_handler(404)(
        lambda request, error: JSONResponse({"status": 404, "detail": error.detail}, 404)
    )
    _, said = await ask(app, "GET", "/trail/3")
    assert "No endpoint of this app" in said


async def test_a_value_outside_a_literal_is_told() -> None:
    app = FastAPI()

    @app.get("/trails")
    def trails(difficulty: Literal["easy", "hard"]) -> str:
        return difficulty

    _, said = await ask(app, "GET", "/trails?difficulty=moderate")
    assert "refuses the value of `difficulty` in the query" in said
