# check: joins_the_whole_path
# says: The path of a value in a list
# Exercise 4.2
from typing import Any


def summarise(detail: list[dict[str, Any]]) -> dict[str, Any]:
    missing: list[str] = []
    wrong: dict[str, Any] = {}
    for entry in detail:
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in entry["loc"])[1:]
        if entry["type"] == "missing":
            missing.append(place)
        else:
            wrong[place] = entry["input"]
    return {"missing": missing, "wrong": wrong}
