"""The picture of who waited for whom: its figures, as text, and as a drawing anybody can read."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from course.running.timeline import BAR, COLUMNS, Timeline

SVG = "{http://www.w3.org/2000/svg}"


def queue(count: int, at_once: int, title: str = "Queue") -> Timeline:
    """Requests of one second each, all sent at 100 s, `at_once` of them served at the same moment."""
    timeline = Timeline(title)
    for number in range(count):
        began = 100.0 + number // at_once
        timeline.add(str(number + 1), 100.0, began + 1, began, began + 1)
    return timeline


def drawn(timeline: Timeline) -> ElementTree.Element:
    return ElementTree.fromstring(
        timeline.svg().replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    )


def per_cent(element: ElementTree.Element, name: str) -> float:
    return float(element.attrib[name].removesuffix("%"))


@pytest.mark.parametrize(("count", "at_once", "total"), [(10, 1, 10), (10, 4, 3), (10, 10, 1), (41, 40, 2)])
def test_what_happened_can_be_asked(count: int, at_once: int, total: float) -> None:
    timeline = queue(count, at_once)
    assert timeline.at_once == at_once
    assert timeline.total == total
    assert timeline.requests[0].waited == 0
    assert timeline.requests[-1].waited == total - 1


def test_a_request_that_begins_when_another_ends_does_not_meet_it() -> None:
    timeline = Timeline("Hand over")
    timeline.add("1", 0, 1, 0, 1)
    timeline.add("2", 0, 2, 1, 2)
    assert timeline.at_once == 1


def test_requests_stand_in_the_order_in_which_they_were_sent() -> None:
    timeline = Timeline("Late")
    timeline.add("second", 0.1, 0.2)
    timeline.add("first", 0.0, 0.5)
    assert [one.label for one in timeline.requests] == ["first", "second"]


def test_without_word_from_the_app_all_the_time_counts_as_served() -> None:
    timeline = Timeline("Client only")
    timeline.add("1", 5.0, 6.5)
    assert timeline.requests[0].served == (5.0, 6.5)
    assert timeline.requests[0].waited == 0


def test_clocks_that_disagree_draw_no_bar_outside_of_its_request() -> None:
    timeline = Timeline("Odd")
    timeline.add("1", 5.0, 6.0, 4.9, 6.1)
    assert timeline.requests[0].served == (5.0, 6.0)
    timeline.add("2", 5.0, 6.0, 7.0, 8.0)
    began, ended = timeline.requests[1].served
    assert began <= ended


@pytest.mark.parametrize("times", [(1.0, 0.5), (0.0, 2.0, 1.5, 1.0)])
def test_a_request_that_ends_before_it_begins_is_refused(times: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="request '1' ends before it begins"):
        Timeline("No").add("1", *times)


def test_a_terminal_gets_bars_of_characters() -> None:
    assert repr(queue(3, 1, "Three requests, one worker")).splitlines() == [
        "Three requests, one worker",
        "3 requests in 3.00 s, at most 1 being served at the same moment.",
        "",
        "1 " + 20 * "#",
        "2 " + 20 * "-" + 20 * "#",
        "3 " + 40 * "-" + 20 * "#",
        "  0 s                 1 s                 2 s                 3 s",
        "",
        "- waiting   # being served",
    ]


@pytest.mark.parametrize("count", [0, 1, 2, 41, 500])
def test_any_number_can_be_drawn(count: int) -> None:
    timeline = queue(count, 7)
    assert repr(timeline).isascii()
    assert len(drawn(timeline).findall(f"{SVG}rect")) == count
    assert all(len(line) <= COLUMNS + 8 for line in repr(timeline).splitlines()[3:])


def test_a_bar_stands_where_its_times_are() -> None:
    first, last = drawn(queue(2, 1)).findall(f"{SVG}rect")
    width = per_cent(first, "width")
    assert per_cent(first, "x") + width == pytest.approx(per_cent(last, "x"), abs=0.02)
    assert per_cent(last, "x") + per_cent(last, "width") == pytest.approx(94, abs=0.02)
    waiting = [line for line in drawn(queue(2, 1)) if line.get("stroke-opacity") == ".6"]
    assert per_cent(waiting[1], "x1") == per_cent(first, "x")


def test_pictures_with_the_same_axis_can_be_compared() -> None:
    def bar(timeline: Timeline) -> float:
        return per_cent(drawn(timeline).findall(f"{SVG}rect")[0], "width")

    short = queue(1, 1)
    short.seconds = 10
    assert bar(short) == pytest.approx(bar(queue(10, 1)), rel=0.15)  # the labels differ in width


def test_it_has_a_title_and_a_description_for_those_who_do_not_see_it() -> None:
    root = drawn(queue(2, 1, "Two requests"))
    assert root.get("role") == "img"
    assert root[0].tag == f"{SVG}title"
    assert root[0].text == "Two requests"
    assert root[1].text == (
        "2 requests in 2.00 s, at most 1 being served at the same moment. "
        "1: waited 0.00 s, served 1.00 s. 2: waited 1.00 s, served 1.00 s."
    )
    assert len((drawn(queue(500, 7))[1].text or "").split()) < 400


def test_whatever_stands_in_a_label_is_text() -> None:
    timeline = Timeline("<script>alert('a & b')</script>")
    timeline.add("</text><script>", 0, 1)
    page = timeline.html()
    assert "<script>" not in page
    assert page.count("&lt;script&gt;") == 5  # twice for the figure, title, description, label
    assert drawn(timeline)[0].text == "<script>alert('a & b')</script>"


def test_long_labels_leave_room_for_the_bars() -> None:
    timeline = Timeline("Long")
    timeline.add("GET /trails/a-name-that-goes-on-and-on", 0, 1)
    root = drawn(timeline)
    assert "GET /trails/a-name-th…" in [text.text for text in root.findall(f"{SVG}text")]
    assert per_cent(root.findall(f"{SVG}rect")[0], "x") < 55


def test_letters_keep_their_size_and_labels_of_the_axis_do_not_meet_on_a_phone() -> None:
    root = drawn(queue(10, 1))
    assert "viewBox" not in root.attrib
    assert "13px" in root.attrib["style"]
    for timeline in (queue(10, 1), queue(10, 4), queue(41, 40)):
        labels = [text for text in drawn(timeline) if text.get("text-anchor") == "middle"]
        assert len(labels) >= 2
        for one, following in pairwise(labels):
            assert per_cent(following, "x") - per_cent(one, "x") >= 15


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("paper", ["#ffffff", "#fdfdfb", "#131614", "#111111", "#212121"])
def test_bars_stand_out_on_light_and_dark_paper(paper: str) -> None:
    dark, light = sorted((luminance(BAR), luminance(paper)))
    assert (light + 0.05) / (dark + 0.05) >= 3


def test_only_the_bars_have_a_colour_of_their_own() -> None:
    colours = re.findall(r'(?:fill|stroke)="([^"]+)"', queue(41, 40).svg())
    assert set(colours) == {"currentColor", BAR}


def test_a_notebook_gets_both_forms() -> None:
    bundle = queue(2, 1)._repr_mimebundle_()
    assert bundle["text/plain"] == repr(queue(2, 1))
    assert bundle["text/html"].startswith('<div class="course-timeline" role="figure"')
    assert "\n" not in bundle["text/html"]
