"""A plugin of pytest that tells `course test` how far a run is, and each failure at once.

What it tells are lines of their own on standard output: a mark, then JSON. All else is pytest's own.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

import pytest

FAR = "@far "
"""Begins a line with how many tests have ended, and how many there are: `[3, 120]`."""

FAILED = "@failed "
"""Begins a line with a failure: the test's name, and what is known of it."""


Status = tuple[str, str, str]


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # a process of pytest-xdist: the first one tells for all
        config.pluginmanager.register(Teller(config))


class Teller:
    """Tells of one run."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._ended = 0

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self._session = session
        self._reporter: pytest.TerminalReporter = self._config.pluginmanager.getplugin("terminalreporter")

    @pytest.hookimpl(wrapper=True)
    def pytest_report_teststatus(self) -> Generator[None, Status, Status]:
        """No dots and letters."""
        category, _, word = yield
        return category, "", word

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._tell(FAILED, [report.nodeid, report.longreprtext])
        if report.when == "teardown":
            self._ended += 1
            self._tell(FAR, [self._ended, self._session.testscollected])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._tell(FAILED, [report.nodeid, report.longreprtext])

    def pytest_sessionfinish(self) -> None:
        """Each failure was told: pytest shall not say them all once more."""
        self._config.option.tbstyle = "no"

    def _tell(self, mark: str, what: Any) -> None:
        self._reporter.ensure_newline()
        self._reporter.write_line(mark + json.dumps(what), flush=True)
