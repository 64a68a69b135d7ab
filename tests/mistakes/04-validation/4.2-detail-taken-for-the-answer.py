# check: sorts_the_errors
# says: TypeError
# Exercise 4.2
from typing import Any


def summarise(detail: list[dict[str, Any]]) -> dict[str, Any]:
    missing: list[str] = []
    wrong: dict[str, Any] = {}
    for entry in detail["detail"]:
        place = ".".join(str(part) for part in entry["loc"])
        if entry["type"] == "missing":
            missing.append(place)
        else:
            wrong[place] = entry["input"]
    return {"missing": missing, "wrong": wrong}
