# Exercise 3.4
import typing

import pydantic


def read_query(function, query):
    hints = typing.get_type_hints(function)
    hints.pop("return", None)
    names = list(hints)
    defaults = dict(zip(reversed(names), reversed(function.__defaults__ or ()), strict=False))
    values, errors = {}, []
    for name in names:
        if name not in query and name in defaults:
            values[name] = defaults[name]
            continue
        if name not in query:
            errors.append({"type": "missing", "loc": ["query", name], "msg": "Field required", "input": None})
            continue
        try:
            values[name] = pydantic.TypeAdapter(hints[name]).validate_strings(query[name])
        except pydantic.ValidationError as e:
            errors.extend(
                {"type": err["type"], "loc": ["query", name], "msg": err["msg"], "input": err["input"]}
                for err in e.errors()
            )
    return values, errors
