# check: joins_the_whole_path
# says: the index
# Exercise 4.2
from typing import Any


def summarise(detail: list[dict[str, Any]]) -> dict[str, Any]:
    missing: list[str] = []
    wrong: dict[str, Any] = {}
    for entry in detail:
        place = ".".join(part for part in entry["loc"] if isinstance(part, str))
        if entry["type"] == "missing":
            missing.append(place)
        else:
            wrong[place] = entry["input"]
    return {"missing": missing, "wrong": wrong}
