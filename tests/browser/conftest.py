"""A browser, the built site, and pages of it that report what they should not do."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from browser.sites import Changing, built, served
from course.browser.build.browsers import NoBrowser, launch

LESSON = "lessons/01-first-api/"
PHONE = 390
PATIENCE = 60_000
"""How long anything may take on a machine that has much else to do, in ms. Nothing is measured here."""

Open = Callable[..., Page]
"""`open_page(path, width=..., dark=..., live=..., before=..., watched=...)`"""

Renewed = tuple[str, Path, type[Changing]]
"""A site that a test may change: its address, its folder, and who serves it."""

SAVES_DATA = "Object.defineProperty(navigator.connection, 'saveData', { value: true })"
"""What makes a browser one that saves data, where lessons load no Python by themselves."""


@pytest.fixture(scope="package")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """A browser. It ends with this folder's tests: while it is there, an event loop runs in this thread."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def tell(text: str) -> None:
        with capture.global_and_fixture_disabled():
            print(text)

    with sync_playwright() as playwright:
        started, remedy = None, ""
        try:
            started = launch(playwright, tell)
        except NoBrowser as error:
            remedy = str(error)
        if started is None:
            pytest.fail(remedy, pytrace=False)
        expect.set_options(timeout=PATIENCE)
        yield started
        started.close()


@pytest.fixture(scope="session")
def site_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site, which all processes of a run share: nobody may change it."""
    own = tmp_path_factory.getbasetemp()
    return built((own.parent if hasattr(request.config, "workerinput") else own) / "site")


@pytest.fixture(scope="session")
def site(site_folder: Path) -> Iterator[str]:
    """The address of the built site."""
    with served(site_folder) as address:
        yield address


@pytest.fixture
def renewed(site: str, site_folder: Path, tmp_path: Path) -> Iterator[Renewed]:
    """A copy of the site that a test may change: its address, its folder, and who serves it."""
    folder = tmp_path / "site"
    shutil.copytree(site_folder, folder)

    class Ours(Changing):
        asked: list[str] = []  # noqa: RUF012

    with served(folder, Ours) as address:
        yield address, folder, Ours


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Open]:
    """Opens pages of the site. No page may ask another host for anything, or report an error.

    With `live=True` a lesson starts its Python; `before` is a script that runs before the page's own;
    `watched=False` is for pages that are meant to report errors.
    """
    wrong: list[str] = []
    contexts = []

    def open_page(
        path: str = "",
        *,
        width: int = 1280,
        dark: bool = False,
        live: bool = False,
        before: str = "",
        watched: bool = True,
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.add_init_script(before if live else f"{SAVES_DATA};{before}")
        page = context.new_page()

        def heard(message: ConsoleMessage) -> None:
            # That a page which is not there was not found is no fault of the page that says so.
            asked_for = message.location["url"] == page.url and "404" in message.text
            if message.type in ("error", "warning") and not asked_for:
                wrong.append(f"{path}: {message.text}")

        context.on(
            "request",
            lambda sent: (
                None if sent.url.startswith((site, "data:", "blob:")) else wrong.append(f"{path}: {sent.url}")
            ),
        )
        if watched:
            page.on("console", heard)
            page.on("pageerror", lambda error: wrong.append(f"{path}: {error}"))
        page.goto(site + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []
