"""A real hub on this machine, by the guide's steps, and learners who may write in their homes alone."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from course.browser.build import tools
from course.browser.build.steps import CACHE
from course.desk.launch import choose_port
from course.lessons import ROOT
from course.teaching.confined import Bubblewrap

FOLDERS = ("course", "lessons", "notebooks", "solutions")
FILES = ("LICENSE", "README.md", "pyproject.toml", "requirements.txt", "requirements-dev.txt", "run.py")
HOSTED = Path("course", "desk", "hosted")

STARTS_WITHIN = 300.0
"""Seconds that the hub may take to answer, on a machine that has much else to do."""


def why_none() -> str:
    """What this machine lacks for a hub; empty where there is all."""
    if sys.platform != "linux":
        return "a hub is tried on Linux alone"
    if Bubblewrap.find() is None:
        return "bubblewrap (bwrap) is missing, which makes the course read-only for the hub's learners"
    try:
        tools.npm()
    except tools.Missing as missing:
        return str(missing)
    return ""


def installed() -> Path:
    """A copy of the course in which the guide's steps for a hub were done; kept while the locks are the same.

    A machine that cannot fetch the packages leaves the test out, unless it is CI.
    """
    locks = [ROOT / "requirements.txt", *sorted((ROOT / HOSTED).glob("*.txt"))]
    locks += sorted((ROOT / HOSTED).glob("package*.json"))
    key = sha256(b"".join(path.read_bytes() for path in locks) + sys.version.encode()).hexdigest()[:16]
    clone = ROOT / CACHE.parts[0] / "hub" / key / "course"
    clone.parent.mkdir(parents=True, exist_ok=True)
    with (clone.parent / "turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        _renew(clone)
        try:
            _install(clone)
        except tools.Missing as missing:
            if os.environ.get("CI"):
                raise
            pytest.skip(str(missing).splitlines()[0])
    return clone


def _renew(clone: Path) -> None:
    """Bring the course's own files up to date; what was installed stays."""
    packages, kept = clone / HOSTED / "node_modules", clone.parent / "node_modules"
    if packages.exists():
        packages.rename(kept)
    for name in FOLDERS:
        shutil.rmtree(clone / name, ignore_errors=True)
        shutil.copytree(
            ROOT / name, clone / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules")
        )
    for name in FILES:
        shutil.copy(ROOT / name, clone)
    if kept.exists():
        kept.rename(packages)


def _install(clone: Path) -> None:
    done = clone.parent / "installed"
    if done.exists():
        return
    failed = "What a hub needs could not be fetched: is the network there?"
    steps = (
        [sys.executable, "run.py", "progress"],
        [sys.executable, "run.py", "add", (HOSTED / "requirements.txt").as_posix()],
        [*tools.npm(), "ci", "--prefix", HOSTED.as_posix(), "--ignore-scripts", "--no-audit", "--no-fund"],
    )
    for step in steps:
        tools.run(step, cwd=clone, failed=failed, error=tools.Missing, env=_environment())
    done.touch()


def _environment() -> dict[str, str]:
    """Variables without those that tests, or whoever runs them, have for Jupyter and the course."""
    ours = ("JUPYTER", "COURSE", "PYTHON", "PYTEST", "VIRTUAL_ENV", "JPY", "CONFIGPROXY")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    node = str(Path(tools.node()[0]).parent)
    return kept | {"PATH": os.pathsep.join([node, os.environ.get("PATH", os.defpath)]), "NO_COLOR": "1"}


CONFIG = """
from pathlib import Path

from jupyterhub.spawner import SimpleLocalProcessSpawner

c = get_config()
load_subconfig({config!r})


class Confined(SimpleLocalProcessSpawner):
    home_dir_template = {homes!r} + "/{{username}}"

    async def start(self):
        self.cmd = [*{confined!r}[self.user.name], *self.cmd]
        return await super().start()


c.JupyterHub.spawner_class = Confined
c.JupyterHub.authenticator_class = "dummy"
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.JupyterHub.db_url = "sqlite:///:memory:"
c.Spawner.start_timeout = c.Spawner.http_timeout = {within}
"""
"""The course's own hub, with learners who need no account on this machine."""


class Hub:
    """A hub that answers: its address, its learners by name, and what they may do on this machine."""

    def __init__(self, clone: Path, folder: Path, learners: tuple[str, ...]) -> None:
        self.clone = clone
        self.homes = folder / "homes"
        self.folder = folder
        self.log = folder / "hub.log"
        self.confined = {name: self._words(name, 2001 + n) for n, name in enumerate(learners)}
        for name in learners:
            self.home(name).mkdir(parents=True)

    def home(self, name: str) -> Path:
        return self.homes / name

    def work(self, name: str) -> Path:
        """Where a learner's work is to be found."""
        return self.home(name) / "fastapi-course"

    def _words(self, name: str, uid: int) -> list[str]:
        """A command that runs another one as a learner: it may write in its home and nowhere else."""
        home = str(self.home(name))
        words = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
        words += ["--tmpfs", str(self.homes), "--bind", home, home, "--remount-ro", str(self.homes)]
        words += ["--unshare-user", "--uid", str(uid), "--gid", str(uid), "--cap-drop", "ALL"]
        return [*words, "--die-with-parent", "--chdir", home, "--setenv", "HOME", home]

    def course(self, name: str, *arguments: str) -> str:
        """What the course's command line says to a learner, in a terminal of theirs."""
        command = [*self.confined[name], str(self.clone / ".venv/bin/course"), *arguments]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", env=_environment(), check=False)
        return done.stdout + done.stderr

    def may_write(self, name: str, path: Path) -> bool:
        """Whether a learner may make a file there, which is taken away again."""
        tried = [*self.confined[name], "sh", "-c", 'touch "$0" && rm "$0"', str(path)]
        return subprocess.run(tried, capture_output=True, check=False).returncode == 0

    @contextlib.contextmanager
    def running(self) -> Iterator[str]:
        """The hub, from when it answers until the block ends; gives its address."""
        port = choose_port(None, 20800)
        hub_port = choose_port(None, port + 1)
        api_port = choose_port(None, hub_port + 1)
        config = self.folder / "jupyterhub_config.py"
        config.write_text(
            CONFIG.format(
                config=str(self.clone / HOSTED / "jupyterhub_config.py"),
                homes=str(self.homes),
                confined=self.confined,
                port=port,
                hub_port=hub_port,
                api_port=api_port,
                within=int(STARTS_WITHIN),
            ),
            encoding="utf-8",
        )
        command = [str(self.clone / ".venv/bin/jupyterhub"), "-f", str(config)]
        with (
            self.log.open("wb") as log,
            subprocess.Popen(
                command, cwd=self.folder, stdout=log, stderr=log, env=_environment(), start_new_session=True
            ) as hub,
        ):
            try:
                self._wait(hub, f"http://127.0.0.1:{port}/hub/health")
                yield f"http://127.0.0.1:{port}"
            finally:
                hub.terminate()  # it ends its proxy, its services and the learners' servers
                try:
                    hub.wait(STARTS_WITHIN)
                except subprocess.TimeoutExpired:
                    hub.kill()

    def _wait(self, hub: subprocess.Popen[bytes], health: str) -> None:
        end = time.monotonic() + STARTS_WITHIN
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while time.monotonic() < end and hub.poll() is None:
            with contextlib.suppress(OSError), direct.open(health, timeout=STARTS_WITHIN):
                return
            time.sleep(0.2)  # nothing else tells that it listens
        raise RuntimeError(f"the hub does not answer:\n{self.said()}")

    def said(self) -> str:
        """The end of what it has written."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-5000:]
