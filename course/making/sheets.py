"""A sheet of paper for each lesson, to hand out: what it teaches, its recap, the words that are new."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from course.lessons import CourseError, Lesson
from course.making.planning import goals

TERM = re.compile(r"\[([^\]]+)\]\(\.\./glossary\.md#([\w-]+) \"([^\"]*)\"\)\{ \.term \}")
"""A term where a page uses it first: as it stands there, its entry, its meaning."""

RECAP = re.compile(r"^## Recap\n+((?:- .+\n(?:  .+\n)*)+)", re.M)


def sheets(pages: Sequence[tuple[Lesson, str]], names: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The sheet of each lesson as Markdown, by the lesson's slug.

    Args:
        pages: the lessons in order, each with the Markdown of its page.
        names: each entry of the glossary by its address, as it is written there.

    Raises:
        CourseError: a lesson has no goals, or no recap.
    """
    met: set[str] = set()
    for lesson, text in pages:
        used = {entry: meaning for _, entry, meaning in TERM.findall(text)}
        new = {names.get(entry, entry): meaning for entry, meaning in used.items() if entry not in met}
        met |= used.keys()
        yield lesson.slug, sheet(lesson, new)


def sheet(lesson: Lesson, terms: dict[str, str]) -> str:
    """One sheet."""
    parts = [
        f"---\ntitle: {json.dumps(f'{lesson.number} {lesson.title}, one page', ensure_ascii=False)}\n"
        "hide: [navigation, toc]\nsearch: {exclude: true}\n---",
        f"# {lesson.number} {lesson.title}",
        f'<p class="sheet-summary" markdown="span">{lesson.summary} [The lesson](../{lesson.slug}.md)</p>',
        "## You will be able to",
        goals(lesson),
        "## Recap",
        recap(lesson),
    ]
    if terms:
        parts += [
            "## New words",
            '<dl class="sheet-terms" markdown="1">',
            *(
                f'<div markdown="1"><dt markdown="span">{name}</dt><dd markdown="span">{meaning}</dd></div>'
                for name, meaning in sorted(terms.items(), key=lambda item: item[0].lower())
            ),
            "</dl>",
        ]
    return f'{parts[0]}\n\n<div class="sheet" markdown="1">\n\n' + "\n\n".join(parts[1:]) + "\n\n</div>\n"


def recap(lesson: Lesson) -> str:
    """What a lesson says at its end, as a Markdown list.

    Raises:
        CourseError: it says nothing.
    """
    for cell in reversed(lesson.cells):
        if cell.kind == "markdown" and (found := RECAP.search(cell.source + "\n")):
            return found[1].strip()
    raise CourseError(f"{lesson.slug}/lesson.md has no list below `## Recap`.")


def listed(lessons: Sequence[Lesson]) -> str:
    """The links to all sheets, for the page that plans a class."""
    return "\n".join(f"- [{one.number} {one.title}](lessons/sheets/{one.slug}.md)" for one in lessons) + "\n"
