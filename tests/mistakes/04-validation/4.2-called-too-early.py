# check: sorts_the_errors
# says: without brackets
# Exercise 4.2
from typing import Any


def sort_out(detail: list[dict[str, Any]]) -> dict[str, Any]:
    return {"missing": [], "wrong": {}}


summarise = sort_out([])
