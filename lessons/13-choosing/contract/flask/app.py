import itertools
from typing import Annotated, Any, Literal

from flask import Flask, abort, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, Field, ValidationError


class TrailIn(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=80)]
    length_km: Annotated[float, Field(gt=0, le=1000)]
    difficulty: Literal["easy", "moderate", "hard"]


class Search(BaseModel):
    max_km: float = 1000


app = Flask(__name__)
trails: dict[int, dict[str, Any]] = {}
numbers = itertools.count(1)


@app.errorhandler(ValidationError)
def refuse(error: ValidationError) -> ResponseReturnValue:
    return jsonify(detail=error.errors(include_url=False, include_context=False)), 422


def find(number: int) -> dict[str, Any]:
    if number not in trails:
        abort(404)
    return trails[number]


def body() -> dict[str, Any]:
    return TrailIn.model_validate(request.get_json()).model_dump()


@app.get("/trails")
def list_trails() -> ResponseReturnValue:
    search = Search.model_validate(request.args.to_dict())
    return jsonify([trail for trail in trails.values() if trail["length_km"] <= search.max_km])


@app.post("/trails")
def create_trail() -> ResponseReturnValue:
    trail = body()
    number = next(numbers)
    trails[number] = {"id": number, **trail}
    return jsonify(trails[number]), 201


@app.get("/trails/<int:number>")
def read_trail(number: int) -> ResponseReturnValue:
    return jsonify(find(number))


@app.put("/trails/<int:number>")
def replace_trail(number: int) -> ResponseReturnValue:
    find(number).update(body())
    return jsonify(trails[number])


@app.delete("/trails/<int:number>")
def delete_trail(number: int) -> ResponseReturnValue:
    find(number)
    del trails[number]
    return "", 204
