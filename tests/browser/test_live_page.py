"""A lesson that runs in its page: editing, running, answering, checking, and what is kept of it."""

from __future__ import annotations

import gzip
import json
import re

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, Response, expect

from browser.conftest import LESSON, PHONE, SAVES_DATA, Open
from browser.live import editor
from browser.sites import BASE
from browser.test_access import axe, resize, unfold
from course.judging.tasks import solutions_of
from course.lessons import all_lessons

FIRST = all_lessons()[0]


def ready(page: Page) -> Page:
    expect(page.locator(".live-bar")).to_have_attribute("data-state", "ready")
    return page


def cell(page: Page, having: str) -> Locator:
    """The cell whose text begins so, in the page's block of code or in its editor."""
    number = page.locator(".cell[data-cell]").evaluate_all(
        "(all, having) => all.findIndex((one) => one.querySelector('.cell-code :is(code, .cm-content)')"
        ".textContent.startsWith(having))",
        having,
    )
    assert number >= 0, f"no cell begins with {having!r}"
    return page.locator(".cell[data-cell]").nth(number)


def write(place: Locator, text: str) -> None:
    """Replace the text of an editor, as pasting does."""
    editor(place).fill(text)


def text_of(place: Locator) -> str:
    return "\n".join(place.locator(".cm-line").all_inner_texts())


def run(place: Locator) -> Locator:
    """Run a cell to its end; gives its output."""
    place.locator("button.run").click()
    expect(place).to_have_attribute("aria-busy", "false")
    return place.locator(":scope > .cell-output")


def scratch(page: Page, text: str) -> Locator:
    """The lesson's first cell with another text."""
    first = page.locator(".cell[data-cell]").first
    write(first, text)
    return first


def menu(page: Page, action: str) -> None:
    page.get_by_role("button", name="Lesson", exact=True).click()
    page.get_by_role("button", name=action).click()


def kept(page: Page) -> list[str]:
    names: list[str] = page.evaluate(
        "Object.keys(localStorage).filter((name) => name.startsWith('course1:'))"
    )
    return [name.split(":", 3)[3] for name in names]


# Loading


@pytest.mark.parametrize(("path", "script"), [("", "home"), (LESSON, "lesson")])
def test_a_page_asks_for_its_script_with_its_version(open_page: Open, path: str, script: str) -> None:
    """Else a browser may have kept a script of an older site, which asks for pieces that are gone."""
    page = open_page(path)
    version = page.locator("[data-live]").first.get_attribute("data-live-version")
    assert version
    page.wait_for_function(
        "(script) => performance.getEntriesByType('resource').some(({ name }) => name.endsWith(script))",
        arg=f"/live/page/{script}.js?{version}",
    )


def test_no_link_leads_nowhere(open_page: Open) -> None:
    page = ready(open_page(LESSON, live=True))
    page.get_by_role("button", name="App", exact=True).click()
    panel = page.locator("#live-panel")
    for view in ("Swagger UI", "ReDoc"):
        panel.get_by_role("tab", name=view).click()
        expect(panel.get_by_role("status").filter(visible=True)).to_contain_text("No app is being served")
        assert page.locator("a:not([href])").count() == 0


# Running


def test_a_cell_is_run_and_its_output_stands_where_the_stored_one_stood(open_page: Open) -> None:
    page = ready(open_page(LESSON, live=True))
    asks = cell(page, "client = serve(app)")
    expect(asks.locator(".cell-state")).to_have_text("Stored output")
    asks.get_by_role("button", name="Run all above").click()
    expect(cell(page, "from fastapi import FastAPI").locator(".cell-state")).to_contain_text("Ran")
    write(asks, 'client = serve(app)\nshow(await client.get("/hello?name=Grace"))')
    expect(asks.locator(".cell-state")).to_have_text("Output of the text before your change")
    output = run(asks)
    expect(output).to_have_count(1)
    expect(output.locator(".stream")).to_have_text("hello() got 'Grace'")
    expect(output.locator(".course-exchange")).to_contain_text('{"message": "Hello, Grace!"}')
    expect(asks.locator(".cell-state")).to_contain_text("Your output")
    expect(page.get_by_role("status").filter(has_text="HTTP/1.1 200 OK")).to_have_count(1)
    asks.get_by_role("button", name="Reset").click()
    assert "Ada" in text_of(asks)
    expect(output).to_contain_text("Hello, Ada!")
    expect(asks.locator(".cell-state")).to_have_text("Stored output")


