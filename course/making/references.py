"""What texts say of other lessons: that they are there, and still have what is named.

A lesson that goes, a task that gets another number, an example that gets another name: the texts that speak
of it are found, and end the build of the site.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from course.lessons import CourseError, Lesson, all_lessons

FENCED = re.compile(r"^(?P<ticks>`{3,}).*?^(?P=ticks)$", re.M | re.S)
FRONT = re.compile(r"\A---\n.*?^---$", re.M | re.S)
LINE_END = re.compile(r"[ \t]*\n[ \t]*(?:[>#]+ )?[ \t]*(?=\S)")
"""Between two lines of one sentence, in text or in comments."""

LESSONS = re.compile(
    r"\b[Ll]esson (\d\d?)(?!\d)|\b[Ll]essons (\d\d?(?!\d)(?:(?:,| to|,? and|,? or) \d\d?\b(?!\.\d))*)"
)
TASK = re.compile(
    r"\b(?:[Ee]xercises?|[Mm]ilestones?|[Pp]redict(?:ions?)?|[Tt]ask) (\d+\.[pr]?\d+)\b(?!\.\d)"
)
HEADING = re.compile(r"\b(?:Exercise|Milestone|Predict|From before) (\d+\.[pr]?\d+)\b")

OF = re.compile(r"\b[Tt]he ((?:[\w-]+ ){1,4})(?:of|in|from) lesson (\d\d?)\b")
"""What another lesson had: "the trail register of lesson 05"."""
CODE_BEFORE = re.compile(r"`([^`\n]+)`[^`.;:|]{0,60}\b(?:in|of|from) lesson (\d\d?)\b")
"""Code that another lesson had: "`gather`, which you know from lesson 02"."""
CODE_BEHIND = re.compile(r"\blesson (\d\d?)(?:'s|,| had| has| called it) `([^`\n]+)`")

ANY_LESSON = {
    "app",
    "one",
    "two",
    "four",
    "cells",
    "checks",
    "first",
    "last",
    "notebook",
    "only",
    "page",
    "rest",
    "second",
    "text",
    "very",
}
"""Words that fit each lesson."""


def check_references(root: Path) -> None:
    """Look through all lessons and the site's own pages.

    Raises:
        CourseError: something is named that is not there; the message has all of it, a line each.
    """
    if found := list(lost(root)):
        raise CourseError("\n".join(found))


def lost(root: Path) -> Iterator[str]:
    """What is named and not there, each in a line with its place."""
    lessons = {lesson.number: lesson for lesson in all_lessons(root)}
    known = {number: _text(lesson).lower() for number, lesson in lessons.items()}
    tasks = {task for number in known for task in _tasks(lessons[number])}

    @cache
    def has(number: str, word: str) -> bool:
        return re.search(rf"(?<!\w){re.escape(word.lower())}", known[number]) is not None

    for path in _sources(root):
        where = path.relative_to(root).as_posix()
        text = prose(path)
        for said in LESSONS.finditer(text):
            for number in re.findall(r"\d+", said[0]):
                if f"{int(number):02}" not in lessons:
                    yield f"{where} names lesson {number}, which is not there: “{_around(text, said)}”"
        for said in TASK.finditer(text):
            if said[1] not in tasks:
                yield f"{where} names {said[1]}, and no lesson has such a task: “{_around(text, said)}”"
        for number, words, phrase in _examples(text):
            if number in lessons and (gone := [word for word in words if not has(number, word)]):
                named = ", ".join(f"`{word}`" for word in gone)
                yield f"{where} says that lesson {number} has {named}, which it has not: “{phrase}”"


def _examples(text: str) -> Iterator[tuple[str, list[str], str]]:
    """What another lesson is said to have: its number, the words by which that is known, the sentence."""
    for said in OF.finditer(text):
        words = [
            word.removesuffix("s") for word in said[1].split() if len(word) > 2 and word not in ANY_LESSON
        ]
        yield f"{int(said[2]):02}", words, said[0]
    for said in CODE_BEFORE.finditer(text):
        yield f"{int(said[2]):02}", _names(said[1]), said[0]
    for said in CODE_BEHIND.finditer(text):
        yield f"{int(said[1]):02}", _names(said[2]), said[0]


def _names(code: str) -> list[str]:
    return re.findall(r"[A-Za-z_][\w-]*", code)


def prose(path: Path) -> str:
    """What a file says, each sentence in one line: of Markdown without front matter and fenced blocks."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        text = FENCED.sub("", FRONT.sub("", text))
    return LINE_END.sub(" ", text)


def _text(lesson: Lesson) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in _of(lesson))


def _tasks(lesson: Lesson) -> set[str]:
    return set(HEADING.findall((lesson.folder / "lesson.md").read_text(encoding="utf-8")))


def _of(lesson: Lesson) -> Iterator[Path]:
    """All that a lesson consists of."""
    for folder in (lesson.folder, lesson.solutions):
        for path in sorted(folder.glob("*")):
            if path.suffix in (".md", ".py"):
                yield path


def _sources(root: Path) -> Iterator[Path]:
    for lesson in all_lessons(root):
        yield from _of(lesson)
    for pattern in ("docs/*.md", "docs/*.toml", "docs/overrides/*.html", "README.md"):
        yield from sorted(root.glob(pattern))


def _around(text: str, said: re.Match[str]) -> str:
    start = max(text.rfind(". ", 0, said.start()) + 1, said.start() - 60)
    return " ".join(text[start : said.end() + 40].split())
