"""A PostgreSQL server of the course's own: it comes when it is asked for, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest

from course.lessons import find_lesson
from course.running import postgres, stored

pytestmark = pytest.mark.skipif(postgres.programs() is None, reason="no PostgreSQL for this machine")


async def ask(url: str, query: str) -> object:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def answers(url: str) -> bool:
    """Whether something listens at the address."""
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", int(url.rpartition(":")[2].partition("/")[0]))) == 0


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where servers put their data: a folder with a space in its name."""
    folder = tmp_path / "two words"
    folder.mkdir()
    for part in (folder, *folder.parents):
        if part.stat().st_uid == os.getuid() and part != Path("/"):
            part.chmod(part.stat().st_mode | 0o011)  # as root, it runs under another account
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


async def test_a_server_comes_and_goes(place: Path) -> None:
    server = postgres.PostgresServer()
    try:
        assert str(await ask(server.url, "show server_version")).startswith("18.")
        assert await ask(server.url, "select 'Ähre' ilike 'äHRE'")
        assert len(left_in(place)) == 1
        with pytest.raises(asyncpg.InvalidPasswordError):
            await ask(
                server.url.replace(":", ":x", 2).replace("postgresql+asyncpg:x", "postgresql:"), "select 1"
            )
    finally:
        server.stop()
    assert not answers(server.url)
    assert left_in(place) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_it_ends_with_a_process_that_was_killed(place: Path) -> None:
    code = "import time; from course import postgres_url; print(postgres_url(), flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert answers(url)
        process.send_signal(signal.SIGKILL)
    give_up = time.monotonic() + 30
    while (answers(url) or list(place.iterdir())) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert not answers(url)
    assert list(place.iterdir()) == []


def test_why_there_is_none_is_said_with_what_it_would_have_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "programs", lambda: None)
    monkeypatch.setattr(postgres, "_server", None)
    cell = next(cell for cell in find_lesson("09").cells if "postgres_url(), poolclass" in cell.source)
    monkeypatch.setattr(stored, "source", lambda: cell.source)
    with pytest.raises(postgres.NoPostgres, match="no PostgreSQL here") as raised:
        postgres.postgres_url()
    shown = raised.value._render_traceback_()
    assert "showed where there was one" in shown[0]
    assert any(line.startswith("PostgreSQL 18") for line in shown)


def test_a_server_that_does_not_start_says_why(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "")
    monkeypatch.setattr(postgres, "programs", lambda: place)
    monkeypatch.setattr(sys, "executable", "/bin/echo")  # a guard that says something else
    with pytest.raises(postgres.NoPostgres, match="does not start here: -P -m"):
        postgres.PostgresServer()


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root runs it as somebody else")
def test_programs_that_the_other_account_cannot_reach_are_copied(tmp_path: Path) -> None:
    wheel, folder = tmp_path / "closed" / "wheel", tmp_path / "data"
    for part in ("bin", "lib", "share"):
        (wheel / part).mkdir(parents=True)
    (wheel / "bin" / "postgres").write_text("")
    (tmp_path / "closed").chmod(0o700)
    folder.mkdir()
    reached = postgres._within_reach(wheel, folder)
    assert reached.is_relative_to(folder)
    assert (reached / "bin" / "postgres").exists()
