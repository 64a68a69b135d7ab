"""The limit on open files, as a process meets it that starts with a low one."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")


def told(soft: int, hard: int, connections: int) -> list[int]:
    """What `room_for` gives in a process with these limits, and the soft limit afterwards."""
    code = (
        "import resource, sys\n"
        "soft, hard, wanted = map(int, sys.argv[1:])\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))\n"
        "from course.running.limits import room_for\n"
        "print(room_for(wanted), resource.getrlimit(resource.RLIMIT_NOFILE)[0])\n"
    )
    command = [sys.executable, "-c", code, *map(str, (soft, hard, connections))]
    return [int(word) for word in subprocess.check_output(command, text=True).split()]


def test_a_limit_that_is_high_enough_is_left() -> None:
    assert told(3000, 3000, 1000) == [1000, 3000]


def test_a_low_limit_is_raised_as_far_as_is_needed() -> None:
    assert told(256, 4000, 1000) == [1000, 2300]


def test_where_the_system_allows_less_it_is_less() -> None:
    assert told(256, 1024, 2000) == [362, 1024]


def test_there_may_be_room_for_none() -> None:
    assert told(128, 128, 2000) == [0, 128]
