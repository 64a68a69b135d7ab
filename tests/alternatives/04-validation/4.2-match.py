# Exercise 4.2
from collections import defaultdict
from collections.abc import Iterable
from typing import Any


def path_of(parts: Iterable[str | int]) -> str:
    first, *rest = parts
    return f"{first}" + "".join(f".{part}" for part in rest)


def summarise(detail: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = defaultdict(dict, missing=[])
    found["wrong"]
    for entry in detail:
        match entry:
            case {"type": "missing", "loc": loc}:
                found["missing"].append(path_of(loc))
            case {"loc": loc, "input": sent}:
                found["wrong"][path_of(loc)] = sent
    return dict(found)
