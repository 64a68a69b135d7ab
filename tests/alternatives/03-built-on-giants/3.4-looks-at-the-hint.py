# A hint is looked at and called, as one may with a type; only what that cannot do is left to Pydantic.
import inspect
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError


def read_query(function: Any, query: dict[str, str]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    values: dict[str, Any] = {}
    errors: list[dict[str, Any]] = []
    hints = get_type_hints(function)
    for parameter in inspect.signature(function).parameters.values():
        name = parameter.name
        if name not in query:
            if parameter.default is parameter.empty:
                entry = {"type": "missing", "loc": ["query", name], "msg": "Field required", "input": None}
                errors.append(entry)
            else:
                values[name] = parameter.default
            continue
        hint = hints[name]
        if isinstance(hint, type) and issubclass(hint, str):
            values[name] = hint(query[name])
            continue
        try:
            values[name] = TypeAdapter(hint).validate_python(query[name])
        except ValidationError as error:
            for found in error.errors():
                found.pop("url", None)
                errors.append({**found, "loc": ("query", name, *found["loc"])})
    return values, errors
