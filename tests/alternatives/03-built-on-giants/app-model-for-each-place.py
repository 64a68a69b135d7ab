import inspect
from collections import defaultdict
from json import JSONDecodeError
from typing import Any

from pydantic import BaseModel, Field, TypeAdapter, ValidationError, create_model
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response


class Refused(Exception):
    def __init__(self, errors):
        self.errors = errors


def refused(request, error):
    return JSONResponse({"detail": error.errors}, 422)


def not_found(request, error):
    return JSONResponse({"detail": error.detail}, status_code=error.status_code)


class Pocket(Starlette):
    """One Pydantic model for each place of each function: Pydantic finds all errors of a place by itself."""

    def __init__(self, title, version):
        super().__init__(exception_handlers={Refused: refused, HTTPException: not_found})
        self.info = {"title": title, "version": version}
        self.operations = defaultdict(dict)
        self.models = {}
        self.add_route("/openapi.json", self.openapi)

    async def openapi(self, request):
        document = {"openapi": "3.1.1", "info": self.info, "paths": self.operations}
        return JSONResponse({**document, "components": {"schemas": self.models}})

    def get(self, path):
        return self.route("get", path)

    def post(self, path):
        return self.route("post", path)

    def route(self, method, path):
        def decorator(function):
            fields = defaultdict(dict)
            body = None
            for p in inspect.signature(function).parameters.values():
                default = ... if p.default is p.empty else p.default
                if inspect.isclass(p.annotation) and issubclass(p.annotation, BaseModel):
                    body = p
                elif "{" + p.name + "}" in path:
                    fields["path"][p.name] = (p.annotation, default)
                else:
                    fields["query"][p.name] = (p.annotation, default)
            models = {place: create_model(place, **found) for place, found in fields.items()}
            self.describe(method, path, models, body)

            async def endpoint(request):
                values, errors = {}, []

                def read(model, data, place):
                    try:
                        return model.model_validate(data)
                    except ValidationError as error:
                        errors.extend(
                            {**e, "loc": [place, *e["loc"]]} for e in error.errors(include_url=False)
                        )

                sent = {"path": request.path_params, "query": dict(request.query_params)}
                for place, model in models.items():
                    values.update(read(model, sent[place], place) or {})
                if body:
                    try:
                        raw = await request.body()
                        if raw:
                            values[body.name] = read(body.annotation, await request.json(), "body")
                        else:
                            entry = {
                                "type": "missing",
                                "loc": ["body"],
                                "msg": "Field required",
                                "input": None,
                            }
                            errors.append(entry)
                    except JSONDecodeError as e:
                        entry = {"type": "json_invalid", "loc": ["body", e.pos], "msg": str(e), "input": {}}
                        errors.append(entry)
                if errors:
                    raise Refused(errors)
                result = function if inspect.iscoroutinefunction(function) else None
                if result:
                    result = await function(**values)
                else:
                    result = await run_in_threadpool(function, **values)
                return Response(TypeAdapter(Any).dump_json(result), media_type="application/json")

            self.add_route(path, endpoint, methods=[method.upper()])
            return function

        return decorator

    def describe(self, method, path, models, body):
        parameters = []
        for place, model in models.items():
            schema = model.model_json_schema()
            for name, each in schema["properties"].items():
                required = name in schema.get("required", [])
                parameters.append({"name": name, "in": place, "required": required, "schema": each})
        operation = {"parameters": parameters, "responses": {"200": {"description": "OK"}}}
        if body:
            model = body.annotation
            self.models[model.__name__] = model.model_json_schema()
            reference = {"$ref": f"#/components/schemas/{model.__name__}"}
            operation["requestBody"] = {
                "content": {"application/json": {"schema": reference}},
                "required": True,
            }
        self.operations[path][method] = operation


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
