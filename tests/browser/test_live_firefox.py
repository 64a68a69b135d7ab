"""The same in Firefox, where it is installed: a lesson, an app's address and sandbox, policy, offline."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from browser.conftest import LESSON, Renewed
from browser.firefox import Firefox, installed, running
from browser.live import APP
from course.browser import offline

KEPT_OUT = {"parent", "storage", "databases", "worker"}


@pytest.fixture
def firefox() -> Iterator[Firefox]:
    path = installed()
    if path is None:
        pytest.skip("Firefox is not installed")
    with running(path) as started:
        yield started


def press(firefox: Firefox, name: str) -> None:
    """Press a button of the lesson's bar."""
    buttons = "[...document.querySelectorAll('.live-bar button')]"
    firefox.evaluate(f"{buttons}.find((one) => one.textContent === '{name}').click()")


def run_all(firefox: Firefox) -> list[str]:
    """Run the lesson's cells by its menu. Gives their states, without the time that each took."""
    firefox.wait_for("document.querySelector('.live-bar')?.dataset.state === 'ready'", seconds=180)
    press(firefox, "Lesson")
    press(firefox, "Run all cells")
    states = "[...document.querySelectorAll('.cell[data-cell]:has(button.run) .cell-state')]"
    firefox.wait_for(f"/Ran|Your/.test({states}.at(-1).textContent)", seconds=180)
    found: list[str] = firefox.evaluate(f"{states}.map((one) => one.textContent.split(',')[0])")
    return found


def write_and_run(firefox: Firefox, code: str) -> None:
    """Run `code` in the first cell, by what the page offers."""
    cell = "document.querySelector(\".cell[data-cell='1']\")"
    firefox.wait_for(f"{cell}.querySelector('button.run') !== null")
    touch = "new PointerEvent('pointerdown', { bubbles: true })"
    firefox.evaluate(f"{cell}.querySelector('pre').dispatchEvent({touch})")
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
    press(firefox, "App")
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


def test_a_lesson_runs_in_firefox_under_the_strict_policy_and_then_without_a_site(
    firefox: Firefox, renewed: Renewed
) -> None:
    address, folder, files = renewed
    policy = (folder / offline.POLICY).read_text(encoding="utf-8").strip()
    files.headers_too = {"Content-Security-Policy": policy}
    firefox.goto(address + LESSON)
    online = run_all(firefox)
    assert set(online) == {"Ran", "Your output", "Predict first"}, online
    firefox.wait_for(
        """(async () => {
          const list = await caches.match(new URL('../../offline.json?current', location))
          return list && (await list.json()).whole
        })()""",
        seconds=120,
    )
    files.gone = True
    firefox.goto(address + "glossary/")  # never visited before
    assert firefox.evaluate("document.querySelector('h1').textContent.startsWith('Glossary')")
    firefox.goto(address + LESSON)
    assert run_all(firefox) == online
