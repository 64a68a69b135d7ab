"""What the compatibility page says of the page is what the page says: every program, in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import features
import pytest
from features import AS_IS, FEATURES, NO, Feature, on_a_desk
from playwright.sync_api import Browser

from browser.interpreter import Interpreter, started

LOAD = Path(features.__file__).read_text(encoding="utf-8")

RUN = """
import json
found = await next(one for one in FEATURES if one.name == {name!r}).run()
print(json.dumps(found))
"""

WITHOUT = """
from course.browser import threads
threads.uninstall()
try:
    found = await next(one for one in FEATURES if one.name == {name!r}).run()
finally:
    from course.browser import driver
    threads.install()
    threads.install(driver.stand_ins())
print(json.dumps(found))
"""

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def python(browser: Browser, site: str) -> Iterator[Interpreter]:
    with started(browser, site, "01-first-api") as python:
        python.run(LOAD.replace('if __name__ == "__main__":', "if False:"))
        assert python.ok
        yield python


@pytest.mark.parametrize("one", FEATURES, ids=lambda one: one.name)
def test_the_page_keeps_its_word(python: Interpreter, one: Feature) -> None:
    if one.way == NO:
        outputs = python.run(RUN.format(name=one.name))
        assert outputs[-1]["output_type"] == "error"
        assert one.says in outputs[-1]["evalue"]
        return
    found = python.value(RUN.format(name=one.name))
    if all(find_spec(name) for name in one.needs):
        with ThreadPoolExecutor(1) as elsewhere:  # a loop runs in this thread: Playwright's
            assert found == elsewhere.submit(on_a_desk, one).result()
    if one.way == AS_IS:
        assert python.value(WITHOUT.format(name=one.name)) == found, "it needs a stand-in"
