"""Tracebacks as a learner wants them: their own lines, and the exception."""

from __future__ import annotations

import re
import sys
import sysconfig
import traceback
from collections.abc import Callable
from pathlib import Path

from course.lessons import ROOT
from course.running.accidents import words_for

_NOT_THEIRS = tuple(
    {
        *(str(Path(path)) for path in sysconfig.get_paths().values()),
        *(str(Path(path).resolve()) for path in sysconfig.get_paths().values()),
        str(Path(__file__).resolve().parent.parent),  # the course
        str(ROOT / "lessons"),  # the checks; a learner's files lie in the workspace
        "<frozen ",
        *(("/lib/",) if sys.platform == "emscripten" else ()),  # where a page has its archives
    }
)


MOST_TIMES = 2
"""Times that a line which calls itself is shown again."""

AND_SO_ON = "    … and so on, again and again"

MOST_LINES = 20
"""Lines of an exception's own message that are shown."""


def place(filename: str) -> str:
    """A file's name for a learner: "your cell" for a notebook's, the bare name for others."""
    if "ipykernel_" in filename or re.match(r"<(ipython|exercise|cell)", filename):
        return "your cell"
    return Path(filename).name


def learner_traceback(error: BaseException, place: Callable[[str], str] = place) -> str:
    """The frames of `error` that are in code of the learner's, then the error itself, as text.

    Libraries, the standard library and the course are left out. A syntax error shows its line. `place` says
    how a file is called.
    """
    parts: list[str] = []
    again = 0
    last = None
    for frame in traceback.extract_tb(error.__traceback__):
        if is_learners(frame.filename):
            again = again + 1 if (frame.filename, frame.lineno) == last else 0
            last = frame.filename, frame.lineno
            if again > MOST_TIMES:
                if parts[-1] != AND_SO_ON:
                    parts.append(AND_SO_ON)
                continue
            where = "" if frame.name == "<module>" else f", in {frame.name}"
            parts.append(f"{place(frame.filename)}, line {frame.lineno}{where}")
            if frame.line:
                parts.append(f"    {frame.line}")
    if isinstance(error, SyntaxError) and error.filename:
        parts.append(f"{place(error.filename)}, line {error.lineno}")
        if error.text:
            line = error.text.rstrip()
            parts.append(f"    {line.strip()}")
            indent = len(line) - len(line.lstrip())
            parts.append(" " * (4 + max(0, (error.offset or 1) - 1 - indent)) + "^")
        parts.append(f"{type(error).__name__}: {error.msg}")
    else:
        message = "".join(traceback.format_exception_only(error)).rstrip()
        # FastAPI names the file of an endpoint in some of its messages.
        message = re.sub(r'File "([^"]+)"', lambda file: place(file[1]), message)
        parts += message.splitlines()[:MOST_LINES]
    return "\n".join(parts)


_TEXT_FOR_A_NUMBER = "multiply sequence|concatenate str|(operand|between instances).*'str'|not str$"


def advice(error: BaseException) -> str:
    """One sentence for an exception that newcomers to FastAPI meet often; else nothing."""
    if words := words_for(error):
        return words
    message = str(error)
    if re.search("<coroutine object|'coroutine'", message):
        return "An `async def` was called and nobody waited for it: write `await` before the call."
    match type(error).__name__:
        case "NameError":
            return f"Is it imported, in the same cell or file? {message[:1].upper()}{message[1:]}."
        case "ResponseValidationError":
            return (
                "What the function returns does not fit the type declared for it, "
                "after `->` or as `response_model`."
            )
        case "PydanticSerializationError":
            return (
                "What the function returns cannot be written as JSON: return dictionaries, lists or models."
            )
        case "PydanticSchemaGenerationError" | "FastAPIError" if "<class '" in message:
            return "A type hint names a class that Pydantic cannot check: make it a subclass of `BaseModel`."
        case "TypeError" if re.search(_TEXT_FOR_A_NUMBER, message):
            return "Something is still text: a parameter without a type hint stays as it was sent."
    return ""


def is_learners(filename: str) -> bool:
    """Whether a frame's file is one that the learner wrote."""
    return not filename.startswith(_NOT_THEIRS)
