"""The page of recipes: what has no place in a lesson, run and tested like the lessons.

A recipe of `docs/recipes.md` is a heading `## Title { #name }`, a sentence or two, a block `python`, and a
block `text` with what it printed. `python -m course.making.recipes` runs all and writes down what they print.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import io
import re
import warnings
from dataclasses import dataclass

from course.lessons import ROOT, CourseError

PAGE = ROOT / "docs" / "recipes.md"
RECIPE = re.compile(
    r"^## (?P<title>.+?) \{ #(?P<name>[a-z][a-z0-9-]*) \}\n(?P<words>(?:(?!## |```).*\n)*?)"
    r"```python\n(?P<code>[\s\S]*?)^```\n\n```text\n(?P<printed>[\s\S]*?)^```$",
    re.M,
)
FENCED = re.compile(r"^(`{3,})[\s\S]*?^\1$", re.M)
"""A block of code, in which a line may look like a heading."""


@dataclass(frozen=True)
class Recipe:
    """One recipe: its address on the page, its code, and what is written down as its output."""

    name: str
    title: str
    code: str
    printed: str


def read(text: str) -> list[Recipe]:
    """The recipes of a page.

    Raises:
        CourseError: a heading has no recipe of that form below it.
    """
    found = [Recipe(one["name"], one["title"], one["code"], one["printed"]) for one in RECIPE.finditer(text)]
    headings = re.findall(r"^## .+$", FENCED.sub("", text), re.M)
    if wrong := set(headings) - {f"## {one.title} {{ #{one.name} }}" for one in found}:
        raise CourseError(f"{PAGE.name}: not of the form of a recipe: {', '.join(sorted(wrong))}.")
    return found


async def run(code: str) -> str:
    """What a recipe prints. It may await, as a cell may, and warns of nothing."""
    printed = io.StringIO()
    compiled = compile(code, "recipe", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("error")
        awaited = eval(compiled, {"__name__": "__main__"})
        if inspect.iscoroutine(awaited):
            await awaited
    return printed.getvalue()


async def renewed(text: str) -> str:
    """The page, with what its recipes print now."""
    end, made = 0, list[str]()
    for one in RECIPE.finditer(text):
        try:
            made += [text[end : one.start("printed")], await run(one["code"])]
        except Exception as error:
            error.add_note(f"in the recipe #{one['name']}")
            raise
        end = one.end("printed")
    return "".join([*made, text[end:]])


def main() -> None:
    before = PAGE.read_text(encoding="utf-8")
    read(before)
    PAGE.write_text(asyncio.run(renewed(before)), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
