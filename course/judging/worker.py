"""The process in which a learner's code runs: a job comes in by standard input, reports go out.

Run as `python -m course.judging.worker`. Reports are JSON lines on what was standard output at the start;
what the learner's code prints goes to standard error, so that the two never mix.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import json
import os
import shutil
import sys
import threading
from pathlib import Path
from typing import IO, Any

# Imported before the job is there, while whoever started this process still reads its arguments.
with contextlib.suppress(Exception):
    import asyncio
    import faulthandler

    # What they load for command lines of their own is much of the time that they take, and of no use here.
    for name in ("httpx._main", "watchfiles"):
        sys.modules[name] = None  # type: ignore[assignment]
    import httpx  # noqa: F401
    import uvicorn  # noqa: F401

    for name in ("httpx._main", "watchfiles"):
        del sys.modules[name]
    import fastapi  # noqa: F401

    from course.judging.answers import run_answer
    from course.judging.child import END
    from course.judging.tasks import find_exercise, not_attempted
    from course.judging.verdicts import under_way
    from course.lessons import find_lesson


def main() -> None:
    """Answer one job and end, whatever the learner's threads still do."""
    reports = os.fdopen(os.dup(1), "w", encoding="utf-8")
    orders = os.fdopen(os.dup(0), encoding="utf-8")
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    line = orders.readline()
    if not line:
        os._exit(0)  # never needed
    job = json.loads(line)
    threading.Thread(target=_end_with_parent, args=(orders,), daemon=True).start()
    builtins.input = _no_input
    if given := job.get("given"):
        shutil.copytree(given, job["folder"])
    _limit(job.get("limits", {}))
    os.chdir(job["folder"])
    with open(job["hung"], "w", encoding="utf-8") as hung:  # noqa: PTH123
        asyncio.run(_answer(job, reports, hung))
        os._exit(0)


def _limit(limits: dict[str, int]) -> None:
    """Set limits of the operating system, by their names in `resource`, for good."""
    if limits:
        import resource  # not on Windows

        for name, most in limits.items():
            resource.setrlimit(getattr(resource, name), (most, most))


def _end_with_parent(orders: IO[str]) -> None:
    """End this process, whatever it does, when the one that started it is gone."""
    orders.read()  # nothing more comes: this returns when the other end is closed
    os._exit(1)


async def _answer(job: dict[str, Any], reports: IO[str], hung: IO[str]) -> None:
    lesson = find_lesson(job["lesson"])
    behind = job["behind"]
    tell = functools.partial(_tell, reports, job.pop("token"))
    for task, source in job["answers"].items():
        if behind and lesson.of_app(task):
            report = not_attempted(find_exercise(lesson, task))
            report.nudge = f"{behind} comes first."
            tell({"started": task, "within": job["limit"]})
            os.write(2, END)
            tell({"report": report.as_dict()})
            continue
        within = job["limit"] * find_exercise(lesson, task).patience
        tell({"started": task, "within": within})
        # Just before the limit, note which request is under way, and which line it is that does not end.
        noting = threading.Timer(within * 0.85, _note, [Path(job["asked"])])
        noting.daemon = True
        noting.start()
        faulthandler.dump_traceback_later(within * 0.9, file=hung)
        report = await run_answer(lesson, task, source, Path(job["folder"]))
        faulthandler.cancel_dump_traceback_later()
        noting.cancel()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        os.write(2, END)
        tell({"report": report.as_dict()})
        if task in lesson.milestones and not report.passed:
            behind = task


def _note(asked: Path) -> None:
    with contextlib.suppress(RuntimeError):  # what is under way changes just now, so something still moves
        asked.write_text(json.dumps(under_way()), encoding="utf-8")


def _tell(reports: IO[str], token: str, message: dict[str, Any]) -> None:
    reports.write(json.dumps({**message, "token": token}) + "\n")
    reports.flush()


def _no_input(prompt: object = "", /) -> str:
    raise EOFError("input() waits for a keyboard, and nobody is there while a check runs.")


if __name__ == "__main__":
    main()
