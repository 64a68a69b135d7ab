# The trails office, a Flask app of some years ago. Move it to FastAPI: `app` is then a FastAPI app.

import itertools
from typing import Any

from a2wsgi import WSGIMiddleware
from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

TRAILS: dict[int, dict[str, Any]] = {
    1: {"id": 1, "name": "Lake Loop", "length_km": 6.5, "difficulty": "easy"},
    2: {"id": 2, "name": "Ridge", "length_km": 18, "difficulty": "hard"},
}
RANGERS: list[dict[str, Any]] = [
    {"id": 1, "name": "Ada", "station": "North", "phone": "555-0101"},
    {"id": 2, "name": "Ben", "station": "Lake", "phone": "555-0102"},
]
DIFFICULTIES = ("easy", "moderate", "hard")
new_numbers = itertools.count(3)

flask_app = Flask("office")
flask_app.config["PROPAGATE_EXCEPTIONS"] = True


@flask_app.errorhandler(HTTPException)
def explain(error: HTTPException) -> ResponseReturnValue:
    return jsonify(error=error.name.lower()), error.code or 500


def wrong_field(body: Any) -> str | None:
    """The first field that is wrong, in the order in which clients are told."""
    if not isinstance(body, dict):
        return "body"
    name = body.get("name")
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= 80:
        return "name"
    length_km = body.get("length_km")
    if isinstance(length_km, bool) or not isinstance(length_km, int | float) or not 0 < length_km <= 1000:
        return "length_km"
    if body.get("difficulty") not in DIFFICULTIES:
        return "difficulty"
    return None


@flask_app.get("/trails")
def list_trails() -> ResponseReturnValue:
    try:
        max_km = float(request.args.get("max_km", 1000))
    except ValueError:
        return jsonify(error="invalid", field="max_km"), 400
    found = [trail for trail in TRAILS.values() if trail["length_km"] <= max_km]
    return jsonify(trails=found, count=len(found))


@flask_app.get("/trails/<int:number>")
def read_trail(number: int) -> ResponseReturnValue:
    if number not in TRAILS:
        return jsonify(error="not found"), 404
    return jsonify(TRAILS[number])


@flask_app.post("/trails")
def create_trail() -> ResponseReturnValue:
    body: Any = request.get_json(silent=True)
    if field := wrong_field(body):
        return jsonify(error="invalid", field=field), 400
    name = body["name"].strip()
    if any(trail["name"] == name for trail in TRAILS.values()):
        return jsonify(error="name is taken"), 409
    number = next(new_numbers)
    TRAILS[number] = {
        "id": number,
        "name": name,
        "length_km": body["length_km"],
        "difficulty": body["difficulty"],
    }
    return jsonify(TRAILS[number]), 201, {"Location": f"/trails/{number}"}


@flask_app.delete("/trails/<int:number>")
def delete_trail(number: int) -> ResponseReturnValue:
    if TRAILS.pop(number, None) is None:
        return jsonify(error="not found"), 404
    return "", 204


@flask_app.get("/rangers")
def list_rangers() -> ResponseReturnValue:
    return jsonify(rangers=RANGERS)


app = WSGIMiddleware(flask_app)  # type: ignore[arg-type]