def test_a_cell_is_run_by_keyboard(open_page: Open) -> None:
    page = ready(open_page(LESSON, live=True))
    first, second = (page.locator(".cell[data-cell]").nth(number) for number in (0, 1))
    write(first, 'print("one")')
    editor(first).press("Control+Enter")
    expect(first.locator(".cell-output")).to_have_text("one")
    expect(editor(first)).to_be_focused()
    editor(first).press("Shift+Enter")
    expect(second.locator(".cm-content")).to_be_focused()
    assert text_of(first) == 'print("one")', "neither key writes a line"


PLACES = """(cell) => {
    const box = (selector, from) => from.querySelector(selector).getBoundingClientRect()
    const [code, output] = [box(".cell-code", cell), box(":scope > .cell-output", cell)]
    return {
        top: box(".md-header", document).bottom, bottom: box(".live-bar", document).top, scrolled: scrollY,
        code: code.top, output: output.top, outputEnd: output.bottom,
    }
}"""
"""Where a cell and its output are in the window, and what is left of that by header and bar."""


def until(place: Locator, condition: str) -> None:
    """Wait until something holds `at` the places of a cell."""
    look = f"(cell) => {{ const at = ({PLACES})(cell); return {condition} }}"
    place.page.wait_for_function(look, arg=place.element_handle())


def put_at_the_foot(page: Page, place: Locator, left: int) -> None:
    """Scroll so that so much of the window is left below a cell's code and its buttons."""
    place.locator(".cell-output").evaluate(
        "(output, left) => scrollBy({ top: output.getBoundingClientRect().top + left"
        " - document.querySelector('.live-bar').getBoundingClientRect().top, behavior: 'instant' })",
        left,
    )


@pytest.mark.parametrize("calm", [True, False])
def test_an_output_below_the_edge_comes_into_sight(open_page: Open, calm: bool) -> None:
    page = ready(open_page(LESSON, live=True))
    page.emulate_media(reduced_motion="reduce" if calm else "no-preference")
    first = scratch(page, 'print("line\\n" * 9, end="")')
    run(first)
    editor(first).focus()
    put_at_the_foot(page, first, 0)
    page.keyboard.press("Control+Enter")
    until(first, "at.outputEnd <= at.bottom && at.code >= at.top")
    expect(editor(first)).to_be_focused()


def test_of_a_long_output_the_beginning_comes_into_sight_below_its_cell(open_page: Open) -> None:
    page = ready(open_page(LESSON, live=True))
    first = scratch(page, 'print("line\\n" * 300, end="")')
    run(first)
    editor(first).focus()
    put_at_the_foot(page, first, 0)
    page.keyboard.press("Control+Enter")
    until(first, "at.output + 300 <= at.bottom")
    at = first.evaluate(PLACES)
    assert at["code"] >= at["top"], at
    # Of a cell that is longer than the window its end gives way.
    write(first, "\n" * 120 + 'print("line\\n" * 300, end="")')
    put_at_the_foot(page, first, 0)
    page.keyboard.press("Control+Enter")
    until(first, "at.output + 300 <= at.bottom && at.output >= at.top")


def test_nothing_moves_where_the_output_is_in_sight_or_nobody_looks(open_page: Open) -> None:
    page = ready(open_page(LESSON, live=True))
    page.emulate_media(reduced_motion="reduce")  # what moves, moves at once
    first = scratch(page, 'print("line")')
    run(first)
    editor(first).focus()
    put_at_the_foot(page, first, 200)
    before = first.evaluate(PLACES)
    for text in ('print("other")', 'print("line\\n" * 300, end="")'):
        write(first, text)
        page.keyboard.press("Control+Enter")
        expect(first.locator(".cell-state")).to_contain_text("Your output")
        expect(first.locator(".cell-output")).to_contain_text(text[7:11])
        assert first.evaluate(PLACES)["scrolled"] == before["scrolled"]
    # The reader goes back to the top of the page while a cell further down still runs.
    further = cell(page, "client = serve(app)")
    write(further, 'import time\ntime.sleep(1)\nprint("late\\n" * 9)')
    put_at_the_foot(page, further, 0)
    page.keyboard.press("Control+Enter")
    expect(further).to_have_attribute("aria-busy", "true")
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    expect(further.locator(".cell-output")).to_contain_text("late")
    expect(further).to_have_attribute("aria-busy", "false")
    assert page.evaluate("scrollY") == 0


