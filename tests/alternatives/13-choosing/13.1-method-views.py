# Exercise 13.1
import itertools
from typing import Annotated, Any, Literal

from a2wsgi import WSGIMiddleware
from flask import Flask, abort, jsonify, request
from flask.typing import ResponseReturnValue
from flask.views import MethodView
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


class ManyTrails(MethodView):
    def post(self):
        number = next(numbers)
        trails[number] = dict(id=number, **TrailIn(**request.json).model_dump())
        return trails[number], 201


class OneTrail(MethodView):
    def put(self, number):
        if (trail := trails.get(number)) is None:
            return {"error": "no such trail"}, 404
        trail |= TrailIn.model_validate_json(request.data).model_dump()
        return trail

    def delete(self, number):
        return ("", 204) if trails.pop(number, None) else ({"error": "no such trail"}, 404)


@flask_app.errorhandler(TypeError)
def refuse_lists(error):
    return {"error": str(error)}, 400


flask_app.add_url_rule("/trails", view_func=ManyTrails.as_view("many"))
flask_app.add_url_rule("/trails/<int:number>", view_func=OneTrail.as_view("one"))

served = WSGIMiddleware(flask_app)  # type: ignore[arg-type]
