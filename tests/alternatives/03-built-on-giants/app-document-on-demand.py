import inspect
from functools import partial
from typing import get_type_hints

from anyio import to_thread
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


async def answer_error(request, error):
    return JSONResponse({"detail": error.detail}, error.status_code, error.headers)


def is_model(hint):
    return inspect.isclass(hint) and issubclass(hint, BaseModel)


class Pocket(Starlette):
    def __init__(self, title, version):
        super().__init__(exception_handlers={HTTPException: answer_error})
        self.info = {"title": title, "version": version}
        self.operations = []
        self.add_route("/openapi.json", self.describe)

    async def describe(self, request):
        paths, schemas = {}, {}
        for path, method, function in self.operations:
            operation = {"summary": function.__name__, "parameters": []}
            paths.setdefault(path, {})[method.lower()] = operation
            defaults = inspect.signature(function).parameters
            for name, hint in get_type_hints(function).items():
                if name == "return":
                    continue
                if is_model(hint):
                    schemas[hint.__name__] = hint.model_json_schema()
                    media = {"schema": {"$ref": f"#/components/schemas/{hint.__name__}"}}
                    operation["requestBody"] = {"content": {"application/json": media}, "required": True}
                    continue
                entry = {"in": "path" if f"{{{name}}}" in path else "query", "name": name}
                entry["schema"] = TypeAdapter(hint).json_schema()
                if defaults[name].default is inspect.Parameter.empty:
                    entry["required"] = True
                operation["parameters"].append(entry)
        document = {"openapi": "3.1.0", "info": self.info, "paths": paths}
        return JSONResponse(document | {"components": {"schemas": schemas}})

    def get(self, path):
        return self.operation("GET", path)

    def post(self, path):
        return self.operation("POST", path)

    def operation(self, method, path):
        def decorate(function):
            hints = get_type_hints(function)
            parameters = inspect.signature(function).parameters

            async def endpoint(request: Request):
                errors, values = [], {}
                for name, parameter in parameters.items():
                    hint, loc, check, sent = hints[name], ["query", name], None, None
                    if is_model(hint):
                        loc, sent, check = ["body"], await request.body() or None, hint.model_validate_json
                    elif name in request.path_params:
                        loc, sent = ["path", name], request.path_params[name]
                    elif name in request.query_params:
                        sent = request.query_params[name]
                    check = check or TypeAdapter(hint).validate_strings
                    if sent is not None:
                        try:
                            values[name] = check(sent)
                        except ValidationError as error:
                            errors += [
                                e | {"loc": [*loc, *e["loc"]]} for e in error.errors(include_url=False)
                            ]
                    elif parameter.default is parameter.empty:
                        errors.append({"type": "missing", "loc": loc, "msg": "Field required", "input": None})
                if errors:
                    return JSONResponse(to_jsonable_python({"detail": errors}), 422)
                called = partial(function, **values)
                is_async = inspect.iscoroutinefunction(function)
                result = await called() if is_async else await to_thread.run_sync(called)
                return Response(TypeAdapter(object).dump_json(result), media_type="application/json")

            self.router.routes.append(Route(path, endpoint, methods=[method]))
            self.operations.append((path, method, function))
            return function

        return decorate


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
