"""How answers are judged.

In: a lesson's `checks.py`, which says what is asked, and a learner's answer: a value or an app from a
notebook, a cell's source, a folder with `app.py`. Out: a `Report` for each task.

    tasks.py     exercises, predictions, hints, solutions; what `checks.py` declares
    api.py       the app as a check meets it; live.py: its streams and sockets; timers.py: its timers;
                 calls.py: how far it is with a request
    checks.py    an exercise's checks, one after the other
    verdicts.py  what a check raises when an answer is not right; differences.py: the first difference
    refusals.py  words for what an app answers otherwise than wanted
    report.py    what a learner reads
    answers.py   an answer's source, run in this process
    sandbox.py   the same in a process of its own: child.py starts it, worker.py is what runs there

The names below are what a lesson's `checks.py` needs.
"""

from __future__ import annotations

from course.lazy import names_from

TYPE_CHECKING = False  # importing typing would delay the start of each check
if TYPE_CHECKING:
    from course.judging.api import Answer, Api, api_of, serve_app
    from course.judging.live import Stream
    from course.judging.refusals import complaints, misdirected
    from course.judging.tasks import checks_of, exercise, prediction
    from course.judging.verdicts import (
        ANSWER_WITHIN,
        CodeRaised,
        NoAnswer,
        NotYet,
        Nudge,
        expect_value,
        require,
    )

__all__ = [
    "ANSWER_WITHIN",
    "Answer",
    "Api",
    "CodeRaised",
    "NoAnswer",
    "NotYet",
    "Nudge",
    "Stream",
    "api_of",
    "checks_of",
    "complaints",
    "exercise",
    "expect_value",
    "misdirected",
    "prediction",
    "require",
    "serve_app",
]

__getattr__ = names_from(
    "course.judging",
    {
        "ANSWER_WITHIN": "verdicts",
        "Answer": "api",
        "Api": "api",
        "CodeRaised": "verdicts",
        "NoAnswer": "verdicts",
        "NotYet": "verdicts",
        "Nudge": "verdicts",
        "Stream": "live",
        "api_of": "api",
        "checks_of": "tasks",
        "complaints": "refusals",
        "exercise": "tasks",
        "expect_value": "verdicts",
        "misdirected": "refusals",
        "prediction": "tasks",
        "require": "verdicts",
        "serve_app": "api",
    },
)
