"""Lesson 08's siege: the weak desk lets everybody in, by a line that is named; each attack tells
weak from right."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from course.judging.answers import load_module, run_cell
from course.judging.tasks import solution_text, starter_source
from course.lessons import find_lesson
from course.running.siege import Outcome, Siege

LESSON = find_lesson("08")

pytestmark = pytest.mark.filterwarnings("ignore")  # as for learners, whose code no warning ends


@pytest.fixture(scope="module")
def attacks() -> ModuleType:
    return load_module(LESSON.folder / "attacks.py")


async def on_the_cell(attacks: ModuleType, source: str) -> Siege:
    board: Siege = await attacks.siege(await run_cell(LESSON, "8.5", source))
    return board


async def test_the_weak_desk_lets_everybody_in_by_a_line_that_is_named(attacks: ModuleType) -> None:
    source = starter_source(LESSON, "8.5")
    board = await on_the_cell(attacks, source)
    assert len(board.rows) == 17
    lines = source.splitlines()
    for row in board.rows:
        assert row.outcome is Outcome.LET_IN, row
        number, code = row.line.removeprefix("line ").split(": ", 1)
        assert lines[int(number) - 1].strip() == code.strip("`"), row


async def test_the_mended_desk_refuses_all(attacks: ModuleType) -> None:
    board = await on_the_cell(attacks, solution_text(LESSON, "8.5")[1])
    assert board.held, board


async def test_the_app_refuses_sixteen(attacks: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(solution_text(LESSON, "8.app")[1], encoding="utf-8")
    app: Any = load_module(tmp_path / "app.py").app
    board = await attacks.siege(app, attacks.ON_THE_DESK)
    assert len(board.rows) == 16
    assert board.held, board


def test_each_attack_says_what_it_has_done_in_one_sentence(attacks: ModuleType) -> None:
    known = {*attacks.TOKENS, *attacks.DOORS, *attacks.FILES, *attacks.ON_THE_DESK}
    assert len(known) == 19
    for one in known:
        assert one.world.startswith(("In 2", "Until 2")), one.name
        assert one.world.count(". ") == 0, one.name
        assert one.world.endswith("."), one.name


async def test_the_siege_asks_nobody_else(attacks: ModuleType) -> None:
    source = starter_source(LESSON, "8.5")
    asked: list[str] = []
    send = attacks.Stranger.send

    async def noted(camp: Any, method: str, path: str, **options: Any) -> Any:
        answer = await send(camp, method, path, **options)
        asked.append(answer.request.url.host)
        return answer

    attacks.Stranger.send = noted
    try:
        await on_the_cell(attacks, source)
    finally:
        attacks.Stranger.send = send
    assert set(asked) == {"127.0.0.1"}


def test_an_empty_key_in_the_environment_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_KEY", "")
    key = load_module(LESSON.folder / "attacks.py").KEY
    assert len(key) == 64
    assert os.environ["DESK_KEY"] == key, "the cells after it find another key"
