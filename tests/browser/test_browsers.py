"""How a browser is found: one that is there, then Playwright's own, then Debian's, then a sentence."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import cast

import pytest
from playwright.sync_api import Browser, Error, Playwright

from course.browser.build import browsers
from course.browser.build.browsers import NoBrowser, launch
from course.lessons import ROOT


class Machine:
    """A Playwright on a machine where only the browsers in `works` start; "" is Playwright's own."""

    def __init__(self, *works: str) -> None:
        self.works = set(works)
        self.ran: list[str] = []
        self.told: list[str] = []
        self.chromium = self

    def launch(self, executable_path: str | None) -> str:
        if (executable_path or "") not in self.works:
            raise Error("does not start")
        return executable_path or "Playwright's"

    def find(self) -> str:
        return cast(str, launch(cast(Playwright, self), self.told.append))


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with one Chromium, which may be broken, and with apt-get."""
    monkeypatch.setattr(browsers, "installed", lambda: iter(["/usr/bin/broken", "/usr/bin/edge"]))
    monkeypatch.setattr(shutil, "which", lambda command: f"/usr/bin/{command}")
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)


def fetching(monkeypatch: pytest.MonkeyPatch, machine: Machine, **gives: str) -> None:
    """What each command that fetches a browser adds to the machine; without, the command fails."""

    def ran(*command: str) -> bool:
        name = "apt" if command[0] == "apt-get" else "playwright"
        machine.ran.append(name)
        if name not in gives:
            return False
        machine.works.add(gives[name])
        return True

    monkeypatch.setattr(browsers, "_ran", ran)


def test_one_that_is_there_and_starts_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine("/usr/bin/edge")
    fetching(monkeypatch, machine)
    assert machine.find() == "/usr/bin/edge"
    assert machine.ran == []


def test_else_playwright_fetches_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine()
    fetching(monkeypatch, machine, playwright="")
    assert machine.find() == "Playwright's"
    assert machine.ran == ["playwright"]
    assert "fetches" in machine.told[0]


def test_else_debian_installs_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine()
    fetching(monkeypatch, machine, apt="/usr/bin/chromium")
    assert machine.find() == "/usr/bin/chromium"
    assert "apt-get installs" in machine.told[1]


@pytest.mark.parametrize("user", [0, 1000])
def test_else_one_sentence_names_the_remedy(monkeypatch: pytest.MonkeyPatch, user: int) -> None:
    machine = Machine()
    fetching(monkeypatch, machine)
    monkeypatch.setattr(os, "geteuid", lambda: user, raising=False)
    with pytest.raises(NoBrowser, match="python -m playwright install --with-deps chromium"):
        machine.find()
    assert machine.ran == ["playwright", *(["apt"] if user == 0 else [])]


def test_a_browser_starts(browser: Browser) -> None:
    assert browser.is_connected()


def test_other_tests_may_follow_those_in_a_browser() -> None:
    """Playwright has an event loop run in this thread, beside which no other can."""
    in_browser, in_a_loop = (
        f"{__file__}::test_a_browser_starts",
        "tests/judging/test_checks.py::test_right_answers_pass",
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:nbval", in_browser, in_a_loop],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout
