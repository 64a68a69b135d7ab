"""An interactive course that teaches FastAPI by running it.

A lesson's notebook needs five names: `serve`, `show`, `check`, `hint`, `solution`. To look around, open
`lessons.py` (what a lesson is) next, then `checks.py` (how an answer is judged).
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing would delay the start of each check

if TYPE_CHECKING:
    from typing import Any

    from course.exchange import show
    from course.learner import check, hint, solution
    from course.server import serve

__all__ = ["check", "hint", "serve", "show", "solution"]

_HOME = {
    "check": "course.learner",
    "hint": "course.learner",
    "serve": "course.server",
    "show": "course.exchange",
    "solution": "course.learner",
}


def __getattr__(name: str) -> Any:
    # Loaded at first use: the command line would wait for FastAPI and Uvicorn otherwise.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