def test_output_comes_as_it_is_printed_and_stop_keeps_the_text(open_page: Open) -> None:
    page = ready(open_page(LESSON, live=True))
    kept_before = cell(page, "from fastapi import FastAPI")
    run(kept_before)
    endless = 'import time\nprint("begun")\ntime.sleep(0.2)\nprint("on")\nwhile True:\n    pass'
    first = scratch(page, endless)
    first.locator("button.run").click()
    expect(first.locator(".stream")).to_contain_text("begun")
    expect(first).to_have_attribute("aria-busy", "true")
    page.get_by_role("button", name="Stop").click()
    expect(first.locator(".output-note")).to_have_text("Stopped.")
    expect(page.locator(".live-told")).to_have_text(
        "Python was stopped: variables are gone, your text is kept."
    )
    expect(kept_before.locator(".cell-state")).to_have_text("Output from before Python was stopped")
    assert text_of(first) == endless
    write(first, "FastAPI")
    expect(run(first)).to_contain_text("NameError")
    first = scratch(page, "print(6 * 7)")
    expect(run(first)).to_have_text("42")


def test_what_waits_behind_an_endless_loop_is_not_run_after_it(open_page: Open) -> None:
    page = ready(open_page(LESSON, live=True))
    first, second = (page.locator(".cell[data-cell]").nth(number) for number in (0, 1))
    write(first, "while True:\n    pass")
    write(second, 'print("run")')
    first.locator("button.run").click()
    second.locator("button.run").click()
    expect(second.locator(".cell-state")).to_have_text("Waiting for its turn")
    page.get_by_role("button", name="Stop").click()
    expect(second).to_have_attribute("aria-busy", "false")
    expect(second.locator(".cell-output")).to_have_text("Python was stopped before its turn came.")


def test_a_name_that_is_not_there_yet_is_one_click_away(open_page: Open) -> None:
    page = ready(open_page(LESSON, live=True))
    asks = cell(page, 'show(await client.get("/hello?name=42"))')
    output = run(asks)
    expect(output.locator(".cell-error")).to_contain_text("NameError: name")
    output.get_by_role("button", name="Run all above, then this").click()
    expect(output.locator(".course-exchange")).to_contain_text("Hello, 42!")


def test_nothing_that_a_cell_gives_is_html_of_the_page(open_page: Open) -> None:
    page = ready(open_page(LESSON, live=True, watched=False))  # the browser tells what it blocks
    attack = '<img src=x onerror="parent.harmed = top.harmed = window.harmed = 1">'
    first = scratch(
        page,
        f"""
class Rich:
    def __init__(self, html): self.html = html
    def _repr_html_(self): return self.html
attack = '''{attack}'''
from IPython.display import display
print(attack)
display(Rich("<div class='course-report'>" + attack + "</div>"))
table = "<table class='course-x md-overlay' style='position:fixed' onclick='harmed=1'>"
display(Rich(table + "<tr><td>cell</td></tr></table>"))
display(Rich("<svg><script>parent.harmed=1</script></svg>"))
raise ValueError(attack)
""".strip(),
    )
    output = run(first)
    expect(output.locator(".stream").first).to_have_text(attack)
    expect(output.locator("iframe")).to_have_count(2)
    for frame in output.locator("iframe").all():
        expect(frame).to_have_attribute("sandbox", "")
    table = output.locator("table")
    expect(table).to_have_text("cell")
    assert table.evaluate("one => one.outerHTML").startswith('<table class="course-x">')
    expect(output.locator(".cell-error")).to_contain_text(f"ValueError: {attack}")
    expect(output.locator("img, script")).to_have_count(0)
    assert page.evaluate("window.harmed") is None


