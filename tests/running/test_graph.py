"""The picture of who needs whom: as a tree of text, and as a drawing anybody can read."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from course.running.graph import FIRST, LONGEST_LABEL, Graph

SVG = "{http://www.w3.org/2000/svg}"

DESK = [
    ("GET /huts", "page"),
    ("page", "settings"),
    ("GET /huts", "store"),
    ("store", "settings"),
    ("POST /huts", "ranger"),
    ("ranger", "store"),
    ("ranger", "settings"),
    ("POST /huts", "store"),
]


def drawn(graph: Graph) -> ElementTree.Element:
    return ElementTree.fromstring(graph.svg().replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def boxes(graph: Graph) -> dict[str, tuple[float, float, float, float]]:
    """Left, top, right and bottom of each box, by its label."""
    root = drawn(graph)
    found = {}
    for rect, text in zip(root.iter(f"{SVG}rect"), root.iter(f"{SVG}text"), strict=True):
        x, y, width, height = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
        found[text.text or ""] = (x, y, x + width, y + height)
    return found


def test_each_thing_stands_right_of_all_that_need_it() -> None:
    graph = Graph("Desk", DESK)
    assert graph.columns == {
        "GET /huts": 0,
        "POST /huts": 0,
        "page": 1,
        "ranger": 1,
        "store": 2,
        "settings": 3,
    }
    places = boxes(graph)
    for name, needed in DESK:
        assert places[name][2] < places[needed][0]


def test_a_terminal_gets_a_tree_that_tells_everything_once() -> None:
    assert repr(Graph("Desk", DESK)) == (
        "Desk\n"
        "\n"
        "GET /huts\n"
        "├─ page\n"
        "│  └─ settings\n"
        "└─ store\n"
        "   └─ settings\n"
        "POST /huts\n"
        "├─ ranger\n"
        "│  ├─ store (as above)\n"
        "│  └─ settings\n"
        "└─ store (as above)"
    )


def test_what_nothing_needs_comes_first_and_has_a_frame_of_its_own() -> None:
    graph = Graph("Desk", DESK)
    assert graph.first == ["GET /huts", "POST /huts"]
    framed = [rect for rect in drawn(graph).iter(f"{SVG}rect") if rect.attrib["stroke"] == FIRST]
    assert len(framed) == 2
    assert all("rx" not in rect.attrib for rect in framed)


def test_what_stands_alone_is_drawn_when_it_is_named() -> None:
    graph = Graph("Desk", [("a", "b")], alone=["c"])
    assert graph.first == ["a", "c"]
    assert "c" in boxes(graph)


def test_pairs_told_twice_are_drawn_once() -> None:
    assert Graph("Desk", DESK + DESK).html() == Graph("Desk", DESK).html()


def test_no_box_covers_another_and_all_lie_inside() -> None:
    root = drawn(Graph("Desk", DESK))
    places = list(boxes(Graph("Desk", DESK)).values())
    for number, (left, top, right, bottom) in enumerate(places):
        assert left >= 0
        assert top >= 0
        assert right <= float(root.attrib["width"])
        assert bottom <= float(root.attrib["height"])
        for other in places[number + 1 :]:
            apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
            assert apart, (places[number], other)


def test_no_line_meets_a_box() -> None:
    graph = Graph("Desk", [*DESK, ("GET /huts", "settings"), ("POST /huts/of/a/long/name", "page")])
    places = boxes(graph).values()
    curves = [path.attrib["d"] for path in drawn(graph).iter(f"{SVG}path") if "C" in path.attrib["d"]]
    assert len(curves) == len(DESK) + 2
    for curve in curves:
        numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", curve)]
        points = list(zip(numbers[::2], numbers[1::2], strict=True))
        for (x1, y1), (x2, y2) in pairwise([points[0], *points[3::3]]):
            for left, top, right, bottom in places:
                beside = x2 <= left or right <= x1
                assert beside or max(y1, y2) <= top or bottom <= min(y1, y2), (curve, (left, top))


def test_who_does_not_see_the_drawing_is_told_in_words() -> None:
    root = drawn(Graph("Desk", DESK))
    assert root.attrib["role"] == "img"
    assert root.findtext(f"{SVG}title") == "Desk"
    described = root.findtext(f"{SVG}desc") or ""
    assert "GET /huts needs page and store." in described
    assert "ranger needs store and settings." in described


def test_a_wide_drawing_scrolls_and_can_be_reached_by_key() -> None:
    drawing = Graph("Desk", DESK).html()
    assert 'style="overflow-x:auto" tabindex="0"' in drawing
    assert 'aria-label="Desk"' in drawing


def test_no_name_becomes_markup() -> None:
    drawing = Graph('<script>"x"</script>', [("<i>", "a & b")]).html()
    assert "<script>" not in drawing
    assert "<i>" not in drawing
    assert "a &amp; b" in drawing
    ElementTree.fromstring(drawing.replace("<br>", "<br/>"))


def test_long_names_are_cut_in_the_drawing_only() -> None:
    name = "GET /" + "trail" * 20
    graph = Graph("Long", [(name, "store")])
    assert all(len(label) <= LONGEST_LABEL for label in boxes(graph))
    assert name in repr(graph)


@pytest.mark.parametrize("pairs", [[("a", "a")], [("a", "b"), ("b", "c"), ("c", "b")]])
def test_what_needs_itself_is_refused(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(ValueError, match="needs itself"):
        Graph("Ring", pairs)


def test_nothing_at_all_is_an_empty_picture() -> None:
    assert not list(drawn(Graph("Nothing", [])).iter(f"{SVG}rect"))
    assert repr(Graph("Nothing", [])) == "Nothing\n"
