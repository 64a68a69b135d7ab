"""The same in Firefox, where it is installed: an app's address, its sandbox, and reading offline."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from browser.conftest import LESSON
from browser.firefox import Firefox, installed, running
from browser.live import APP

KEPT_OUT = {"parent", "storage", "databases", "worker"}


@pytest.fixture
def firefox() -> Iterator[Firefox]:
    path = installed()
    if path is None:
        pytest.skip("Firefox is not installed")
    with running(path) as started:
        yield started


def write_and_run(firefox: Firefox, code: str) -> None:
    """Run `code` in the first cell, by what the page offers."""
    cell = "document.querySelector(\".cell[data-cell='1']\")"
    firefox.wait_for(f"{cell}.querySelector('button.run') !== null")
    firefox.evaluate(f"{cell}.scrollIntoView()")
    firefox.wait_for(f"{cell}.querySelector('.cm-content') !== null")
    firefox.evaluate(
        f"""(() => {{
          const editor = {cell}.querySelector('.cm-content')
          editor.focus()
          document.execCommand('selectAll')
          const pasted = {{ dataType: 'text/plain', data: {json.dumps(code)} }}
          editor.dispatchEvent(new ClipboardEvent('paste', {{ ...pasted, bubbles: true, cancelable: true }}))
        }})()"""
    )
    firefox.evaluate(f"{cell}.querySelector('button.run').click()")
    firefox.wait_for(f"{cell}.querySelector('.cell-output').textContent.includes('served')", seconds=180)


def test_an_app_has_an_address_in_firefox_and_reaches_nothing_else(firefox: Firefox, site: str) -> None:
    firefox.goto(site + LESSON)
    write_and_run(firefox, APP)
    firefox.evaluate(
        "[...document.querySelectorAll('.live-bar button')].find(b => b.textContent === 'App').click()"
    )
    link = firefox.wait_for(
        "[...document.querySelectorAll('#live-panel a')].find(a => a.href.includes('/live/app/'))?.href"
    )
    frame = firefox.frame(firefox.window, "/live/app/")
    firefox.wait_for("document.querySelectorAll('.opblock').length > 3", frame)

    tab = firefox.new_tab()
    firefox.command(
        "browsingContext.navigate", context=tab, url=link.removesuffix("/docs") + "/page", wait="complete"
    )
    page = firefox.frame(tab, "/live/app/")
    found: dict[str, Any] = json.loads(
        firefox.wait_for("document.querySelector('#found')?.textContent", page, seconds=120)
    )
    assert {name: found[name] for name in KEPT_OUT} == dict.fromkeys(KEPT_OUT, "SecurityError")
    assert found["other"] == "TypeError"
    assert (found["absolute"], found["relative"], found["local"]) == (1, 2, 3)
    assert found["old"] == [201, '{"name":"Ridge","km":1.0}']
    assert found["socket"] == "echo hello"
    assert found["events"] == ["0 tick 0", "1 tick 1", "2 tick 2"]
    assert found["pieces"] == "piece 0;"
    assert found["picture"] == 20
