"""Lesson 13: an answer to each exercise."""

# %% 13.1
# Each view reads the body by the same model and makes its own answer. The handler above turns what Pydantic
# raises into a 422, so no view has a `try`.
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


@flask_app.post("/trails")
def create_trail() -> ResponseReturnValue:
    trail = TrailIn.model_validate(request.get_json())
    number = next(numbers)
    trails[number] = {"id": number, **trail.model_dump()}
    return jsonify(trails[number]), 201


@flask_app.put("/trails/<int:number>")
def replace_trail(number: int) -> ResponseReturnValue:
    if number not in trails:
        abort(404)
    trail = TrailIn.model_validate(request.get_json())
    trails[number] = {"id": number, **trail.model_dump()}
    return jsonify(trails[number])


@flask_app.delete("/trails/<int:number>")
def delete_trail(number: int) -> ResponseReturnValue:
    if number not in trails:
        abort(404)
    del trails[number]
    return "", 204


served = WSGIMiddleware(flask_app)  # type: ignore[arg-type]

# %% 13.2
# A field of one's own refuses what is no text before `CharField` makes it one. `min_value` would let 0 in, so
# the lower limit has a method.
from typing import Any

from django.conf import settings

if not settings.configured:
    settings.configure(USE_I18N=False)

from rest_framework import serializers


class Text(serializers.CharField):
    """A text, and nothing that could be made one."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class TrailSerializer(serializers.Serializer[Any]):
    name = Text(max_length=80, trim_whitespace=False)
    length_km = serializers.FloatField(max_value=1000)
    difficulty = serializers.ChoiceField(["easy", "moderate", "hard"])
    climb_m = serializers.IntegerField(min_value=0, allow_null=True, default=None)

    def validate_length_km(self, length_km: float) -> float:
        if not length_km > 0:
            raise serializers.ValidationError("Make sure that this value is above 0.")
        return length_km


# %% 13.3
# What each lacks is worked out once: nothing lacking means that it fits, and all else is the objection.
from typing import Any


def choose(table: dict[str, dict[str, Any]], needs: list[str]) -> dict[str, Any]:
    lacks = {name: [need for need in needs if need not in entry["has"]] for name, entry in table.items()}
    fits = [name for name in table if not lacks[name]]
    return {
        "fits": sorted(fits, key=lambda name: (table[name]["lines"], name)),
        "objections": {name: lacking for name, lacking in lacks.items() if lacking},
    }


# %% 13.4
# Types say what comes in and goes out, `HTTPException` ends with a status, and a plain `def` has a thread
# in which the office may block.
import time
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

HUTS: dict[int, dict[str, Any]] = {
    1: {"id": 1, "name": "Lake hut", "beds": 12},
    2: {"id": 2, "name": "Peak hut", "beds": 40},
}


def ask_office() -> None:
    """Ask the office's slow computer, by a library that blocks."""
    time.sleep(0.2)


class HutIn(BaseModel):
    name: Annotated[str, Field(min_length=1)]
    beds: Annotated[int, Field(ge=1)]


class Hut(HutIn):
    id: int


lodge = FastAPI()


@lodge.get("/huts")
def list_huts(beds: int = 0) -> list[Hut]:
    return [Hut(**hut) for hut in HUTS.values() if hut["beds"] >= beds]


@lodge.get("/huts/{number}")
def read_hut(number: int) -> Hut:
    ask_office()
    if number not in HUTS:
        raise HTTPException(404)
    return Hut(**HUTS[number])


@lodge.post("/huts", status_code=201)
def create_hut(hut: HutIn) -> Hut:
    number = max(HUTS) + 1
    HUTS[number] = {"id": number, **hut.model_dump()}
    return Hut(**HUTS[number])
