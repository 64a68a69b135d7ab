"""What visitors see and do: reading, unfolding, finding."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from browser.conftest import LESSON, PHONE, Open
from course.lessons import all_lessons


def test_the_landing_page_leads_to_lesson_one_with_one_click(open_page: Open, site: str) -> None:
    page = open_page()
    start = page.get_by_role("link", name="Start lesson 01")
    expect(start).to_be_in_viewport(ratio=1)
    start.click()
    expect(page).to_have_url(site + LESSON)
    expect(page.locator("h1")).to_contain_text(all_lessons()[0].title)


def test_the_landing_page_shows_a_cell_of_lesson_one_with_its_output(open_page: Open) -> None:
    page = open_page()
    sources = [cell.source.strip() for cell in all_lessons()[0].cells if cell.kind == "code"]
    for code in page.locator(".hero-cell .cell-code code").all():
        assert (code.text_content() or "").strip() in sources
    expect(page.locator(".hero-cell .course-exchange")).to_contain_text("HTTP/1.1 200 OK")


def test_how_it_works_stands_in_the_first_screen(open_page: Open) -> None:
    page = open_page(width=1280)
    for step in page.locator(".steps li").all():
        expect(step).to_be_in_viewport(ratio=1)


def test_hints_unfold_one_by_one_and_fold_again(open_page: Open) -> None:
    task = open_page(LESSON).locator('[data-task="1.1"]')
    first, second, third = (task.locator(f'[data-hint="{number}"]') for number in (1, 2, 3))
    text = first.locator("p").first
    expect(text).to_be_hidden()
    expect(second).to_be_hidden()
    first.locator("summary").click()
    expect(text).to_be_visible()
    expect(second).to_be_visible()
    expect(third).to_be_hidden()
    first.locator("summary").click()
    expect(text).to_be_hidden()
    expect(second).to_be_hidden()


def test_hints_unfold_by_keyboard(open_page: Open) -> None:
    page = open_page(LESSON)
    hint = page.locator('[data-task="1.1"] [data-hint="1"]')
    hint.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(hint.locator("p").first).to_be_visible()


def test_a_solution_is_folded_and_says_why(open_page: Open) -> None:
    solution = open_page(LESSON).locator('[data-task="1.1"] .solution')
    expect(solution.locator(".highlight")).to_be_hidden()
    solution.locator("summary").click()
    expect(solution.locator("p").first).to_be_visible()
    expect(solution.locator(".highlight")).to_be_visible()


def test_a_prediction_shows_choices_and_keeps_its_answer_back(open_page: Open) -> None:
    task = open_page(LESSON).locator('[data-task="1.p1"]')
    expect(task.locator("[data-choice]")).to_have_count(3)
    exchange = task.locator(".course-exchange")
    expect(exchange).to_be_hidden()
    task.locator("summary").click()
    expect(exchange).to_be_visible()
    expect(task.get_by_text("is right")).to_be_visible()


def test_kinds_of_task_look_different(open_page: Open) -> None:
    page = open_page(LESSON)
    colours = {
        kind: page.locator(f".{kind} .tag").first.evaluate("tag => getComputedStyle(tag).backgroundColor")
        for kind in ("exercise", "prediction", "pitfall", "app")
    }
    assert len(set(colours.values())) == 4, colours


@pytest.mark.parametrize("way", ["hover", "focus"])
def test_a_term_is_explained_where_it_is_first_used(open_page: Open, way: str) -> None:
    page = open_page(LESSON)
    term = page.locator("a.term").first
    meaning = term.get_attribute("title") or ""
    assert meaning
    getattr(term, way)()
    tooltip = page.get_by_role("tooltip")
    expect(tooltip).to_have_text(meaning)
    described = term.get_attribute("aria-describedby")
    assert described == tooltip.get_attribute("id"), "a screen reader reads it too"


def test_the_lines_of_a_report_wrap_below_their_words(open_page: Open) -> None:
    page = open_page(LESSON, width=PHONE)
    lines = page.locator(".course-report li")
    starts = lines.evaluate_all(
        """(lines) => lines.map((line) => {
          const words = document.createRange()
          words.setStartAfter(line.firstElementChild)
          words.setEndAfter(line.lastChild)
          const lefts = new Map([...words.getClientRects()].map(({ top, left }) => [Math.round(top), left]))
          return [line.firstElementChild.getBoundingClientRect().right, ...lefts.values()]
        })"""
    )
    wrapped = [(mark, left) for mark, _, *more in starts for left in more]
    assert wrapped, "no line is as long as that"
    assert all(left >= mark - 1 for mark, left in wrapped)


def test_a_term_leads_to_its_entry_in_the_glossary(open_page: Open, site: str) -> None:
    page = open_page(LESSON, width=PHONE)
    term = page.locator("a.term").first
    fragment = (term.get_attribute("href") or "").partition("#")[2]
    term.click()
    expect(page).to_have_url(f"{site}glossary/#{fragment}")
    expect(page.locator(f"#{fragment}")).to_be_in_viewport()


def test_previous_and_next(open_page: Open, site: str) -> None:
    page = open_page(LESSON)
    page.get_by_role("link", name="Previous: Home").click()
    expect(page).to_have_url(site)
    page.goto(site + LESSON)
    following = page.locator("a.md-footer__link--next")
    expect(following).to_be_visible()
    following.click()
    expect(page).not_to_have_url(site + LESSON)


def test_the_notebook_can_be_downloaded(open_page: Open) -> None:
    page = open_page(LESSON)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the notebook").click()
    assert download.value.suggested_filename == "01-first-api.ipynb"
    stored = all_lessons()[0].notebook.read_text(encoding="utf-8")
    notebook = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert notebook["nbformat"] == 4
    assert notebook == json.loads(stored)


@pytest.mark.parametrize("kind", ["Swagger UI", "ReDoc"])
def test_the_docs_of_an_app_unfold_and_send_nothing(open_page: Open, kind: str) -> None:
    page = open_page(LESSON)
    panel = page.locator(".docs-panel", has_text=kind).first
    panel.locator("summary").click()
    frame = panel.frame_locator("iframe")
    expect(frame.get_by_text("/hello", exact=True).first).to_be_visible()
    expect(frame.get_by_role("button", name="Try it out")).to_have_count(0)


def test_dark_and_light_can_be_chosen(open_page: Open) -> None:
    page = open_page(LESSON)
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_title("Switch to dark").click()
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")


def test_the_search_finds_text_and_tells_no_solution(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("textbox", name="Search").focus()  # the index is not fetched before
    results = page.locator(".md-search-result__meta")
    expect(results).to_contain_text("Type to start searching")
    page.get_by_role("textbox", name="Search").press_sequentially("Uvicorn")
    expect(results).to_contain_text(re.compile(r"\d+ matching document"))
    index = page.evaluate("fetch('search/search_index.json').then(answer => answer.json())")
    texts = " ".join(entry["text"] for entry in index["docs"])
    assert "Hint 1 of" not in texts
    assert "Solution, and why" not in texts


def test_a_page_that_is_not_there_leads_back(open_page: Open, site: str) -> None:
    page = open_page("lessons/no/such/page")
    page.get_by_role("link", name="Go to the start").click()
    expect(page).to_have_url(site)
