"""How much of each a lesson has: what tests hold it to, and `docs/contributing.md` says in these words."""

from __future__ import annotations

import re

WORDS_BETWEEN_CELLS = 150
TASKS = range(4, 8)
"""How many tasks: three to five exercises, perhaps a pitfall besides, and the app."""

PREDICTIONS = 2
HINTS = range(2, 5)
MISTAKES_A_CHECK = 2
ALTERNATIVES_A_TASK = 3
CAPSTONE_ALTERNATIVES = 2
"""Whole apps besides the solution, each of which passes every milestone."""

COLUMNS = 110
"""How long a line of Python may be; ruff and pyproject.toml know it, too."""

PARTS = ("You will be able to", "> [!CAUTION]", "## Build it", "## Recap")
"""What stands in each `lesson.md`."""

CAPSTONE_WORDS = 350
"""Words of a capstone's brief and contract, which stand together on one page."""

CAPSTONE_PARTS = ("You will be able to", "### Milestone", "## Build it", "## Recap")
"""What stands in the `lesson.md` of a capstone, which is a contract and teaches nothing new."""

SAID = (
    f"Between two cells stand {WORDS_BETWEEN_CELLS} words at most",
    f"{TASKS[0]} to {TASKS[-1]} tasks, the app among them",
    f"{PREDICTIONS} predictions or more",
    f"{HINTS[0]} to {HINTS[-1]} hints",
    f"{MISTAKES_A_CHECK} mistakes for each check",
    f"{ALTERNATIVES_A_TASK} alternatives for each task",
    f"{CAPSTONE_ALTERNATIVES} whole apps besides the solution",
    f"{CAPSTONE_WORDS} words",
    f"{COLUMNS} columns",
    *(f"`{part}`" for part in PARTS),
)
"""The rules in words."""


def words(text: str) -> int:
    """How many words of a lesson's text are prose: code, alerts, tables and lists are none."""
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return len(re.sub(r"^> .*$|^\|.*$|^[-*] .*$", "", prose, flags=re.MULTILINE).split())
