# check: adds_a_trail
# says: also where it ends in a number
# Exercise 3.1
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
        headers={"Location": trail_id},
    )


desk = Starlette(
    routes=[
        Route("/trails/{trail_id:int}", get_trail),
        Route("/trails", add_trail, methods=["POST"]),
    ]
)
