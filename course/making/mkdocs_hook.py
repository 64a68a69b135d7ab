"""MkDocs calls this: before it looks for pages, and when the site is whole."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, Literal

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError

_live = False
_assets_made = False


def on_startup(*, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
    """Remember whether somebody is writing, and wants to see the page as far as it is."""
    global _live
    _live = command == "serve"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Write the pages; what is wrong with a lesson ends the build with its one sentence."""
    root = Path(config.config_file_path).parent
    if _live:
        _forget_course()
    from course.lessons import CourseError
    from course.making.pages import PARTS, write_pages

    try:
        _make_assets(root)
        write_pages(root, strict=not _live)
    except CourseError as error:
        raise PluginError(str(error)) from None
    # Whatever folder MkDocs was started in.
    snippets: dict[str, Any] = config.mdx_configs["pymdownx.snippets"]
    snippets["base_path"] = [str(root / PARTS)]
    return config


def on_page_content(html: str, **_: object) -> str:
    """Take the marks off what has no colour of its own: half of all elements on a page full of code."""
    return re.sub(r'<span class="[npow]">([^<]*)</span>', r"\1", html)


def _make_assets(root: Path) -> None:
    """Make or reuse what runs lessons in the page; without it pages show stored outputs.

    While somebody writes, it is made once: the command `course assets` makes it again.
    """
    global _assets_made
    if _live and _assets_made:
        return
    from course.browser.build import steps
    from course.browser.build.tools import Missing

    if not steps.wanted():
        steps.withdraw(root)
        return

    def tell(step: str) -> None:
        print(f"Making what runs lessons in the page: {step}", file=sys.stderr)

    try:
        steps.make(root, tell=tell, fetch=False)
    except Missing as missing:
        steps.withdraw(root)
        # No warning: those end a strict build.
        print(f"Lessons will not run in the page, and show stored outputs. {missing}", file=sys.stderr)
    _assets_made = True


def on_post_build(config: MkDocsConfig) -> None:
    """Write what can be written only when the site is whole: the list for offline, and its policy."""
    if not _live:
        from course.browser.offline import write

        write(Path(config.site_dir))


def _forget_course() -> None:
    """Have the course's modules imported anew: the writer may be changing them."""
    for name in [name for name in sys.modules if name == "course" or name.startswith("course.")]:
        del sys.modules[name]
