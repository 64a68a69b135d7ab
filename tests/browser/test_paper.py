"""What comes out on paper: a sheet for each lesson, and of a lesson what its page shows."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import LESSON, Open
from course.lessons import all_lessons


def pages_on_paper(page: Page) -> int:
    """How many pages Chromium prints, on the paper that the style sheet names."""
    printed = page.pdf(prefer_css_page_size=True)
    assert set(re.findall(rb"/MediaBox ?\[([^\]]*)\]", printed)) == {
        b"0 0 594.95996 841.91998"
    }  # A4, in points
    return len(re.findall(rb"/Type ?/Page\b", printed))


@pytest.mark.parametrize("lesson", all_lessons(), ids=lambda lesson: lesson.slug)
def test_a_sheet_is_one_page(open_page: Open, lesson: object) -> None:
    slug = getattr(lesson, "slug", "")
    page = open_page(f"lessons/sheets/{slug}/")
    for heading in ("You will be able to", "Recap"):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        assert page.locator(f"h2:has-text('{heading}') + ul > li").count() >= 3
    assert pages_on_paper(page) == 1


def test_words_stand_on_the_sheet_of_the_lesson_that_has_them_first(open_page: Open) -> None:
    first = open_page("lessons/sheets/01-first-api/")
    words = first.locator(".sheet-terms dt").all_text_contents()
    assert "endpoint" in [word.lower() for word in words]
    later = open_page("lessons/sheets/02-from-wsgi-to-asgi/").locator(".sheet-terms dt").all_text_contents()
    assert later and not set(words) & set(later)


def test_a_lesson_prints_what_its_page_shows(open_page: Open) -> None:
    page = open_page(LESSON)
    hints = page.locator('[data-task="1.1"] .hint')
    hints.first.locator("summary").click()
    expect(hints.first).to_have_attribute("data-unfolded", "")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("details[open]:not([data-unfolded])").first).to_be_attached()  # the theme's doing
    expect(hints.first.locator("p").first).to_be_visible()
    for folded in (hints.nth(1), page.locator(".solution").first, page.locator(".answer > p").first):
        expect(folded).to_be_hidden()
    expect(page.locator(".answer > summary").first).to_be_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    expect(hints.nth(1)).to_be_visible()
    expect(hints.nth(1).locator("p").first).to_be_hidden()


def test_paper_is_light(open_page: Open) -> None:
    page = open_page(LESSON, dark=True)
    colours = "['body', 'h1'].map((one) => getComputedStyle(document.querySelector(one)))"
    colours += ".map(({ color, backgroundColor }) => `${color} on ${backgroundColor}`)"
    light = open_page(LESSON).evaluate(colours)
    assert page.evaluate(colours) != light
    page.emulate_media(media="print")
    page.wait_for_function(
        f"([ground, ink]) => {{ const now = {colours}; return now[1] === ink }}", arg=light
    )
    assert page.evaluate(colours) == light


def test_a_lesson_with_everything_folded_is_clearly_shorter(open_page: Open) -> None:
    page = open_page(LESSON)
    folded = pages_on_paper(page)
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    expect(page.locator("details:not([data-unfolded])")).to_have_count(0)
    assert folded < 0.75 * pages_on_paper(page)


def test_the_planning_page_leads_to_each_sheet(open_page: Open, site: str) -> None:
    page = open_page("planning/")
    links = page.locator(".sheet-list a")
    expect(links).to_have_count(len(all_lessons()))
    links.nth(4).click()
    expect(page).to_have_url(f"{site}lessons/sheets/05-requests-and-responses/")
