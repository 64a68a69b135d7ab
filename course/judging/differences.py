"""The first difference between what came and what was expected, as a sentence that is always true."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

LONGEST = 60
"""Characters of a text that are shown."""


def first_difference(got: Any, wanted: Any, whole: str = "The body") -> str:
    """The first place where two JSON values differ, such as "`minutes` is 90, expected 180."

    Args:
        got: what came.
        wanted: what was expected.
        whole: what the value as a whole is called.

    Returns:
        One sentence; empty if the two are equal as `same_json` has it.
    """
    return _differs(got, wanted, "", whole)


def same_json(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal: 1 and 1.0 are, 1 and true are not, as they are in Python."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_json(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_json, one, other))
    return bool(one == other)


def _differs(got: Any, wanted: Any, place: str, whole: str) -> str:
    if same_json(got, wanted):
        return ""
    name = f"`{place}`" if place else whole
    if isinstance(got, dict) and isinstance(wanted, dict):
        return _objects(got, wanted, place, whole)
    if isinstance(got, list) and isinstance(wanted, list):
        return _lists(got, wanted, place, whole)
    if _kind(got) == _kind(wanted):
        return f"{name} is {_plain(got)}, expected {_plain(wanted)}."
    return f"{name} is {described(got)}, expected {described(wanted)}."


def _objects(got: Mapping[str, Any], wanted: Mapping[str, Any], place: str, whole: str) -> str:
    missing = [key for key in wanted if key not in got]
    extra = [key for key in got if key not in wanted]
    inside = f"{place}." if place else ""
    if missing:
        instead = f", and `{inside}{extra[0]}` is there, which is not expected" if extra else ""
        return f"`{inside}{missing[0]}` is missing{instead}."
    for key in wanted:
        if found := _differs(got[key], wanted[key], f"{inside}{key}", whole):
            return found
    return f"`{inside}{extra[0]}` is there, and is not expected."


def _lists(got: Sequence[Any], wanted: Sequence[Any], place: str, whole: str) -> str:
    name = f"`{place}`" if place else whole
    missing, extra = _left(wanted, got), _left(got, wanted)
    if len(got) != len(wanted):
        count = f"{name} has {len(got)} item{'' if len(got) == 1 else 's'}, expected {len(wanted)}"
        if missing and not extra:
            return f"{count}: {_called(missing[0])} is missing."
        if extra and not missing:
            return f"{count}: {_called(extra[0])} is too much."
        return f"{count}."
    if not missing and not extra:
        at = next(
            i for i, (one, other) in enumerate(zip(got, wanted, strict=True)) if not same_json(one, other)
        )
        return (
            f"The order of {name[0].lower() + name[1:]} differs: item {at + 1} is {_called(got[at])}, "
            f"expected {_called(wanted[at])}."
        )
    for index, (one, other) in enumerate(zip(got, wanted, strict=True)):
        if found := _differs(one, other, f"{place}[{index}]", whole):
            return found
    raise AssertionError("lists that differ have an item that does")


def _left(these: Sequence[Any], without: Sequence[Any]) -> list[Any]:
    """What is in `these` and not in `without`, each item counted."""
    rest = list(without)
    left = []
    for item in these:
        at = next((i for i, other in enumerate(rest) if same_json(item, other)), None)
        if at is None:
            left.append(item)
        else:
            del rest[at]
    return left


def _called(item: Any) -> str:
    """An item of a list by what tells it from the others."""
    if isinstance(item, dict):
        for key in ("name", "title", "id"):
            if isinstance(item.get(key), str | int):
                return f"`{item[key]}`" if key != "id" else f"the one with the id {item[key]}"
    return described(item)


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "text"
        case list():
            return "list"
        case dict():
            return "object"
    return type(value).__name__


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value if len(value) <= LONGEST else f"{value[:LONGEST]}…", ensure_ascii=False)
    if _kind(value) in ("boolean", "null"):
        return f"`{json.dumps(value)}`"
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def described(value: Any) -> str:
    """A value with its kind, such as `the text "180.0"` or `a list of 3`."""
    match _kind(value):
        case "number" | "text" as kind:
            return f"the {kind} {_plain(value)}"
        case "list":
            return f"a list of {len(value)}" if value else "an empty list"
        case "object":
            return "an object" if value else "an empty object"
        case "boolean" | "null":
            return _plain(value)
        case kind:
            return f"{_plain(value)} ({kind})"
