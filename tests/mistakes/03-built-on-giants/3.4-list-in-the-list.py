# check: reports_wrong_values
# says: an entry of its own
# Exercise 3.4
import inspect
from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter, ValidationError


def read_query(
    function: Callable[..., Any], query: dict[str, str]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    values: dict[str, Any] = {}
    errors: list[dict[str, Any]] = []
    for name, parameter in inspect.signature(function).parameters.items():
        if name in query:
            try:
                values[name] = TypeAdapter(parameter.annotation).validate_python(query[name])
            except ValidationError as error:
                errors.append(error.errors(include_url=False))
        elif parameter.default is inspect.Parameter.empty:
            errors.append({"type": "missing", "loc": ["query", name], "msg": "Field required", "input": None})
        else:
            values[name] = parameter.default
    return values, errors
