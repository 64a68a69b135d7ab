"""The first difference of two JSON values is told in one true sentence."""

from __future__ import annotations

from typing import Any

import pytest

from course.judging.differences import first_difference


@pytest.mark.parametrize(
    ("got", "wanted", "says"),
    [
        (90, 180, "The body is 90, expected 180."),
        ("a", "b", 'The body is "a", expected "b".'),
        (None, {"a": 1}, "The body is `null`, expected an object."),
        ([], {}, "The body is an empty list, expected an empty object."),
        ([1, 2], {"a": 1}, "The body is a list of 2, expected an object."),
        (
            {"minutes": "180.0"},
            {"minutes": 180.0},
            '`minutes` is the text "180.0", expected the number 180.0.',
        ),
        ({"wet": 1}, {"wet": True}, "`wet` is the number 1, expected `true`."),
        ({"wet": False}, {"wet": True}, "`wet` is `false`, expected `true`."),
        ({"name": "x" * 90}, {"name": "y"}, f'`name` is "{"x" * 60}…", expected "y".'),
        ({"km": 3}, {"km": 3, "wet": False}, "`wet` is missing."),
        (
            {"km": 3, "Wet": False},
            {"km": 3, "wet": False},
            "`wet` is missing, and `Wet` is there, which is not expected.",
        ),
        ({"km": 3, "id": 1}, {"km": 3}, "`id` is there, and is not expected."),
        ({"a": {"b": [{"c": 1}]}}, {"a": {"b": [{"c": 2}]}}, "`a.b[0].c` is 1, expected 2."),
        ({"a": {"x": 1}}, {"a": {"x": 1, "y": 2}}, "`a.y` is missing."),
        ([{"c": 1}, {"c": 2}], [{"c": 1}, {"c": 3}], "`[1].c` is 2, expected 3."),
        ([1, 2], [2, 1], "The order of the body differs: item 1 is the number 1, expected the number 2."),
        (
            {"trails": [{"name": "A"}, {"name": "B"}]},
            {"trails": [{"name": "B"}, {"name": "A"}]},
            "The order of `trails` differs: item 1 is `A`, expected `B`.",
        ),
        (
            {"trails": [{"name": "A"}]},
            {"trails": [{"name": "A"}, {"name": "Fern Valley"}]},
            "`trails` has 1 item, expected 2: `Fern Valley` is missing.",
        ),
        (
            [{"id": 1}, {"id": 2}],
            [{"id": 1}],
            "The body has 2 items, expected 1: the one with the id 2 is too much.",
        ),
        ([1, 1], [1], "The body has 2 items, expected 1: the number 1 is too much."),
        ([1, 3, 4], [1, 2], "The body has 3 items, expected 2."),
    ],
)
def test_the_first_difference(got: Any, wanted: Any, says: str) -> None:
    assert first_difference(got, wanted) == says


@pytest.mark.parametrize("value", [None, True, 0, "", [], {}, {"a": [1, {"b": None}]}])
def test_equal_values_do_not_differ(value: Any) -> None:
    assert first_difference(value, value) == ""


def test_numbers_are_equal_whichever_way_they_are_written() -> None:
    assert first_difference({"km": 3}, {"km": 3.0}) == ""


def test_what_the_whole_is_called() -> None:
    assert first_difference(1, 2, "The count") == "The count is 1, expected 2."
