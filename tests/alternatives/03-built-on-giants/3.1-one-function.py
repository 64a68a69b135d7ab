# Exercise 3.1
import json

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse

TRAILS = {1: "Lake Loop", 2: "Summit Trail"}


async def trails(request: Request) -> JSONResponse:
    if request.method == "POST":
        name = json.loads(await request.body())["name"]
        trail_id = 1 + max(TRAILS.keys())
        TRAILS[trail_id] = name
        return JSONResponse(
            {"name": name, "id": trail_id}, status_code=201, headers={"location": "/trails/" + str(trail_id)}
        )
    text = request.path_params["trail_id"]
    if not text.isdecimal() or int(text) not in TRAILS:
        return JSONResponse({"detail": "No trail has this id."}, status_code=404)
    return JSONResponse({"id": int(text), "name": TRAILS[int(text)]})


desk = Starlette()
desk.add_route("/trails/{trail_id}", trails)
desk.add_route("/trails", trails, methods=["POST"])
