# check: reports_all_at_once
# says: Three values are wrong
# Exercise 3.4
import inspect
from typing import Any

from pydantic import TypeAdapter, ValidationError


def read_query(function: Any, query: dict[str, str]) -> Any:
    values, errors = {}, []
    try:
        for name, parameter in inspect.signature(function).parameters.items():
            if name in query:
                values[name] = TypeAdapter(parameter.annotation).validate_python(query[name])
            elif parameter.default is inspect.Parameter.empty:
                entry = {"type": "missing", "loc": ["query", name], "msg": "Field required", "input": None}
                errors.append(entry)
            else:
                values[name] = parameter.default
    except ValidationError as error:
        errors += [{**found, "loc": ["query", name]} for found in error.errors()]
    return values, errors
