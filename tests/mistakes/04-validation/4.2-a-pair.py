# check: sorts_the_errors
# says: one dictionary
# Exercise 4.2
from typing import Any


def summarise(detail: list[dict[str, Any]]) -> tuple[list[str], dict[str, Any]]:
    missing: list[str] = []
    wrong: dict[str, Any] = {}
    for entry in detail:
        place = ".".join(str(part) for part in entry["loc"])
        if entry["type"] == "missing":
            missing.append(place)
        else:
            wrong[place] = entry["input"]
    return missing, wrong
