# Exercise 13.1
import itertools
from typing import Annotated, Any, Literal

from a2wsgi import WSGIMiddleware
from flask import Flask, abort, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, Field, ValidationError


class TrailIn(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=80)]
    length_km: Annotated[float, Field(gt=0, le=1000)]
    difficulty: Literal["easy", "moderate", "hard"]


class Search(BaseModel):
    max_km: float = 1000


flask_app = Flask("trails")
flask_app.config["PROPAGATE_EXCEPTIONS"] = True  # what it raises is shown, and not only logged
trails: dict[int, dict[str, Any]] = {}
numbers = itertools.count(1)


@flask_app.errorhandler(ValidationError)
def refuse(error: ValidationError) -> ResponseReturnValue:
    return jsonify(detail=error.errors(include_url=False, include_context=False, include_input=False)), 422


@flask_app.get("/trails")
def list_trails() -> ResponseReturnValue:
    search = Search.model_validate(request.args.to_dict())
    return jsonify([trail for trail in trails.values() if trail["length_km"] <= search.max_km])


@flask_app.get("/trails/<int:number>")
def read_trail(number: int) -> ResponseReturnValue:
    if number not in trails:
        abort(404)
    return jsonify(trails[number])


def parsed(view):
    """Give a view the body as a dictionary."""

    def wrapped(**path):
        return view(**path, body=TrailIn.model_validate_json(request.get_data() or b"null").model_dump())

    wrapped.__name__ = view.__name__
    return wrapped


@flask_app.before_request
def look_up():
    number = (request.view_args or {}).get("number")
    if number is not None and number not in trails:
        abort(404)


@flask_app.route("/trails", methods=["POST"])
@parsed
def create_trail(body):
    number = next(numbers)
    trails[number] = body | {"id": number}
    return trails[number], 201


@flask_app.route("/trails/<int:number>", methods=["PUT"])
@parsed
def replace_trail(number, body):
    trails[number].update(body)
    return trails[number]


@flask_app.route("/trails/<int:number>", methods=["DELETE"])
def delete_trail(number):
    trails.pop(number)
    return flask_app.response_class(status=204)


served = WSGIMiddleware(flask_app)  # type: ignore[arg-type]
