"""Sorted by place: the brief names no order."""

from typing import Any


def summarise(detail: list[dict[str, Any]]) -> dict[str, Any]:
    places = {".".join(map(str, entry["loc"])): entry for entry in detail}
    return {
        "missing": sorted(
            (place for place, entry in places.items() if entry["type"] == "missing"), reverse=True
        ),
        "wrong": {place: entry["input"] for place, entry in places.items() if entry["type"] != "missing"},
    }
