"""Whether everybody gets everywhere: with assistive technology, on a phone, by keyboard alone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from browser.conftest import LESSON, PHONE, Open
from course.lessons import all_lessons

ABOUT = [
    "glossary/",
    "claims/",
    "questions/",
    "recipes/",
    "map/",
    "planning/",
    "instructors/",
    "contributing/",
    "accessibility/",
    "licences/",
    "lessons/sheets/02-from-wsgi-to-asgi/",
]
PAGES = ["", LESSON, *ABOUT, "no/such/page"]
OTHER_LESSONS = [f"lessons/{lesson.slug}/" for lesson in all_lessons()[1:]]
SMALL_PHONE = 320


def unfold(page: Page) -> None:
    page.evaluate("for (const one of document.querySelectorAll('.task details')) one.open = true")


def resize(page: Page, width: int) -> None:
    """Give the page a width, and the time to lay itself out for it: two frames."""
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def axe(page: Page, scope: str = "") -> None:
    """Have Axe look at the page, or at what is in `scope`. Foreign pages in frames are not ours to judge."""
    options = {"resultTypes": ["violations"], "iframes": False}  # else it describes all that is right
    found = Axe().run(page, context=scope or None, options=options)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(open_page: Open, path: str, dark: bool) -> None:
    page = open_page(path, dark=dark)
    assert page.evaluate("document.body.dataset.mdColorScheme") == ("slate" if dark else "default")
    unfold(page)
    for width in (1280, PHONE):
        resize(page, width)
        axe(page)


@pytest.mark.parametrize("path", OTHER_LESSONS)
def test_axe_finds_nothing_that_other_lessons_add(open_page: Open, path: str) -> None:
    page = open_page(path)
    unfold(page)
    axe(page)


@pytest.mark.parametrize("path", PAGES + OTHER_LESSONS)
def test_nothing_scrolls_sideways(open_page: Open, path: str) -> None:
    page = open_page(path, width=PHONE)
    unfold(page)
    for width in (PHONE, SMALL_PHONE):
        resize(page, width)
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_menu_of_a_narrow_screen_opens_by_keyboard(open_page: Open) -> None:
    page = open_page(LESSON, width=PHONE)
    menu = page.get_by_role("button", name="Menu")
    glossary = page.locator(".md-sidebar--primary").get_by_role("link", name="Glossary")
    expect(glossary).to_be_hidden()
    menu.focus()
    page.keyboard.press("Enter")
    expect(menu).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".md-sidebar--primary")).to_be_visible()


WHERE = """() => {
  const one = document.activeElement
  if (one === document.body) return null
  const last = window.last
  window.last = one
  const seen = one.matches(".md-option") ? one.nextElementSibling : one // the label of a hidden choice
  const box = seen.getBoundingClientRect()
  const style = getComputedStyle(seen)
  return {
    name: (one.getAttribute("aria-label") ?? one.textContent ?? "").trim().slice(0, 40) || one.tagName,
    shown: box.width && box.height && box.bottom > 0 && box.top < innerHeight
      && box.right > 0 && box.left < innerWidth,
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
    follows: !last || Boolean(last.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING),
  }
}"""


@pytest.mark.parametrize("path", ["", LESSON])
@pytest.mark.parametrize("width", [1280, PHONE])
def test_the_keyboard_gets_everywhere_and_shows_where_it_is(open_page: Open, path: str, width: int) -> None:
    page = open_page(path, width=width)
    stops = []
    for _ in range(25):
        page.keyboard.press("Tab")
        if (stop := page.evaluate(WHERE)) is None:
            break
        stops.append(stop)
    assert len(stops) > 5
    assert stops[0]["name"] == "Skip to content"
    assert [stop["name"] for stop in stops if not stop["shown"]] == []
    assert [stop["name"] for stop in stops if not stop["ring"]] == []
    assert [stop["name"] for stop in stops if not stop["follows"]] == [], "the focus goes as the text does"
