# check: keeps_what_was_sent
# says: 0, an empty text
# Exercise 4.2
from typing import Any


def summarise(detail: list[dict[str, Any]]) -> dict[str, Any]:
    missing: list[str] = []
    wrong: dict[str, Any] = {}
    for entry in detail:
        place = ".".join(str(part) for part in entry["loc"])
        if not entry["input"] and entry["input"] is not None or entry["type"] == "missing":
            missing.append(place)
        else:
            wrong[place] = entry["input"]
    return {"missing": missing, "wrong": wrong}
