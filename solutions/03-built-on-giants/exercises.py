# %% 3.1
# The `:int` in the path leaves the conversion and the 404 for words to Starlette's router, so that the
# function only has to ask whether there is such a trail.
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

TRAILS = {1: "Lake Loop", 2: "Summit Trail"}


async def get_trail(request: Request) -> JSONResponse:
    trail_id = request.path_params["trail_id"]
    if trail_id not in TRAILS:
        return JSONResponse({"detail": "No trail has this id."}, status_code=404)
    return JSONResponse({"id": trail_id, "name": TRAILS[trail_id]})


async def add_trail(request: Request) -> JSONResponse:
    trail_id = max(TRAILS) + 1
    TRAILS[trail_id] = (await request.json())["name"]
    return JSONResponse(
        {"id": trail_id, "name": TRAILS[trail_id]},
        status_code=201,
        headers={"Location": f"/trails/{trail_id}"},
    )


desk = Starlette(
    routes=[
        Route("/trails/{trail_id:int}", get_trail),
        Route("/trails", add_trail, methods=["POST"]),
    ]
)

# %% 3.2
# The clock runs around `call_next`, so it measures all that lies inside: other middleware, the router,
# the endpoint. It is `perf_counter`, because the time of day may be set back meanwhile, and processor
# time stands still while the app waits.
import asyncio
import time
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

timed = FastAPI()


@timed.middleware("http")
async def add_process_time(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    start = time.perf_counter()
    response = await call_next(request)
    response.headers["X-Process-Time"] = f"{time.perf_counter() - start:.4f}"
    return response


@timed.get("/rest")
async def rest() -> dict[str, str]:
    await asyncio.sleep(0.05)
    return {"message": "Well rested."}


# %% 3.3
# An app with a lifespan skips its `on_event` functions without a word. Both belong into the one lifespan,
# and what it yields is made anew at each start, which a global of the module is not.
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request


@dataclass
class Counter:
    visits: int = 0


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    yield {"season": "summer", "trails": ["Lake Loop", "Summit Trail"], "counter": Counter()}


guide = FastAPI(lifespan=lifespan)


@guide.get("/trails")
async def list_trails(request: Request) -> list[str]:
    trails: list[str] = request.state.trails
    return trails


@guide.get("/visits")
async def count_visit(request: Request) -> dict[str, Any]:
    request.state.counter.visits += 1
    return {"visits": request.state.counter.visits, "season": request.state.season}


# %% 3.4
# Going through the function's parameters, not through the query, is what finds the missing ones and
# ignores the rest. Whether a value was sent is asked with `in`, so that no value can be mistaken for "not
# sent".
import inspect
from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter, ValidationError


def read_query(
    function: Callable[..., Any], query: dict[str, str]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    values: dict[str, Any] = {}
    errors: list[dict[str, Any]] = []
    for name, parameter in inspect.signature(function).parameters.items():
        if name in query:
            try:
                values[name] = TypeAdapter(parameter.annotation).validate_python(query[name])
            except ValidationError as error:
                for found in error.errors(include_url=False):
                    errors.append({**found, "loc": ["query", name, *found["loc"]]})
        elif parameter.default is inspect.Parameter.empty:
            errors.append({"type": "missing", "loc": ["query", name], "msg": "Field required", "input": None})
        else:
            values[name] = parameter.default
    return values, errors
