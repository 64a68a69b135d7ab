# Exercise 3.4
import inspect
from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter, ValidationError

Errors = list[dict[str, Any]]


def read_one(parameter: inspect.Parameter, query: dict[str, str]) -> tuple[Any, Errors]:
    loc = ["query", parameter.name]
    match query.get(parameter.name), parameter.default:
        case None, inspect.Parameter.empty:
            return None, [{"type": "missing", "loc": loc, "msg": "Field required", "input": None}]
        case None, default:
            return default, []
        case text, _:
            try:
                return TypeAdapter(parameter.annotation).validate_python(text), []
            except ValidationError as error:
                return None, [{**found, "loc": loc + list(found["loc"])} for found in error.errors()]


def read_query(function: Callable[..., Any], query: dict[str, str]) -> tuple[dict[str, Any], Errors]:
    values: dict[str, Any] = {}
    errors: Errors = []
    for parameter in inspect.signature(function).parameters.values():
        value, found = read_one(parameter, query)
        values[parameter.name] = value
        errors += found
    return ({} if errors else values), errors
