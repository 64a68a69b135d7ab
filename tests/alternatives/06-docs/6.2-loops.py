# Exercise 6.2
from typing import Any, NamedTuple


class Operation(NamedTuple):
    method: str
    path: str
    spec: dict[str, Any]


def documents_not_found(op: Operation) -> bool:
    if "{" in op.path and "}" in op.path:
        codes = [int(code) for code in op.spec.get("responses", {}) if code.isdigit()]
        return 404 in codes
    return True


def describes_parameters(op: Operation) -> bool:
    silent = 0
    for parameter in op.spec.get("parameters") or []:
        description = parameter.get("description", "")
        if not description.strip():
            silent += 1
    return silent == 0
