"""The glossary: `docs/glossary.md` is where it is written, and lessons point there at a first use."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from course.lessons import CourseError

ENTRY = re.compile(
    r"^(?P<name>\S[^\n]*?) \{ #(?P<id>[\w-]+)(?: data-also=\"(?P<also>[^\"]*)\")? \}\n"
    r":   (?P<meaning>.+(?:\n    .+)*)",
    re.M,
)

# Where a word is no prose: fenced code, code, links and images, HTML tags, headings, attributes, marks
# of alerts, and addresses.
ELSEWHERE = (
    r"^(?P<ticks>`{3,})[\s\S]*?^(?P=ticks)`*$"
    r"|(?P<code>`+)[\s\S]+?(?P=code)"
    r"|!?\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])"
    r"|<a\b[\s\S]*?</a>"
    r"|<[^>\n]+>"
    r"|^#{1,6} .*$"
    r"|\{[:#. ][^}\n]*\}"
    r"|\[![A-Z]+\]"
    r"|https?://\S+"
)


@dataclass(frozen=True)
class Term:
    """One entry: the ways it is written in a text, and what it means, in plain text."""

    id: str
    forms: tuple[str, ...]
    meaning: str
    name: str = ""
    """As its entry is headed."""

    @property
    def pattern(self) -> str:
        """Matches the term where it is used, in the plural too, and over a line's end.

        An abbreviation counts only as it is written: REST is no rest.
        """
        forms = []
        for form in self.forms:
            words = r"\s+".join(map(re.escape, form.split()))
            forms.append(words if re.search("[A-Z]", form) else f"(?i:{words})")
        return rf"\b(?:{'|'.join(forms)})s?\b"


@dataclass(frozen=True)
class Glossary:
    """All terms, in the order in which they stand on the page."""

    terms: tuple[Term, ...]

    @classmethod
    def read(cls, path: Path) -> Glossary:
        """The glossary at `path`: entries as `term { #id data-also="form, form" }`, below `:   meaning`.

        Raises:
            CourseError: a line that defines something has no such entry above it.
        """
        text = path.read_text(encoding="utf-8")
        terms = []
        for entry in ENTRY.finditer(text):
            also = [form.strip() for form in (entry["also"] or "").split(",") if form.strip()]
            forms = sorted([entry["name"], *also], key=len, reverse=True)
            terms.append(Term(entry["id"], tuple(forms), _plain(entry["meaning"]), entry["name"]))
        if len(terms) != len(re.findall(r"^:   ", text, re.M)):
            raise CourseError(f"{path.name}: an entry begins with a line `term {{ #id }}`.")
        return cls(tuple(terms))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """Matches what is no prose, or a term by its number: "t0" is the group of the first."""
        # Longer terms first, so that "worker thread" would not be taken for "worker".
        numbered = sorted(enumerate(self.terms), key=lambda item: -len(item[1].forms[0]))
        named = [f"(?P<t{number}>{term.pattern})" for number, term in numbered]
        return re.compile("|".join([f"(?P<elsewhere>{ELSEWHERE})", *named]), re.M)

    def once(self, page: str = "../glossary.md") -> Callable[[str], str]:
        """A function for the texts of one page in order: it links each term where it is used first."""
        left = {f"t{number}": term for number, term in enumerate(self.terms)}

        def link(match: re.Match[str]) -> str:
            term = left.pop(match.lastgroup or "", None)
            if term is None:
                return match[0]
            return f'[{match[0]}]({page}#{term.id} "{term.meaning}"){{ .term }}'

        return lambda text: self._pattern.sub(link, text)


def _plain(text: str) -> str:
    """Markdown as the text of a tooltip."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(text.split()))
    text = re.sub('"([^"]*)"', r"“\1”", text)  # a straight one may end the title
    return text.replace("`", "").replace("*", "").replace("'", "’").replace("|", "/")
