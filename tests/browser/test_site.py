"""What visitors see and do: reading, unfolding, finding."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader
from playwright.sync_api import Browser, expect

from browser.conftest import LESSON, PHONE, Open
from browser.sites import served
from course.lessons import ROOT, all_lessons


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


def test_five_questions_lead_to_the_first_lesson_that_is_new(open_page: Open, site: str) -> None:
    page = open_page()
    page.get_by_text("Five questions say where to start").click()
    questions = page.locator(".places fieldset")
    signs = page.locator(".placed a")
    for number in range(5):
        expect(signs.filter(visible=True)).to_have_count(0)
        right = questions.nth(number).get_attribute("data-right")
        questions.nth(number).locator(f'input[value="{right}"]').check()
        expect(questions.nth(number).locator(".because")).to_be_visible()
        expect(questions.nth(number).locator("summary")).to_have_text("Right")
    expect(page.get_by_text("You knew 5 of 5.")).to_be_visible()
    expect(signs.filter(visible=True)).to_contain_text("Start lesson 09")

    questions.nth(2).get_by_label("I do not know").check()
    expect(questions.nth(2).locator("summary")).to_have_text("Not so")
    expect(signs.filter(visible=True)).to_contain_text("Start lesson 04")
    signs.filter(visible=True).click()
    lesson = next(lesson for lesson in all_lessons() if lesson.number == "04")
    expect(page).to_have_url(f"{site}lessons/{lesson.slug}/")


def test_a_site_that_is_opened_as_a_file_says_what_to_do_and_can_be_read(
    browser: Browser, site_folder: Path
) -> None:
    page = browser.new_page()
    page.goto((site_folder / "index.html").as_uri())
    page.get_by_role("link", name="Start lesson 01").click()
    expect(page.locator("h1")).to_contain_text(all_lessons()[0].title)
    expect(page.locator(".lesson-facts")).to_contain_text("opened as a file")
    expect(page.locator(".cell").first).to_be_visible()
    page.close()


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


def test_a_question_is_found_by_a_word_of_its_answer_and_leads_to_its_cell(
    open_page: Open, site: str
) -> None:
    page = open_page()
    page.get_by_role("textbox", name="Search").focus()
    page.get_by_role("textbox", name="Search").press_sequentially("selectinload")
    question = page.locator(".md-search-result__link", has_text="What is MissingGreenlet")
    question.click()
    expect(page.get_by_role("heading", name="What is MissingGreenlet")).to_be_in_viewport()
    page.locator("#what-is-missinggreenlet-and-how-do-i-stop-it ~ .lead a").first.click()
    expect(page).to_have_url(re.compile(r"/lessons/09-database/#predict-9-p3$"))
    expect(page.locator("#predict-9-p3")).to_be_in_viewport()


@pytest.mark.parametrize("path", ["no-such", "lessons/no/such/page", "lessons/01-first-api/nothing/"])
def test_a_site_without_an_address_has_a_page_for_what_is_not_there(
    browser: Browser, tmp_path: Path, path: str
) -> None:
    loader = FileSystemLoader(ROOT / "docs" / "overrides")
    templates = Environment(loader=loader, autoescape=True)
    templates.filters["url"] = lambda address: f"/{address}"  # MkDocs knows no better
    page = templates.get_template("404.html").render(config={"site_url": "", "site_name": "Course"})
    for name, text in (("404.html", page), ("index.html", "<h1>Start</h1>"), ("offline.json", "{}")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    with served(tmp_path) as address, browser.new_context(color_scheme="dark") as context:
        asked: list[str] = []
        page_there = context.new_page()
        context.on("request", lambda sent: asked.append(sent.resource_type))
        page_there.goto(address + path)
        assert page_there.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(19, 22, 20)"
        page_there.get_by_role("link", name="Go to the start").click()
        expect(page_there).to_have_url(address)
        assert set(asked) == {"document", "fetch"}


def test_a_page_that_is_not_there_leads_back(open_page: Open, site: str) -> None:
    page = open_page("lessons/no/such/page")
    page.get_by_role("link", name="Go to the start").click()
    expect(page).to_have_url(site)