def test_pictures_and_drawings_of_the_course_are_drawn(open_page: Open) -> None:
    page = ready(open_page(LESSON, live=True))
    first = scratch(
        page,
        """
from IPython.display import display
from course.running.graph import Graph
from course.running.timeline import Timeline
class Drawing:
    def _repr_svg_(self):
        return "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><rect width='9'/></svg>"
timeline = Timeline("Who waited")
timeline.add("1", sent=0, answered=1)
display(Drawing(), timeline, Graph("Needs", [("a", "b")]))
""".strip(),
    )
    output = run(first)
    expect(output.locator("img")).to_have_js_property("naturalWidth", 9)
    expect(output.locator(".course-timeline svg rect")).to_be_visible()
    expect(output.locator(".course-graph svg text").first).to_have_text("a")
    expect(output.locator("iframe")).to_have_count(0)


def test_a_cell_for_the_desk_has_no_run_and_says_why(open_page: Open) -> None:
    page = open_page(LESSON)
    desk = page.locator('.cell[data-tags~="no-browser"]').first
    expect(desk.locator("button.run")).to_have_count(0)
    expect(desk.locator(".cell-output")).to_be_visible()
    expect(desk.locator("+ .cell-note")).to_contain_text("this output is from a run at a desk")


# Doing


def test_a_prediction_is_answered_by_keyboard_before_its_experiment_runs(open_page: Open) -> None:
    page = open_page(LESSON)  # which does not start Python
    task = page.locator('[data-task="1.p1"]')
    experiment = task.locator('[data-role="experiment"]')
    expect(experiment.locator("button.run")).to_have_attribute("aria-disabled", "true")
    experiment.locator("button.run").click(force=True)
    choices = task.get_by_role("radio")
    expect(choices.first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(choices.nth(1)).to_be_focused()
    expect(choices.nth(1)).to_have_attribute("aria-checked", "false")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    expect(choices.first).to_have_attribute("aria-checked", "true")
    verdict = task.locator(".verdict")
    expect(verdict).to_contain_text("Not so: b is right. name has no default value")
    expect(page.get_by_role("status").filter(has_text="Not so")).to_have_count(1)
    choices.nth(1).click()
    expect(verdict).to_contain_text("Right. name has no default value")
    expect(experiment.locator("button.run")).not_to_have_attribute("aria-disabled", "true")
    expect(page.locator(".live-bar")).to_have_attribute("data-state", "saving")
    page.reload()
    expect(task.locator(".verdict")).to_contain_text("Right.")
    expect(task.locator('[data-role="answer"] > .cell-code')).to_contain_text('my_answer = "b"')


def test_questions_from_before_are_all_answered_before_their_outcomes_show(open_page: Open) -> None:
    page = ready(open_page("lessons/02-from-wsgi-to-asgi/", live=True))
    task = page.locator('[data-task="2.r"]')
    experiment = task.locator('[data-role="experiment"]')
    questions = task.locator(".question")
    questions.nth(0).get_by_role("radio").nth(1).click()
    questions.nth(2).get_by_role("radio").nth(2).click()
    expect(experiment.locator("button.run")).to_have_attribute("aria-disabled", "true")
    experiment.locator("button.run").click(force=True)
    expect(questions.nth(1).get_by_role("radio").first).to_be_focused()
    expect(task.locator('[data-role="answer"] > .cell-code')).to_contain_text('my_answers = "b", ..., "c"')
    questions.nth(1).get_by_role("radio").nth(1).click()
    expect(questions.nth(1).locator(".verdict")).to_contain_text("Not so: a is right.")
    experiment.get_by_role("button", name="Run all above").click()
    expect(task.locator('[data-role="answer"] .cell-state')).to_contain_text("Ran")
    experiment.locator("button.run").click()
    report = experiment.locator(".course-report")
    expect(report).to_contain_text("2.r2: you said b, right is a.")
    page.reload()
    expect(questions.nth(1).locator(".verdict")).to_contain_text("Not so")
    expect(task.locator('[data-role="answer"] > .cell-code')).to_contain_text('my_answers = "b", "b", "c"')


def test_a_lesson_goes_on_after_its_break_in_a_page_that_was_loaded_anew(open_page: Open) -> None:
    page = ready(open_page("lessons/05-requests-and-responses/", live=True))
    pause = page.locator(".break")
    pause.get_by_role("button", name="Run: cell").click()
    expect(pause.locator(".cell-output")).to_contain_text("What the first sitting has made is here.")


def test_the_answer_reaches_the_check_of_the_experiment(open_page: Open) -> None:
    page = ready(open_page(LESSON, live=True))
    task = page.locator('[data-task="1.p1"]')
    task.get_by_role("radio").nth(1).click()
    experiment = task.locator('[data-role="experiment"]')
    experiment.get_by_role("button", name="Run all above").click()
    expect(task.locator('[data-role="answer"] .cell-state')).to_contain_text("Ran")
    output = run(experiment)
    expect(output).to_contain_text("HTTP/1.1 422")
    expect(output.locator(".course-report.course-passed")).to_contain_text("1.p1")
    write(task.locator('[data-role="answer"]'), 'my_answer = "c"')
    expect(task.get_by_role("radio").nth(2)).to_have_attribute("aria-checked", "true")
    expect(run(experiment).locator(".course-report.course-not-yet")).to_contain_text("You said")


def test_an_exercise_is_checked_and_marked_as_done(open_page: Open, site: str) -> None:
    page = ready(open_page(LESSON, live=True))
    task = page.locator('[data-task="1.1"]')
    run(page.locator(".cell[data-cell]").first)
    run(task.locator(".cell").first)
    checked = task.locator(".cell").last
    expect(run(checked).locator(".course-report")).to_contain_text("not attempted yet")
    _, solution = solutions_of(FIRST)["1.1"]
    write(task.locator(".cell").first, f"# Exercise 1.1\n{solution}")
    run(task.locator(".cell").first)
    expect(run(checked).locator(".course-report.course-passed")).to_be_visible()
    expect(task.locator("h3 .task-done")).to_have_text("Done")
    page.reload()
    expect(task.locator("h3 .task-done")).to_have_text("Done")
    page.goto(site)
    lesson = page.locator(f'[data-lesson="{FIRST.slug}"]')
    expect(lesson.locator(".lesson-progress")).to_have_text(f"1 of {len(FIRST.tasks)} done")
    expect(page.locator(".lesson-progress")).to_have_count(1)


@pytest.mark.parametrize(
    ("done", "said"),
    [
        ([], "Start lesson 01"),
        ([(0, 1)], "Go on with lesson 01"),
        ([(0, None)], "Start lesson 02"),
        ([(3, None)], "Start lesson 05"),  # who began at lesson 04 is not sent back
        ([(0, None), (3, 1)], "Go on with lesson 04"),
        ([(-1, None)], "Start lesson 01"),
        (
            [(number, None) for number in range(len(all_lessons()))],
            "Go back to lesson 15 All lessons are done",
        ),
    ],
)
def test_the_landing_page_leads_on(
    open_page: Open, site: str, done: list[tuple[int, int | None]], said: str
) -> None:
    entries = {
        f"course1:{BASE}:{lesson.slug}:done:{task}": '{"at": 1}'
        for number, count in done
        for lesson in [all_lessons()[number]]
        for task in lesson.tasks[:count]
    }
    page = open_page(before=f"Object.assign(localStorage, {json.dumps(entries)})")
    sign = page.locator(".hero .signpost")
    expect(sign).to_contain_text(said)
    slug = next(lesson.slug for lesson in all_lessons() if f"lesson {lesson.number}" in said)
    assert sign.get_attribute("href") in (f"{site}lessons/{slug}/", f"lessons/{slug}/")


def test_an_app_is_built_served_and_checked(open_page: Open) -> None:
    page = ready(open_page(LESSON, live=True))
    run(page.locator(".cell[data-cell]").first)
    task = page.locator('[data-task="1.app"]')
    asked = task.locator(".asked li")
    file = task.locator(".file")
    file.get_by_role("button", name="Check").click()
    report = task.locator(".cell .course-report")
    expect(report).to_contain_text("not attempted yet")
    write(
        file,
        (FIRST.solutions / "app.py").read_text(encoding="utf-8").replace('"/trails/shortest"', '"/short"'),
    )
    file.get_by_role("button", name="Check").click()
    expect(task.locator(".asked [data-state='not yet right']")).to_have_count(1)
    expect(asked.first).to_have_attribute("data-state", "passed")
    write(file, (FIRST.solutions / "app.py").read_text(encoding="utf-8"))
    file.get_by_role("button", name="Check").click()
    expect(task.locator(".asked [data-state='passed']")).to_have_count(asked.count())
    expect(task.locator("h2 .task-done")).to_have_text("Done")
    file.get_by_role("button", name="Serve").click()
    expect(page.locator(".live-panel")).to_be_visible()
    expect(page.get_by_role("button", name="App", exact=True)).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(page.locator(".live-panel")).to_be_hidden()
    expect(page.get_by_role("button", name="App", exact=True)).to_be_focused()


# Keeping


def test_text_is_kept_and_clearing_asks_first(open_page: Open) -> None:
    page = open_page(LESSON)
    first = scratch(page, "mine = 1")
    page.locator('[data-task="1.p1"]').get_by_role("radio").first.click()
    page.reload()
    expect(first.locator("code")).to_have_text("mine = 1")
    assert {name.split(":")[0] for name in kept(page)} == {"cell", "said"}
    menu(page, "Clear this lesson")
    page.get_by_role("button", name="Keep it").click()
    expect(first.locator("code")).to_have_text("mine = 1")
    menu(page, "Clear this lesson")
    page.get_by_role("button", name="Clear it").click()
    expect(first.locator("code")).to_have_text(re.compile("^from course import"))
    expect(page.locator(".verdict:visible")).to_have_count(0)
    assert kept(page) == []


def test_the_edited_notebook_is_exported(open_page: Open) -> None:
    page = ready(open_page(LESSON, live=True))
    first = scratch(page, 'print("größer")\n1 / 0')
    run(first)
    write(page.locator(".cell[data-cell]").nth(1), "not_run = True")
    with page.expect_download() as download:
        menu(page, "Export your notebook")
    assert download.value.suggested_filename == f"{FIRST.slug}.ipynb"
    notebook = nbformat.reads(download.value.path().read_text(encoding="utf-8"), as_version=4)
    nbformat.validate(notebook)
    exported = [one for one in notebook.cells if one.cell_type == "code"]
    assert exported[0].source == 'print("größer")\n1 / 0'
    assert exported[0].outputs[0].text == "größer\n"
    assert exported[0].outputs[1].ename == "ZeroDivisionError"
    assert exported[1].source == "not_run = True"
    assert exported[1].outputs == []
    stored = nbformat.read(FIRST.notebook, as_version=4)
    before = [one for one in stored.cells if one.cell_type == "code"]
    assert exported[2:] == before[2:], "what was not touched is as it was"


def test_two_tabs_keep_each_others_work(open_page: Open) -> None:
    page = open_page(LESSON)
    other = page.context.new_page()
    other.goto(page.url)
    scratch(page, "here = 1")
    here, there = (one.locator(".cell[data-cell]") for one in (page, other))
    expect(there.first.locator("code")).to_have_text("here = 1")
    expect(other.locator(".live-notes")).to_contain_text("Cell 1 was changed in another tab")
    write(there.nth(1), "there = 1")
    expect(here.nth(1).locator("code")).to_have_text("there = 1")
    write(there.first, "newest = 1")
    expect(here.first.locator(".cm-content")).to_have_text("newest = 1")
    editor(here.first).press("Control+z")
    expect(here.first.locator(".cm-content")).to_have_text("here = 1")
    other.locator('[data-task="1.p1"]').get_by_role("radio").nth(2).click()
    expect(page.locator('[data-task="1.p1"] .verdict')).to_contain_text("Not so")
    expect(there.first.locator(".cm-content")).to_have_text("here = 1")
    page.reload()
    expect(here.first.locator("code")).to_have_text("here = 1")
    expect(here.nth(1).locator("code")).to_have_text("there = 1")


def test_a_lesson_that_has_changed_loses_nothing(open_page: Open) -> None:
    page = open_page(LESSON)
    prefix = page.evaluate("`course1:${new URL('../..', location.href).pathname}:01-first-api:cell:`")
    for key, text in {"1.1": "# Exercise 1.1\nmine = 1", "gone-1": "gone = 1"}.items():
        value = {"text": text, "hash": "another", "number": 2, "at": 1}
        page.evaluate("([key, value]) => localStorage.setItem(key, value)", [prefix + key, json.dumps(value)])
    page.reload()
    exercise = page.locator('[data-task="1.1"] .cell').first
    expect(exercise.locator(".cell-notice")).to_contain_text("The lesson has changed here")
    expect(exercise.locator(".cell-code code").first).to_have_text("# Exercise 1.1\nmine = 1")
    exercise.get_by_role("button", name="Keep mine").click()
    orphan = page.locator('[data-cell="2"] .orphan')
    orphan.locator("summary").click()
    expect(orphan.locator("code")).to_have_text("gone = 1")
    orphan.get_by_role("button", name="Put it into this cell").click()
    expect(page.locator('[data-cell="2"] .cell-code code')).to_have_text("gone = 1")
    page.reload()
    expect(page.locator(".cell-notice")).to_have_count(0)
    expect(exercise.locator(".cell-code code").first).to_have_text("# Exercise 1.1\nmine = 1")
    exercise.get_by_role("button", name="Reset").click()
    expect(exercise.locator(".cell-code code").first).to_contain_text("# gap: what type is it?")


REFUSED = """
Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError") } })
"""


def test_where_nothing_may_be_kept_the_rest_works(open_page: Open) -> None:
    page = ready(open_page(LESSON, live=True, before=REFUSED, watched=False))  # the theme complains
    expect(page.locator(".live-notes")).to_contain_text("does not let the page keep anything")
    expect(run(scratch(page, "print(1)"))).to_have_text("1")
    page.locator('[data-task="1.p1"]').get_by_role("radio").nth(1).click()
    expect(page.locator('[data-task="1.p1"] .verdict')).to_contain_text("Right.")


FULL = """
const set = Storage.prototype.setItem
Storage.prototype.setItem = function (key, value) {
  if (key.startsWith("course1:")) throw new DOMException("full", "QuotaExceededError")
  set.call(this, key, value)
}
"""


def test_where_there_is_no_room_the_page_says_so(open_page: Open) -> None:
    page = open_page(LESSON, before=FULL)
    scratch(page, "mine = 1")
    expect(page.locator(".live-notes")).to_contain_text("no room left")


# Loading


def test_a_reader_who_saves_data_loads_python_at_the_first_run(open_page: Open) -> None:
    page = open_page(LESSON)
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    expect(page.locator(".live-told")).to_contain_text("Python is loaded at your first run")
    first = scratch(page, "print(1)")
    assert not [url for url in asked if "/parts/" in url or "worker" in url]
    expect(run(first)).to_have_text("1")
    assert [url for url in asked if "/parts/" in url]


@pytest.mark.parametrize("lack", ["delete window.WebAssembly", "delete window.DecompressionStream"])
def test_a_browser_that_is_too_old_says_so_and_reads(open_page: Open, lack: str) -> None:
    page = open_page(LESSON, live=True, before=lack)
    expect(page.locator(".live-told")).to_contain_text("too old to run the cells")
    expect(page.locator("button.run:visible")).to_have_count(0)
    page.locator('[data-task="1.p1"]').get_by_role("radio").nth(1).click()
    expect(page.locator('[data-task="1.p1"] .verdict')).to_contain_text("Right.")


def test_python_that_cannot_be_loaded_is_tried_again(browser: Browser, site: str) -> None:
    with browser.new_context(service_workers="block") as context:
        context.route("**/live/worker*", lambda route: route.abort())
        page = context.new_page()
        page.goto(site + LESSON)
        expect(page.locator(".live-told")).to_contain_text("could not be loaded")
        first = scratch(page, "print(1)")
        expect(run(first)).to_contain_text("could not be loaded")
        context.unroute("**/live/worker*")
        expect(run(first)).to_have_text("1")


def test_a_page_weighs_little_before_python(browser: Browser, site: str) -> None:
    """350 kB for the largest lesson, with the editor, as a host sends it that compresses."""
    largest = max(all_lessons(), key=lambda lesson: lesson.notebook.stat().st_size)
    with browser.new_context(service_workers="block") as context:
        context.add_init_script(SAVES_DATA)
        page = context.new_page()
        answers: list[Response] = []
        page.on("response", lambda answer: answers.append(answer))
        page.goto(f"{site}lessons/{largest.slug}/")
        editor(page.locator(".cell[data-cell]").first)
        page.wait_for_load_state("networkidle")
        sizes = {answer.url.removeprefix(site): len(gzip.compress(answer.body())) for answer in answers}
    assert any("page/chunk" in name for name in sizes), "the editor is among them"
    assert sum(sizes.values()) <= 350_000, sizes


# Everybody


def test_tab_passes_an_editor_until_something_is_typed(open_page: Open) -> None:
    page = open_page(LESSON)
    first = page.locator(".cell[data-cell]").first
    text = editor(first)
    first.locator("button.run").focus()
    page.keyboard.press("Shift+Tab")
    expect(text).to_be_focused()
    assert "press Escape, then Tab" in text.evaluate(
        "one => document.getElementById(one.getAttribute('aria-describedby')).textContent"
    )
    page.keyboard.press("Tab")
    expect(first.locator("button.run")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type("if True:\nprint(1)")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("2")
    assert text_of(first) == "if True:\n    print(1)\n        2", "indented by the colon, kept, and by Tab"
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(first.locator("button.run")).to_be_focused()


def test_a_new_line_is_indented_in_a_browser_that_is_slow(open_page: Open) -> None:
    page = open_page(LESSON)
    first = page.locator(".cell[data-cell]").first
    text = editor(first)
    text.fill("")
    # CodeMirror parses for 20 ms, then leaves the rest for later: here that is over at the first look, and
    # the line ends before later comes.
    text.evaluate("""async (one) => {
        const { now } = Date
        let late = 0
        Date.now = () => now() + (late += 25)
        document.execCommand("insertText", false, "if 1 and 2 and 3 and 4:")
        await null // until CodeMirror has seen it
        one.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", keyCode: 13, bubbles: true }))
    }""")
    page.keyboard.type("print(1)")
    assert text_of(first) == "if 1 and 2 and 3 and 4:\n    print(1)"


def test_the_menu_is_used_by_keyboard(open_page: Open) -> None:
    page = open_page(LESSON)
    opener = page.get_by_role("button", name="Lesson", exact=True)
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Run all cells")).to_be_focused()
    expect(page.locator(".live-menu")).to_contain_text("0 of 4 tasks done, 0 of 3 predictions made")
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    expect(page.locator(".live-menu")).to_be_hidden()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_on_a_page_that_was_used(open_page: Open, dark: bool) -> None:
    page = ready(open_page(LESSON, live=True, dark=dark))
    shows = "\n".join(
        [
            "import sys",
            "from IPython.display import HTML, display",
            'print("out"); print("err", file=sys.stderr)',
            'display(HTML("<table><tr><th>a</th></tr><tr><td>1</td></tr></table>"), HTML("<h1>own</h1>"))',
            "hint('1.1')",
            "1 / 0",
        ]
    )
    cell(page, "from fastapi import FastAPI").get_by_role("button", name="Run all above").click()
    expect(page.locator(".cell-state").first).to_contain_text("Ran")
    run(cell(page, "from fastapi import FastAPI"))
    run(cell(page, "client = serve(app)"))
    write(cell(page, "client = serve(app)"), "client")
    second = cell(page, "from fastapi import FastAPI")
    write(second, shows)
    expect(run(second).locator(".own-text")).to_contain_text("Hint 1")
    for number, choice in (("1.p1", 0), ("1.p2", 1)):
        page.locator(f'[data-task="{number}"]').get_by_role("radio").nth(choice).click()
    task = page.locator('[data-task="1.app"]')
    task.locator(".file").get_by_role("button", name="Check").click()
    expect(task.locator(".cell .course-report")).to_be_visible()
    unfold(page)
    page.get_by_role("button", name="Lesson", exact=True).click()
    for width in (1280, PHONE):
        resize(page, width)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        axe(page)
    page.get_by_role("button", name="Clear this lesson").click()
    axe(page)
