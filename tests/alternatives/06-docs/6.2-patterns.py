# Exercise 6.2
from typing import Any, NamedTuple


class Operation(NamedTuple):
    method: str
    path: str
    spec: dict[str, Any]


def documents_not_found(op: Operation) -> bool:
    match op:
        case Operation(spec={"responses": {"404": _}}):
            return True
        case Operation(path=path):
            return "{" not in path


def describes_parameters(op: Operation) -> bool:
    match op:
        case Operation(spec={"parameters": [*parameters]}):
            return all(parameter.get("description") for parameter in parameters)
    return True
