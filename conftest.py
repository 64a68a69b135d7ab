"""What all tests share, and what makes plain `pytest` and `pytest --nbval notebooks` do, from any folder."""

from __future__ import annotations

import asyncio
import gc
import re
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent

# A shell that starts something in the background has it ignore Ctrl-C, and so all that it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def own_garbage() -> Iterator[None]:
    """What a test leaves is collected with it: a coroutine that nobody awaited warns where it was made.

    Else it would warn in whichever test runs when it is found, where a warning may be an error.
    """
    gc.freeze()  # what is there already need not be looked through
    yield
    gc.collect()
    gc.unfreeze()


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as notebooks do."""
    return "asyncio"


@pytest.fixture
async def served(anyio_backend: str) -> AsyncIterator[None]:
    """Whatever a test serves ends with it, as its event loop does."""
    from course.running import server

    yield
    clients = [client for _, client in server._running.values()]
    for name in list(server._running):
        server._stop(name)
    await asyncio.gather(*server._closing, *(client.aclose() for client in clients))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give the run what it needs to be alone on a machine where others run, too."""
    if config.option.basetemp is None:  # a process of xdist gets a folder in that of the first
        config.option.basetemp = tempfile.mkdtemp(prefix="course-tests-")
        config.stash[OWN_FOLDER] = Path(config.option.basetemp)
    if config.pluginmanager.has_plugin("_cov"):
        # Coverage warns where it has measured nothing, such as in a run of notebooks alone.
        config.addinivalue_line("filterwarnings", "default::coverage.exceptions.CoverageWarning")
        if config.option.cov_source == [True]:  # `--cov` alone, which nbval hands on to its kernels as it is
            config.option.cov_source = [str(ROOT)]
    if runs_notebooks(config):
        import nbval.kernel

        from course.making.kernels import Manager

        nbval.kernel.KernelManager = Manager  # it has no setting for that
        config.option.nbval_sanitize_with = config.option.nbval_sanitize_with or str(ROOT / "tests/nbval.cfg")


OWN_FOLDER = pytest.StashKey[Path]()
"""The folder for temporary files, if the run has made it: pytest's own is shared by all runs."""


def runs_notebooks(config: pytest.Config) -> bool:
    """Whether nbval is there and was asked for."""
    return bool(config.getoption("nbval", False) or config.getoption("nbval_lax", False))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take the temporary files away, unless something failed that they may explain."""
    if OWN_FOLDER in config.stash and not config.stash.get(FAILED, False):
        shutil.rmtree(config.stash[OWN_FOLDER], ignore_errors=True)


FAILED = pytest.StashKey[bool]()


def pytest_sessionfinish(session: pytest.Session) -> None:
    session.config.stash[FAILED] = session.testsfailed > 0


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `-n 2`, all cells of a notebook go to one process: they share a kernel."""
    if not runs_notebooks(config) or config.option.dist != "load":
        return None
    from xdist.scheduler import LoadScopeScheduling

    return LoadScopeScheduling(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what to do where a notebook shows something else than is stored."""
    failed = terminalreporter.getreports("failed")
    for name in sorted({report.fspath for report in failed if report.fspath.endswith(".ipynb")}):
        number = Path(name).name[:2]
        terminalreporter.write_line(
            f"{name} shows something else than is stored. If the new output is right, or its lesson or "
            f"checks changed: `course build {number}`."
        )


# What `course test 05` runs of the tests.


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--only",
        action="append",
        default=[],
        help="only tests of a lesson (05-requests-and-responses), a task (5.2), or an answer "
        "(05-requests-and-responses/5.2-name)",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted: list[str] = config.getoption("--only")
    if wanted:
        kept = [item for item in items if any(concerns(item, what) for what in wanted)]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept


def concerns(item: pytest.Item, what: str) -> bool:
    """Whether a test is about a lesson, a task or an answer, by its own name or its module's.

    Tests are named after tasks, `[5.2]`, and after what belongs to a lesson, `[05-slug]`,
    `[05-slug/5.2-name]`, `[lessons/05-slug/]`.
    """
    named = item.name.partition("[")[2].removesuffix("]")
    if re.fullmatch(r"\d+\.\w+", what):
        number, _, task = what.partition(".")
        stem = "app" if task == "app" else re.escape(what)
        return named == what or re.fullmatch(rf"{number:0>2}-[^/]+/{stem}-.*", named) is not None
    number = what.partition("-")[0]
    return (
        named == what
        or re.search(rf"(^|[-/]){what}(/|$)", named) is not None
        or ("/" not in what and named.partition(".")[0] == str(int(number)))
        or item.path.stem == f"test_lesson_{number}"
    )
