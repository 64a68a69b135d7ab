# check: converts_values
# says: Go through the parameters, not through the query
# Exercise 3.4
import inspect
from typing import Any

from pydantic import TypeAdapter, ValidationError


def read_query(function: Any, query: dict[str, str]) -> Any:
    values, errors = {}, []
    parameters = inspect.signature(function).parameters
    for name, text in query.items():
        hint = parameters[name].annotation if name in parameters else str
        try:
            values[name] = TypeAdapter(hint).validate_python(text)
        except ValidationError as error:
            errors += [{**found, "loc": ["query", name]} for found in error.errors(include_url=False)]
    for name, parameter in parameters.items():
        if name not in query:
            values[name] = parameter.default
    return values, errors
