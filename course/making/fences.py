"""How a fenced block of a page is drawn: those that hold HTML as what they hold."""

from __future__ import annotations

from typing import Any


def as_html(source: str, language: str, css_class: str, options: dict[str, Any], md: Any, **_: Any) -> str:
    """HTML that Markdown passes on as it is. Elsewhere it would look for Markdown and attributes in it.

    Called by `pymdownx.superfences`, which mkdocs.yml tells so.
    """
    return source
