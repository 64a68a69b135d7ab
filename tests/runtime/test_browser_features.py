"""What the compatibility page says is what its programs find, on a desk and as in a page."""

from __future__ import annotations

import json
from importlib.util import find_spec

import pytest
from features import FEATURES, NO, Feature, on_a_desk, page
from page import as_in_a_page, run

from course.lessons import ROOT

pytestmark = pytest.mark.filterwarnings("ignore")

HERE = [one for one in FEATURES if one.way != NO]
each = pytest.mark.parametrize("one", HERE, ids=lambda one: one.name)


@each
def test_a_program_says_the_same_on_a_desk_and_in_a_page(one: Feature) -> None:
    if missing := [name for name in one.needs if find_spec(name) is None]:
        pytest.skip(f"not on this desk: {', '.join(missing)}")
    wanted = on_a_desk(one)
    with as_in_a_page():
        assert json.loads(json.dumps(run(one.run()))) == wanted


def test_the_page_is_written_from_the_programs() -> None:
    stored = (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")
    assert stored == page(), "python tests/features.py writes it"


def test_what_is_not_there_says_what() -> None:
    assert [one.name for one in FEATURES if one.way == NO and not (one.note and one.says)] == []
