# check: reads_the_body
# says: return the function as it was
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

Function = TypeVar("Function", bound=Callable[..., Any])
MISSING = inspect.Parameter.empty


@dataclass
class Input:
    """One parameter of an endpoint: where its value comes from, and what it must be."""

    name: str
    place: str  # "path", "query" or "body"
    type: TypeAdapter[Any]
    default: Any

    @classmethod
    def of(cls, parameter: inspect.Parameter, path: str) -> "Input":
        name, hint = parameter.name, parameter.annotation
        if isinstance(hint, type) and issubclass(hint, BaseModel):
            place = "body"
        else:
            place = "path" if f"{{{name}}}" in path else "query"
        return cls(name, place, TypeAdapter(hint), parameter.default)

    async def sent_in(self, request: Request) -> Any:
        """What the request holds for this parameter, unchecked; `MISSING` when it holds nothing."""
        if self.place == "body":
            return await request.json() if await request.body() else MISSING
        values = request.path_params if self.place == "path" else request.query_params
        return values.get(self.name, MISSING)

    async def read(self, request: Request, errors: list[dict[str, Any]]) -> Any:
        """The value for the function; what is wrong with it is added to `errors`."""
        loc = ["body"] if self.place == "body" else [self.place, self.name]
        try:
            sent = await self.sent_in(request)
            if sent is not MISSING:
                return self.type.validate_python(sent)
        except ValidationError as error:
            errors += [{**found, "loc": [*loc, *found["loc"]]} for found in error.errors(include_url=False)]
            return None
        except json.JSONDecodeError as error:
            wrong = {"type": "json_invalid", "loc": ["body", error.pos], "msg": "JSON decode error"}
            errors.append({**wrong, "input": {}, "ctx": {"error": error.msg}})
            return None
        if self.default is MISSING:
            errors.append({"type": "missing", "loc": loc, "msg": "Field required", "input": None})
        return self.default


class Pocket(Starlette):
    """Routing by decorator, values by type hint, and an OpenAPI document of what there is."""

    def __init__(self, title: str, version: str) -> None:
        super().__init__(exception_handlers={HTTPException: answer_error})
        self.paths: dict[str, dict[str, Any]] = {}
        self.schemas: dict[str, Any] = {}
        self.document = {
            "openapi": "3.1.0",
            "info": {"title": title, "version": version},
            "paths": self.paths,
            "components": {"schemas": self.schemas},
        }
        self.add_route("/openapi.json", lambda request: JSONResponse(self.document))

    def get(self, path: str) -> Callable[[Function], Function]:
        return self._operation("GET", path)

    def post(self, path: str) -> Callable[[Function], Function]:
        return self._operation("POST", path)

    def _operation(self, method: str, path: str) -> Callable[[Function], Function]:
        def decorate(function: Function) -> Function:
            parameters = inspect.signature(function, eval_str=True).parameters.values()
            inputs = [Input.of(parameter, path) for parameter in parameters]

            async def endpoint(request: Request) -> JSONResponse:
                errors: list[dict[str, Any]] = []
                values = {each.name: await each.read(request, errors) for each in inputs}
                if errors:
                    return JSONResponse({"detail": to_jsonable_python(errors)}, status_code=422)
                if inspect.iscoroutinefunction(function):
                    result = await function(**values)
                else:
                    result = await run_in_threadpool(function, **values)
                return JSONResponse(to_jsonable_python(result))

            self.add_route(path, endpoint, methods=[method])
            operations = self.paths.setdefault(path, {})
            operations[method.lower()] = self._described(function, inputs)

        return decorate

    def _described(self, function: Function, inputs: list[Input]) -> dict[str, Any]:
        operation: dict[str, Any] = {
            "operationId": function.__name__,
            "parameters": [],
            "responses": {"200": {"description": "Success"}, "422": {"description": "A wrong value"}},
        }
        for each in inputs:
            schema = each.type.json_schema(ref_template="#/components/schemas/{model}")
            self.schemas.update(schema.pop("$defs", {}))
            required = each.default is MISSING
            if each.place == "body":
                content = {"application/json": {"schema": schema}}
                operation["requestBody"] = {"required": required, "content": content}
            else:
                parameter = {"name": each.name, "in": each.place, "required": required, "schema": schema}
                operation["parameters"].append(parameter)
        return operation


async def answer_error(request: Request, error: Exception) -> JSONResponse:
    """An `HTTPException` as JSON; Starlette itself would answer with plain text."""
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"detail": error.detail}, error.status_code, error.headers)


# The trail API. Leave it as it is: it works already, with FastAPI in place of Pocket.


class Trail(BaseModel):
    id: int
    name: str
    length_km: float
    difficulty: str


class Report(BaseModel):
    hiker: str
    stars: int = Field(ge=1, le=5)


TRAILS = [
    Trail(id=1, name="Lake Loop", length_km=6.5, difficulty="easy"),
    Trail(id=2, name="Fern Valley", length_km=9.0, difficulty="easy"),
    Trail(id=3, name="Ridge Path", length_km=14.0, difficulty="hard"),
]

app = Pocket(title="Trail desk", version="1.0")


@app.get("/trails")
def list_trails(difficulty: str | None = None, max_km: float | None = None) -> list[Trail]:
    return [
        trail
        for trail in TRAILS
        if difficulty in (None, trail.difficulty) and (max_km is None or trail.length_km <= max_km)
    ]


@app.get("/trails/{trail_id}")
async def get_trail(trail_id: int) -> Trail:
    for trail in TRAILS:
        if trail.id == trail_id:
            return trail
    raise HTTPException(status_code=404, detail="No trail has this id.")


@app.post("/trails/{trail_id}/reports")
async def add_report(trail_id: int, report: Report, notify: bool = False) -> dict[str, str | bool]:
    trail = await get_trail(trail_id)
    return {"message": f"{report.hiker} gave {trail.name} {report.stars} of 5 stars.", "notified": notify}
