# Exercise 4.3
from datetime import date
from typing import Annotated, Any

from fastapi import Body, FastAPI, HTTPException
from pydantic import EmailStr, Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict


class Closure(TypedDict):
    trail: Annotated[str, Field(min_length=1)]
    reason: Annotated[str, Field(pattern="^(rockfall|snow|works)$")]
    ranger: EmailStr
    starts_on: date
    ends_on: date


adapter = TypeAdapter(Closure)
closures = FastAPI()


@closures.post("/closures", status_code=201)
def close(body: Annotated[Any, Body()]) -> Closure:
    if isinstance(body, dict):
        body = {key: value.strip() if isinstance(value, str) else value for key, value in body.items()}
        if isinstance(body.get("reason"), str):
            body["reason"] = body["reason"].casefold()
    try:
        closure = adapter.validate_python(body)
    except ValidationError as error:
        raise HTTPException(422, error.errors(include_context=False, include_url=False)) from None
    if closure["ends_on"] < closure["starts_on"]:
        raise HTTPException(422, [{"loc": ["body", "ends_on"], "msg": "ends before it starts"}])
    return closure
