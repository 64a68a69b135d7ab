# Exercise 3.1
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TRAILS = {1: "Lake Loop", 2: "Summit Trail"}


async def get_trail(request: Request) -> Response:
    try:
        trail_id = int(request.path_params["trail_id"])
        return JSONResponse({"id": trail_id, "name": TRAILS[trail_id]})
    except (KeyError, ValueError):
        raise HTTPException(404, "No trail has this id.") from None


async def add_trail(request: Request) -> Response:
    data = await request.json()
    trail_id = len(TRAILS) + 1
    TRAILS[trail_id] = data["name"]
    response = JSONResponse({"id": trail_id, **data}, 201)
    response.headers["location"] = str(request.app.url_path_for("trail", trail_id=trail_id))
    return response


async def as_json(request: Request, error: HTTPException) -> Response:
    return JSONResponse({"detail": error.detail}, error.status_code)


desk = Starlette(
    routes=[
        Route("/trails", add_trail, methods=["POST"]),
        Route("/trails/{trail_id}", get_trail, name="trail"),
    ],
    exception_handlers={HTTPException: as_json},
)
