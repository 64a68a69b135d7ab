# check: finds_missing_descriptions
# says: one without is enough
# Exercise 6.2
from typing import Any, NamedTuple


class Operation(NamedTuple):
    method: str
    path: str
    spec: dict[str, Any]


def documents_not_found(op: Operation) -> bool:
    return "{" not in op.path or "404" in op.spec["responses"]


def describes_parameters(op: Operation) -> bool:
    for p in op.spec.get("parameters", []):
        return "description" in p
    return True
