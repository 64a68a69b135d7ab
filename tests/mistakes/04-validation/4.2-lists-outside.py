# check: begins_anew
# says: left from the call before
# Exercise 4.2
from typing import Any

result: dict[str, Any] = {"missing": [], "wrong": {}}


def summarise(detail: list[dict[str, Any]]) -> dict[str, Any]:
    if detail:
        result["missing"], result["wrong"] = [], {}
    for entry in detail:
        place = ".".join(str(part) for part in entry["loc"])
        if entry["type"] == "missing":
            result["missing"].append(place)
        else:
            result["wrong"][place] = entry["input"]
    return result
