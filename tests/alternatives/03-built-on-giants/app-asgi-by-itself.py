import asyncio
import functools
import inspect
import json
import re
from typing import Any, get_type_hints

from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

EMPTY = inspect.Parameter.empty


class Pocket:
    """An ASGI app by itself: it takes requests and responses from Starlette, and does the routing alone."""

    def __init__(self, title: str, version: str) -> None:
        self.title, self.version = title, version
        self.routes: list[tuple[str, str, re.Pattern[str], Any]] = []
        self.get = functools.partial(self.operation, "GET")
        self.post = functools.partial(self.operation, "POST")

    def operation(self, method: str, path: str) -> Any:
        def decorate(function: Any) -> Any:
            pattern = re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path))
            self.routes.append((method, path, pattern, function))
            return function

        return decorate

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})
            return
        request = Request(scope, receive)
        try:
            response = await self.answer(request)
        except HTTPException as error:
            response = JSONResponse({"detail": error.detail}, error.status_code)
        await response(scope, receive, send)

    async def answer(self, request: Request) -> JSONResponse:
        path = request.url.path
        if path == "/openapi.json":
            return JSONResponse(self.document())
        known = [(route, found) for route in self.routes if (found := route[2].fullmatch(path))]
        for (method, _, _, function), found in known:
            if method == request.method:
                return await self.call(function, found.groupdict(), request)
        raise HTTPException(405 if known else 404)

    async def call(self, function: Any, in_path: dict[str, str], request: Request) -> JSONResponse:
        arguments, errors = {}, []
        for p in inspect.signature(function).parameters.values():
            is_body = isinstance(p.annotation, type) and issubclass(p.annotation, BaseModel)
            place = "body" if is_body else "path" if p.name in in_path else "query"
            where = ["body"] if is_body else [place, p.name]
            try:
                if is_body:
                    text = await request.body()
                    data = json.loads(text) if text else EMPTY
                else:
                    data = {**request.query_params, **in_path}.get(p.name, EMPTY)
                if data is not EMPTY:
                    arguments[p.name] = TypeAdapter(p.annotation).validate_python(data)
                elif p.default is EMPTY:
                    errors.append({"type": "missing", "loc": where, "msg": "Field required", "input": None})
            except json.JSONDecodeError as e:
                errors.append(
                    {"type": "json_invalid", "loc": ["body", e.pos], "msg": "JSON decode error", "input": {}}
                )
            except ValidationError as e:
                errors += [
                    {**each, "loc": where + list(each["loc"])}
                    for each in json.loads(e.json(include_url=False))
                ]
        if errors:
            return JSONResponse({"detail": errors}, 422)
        if inspect.iscoroutinefunction(function):
            result = await function(**arguments)
        else:
            result = await asyncio.to_thread(function, **arguments)
        return JSONResponse(TypeAdapter(type(result)).dump_python(result, mode="json"))

    def document(self) -> dict[str, Any]:
        paths: dict[str, Any] = {}
        for method, path, _, function in self.routes:
            operation: dict[str, Any] = {"parameters": [], "responses": {}}
            hints = get_type_hints(function)
            for p in inspect.signature(function).parameters.values():
                schema = TypeAdapter(hints[p.name]).json_schema()
                if "properties" in schema:
                    operation["requestBody"] = {
                        "required": p.default is EMPTY,
                        "content": {"application/json": {"schema": schema}},
                    }
                elif f"{{{p.name}}}" in path:
                    operation["parameters"].append(
                        dict(name=p.name, **{"in": "path"}, required=True, schema=schema)
                    )
                else:
                    entry = {"name": p.name, "in": "query", "schema": schema}
                    if p.default is EMPTY:
                        entry["required"] = True
                    operation["parameters"].append(entry)
            paths.setdefault(path, {})[method.lower()] = operation
        return {"openapi": "3.0.3", "info": {"title": self.title, "version": self.version}, "paths": paths}


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
