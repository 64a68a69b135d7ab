# check: finds_missing_404s
# says: no 404 is documented
# Exercise 6.2
from typing import Any, NamedTuple


class Operation(NamedTuple):
    method: str
    path: str
    spec: dict[str, Any]


def documents_not_found(op: Operation) -> bool:
    return not op.path.endswith("}") or "404" in op.spec["responses"]


def describes_parameters(op: Operation) -> bool:
    return all(parameter.get("description") for parameter in op.spec.get("parameters", []))
