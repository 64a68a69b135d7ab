"""The package's rooms: each uses those below it and none above."""

from __future__ import annotations

import pytest
from importlinter.cli import lint_imports

from course.lessons import ROOT


def test_arrows_between_rooms_go_one_way(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    ended = lint_imports(config_filename="pyproject.toml", no_cache=True)
    assert ended == 0, capsys.readouterr().out


def test_each_room_says_what_comes_in_and_what_goes_out() -> None:
    rooms = [path.parent for path in (ROOT / "course").glob("*/__init__.py")]
    assert len(rooms) == 6
    for room in rooms:
        text = (room / "__init__.py").read_text(encoding="utf-8")
        assert "\nIn: " in text and "Out: " in text, room.name
        listed = {path.name for path in room.glob("*.py")} - {"__init__.py"}
        assert not [name for name in sorted(listed) if name not in text], room.name
