"""A lesson's state in a page: the five names say the same as in a notebook, and the page is told of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from page import Page, opened, run

from course.judging.report import Report, State
from course.judging.tasks import solution_text, solutions_of
from course.lessons import find_lesson

LESSON = find_lesson("01")
FIRST = next(iter(LESSON.starters.values()))
CHECK = f'await check("{FIRST.task}", {", ".join(FIRST.arguments)})'
IMPORT = "from course import check, hint, serve, show, solution"
ANSWER = f"# Exercise {FIRST.task}\n{solutions_of(LESSON)[FIRST.task][1]}"
APP = solution_text(LESSON, LESSON.app_task)[1]
CALL = f'await check("{LESSON.app_task}")'


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with opened(LESSON, tmp_path) as page:
        page.run(IMPORT)
        yield page


def said(page: Page, code: str) -> str:
    [output] = page.run(code)
    text: str = output["data"]["text/plain"]
    return text


# Exercises


def test_a_starter_an_error_and_an_answer_are_told_apart(page: Page) -> None:
    page.run(FIRST.source)
    assert "is still as it was given" in said(page, CHECK)
    page.run(f"# Exercise {FIRST.task}\n1 / 0")
    assert "The cell above ended in this error" in said(page, CHECK)
    assert "ZeroDivisionError" in said(page, CHECK)
    page.run(ANSWER)
    assert said(page, CHECK).startswith(f"✓ {FIRST.task}")
    states = [event["state"] for event in page.told("report")]
    assert states == ["not attempted yet", "your code raised", "your code raised", "passed"]


def test_a_report_is_told_whole(page: Page) -> None:
    page.run(ANSWER)
    page.run(CHECK)
    [event] = page.told("report")
    assert (event["id"], event["task"]) == (1, FIRST.task)
    html = event["report"].pop("html")
    report = Report.from_dict(event["report"])
    assert report.state is State.PASSED
    assert report.html() == html


def test_hints_give_away_a_little_more_each_time(page: Page) -> None:
    hints = [said(page, f'hint("{FIRST.task}")') for _ in range(2)]
    assert [hint[:6] for hint in hints] == ["Hint 1", "Hint 2"]
    told = [(one["task"], one["count"]) for one in page.told("hint")]
    assert told == [(FIRST.task, 1), (FIRST.task, 2)]
    assert solutions_of(LESSON)[FIRST.task][1] in said(page, f'solution("{FIRST.task}")')


def test_a_task_that_is_not_there_is_one_sentence(page: Page) -> None:
    [output] = page.run('await check("1.77", 1)')
    assert output["traceback"][0].startswith("Lesson 01 has no exercise '1.77'")


# Build it


def test_the_app_is_judged_from_the_page_s_files(page: Page) -> None:
    assert "not attempted yet" in said(page, CALL)
    [output] = page.run(CALL, files={"app.py": APP})
    assert output["data"]["text/plain"].startswith(f"✓ {LESSON.app_task}")
    assert page.told("report")[-1]["state"] == "passed"
    assert "passed" in said(page, CALL), "files stay"


def test_the_app_is_judged_without_a_cell(page: Page) -> None:
    for text, state in ((APP, State.PASSED), (f"{APP}\n1 / 0", State.RAISED)):
        report = run(page.session.check(7, LESSON.app_task, {"app.py": text}))
        assert report.state is state
    assert [event["id"] for event in page.told("report")] == [7, 7]
    assert page.told("report")[-1]["report"]["traceback"].startswith("app.py, line ")


def test_what_the_app_prints_is_in_its_report_and_not_in_the_cell(page: Page) -> None:
    page.run(CALL, files={"app.py": f"print('x' * 5000)\n{APP}"})
    assert not [event for event in page.told("output") if event["output"]["output_type"] == "stream"]
    report = page.told("report")[-1]["report"]
    assert report["printed"].startswith("xxx")
    assert report["printed"].endswith("characters more)")


def test_files_that_changed_are_imported_anew(page: Page) -> None:
    page.run("from helper import NUMBER", files={"helper.py": "NUMBER = 1"})
    assert page.ok
    [output] = page.run("from helper import NUMBER\nNUMBER", files={"helper.py": "NUMBER = 2"})
    assert output["data"]["text/plain"] == "2"


def test_an_app_that_waits_for_ever_is_stopped(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("course.browser.session.LIMIT", 0.05)
    monkeypatch.setattr("course.judging.verdicts.ANSWER_WITHIN", 30)
    monkeypatch.setattr("course.browser.driver.GRACE", 0.05)
    head = "async def app(scope, receive, send):\n"
    slow = f"{head}    if scope['type'] == 'http':\n        await asyncio.sleep(60)"
    page.run(CALL, files={"app.py": f"import asyncio\n{slow}\n"})
    report = page.told("report")[-1]
    assert report["state"] == "stopped"
    assert "GET /" in str(report)
    assert re.search(r"nothing after [\d.]+ seconds", str(report))


def test_files_stay_in_the_lesson_s_folder(page: Page) -> None:
    [output] = page.run("1", files={"../escaped.py": "x"})
    assert "not in the lesson's folder" in output["traceback"][0]
    assert not (page.session.folder.parent / "escaped.py").exists()


# What the page is told


def test_an_app_that_is_served_is_described(page: Page) -> None:
    page.run(
        "from fastapi import APIRouter, FastAPI, WebSocket\n"
        "app = FastAPI(title='Trails', redoc_url=None)\n"
        "router = APIRouter(prefix='/huts')\n"
        "@app.get('/trails', summary='All trails')\ndef trails(): return []\n"
        "@router.post('/')\ndef add(): return 1\n"
        "@app.websocket('/live')\nasync def live(socket: WebSocket): ...\n"
        "app.include_router(router)\n"
        "client = serve(app)"
    )
    [event] = page.told("app")
    assert (event["name"], event["title"], event["state"]) == ("app", "Trails", "serving")
    assert (event["docs"], event["redoc"], event["openapi"]) == ("/docs", None, "/openapi.json")
    assert event["paths"] == [["GET", "/trails", "All trails"], ["POST", "/huts/", ""]]
    assert event["websockets"] == ["/live"]
    server = page.session.server()
    assert server is page.session.server("app") is not None
    page.run("client.server.stop()")
    assert page.told("app")[-1] == {"type": "app", "name": "app", "state": "stopped"}
    assert page.session.server() is None


def test_an_app_that_cannot_be_described_is_served_all_the_same(page: Page) -> None:
    page.run("async def app(scope, receive, send): ...\nclient = serve(app)")
    [event] = page.told("app")
    assert (event["docs"], event["paths"], event["websockets"]) == (None, [], [])


def test_exchanges_are_told_as_show_draws_them(page: Page) -> None:
    page.run(
        "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/boom')\ndef boom(): raise KeyError('x')"
    )
    page.run("client = serve(app)\nawait client.get('/boom')\nawait client.get('/none')", name="cell 2")
    first, second = page.told("exchange")
    assert (first["method"], first["path"], first["status"], first["from"]) == ("GET", "/boom", 500, "cell")
    assert first["request"] == "GET /boom HTTP/1.1"
    assert first["traceback"].splitlines()[0] == "your cell, line 4, in boom"
    assert second["response"].endswith('{"detail": "Not Found"}')


def test_what_checks_ask_is_not_told(page: Page) -> None:
    page.run(ANSWER)
    page.run(CHECK)
    assert page.told("exchange") == [] == page.told("app")
