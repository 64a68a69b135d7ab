# check: sorts_the_errors
# says: A place is one text
# Exercise 4.2
from typing import Any


def summarise(detail: list[dict[str, Any]]) -> dict[str, Any]:
    missing: list[Any] = []
    wrong: dict[str, Any] = {}
    for entry in detail:
        place = entry["loc"]
        if entry["type"] == "missing":
            missing.append(place)
        else:
            wrong[".".join(map(str, place))] = entry["input"]
    return {"missing": missing, "wrong": wrong}
