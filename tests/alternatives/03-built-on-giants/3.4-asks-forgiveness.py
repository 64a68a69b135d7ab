# Exercise 3.4
import inspect

from pydantic import TypeAdapter, ValidationError


def read_query(function, query):
    errors = []

    def value_of(parameter):
        place = ("query", parameter.name)
        try:
            return TypeAdapter(parameter.annotation).validate_strings(query[parameter.name])
        except KeyError:
            if parameter.default is parameter.empty:
                errors.append({"type": "missing", "loc": place, "msg": "Field required", "input": None})
            return parameter.default
        except ValidationError as error:
            errors.extend(found | {"loc": place + found["loc"]} for found in error.errors(include_url=False))

    parameters = inspect.signature(function).parameters
    return {name: value_of(parameter) for name, parameter in parameters.items()}, errors
