"""Cells in a page: run as a notebook runs them, shown as IPython shows them, errors with their own lines."""

from __future__ import annotations

import random
import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from page import Page, opened

from course.browser import cells
from course.lessons import find_lesson

HERE = sys.modules[__name__]


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with opened(find_lesson("01"), tmp_path) as page:
        yield page


def printed(outputs: list[dict[str, Any]], name: str = "stdout") -> str:
    return "".join(output["text"] for output in outputs if output.get("name") == name)


def shown(outputs: list[dict[str, Any]]) -> str:
    [output] = [output for output in outputs if output["output_type"] == "execute_result"]
    text: str = output["data"]["text/plain"]
    return text


def trace(outputs: list[dict[str, Any]]) -> list[str]:
    assert outputs[-1]["output_type"] == "error"
    lines: list[str] = outputs[-1]["traceback"]
    return lines


# Running


def test_await_stands_anywhere_and_names_stay(page: Page) -> None:
    page.run("import asyncio\nx = await asyncio.sleep(0, 20)\nasync def double(n): return 2 * n")
    assert shown(page.run("await double(x) + 2")) == "42"
    assert shown(page.run("_ + 1")) == "43"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("1 + 1", "2"),
        ("1 + 1  # a comment", "2"),
        ("x = 1\nx", "1"),
        ("1 + 1;", None),
        ("1 + 1 ;  # a comment", None),
        ("'a;'", "'a;'"),
        ("None", None),
        ("x = 1", None),
        ("if True:\n    1", None),
        ("", None),
        ("# nothing", None),
        ("(\n1,\n2\n)", "(1, 2)"),
    ],
)
def test_the_last_expression_is_shown(page: Page, code: str, text: str | None) -> None:
    outputs = page.run(code)
    assert page.ok
    assert (shown(outputs) if outputs else None) == text


def test_a_coroutine_that_was_not_awaited_is_shown_not_run(page: Page) -> None:
    outputs = page.run("async def f(): print('run')\nf_object = f()\nf_object")
    assert shown(outputs).startswith("<coroutine object f")
    page.run("f_object.close()")


def test_plain_text_is_drawn_as_ipython_draws_it(page: Page) -> None:
    from IPython.lib.pretty import pretty

    made = random.Random(7)

    def thing(depth: int) -> Any:
        kind = made.randrange(9 if depth else 4)
        some = [thing(depth - 1) for _ in range(made.randrange(6))] if depth else []
        leaves = [made.randrange(10**6), "word " * made.randrange(6), None, 1.5, some, tuple(some)]
        if kind < 6:
            return leaves[kind]
        return [{str(n): one for n, one in enumerate(some)}, deque(some), SimpleNamespace(a=some)][kind - 6]

    page.session.cells.namespace["things"] = things = [thing(4) for _ in range(60)]
    things += [Counter("abca"), OrderedDict(a=1), defaultdict(list, a=[1]), {3, 1, 2}, print, int, page.run]
    for number, one in enumerate(things):
        assert shown(page.run(f"x = things[{number}]; (x,)")) == pretty((one,)), one


def test_functions_and_classes_of_cells_are_of_main(page: Page) -> None:
    outputs = page.run(
        "def forecast(region: str, days: int = 3) -> str: ...\nclass Hut: ...\nforecast, Hut, Hut()"
    )
    text = shown(outputs)
    assert "<function __main__.forecast(region: str, days: int = 3) -> str>" in text
    assert "__main__.Hut," in text
    assert "<__main__.Hut at 0x" in text


def test_rich_results_and_display(page: Page) -> None:
    outputs = page.run(
        "class Map:\n"
        "    def _repr_html_(self): return '<b>map</b>'\n"
        "    def _repr_png_(self): return b'png'\n"
        "    def __repr__(self): return 'a map'\n"
        "display(Map())\n"
        "Map()"
    )
    data = {"text/html": "<b>map</b>", "image/png": "cG5n", "text/plain": "a map"}
    assert [output["output_type"] for output in outputs] == ["display_data", "execute_result"]
    assert [output["data"] for output in outputs] == [data, data]


def test_ipython_s_display_module_is_there(page: Page) -> None:
    outputs = page.run(
        "from IPython.display import HTML, JSON, Markdown, Image, SVG, Code, display\n"
        "from IPython import get_ipython\n"
        "display(HTML('<i>x</i>'), Markdown('*x*'), JSON({'a': 1}), SVG('<svg/>'), Image(b'x'), Code('x'))\n"
        "print(get_ipython() is not None)"
    )
    kinds = [set(output["data"]) - {"text/plain"} for output in outputs if "data" in output]
    wanted = ["text/html", "text/markdown", "application/json", "image/svg+xml", "image/png", "text/markdown"]
    assert kinds == [{kind} for kind in wanted]
    assert printed(outputs) == "True\n"


def test_a_repr_that_raises_is_told_and_the_others_are_shown(page: Page) -> None:
    outputs = page.run("class Odd:\n    def _repr_html_(self): raise KeyError('x')\nOdd()")
    assert "KeyError" in printed(outputs, "stderr")
    assert "Odd" in shown(outputs)


def test_streams_are_told_apart_and_keep_their_order(page: Page) -> None:
    outputs = page.run("import sys\nprint(1)\nprint(2, file=sys.stderr)\nprint(3)\ndisplay(4)\nprint(5)")
    assert [output.get("text") or output["data"]["text/plain"] for output in outputs] == [
        *("1\n", "2\n", "3\n", "4", "5\n"),
    ]


