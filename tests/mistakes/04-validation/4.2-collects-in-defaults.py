# check: sorts_the_errors
# says: left from the call before
# Exercise 4.2
from typing import Any


def summarise(
    detail: list[dict[str, Any]],
    missing: list[str] = [],  # noqa: B006
    wrong: dict[str, Any] = {},  # noqa: B006
) -> dict[str, Any]:
    for entry in detail:
        place = ".".join(str(part) for part in entry["loc"])
        if entry["type"] == "missing":
            missing.append(place)
        else:
            wrong[place] = entry["input"]
    return {"missing": missing, "wrong": wrong}
