# As FastAPI has it: malformed JSON is answered alone, whatever else is wrong.
import inspect
import json

from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

EMPTY = inspect.Parameter.empty


def is_model(hint):
    return inspect.isclass(hint) and issubclass(hint, BaseModel)


class Pocket(Starlette):
    def __init__(self, title, version):
        super().__init__(exception_handlers={HTTPException: answer_error})
        self.paths = {}
        self.document = {
            "openapi": "3.1.0",
            "info": {"title": title, "version": version},
            "paths": self.paths,
        }
        self.add_route("/openapi.json", self.describe)

    async def describe(self, request):
        return JSONResponse(self.document)

    def get(self, path):
        return self.route_for(path, "GET")

    def post(self, path):
        return self.route_for(path, "POST")

    def route_for(self, path, method):
        def decorate(function):
            params = inspect.signature(function).parameters
            op = {"parameters": []}
            for name, p in params.items():
                schema = TypeAdapter(p.annotation).json_schema()
                if is_model(p.annotation):
                    op["requestBody"] = {
                        "required": True,
                        "content": {"application/json": {"schema": schema}},
                    }
                else:
                    where = "path" if "{" + name + "}" in path else "query"
                    op["parameters"].append(
                        {"name": name, "in": where, "required": p.default is EMPTY, "schema": schema}
                    )
            self.paths.setdefault(path, {})[method.lower()] = op

            async def endpoint(request):
                values, errors = {}, []
                for name, p in params.items():
                    if is_model(p.annotation):
                        loc = ["body"]
                        raw = await request.body()
                        if not raw:
                            errors.append(
                                {"type": "missing", "loc": loc, "msg": "Field required", "input": None}
                            )
                            continue
                        try:
                            sent = json.loads(raw)
                        except json.JSONDecodeError as e:
                            errors.append(
                                {"type": "json_invalid", "loc": ["body"], "msg": str(e), "input": None}
                            )
                            continue
                    elif name in request.path_params:
                        loc, sent = ["path", name], request.path_params[name]
                    elif name in request.query_params:
                        loc, sent = ["query", name], request.query_params[name]
                    elif p.default is EMPTY:
                        errors.append(
                            {
                                "type": "missing",
                                "loc": ["query", name],
                                "msg": "Field required",
                                "input": None,
                            }
                        )
                        continue
                    else:
                        values[name] = p.default
                        continue
                    try:
                        values[name] = TypeAdapter(p.annotation).validate_python(sent)
                    except ValidationError as e:
                        for f in e.errors(include_url=False):
                            errors.append({**f, "loc": loc + list(f["loc"])})
                if any(e["type"] == "json_invalid" for e in errors):
                    errors = [e for e in errors if e["type"] == "json_invalid"]
                if errors:
                    return JSONResponse({"detail": errors}, status_code=422)
                if inspect.iscoroutinefunction(function):
                    result = await function(**values)
                else:
                    result = await run_in_threadpool(function, **values)
                return JSONResponse(to_jsonable_python(result))

            self.add_route(path, endpoint, methods=[method])
            return function

        return decorate


async def answer_error(request, error):
    return JSONResponse({"detail": error.detail}, error.status_code)


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