def test_prints_come_while_the_cell_runs(page: Page) -> None:
    page.run(
        "import asyncio\nfor n in range(3):\n    print(n, end=' ')\n    await asyncio.sleep(0.06)\n"
        "import time\nfor n in range(3):\n    print(n)\n    time.sleep(0.06)"
    )
    texts = [event["output"]["text"] for event in page.told("output")]
    assert "".join(texts) == "0 1 2 0\n1\n2\n"
    assert len(texts) >= 5


def test_the_first_lines_are_shown_before_whatever_comes_next(page: Page) -> None:
    page.session.cells.namespace["told"] = page.told
    outputs = page.run(
        "print('begun')\nseen = len(told('output'))\nprint('still')\n(seen, len(told('output')))"
    )
    assert shown(outputs) == "(1, 2)"


def test_many_lines_do_not_come_one_by_one(page: Page) -> None:
    page.run("for number in range(1000):\n    print(number)")
    assert len(page.told("output")) < 500


def test_a_flood_of_prints_has_an_end(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "MOST", 1000)
    text = printed(page.run("while_ = [print('x' * 99) for _ in range(100)]"))
    assert len(text) < 1200
    assert text.endswith("no more of what this cell prints)\n")
    assert printed(page.run("print('again')")) == "again\n"


def test_sources_are_found(page: Page) -> None:
    page.run("def walk():\n    # slowly\n    return 1", name="cell 4")
    assert (
        shown(page.run("import inspect\ninspect.getsource(walk)"))
        == r"'def walk():\n    # slowly\n    return 1\n'"
    )


def test_future_statements_hold_for_later_cells(page: Page) -> None:
    page.run("from __future__ import annotations")
    assert shown(page.run("def f(x: nothing): ...\nf.__annotations__")) == "{'x': 'nothing'}"


def test_models_of_different_cells_find_each_other(page: Page) -> None:
    page.run(
        "from __future__ import annotations\n"
        "from pydantic import BaseModel\nclass Hut(BaseModel):\n    beds: int"
    )
    page.run("class Trail(BaseModel):\n    hut: Hut | None = None")
    assert shown(page.run("Trail.model_validate({'hut': {'beds': 3}})")) == "Trail(hut=Hut(beds=3))"
    assert shown(page.run("import pickle\npickle.loads(pickle.dumps(Hut(beds=2)))")) == "Hut(beds=2)"


# Errors


def test_an_error_has_the_learner_s_lines_only(page: Page) -> None:
    page.run("import json\ndef read(text):\n    return json.loads(text)", name="cell 3")
    lines = trace(page.run("read('{')", name="cell 7"))
    assert lines[:4] == [
        "cell 7, line 1",
        "    read('{')",
        "cell 3, line 3, in read",
        "    return json.loads(text)",
    ]
    assert lines[4].startswith("json.decoder.JSONDecodeError") and len(lines) == 5
    assert not page.ok


def test_what_an_older_version_of_a_cell_made_keeps_its_lines(page: Page) -> None:
    page.run("def old():\n    1 / 0", name="cell 3")
    page.run("def new():\n\n\n    1 / 0", name="cell 3")
    assert trace(page.run("old()", name="cell 4"))[2:4] == [
        "cell 3 as it was before, line 2, in old",
        "    1 / 0",
    ]
    assert trace(page.run("new()", name="cell 4"))[2:4] == ["cell 3, line 4, in new", "    1 / 0"]


def test_a_syntax_error_is_pointed_at(page: Page) -> None:
    lines = trace(page.run("x = 1\ny = = 2", name="cell 2"))
    assert lines[:3] == ["cell 2, line 2", "    y = = 2", "        ^"]
    assert lines[3].startswith("SyntaxError")


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("%pip install trails", "Nothing can be installed"),
        ("!pip install trails", "Nothing can be installed"),
        ("pip install trails", "Nothing can be installed"),
        ("import os\n!ls", "no other programs"),
        ("%%bash\nls", "no other programs"),
        ("%timeit 1", "time.perf_counter"),
        ("%matplotlib inline", "belong to Jupyter"),
        ("print?", "help"),
        ("?print", "help"),
    ],
)
def test_what_only_jupyter_understands_gets_a_sentence(page: Page, code: str, sentence: str) -> None:
    [line] = trace(page.run(code))
    assert sentence in line


@pytest.mark.parametrize(
    ("code", "name", "sentence"),
    [
        ("raise MemoryError", "MemoryError", "no memory left"),
        ("import torch", "ModuleNotFoundError", "`torch` is not among them"),
        ("import sys; sys.exit()", "SystemExit", "asked Python to end"),
        ("input('name?')", "EOFError", "waits for a keyboard"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", "KeyboardInterrupt"),
        ("import threading; threading.Thread(target=print).start()", "NotInBrowser", "no threads"),
        ("import subprocess; subprocess.run(['ls'])", "NotInBrowser", "no other processes"),
        ("import httpx; httpx.get('https://example.com')", "ConnectError", "cannot ask example.com"),
        ("def f(): f()\nf()", "RecursionError", "recursion"),
        ("import asyncio; asyncio.run(asyncio.Event().wait())", "Deadlock", "will ever do"),
    ],
)
def test_what_a_page_has_not_gets_a_sentence(page: Page, code: str, name: str, sentence: str) -> None:
    outputs = page.run(code)
    assert outputs[-1]["ename"] == name
    assert sentence in " ".join(trace(outputs))
    assert trace(outputs)[0] == "cell 1, line 1" or name == "RecursionError"
    assert shown(page.run("'and it goes on'")) == "'and it goes on'"


def test_a_mistake_of_the_course_s_own_is_one_sentence(page: Page) -> None:
    [line] = trace(page.run("from course import serve\nserve(7)"))
    assert line.startswith("serve() takes an ASGI app")
