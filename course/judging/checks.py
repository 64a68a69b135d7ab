"""How a lesson says what is asked of its exercises, and how an answer is judged.

A lesson's `checks.py` makes exercises and decorates their checks:

    hello = exercise("1.1", "Greet by name", hints=["...", "..."])

    @hello.check
    async def greets_by_name(api: Api) -> None:
        \"\"\"Greets the name in the query\"\"\"
        answer = await api.get("/hello", params={"name": "Ada"})
        answer.expect(200, {"message": "Hello, Ada!"}, nudge="...")

Checks look from outside: an app by its answers over HTTP, anything else by what it is and does.
"""

from __future__ import annotations

import asyncio

from course.judging import verdicts
from course.judging.api import Api, WrongAnswer, api_of, serve_app
from course.judging.refusals import explained
from course.judging.report import Report, State
from course.judging.tasks import Exercise, not_attempted
from course.judging.verdicts import CodeRaised, NoAnswer, NotYet
from course.running.serving import ServeError, explain_if_no_app
from course.running.tracebacks import advice, learner_traceback

ENOUGH = 7.0
"""Seconds, times an exercise's patience, for which checks behind one that failed are waited for. Whoever is
stopped at the limit for an answer (10 s) is told of that, and not of what failed first."""


async def run_exercise(made: Exercise, subject: object, *, to_the_end: bool = True) -> Report:
    """Judge `subject`, a learner's answer to an exercise, by the exercise's checks in order.

    All checks are run, and the report tells of the first that fails; after the code raised or gave no
    answer the rest is left out, and with `to_the_end=False` after any check that fails.
    """
    if subject is ...:
        return not_attempted(made)
    report = Report(made.id, made.title, State.PASSED, made.lines())
    if made.takes == "value":
        await _run_checks(made, subject, report, to_the_end)
        return report
    try:
        explain_if_no_app(subject)
        server = serve_app(subject)
    except ServeError as error:
        report.state = State.RAISED if "\n" in str(error) else State.NOT_YET
        report.nudge = str(error).replace("serve() takes", "The check takes")
        return report
    async with api_of(server, made.patience) as api:
        await _run_checks(made, api, report, to_the_end)
    return report


async def _run_checks(made: Exercise, subject: object, report: Report, to_the_end: bool) -> None:
    enough = asyncio.get_running_loop().time() + ENOUGH * made.patience
    for check, line in zip(made.checks, report.lines, strict=True):
        limit = asyncio.timeout_at(None if report.state is State.PASSED else enough)
        try:
            async with limit:
                await check(subject)
            line.state = State.PASSED
            continue
        except NotYet as wrong:
            line.state = State.NOT_YET
            found = {
                "sent": wrong.sent,
                "came_back": wrong.came_back,
                "expected": wrong.expected,
                "differs": wrong.differs,
                "nudge": await _nudge(wrong, subject),
            }
        except NoAnswer as silent:
            line.state = State.STOPPED
            found = {
                "sent": silent.sent,
                "came_back": silent.came
                or f"nothing within {verdicts.ANSWER_WITHIN * made.patience:.0f} seconds",
                "expected": "the answer's end" if silent.came else "an answer",
                "nudge": _words(silent),
            }
        except CodeRaised as raised:
            line.state = State.RAISED
            found = _told(raised.error, raised.nudge) | {"sent": raised.sent}
        except Exception as error:  # raised by the learner's function, called by the check itself
            if limit.expired():
                break
            line.state = State.RAISED
            found = _told(error)
        if report.state is State.PASSED:
            report.state = line.state
            report.failed = line.name
            for name, text in found.items():
                setattr(report, name, text)
        if not to_the_end or line.state in (State.RAISED, State.STOPPED):
            break


async def _nudge(wrong: NotYet, subject: object) -> str:
    """What to say of an answer that is not right: the check's words, else what is known of such answers."""
    if not isinstance(wrong, WrongAnswer):
        return wrong.nudge
    words = wrong.nudge
    if not words and isinstance(subject, Api) and wrong.status not in (None, wrong.answer.status_code):
        words = await explained(subject, wrong.answer, wrong.status)
    words = words or wrong.otherwise
    if wrong.answer.text == "null":
        words = f"`null` is Python's `None`: that is what your function returned. {words}".rstrip()
    return words


def _words(silent: NoAnswer) -> str:
    """What to say of an answer that did not come, or not to its end."""
    if not silent.came:
        return "Look for a loop that never ends, or something that waits without a limit."
    if silent.stalled:
        return (
            "The answer began, and then nothing more came: look for something that waits without a limit, or "
            "for an end that is never sent."
        )
    return "The answer is far too long, or has no end: look for a loop that goes on sending."


def _told(error: BaseException, nudge: str = "") -> dict[str, str]:
    return {"traceback": learner_traceback(error), "nudge": nudge or advice(error)}
