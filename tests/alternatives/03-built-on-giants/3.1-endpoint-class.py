# Exercise 3.1
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

TRAILS = {1: "Lake Loop", 2: "Summit Trail"}


class OneTrail(HTTPEndpoint):
    async def get(self, request: Request):
        trail_id = request.path_params["trail_id"]
        name = TRAILS.get(trail_id)
        if name is None:
            return JSONResponse({"detail": "No trail has this id."}, 404)
        return JSONResponse({"id": trail_id, "name": name})


class Trails(HTTPEndpoint):
    async def post(self, request: Request):
        trail_id = max(TRAILS) + 1
        body = await request.json()
        TRAILS.update({trail_id: body["name"]})
        return JSONResponse({"id": trail_id, "name": body["name"]}, 201, {"Location": f"/trails/{trail_id}"})


desk = Starlette(
    routes=[Route("/trails", Trails), Mount("/trails", routes=[Route("/{trail_id:int}", OneTrail)])]
)
