"""The check engine: three outcomes told apart, and what a learner reads, in its order."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import gc
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI, Response
from fastapi.responses import PlainTextResponse, StreamingResponse
from page import anyio_backend, where
from pydantic import BaseModel

from course.judging import verdicts
from course.judging.answers import run_answer
from course.judging.api import Api
from course.judging.checks import run_exercise
from course.judging.differences import same_json
from course.judging.report import Line, Report, State
from course.judging.tasks import (
    Check,
    Exercise,
    Prediction,
    checks_of,
    exercise,
    find_exercise,
    load_exercises,
    prediction,
)
from course.judging.verdicts import NotYet, Nudge, Nudges, expect_value, require
from course.lessons import CourseError, Lesson, find_lesson, same_code
from course.running.tracebacks import advice

__all__ = ["anyio_backend", "where"]  # all of this on a desk, and in a page


def made(*checks: object, takes: str = "app") -> Exercise:
    return Exercise("9.1", "Try", ["a", "b"], takes, list(checks))  # type: ignore[arg-type]


def an_app() -> FastAPI:
    app = FastAPI()

    @app.get("/hello")
    def hello(response: Response) -> dict[str, str]:
        response.headers["x-trail"] = "7"
        return {"message": "Hello"}

    @app.get("/boom")
    def boom() -> None:
        raise KeyError("trail")

    @app.get("/slow")
    async def slow() -> None:
        await asyncio.sleep(60)

    return app


async def good(api: Api) -> None:
    """Says hello"""
    (await api.get("/hello")).expect(200, {"message": "Hello"}, headers={"x-trail": "7"}, nudge="n")


async def wrong_body(api: Api) -> None:
    """Says goodbye"""
    (await api.get("/hello")).expect(200, {"message": "Bye"}, nudge="Say goodbye.")


async def raises(api: Api) -> None:
    """Does not fall over"""
    (await api.get("/boom")).expect(200, nudge="never seen")


async def test_right_answers_pass() -> None:
    report = await run_exercise(made(good), an_app())
    assert report.passed
    assert report.text() == "✓ 9.1 Try: passed\n  ✓ Says hello"


async def test_what_is_wrong_is_told_in_order() -> None:
    report = await run_exercise(made(good, wrong_body, good), an_app())
    assert report.state is State.NOT_YET
    assert report.failed == "wrong_body"
    assert report.text().splitlines() == [
        "✗ 9.1 Try: not yet right",
        "  ✓ Says hello",
        "  ✗ Says goodbye",
        "  ✓ Says hello",
        "  Sent       GET /hello",
        "  Came back  200 OK",
        "             x-trail: 7",
        '             {"message": "Hello"}',
        "  Expected   200, and the body",
        '             {"message": "Bye"}',
        '  Differs    `message` is "Hello", expected "Bye".',
        "  Nudge      Say goodbye.",
    ]


async def test_only_the_first_failure_is_told() -> None:
    async def worse(api: Api) -> None:
        """Also wrong"""
        (await api.get("/none")).expect(200, nudge="second")

    report = await run_exercise(made(wrong_body, worse), an_app())
    assert [line.state for line in report.lines] == [State.NOT_YET, State.NOT_YET]
    assert report.nudge == "Say goodbye."


async def test_what_failed_first_is_told_though_a_later_check_waits_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def waits(api: Api) -> None:
        """Waits"""
        await asyncio.Event().wait()

    monkeypatch.setattr("course.judging.checks.ENOUGH", 0.3)
    async with asyncio.timeout(10):
        report = await run_exercise(made(wrong_body, waits, good), an_app())
    assert report.state is State.NOT_YET
    assert [line.state for line in report.lines] == [State.NOT_YET, State.NOT_RUN, State.NOT_RUN]
    assert report.nudge == "Say goodbye."


async def test_code_that_raises_is_told_with_its_lines_only() -> None:
    report = await run_exercise(made(raises, good), an_app())
    assert report.state is State.RAISED
    assert report.sent == "GET /boom"
    assert [line.state for line in report.lines] == [State.RAISED, State.NOT_RUN]
    lines = report.traceback.splitlines()
    assert lines[0].startswith("test_checks.py, line ")
    assert lines[1:] == ['    raise KeyError("trail")', "KeyError: 'trail'"]


async def test_what_returned_nothing_is_told_so() -> None:
    app = FastAPI()

    @app.get("/hello")
    def hello() -> None: ...

    report = await run_exercise(made(wrong_body), app)
    assert report.nudge == "`null` is Python's `None`: that is what your function returned. Say goodbye."


async def test_common_exceptions_come_with_advice() -> None:
    app = FastAPI()

    @app.get("/boom")
    def boom() -> dict[str, int]:
        return "text"  # type: ignore[return-value]

    report = await run_exercise(made(raises), app)
    assert report.nudge == (
        "What the function returns does not fit the type declared for it, after `->` or as `response_model`."
    )


@pytest.mark.filterwarnings("ignore:coroutine")
@pytest.mark.parametrize(
    ("code", "says"),
    [
        ('"8" * 1.5', "still text"),
        ('"8" + 1', "still text"),
        ('1 + "8"', "still text"),
        ('1.5 < "8"', "still text"),
        ('"8"["km"]', ""),
        ("async def km(): ...\nlen(km())", "write `await`"),
        ("class Plain: ...\nclass Trail(BaseModel):\n    it: Plain", "subclass of `BaseModel`"),
        ("class Plain: ...\n@FastAPI().post('/')\ndef add(it: Plain): ...", "subclass of `BaseModel`"),
        ("nothing", "Is it imported"),
    ],
)
def test_an_exception_that_newcomers_meet_comes_with_advice(code: str, says: str) -> None:
    with pytest.raises(Exception) as raised:
        exec(compile(code, "cell", "exec", dont_inherit=True), {"BaseModel": BaseModel, "FastAPI": FastAPI})
    assert says in advice(raised.value)
    assert bool(says) == bool(advice(raised.value))


async def test_an_app_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("course.judging.verdicts.ANSWER_WITHIN", 0.3)

    async def waits(api: Api) -> None:
        """Answers"""
        await api.get("/slow")

    report = await run_exercise(made(waits, good), an_app())
    assert report.state is State.STOPPED
    assert report.sent == "GET /slow"
    assert report.lines[1].state is State.NOT_RUN


@pytest.mark.parametrize("subject", [..., Ellipsis])
async def test_dots_are_not_an_attempt(subject: object) -> None:
    report = await run_exercise(made(good), subject)
    assert report.state is State.NOT_ATTEMPTED


async def test_what_is_no_app_is_told() -> None:
    report = await run_exercise(made(good), {"message": "Hello"})
    assert report.state is State.NOT_YET
    assert report.nudge.startswith("The check takes an ASGI app, such as FastAPI(); this is dict")


async def test_values_are_judged_too() -> None:
    async def is_seven(value: int) -> None:
        """Is seven"""
        require(value == 7, sent="", came_back=repr(value), expected="7", nudge="Count again.")

    assert (await run_exercise(made(is_seven, takes="value"), 7)).passed
    report = await run_exercise(made(is_seven, takes="value"), 8)
    assert (report.came_back, report.expected) == ("8", "7")


async def test_a_function_that_raises_is_told() -> None:
    def learners() -> None:
        raise ValueError("mine")

    async def calls(function: object) -> None:
        """Can be called"""
        function()  # type: ignore[operator]

    report = await run_exercise(made(calls, takes="value"), learners)
    assert report.state is State.RAISED
    assert report.traceback.endswith("ValueError: mine")


async def test_a_header_or_a_status_alone_can_be_wrong() -> None:
    async def header(api: Api) -> None:
        """Header"""
        (await api.get("/hello")).expect(200, headers={"x-trail": "8"}, nudge="n")

    async def status(api: Api) -> None:
        """Status"""
        (await api.get("/hello")).expect(201, nudge="n")

    assert (await run_exercise(made(header), an_app())).expected == "200\nx-trail: 8"
    assert (await run_exercise(made(status), an_app())).expected == "201"


async def nudged(nudge: Nudges, status: int = 200, path: str = "/hello") -> Report:
    """The report on an answer that has not the body, or not the status, that was expected."""

    async def asks(api: Api) -> None:
        """Asks"""
        (await api.get(path)).expect(status, {"message": "Bye"}, nudge=nudge)

    return await run_exercise(made(asks), an_app())


async def test_a_cause_is_named_only_where_there_is_evidence_of_it() -> None:
    hello = Nudge("It greets.", when=lambda answer: answer.json()["message"] == "Hello")
    other = Nudge("It shouts.", when=lambda answer: answer.json()["message"].isupper())
    blind = Nudge("It has a name.", when=lambda answer: answer.json()["name"])
    assert (await nudged([other, blind, hello, "Say goodbye."])).nudge == "It greets."
    assert (await nudged([other, blind, "Say goodbye."])).nudge == "Say goodbye."
    assert (await nudged(other)).nudge == ""


async def test_a_plain_nudge_is_not_said_of_another_status() -> None:
    report = await nudged("Say goodbye.", status=202)
    assert (report.differs, report.nudge) == ("The status is 200, expected 202.", "")
    # What is known of such an answer comes in its place.
    assert (await nudged("Say goodbye.", status=201)).nudge.startswith("Something new has come into being")
    assert (await nudged("Say goodbye.", path="/none")).nudge.startswith("No endpoint of this app")
    # Where a refusal was expected, the words are about the status.
    assert (await nudged("Refuse it.", status=404)).nudge == "Refuse it."


async def test_a_condition_may_ask_for_a_status_besides() -> None:
    async def asks(api: Api) -> None:
        """Asks"""
        answer = await api.get("/hello")
        answer.require(False, "a word", status=204, differs="It has no word.", nudge="Say it.")

    report = await run_exercise(made(asks), an_app())
    assert (report.differs, report.expected) == ("The status is 200, expected 204.", "a word")

    async def asks_again(api: Api) -> None:
        """Asks again"""
        answer = await api.get("/hello")
        answer.require(False, "a word", status=200, differs="It has no word.", nudge="Say it.")

    report = await run_exercise(made(asks_again), an_app())
    assert (report.differs, report.nudge) == ("It has no word.", "Say it.")


async def test_the_first_difference_is_read_from_the_top() -> None:
    app = an_app()

    @app.get("/text")
    def text() -> PlainTextResponse:
        return PlainTextResponse("Hello", headers={"x-trail": "7"})

    async def differs(path: str, status: int, json: object = ..., **headers: str) -> str:
        async def asks(api: Api) -> None:
            """Asks"""
            (await api.get(path)).expect(status, json, headers=headers)

        return (await run_exercise(made(asks), app)).differs

    assert await differs("/text", 201, {}, trail="8") == "The status is 200, expected 201."
    found = await differs("/text", 200, {}, trail="8")
    assert found == "The content type is `text/plain; charset=utf-8`, expected `application/json`."
    assert await differs("/text", 200, trail="8") == "The header `trail` is missing."
    assert (
        await differs("/hello", 200, {}, **{"x-trail": "8"}) == "The header `x-trail` is `7`, expected `8`."
    )
    assert await differs("/hello", 200, {}) == "`message` is there, and is not expected."
    assert await differs("/hello", 200, None) == "There is a body, expected none."


async def test_values_are_compared_place_by_place() -> None:
    async def doubled(value: object) -> None:
        """Doubles"""
        expect_value(value, {"km": 8.0}, sent="double(4)", nudge="Twice as much.")

    right = await run_exercise(Exercise("9.1", "Try", ["a", "b"], "value", [doubled]), {"km": 8})
    assert right.passed
    report = await run_exercise(Exercise("9.1", "Try", ["a", "b"], "value", [doubled]), {"km": "8"})
    assert report.differs == '`km` is the text "8", expected the number 8.0.'
    assert (report.came_back, report.expected, report.nudge) == (
        '{"km": "8"}',
        '{"km": 8.0}',
        "Twice as much.",
    )


def test_a_report_survives_json_and_is_escaped() -> None:
    report = Report("1.1", "<b>", State.NOT_YET, [Line("f", "<i>", State.NOT_YET)], sent="<script>")
    assert Report.from_dict(report.as_dict()) == report
    page = report.html()
    assert not any(text in page for text in ("<b><b>", "<i>", "<script>"))
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1.0, True),
        (1, True, False),
        ([{"a": True}], [{"a": 1}], False),
        ({"a": 1, "b": None}, {"a": 1}, False),
    ],
)
def test_json_is_compared_as_json(one: object, other: object, same: bool) -> None:
    assert same_json(one, other) is same


def test_comments_and_blanks_are_no_attempt() -> None:
    assert same_code("a = 1  # x\n\n", "a=1")
    assert not same_code("a = 1", "a = 2")
    assert not same_code("a = (", "a = 1")
    assert same_code("a = (", "a = (")


def test_code_is_parsed_while_finalizers_parse_too() -> None:
    class Parses:
        def __init__(self) -> None:
            self.itself = self  # so that only the collector ends it

        def __del__(self) -> None:
            ast.parse("1 + f(2)")

    source = ", ".join(["(a + b).c(d)[e]"] * 300)
    thresholds = gc.get_threshold()
    gc.set_threshold(50)
    try:
        for _ in range(50):
            for _ in range(5):
                Parses()
            assert same_code(source, source)
    finally:
        gc.set_threshold(*thresholds)
        gc.collect()


def test_declarations_belong_to_their_lesson(tmp_path: Path) -> None:
    folder = tmp_path / "lessons" / "07-x"
    folder.mkdir(parents=True)
    (folder / "checks.py").write_text(
        "from course.judging import exercise, prediction\n"
        "exercise('7.1', 'One', hints=['a'])\nprediction('7.p1', answer='a', why='b')\n",
        encoding="utf-8",
    )
    assert list(load_exercises(Lesson("07-x", tmp_path))) == ["7.1", "7.p1"]
    with pytest.raises(LookupError):
        exercise("7.2", "outside of a lesson", hints=[])
    with pytest.raises(LookupError):
        prediction("7.p2", answer="a", why="b")


def test_checks_may_declare_dataclasses(tmp_path: Path) -> None:
    folder = tmp_path / "lessons" / "08-y"
    folder.mkdir(parents=True)
    (folder / "checks.py").write_text(
        "from __future__ import annotations\nfrom dataclasses import dataclass\n\n"
        "from course.judging import prediction\n\n\n"
        "@dataclass\nclass Seen:\n    count: int\n\n\n"
        "prediction('8.p1', answer='a', why=f'{Seen(3).count}')\n",
        encoding="utf-8",
    )
    made = load_exercises(Lesson("08-y", tmp_path))["8.p1"]
    assert isinstance(made, Prediction)
    assert made.why == "3"


@pytest.mark.parametrize("name", ["01", "1", "01-first-api", "1.2", "1.app"])
def test_a_lesson_is_found_by_what_people_write(name: str) -> None:
    assert find_lesson(name).slug == "01-first-api"


@pytest.mark.parametrize("name", ["", "77", "first", "-1", "0x1"])
def test_an_unknown_lesson_is_told(name: str) -> None:
    with pytest.raises(CourseError, match=r"There is no lesson .*There are: 01"):
        find_lesson(name)


def test_not_yet_keeps_its_four_parts() -> None:
    wrong = NotYet("s", "c", "e", "n")
    assert (wrong.sent, wrong.came_back, wrong.expected, wrong.nudge) == ("s", "c", "e", "n")


async def the_trails(api: Api) -> None:
    """Sends all trails"""
    (await api.get("/trails", params={"all": 1})).expect(200, nudge="never seen")


async def the_trails_piece_by_piece(api: Api) -> None:
    """Sends all trails"""
    async with api.stream("GET", "/trails", params={"all": 1}) as answer:
        await answer.rest()


def floods(kind: str) -> FastAPI:
    app = FastAPI()

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"trail\n" * (1 if kind == "slow" else 10_000)
            await asyncio.sleep(0.01)

    @app.get("/trails")
    async def trails() -> Response:
        return Response(bytes(100_000_000)) if kind == "huge" else StreamingResponse(endless())

    return app


def stalls() -> FastAPI:
    app = FastAPI()

    async def stopping() -> AsyncIterator[bytes]:
        yield b"trail\n"
        await asyncio.Event().wait()

    @app.get("/trails")
    async def trails() -> Response:
        return StreamingResponse(stopping())

    return app


@pytest.mark.anyio
@pytest.mark.parametrize("check", [the_trails, the_trails_piece_by_piece])
async def test_an_answer_that_stops_in_the_middle_is_told_from_one_without_end(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdicts, "ANSWER_WITHIN", 1.5)
    report = await run_exercise(made(check, good), stalls())
    assert report.came_back == "200 OK, then 6 bytes, and no end yet"
    assert "then nothing more came" in report.nudge
    assert verdicts.under_way() == ("", "")


@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["huge", "endless", "slow"])
@pytest.mark.parametrize("check", [the_trails, the_trails_piece_by_piece])
async def test_an_answer_without_end_is_stopped_and_told(
    check: Check, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdicts, "MOST_BYTES", 1_000_000)
    monkeypatch.setattr(verdicts, "ANSWER_WITHIN", 1.0)
    report = await run_exercise(made(check, good), floods(kind))
    assert [line.state for line in report.lines] == [State.STOPPED, State.NOT_RUN]
    assert report.sent == "GET /trails?all=1"
    came = re.fullmatch(r"200 OK, then ([\d,]+) bytes, and no end yet", report.came_back)
    assert came, report.came_back
    if kind != "huge":  # in a page that is one piece, which the app has made
        assert 0 < int(came[1].replace(",", "")) < 3_000_000
    assert "loop that goes on sending" in report.nudge


async def test_what_a_page_cannot_show_is_asked_on_a_desk_only(where: str) -> None:
    asked = []
    mine = made()

    @mine.check_on_desk
    async def on_a_desk(api: Api) -> None:
        """Seen on a desk"""
        asked.append(where)

    assert (await run_exercise(mine, an_app())).passed
    assert asked == [where] * (where == "desk")
    assert mine.on_desk_only == {"on_a_desk"}
    assert [line.label for line in mine.lines()] == ["Seen on a desk"]


async def test_an_app_is_judged_in_what_is_around_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[str] = []

    @contextlib.contextmanager
    def around() -> Iterator[None]:
        events.append("begins")
        yield
        events.append("ends")

    lesson = find_lesson("01")
    app = find_exercise(lesson, "1.app")
    monkeypatch.setattr(app, "around", around)
    monkeypatch.setattr(app, "checks", [])
    (tmp_path / "app.py").write_text("from fastapi import FastAPI\napp = FastAPI()\n", encoding="utf-8")
    assert (await run_answer(lesson, "1.app", "other", tmp_path)).passed
    assert events == ["begins", "ends"]


def test_a_task_may_ask_what_another_one_asks() -> None:
    assert checks_of("1.1") == find_exercise(find_lesson("01"), "1.1").checks
