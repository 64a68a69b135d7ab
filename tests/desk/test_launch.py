"""`course learn` and `course site`: real servers, started, asked and ended."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psutil
import pytest
from commandline import PATIENCE, command, course, environment, write_app
from websockets.sync.client import connect

from course.desk.launch import choose_port, on_port
from course.desk.workspace import Progress, sync
from course.lessons import CourseError, Lesson, find_lesson

needs_ctrl_c = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows sends Ctrl-C to consoles, not to single processes"
)


class Launched:
    """A running `course learn` or `course site`, and what it has printed."""

    def __init__(self, space: Path, *arguments: str, **more: str) -> None:
        self.process = subprocess.Popen(
            command(*arguments),
            cwd=space.parent,
            env=environment(space, **more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        )
        self.said = ""
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self.said += line
                self._news.notify_all()

    def wait_for(self, words: str) -> str:
        with self._news:
            assert self._news.wait_for(lambda: words in self.said, PATIENCE), self.said
            return self.said

    @property
    def url(self) -> str:
        self.wait_for("Ctrl-C here ends it.")
        (url,) = re.findall(r"^http://\S+$", self.said, re.MULTILINE)
        return str(url)

    def ask(self, path: str, method: str = "GET") -> Any:
        """Ask JupyterLab with the token of the address that was printed."""
        url = urlsplit(self.url)
        token = parse_qs(url.query)["token"][0]
        request = urllib.request.Request(
            f"http://{url.netloc}{path}", method=method, headers={"Authorization": f"token {token}"}
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=PATIENCE) as answer:
            text = answer.read().decode()
        return json.loads(text) if text else None

    def processes(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, number: int = signal.SIGINT) -> int:
        """End it as a terminal does, and see that all its processes end; return the exit code."""
        processes = self.processes()
        assert processes
        os.killpg(self.process.pid, number)
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        assert psutil.wait_procs(processes, PATIENCE)[1] == []
        return code

    def kill(self) -> None:
        if self.process.poll() is None:
            for process in self.processes():
                process.kill()
            self.process.kill()
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()


Launch = Callable[..., Launched]


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # Whoever runs the tests may have settings of their own for Jupyter.
    for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"):
        monkeypatch.setenv(f"JUPYTER_{name}", str(tmp_path / "jupyter" / name.lower()))
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path / "workspace"))
    return tmp_path / "workspace"


@pytest.fixture
def launch(space: Path) -> Iterator[Launch]:
    launched: list[Launched] = []

    def launch(*arguments: str, **more: str) -> Launched:
        launched.append(Launched(space, *arguments, **more))
        return launched[-1]

    yield launch
    for one in launched:
        one.kill()


@pytest.fixture
def lesson() -> Lesson:
    return find_lesson("01")


def terminal_says(learn: Launched, command: str) -> str:
    """The first line that a command prints in a new terminal of JupyterLab."""
    name = learn.ask("/api/terminals", "POST")["name"]
    url = urlsplit(learn.url)
    (token,) = parse_qs(url.query)["token"]
    address = f"ws://{url.netloc}/terminals/websocket/{name}?token={token}"
    with connect(address, open_timeout=PATIENCE, proxy=None) as terminal:
        # Parted, so that the mark is not in the line which the terminal echoes.
        terminal.send(json.dumps(["stdin", f"echo be''gin; {command}; echo e''nd\r"]))
        said = ""
        while not (found := re.search(r"begin\r?\n(.*?)\r?\n.*?end\r?\n", said, re.DOTALL)):
            kind, *text = json.loads(terminal.recv(PATIENCE))
            said += text[0] if kind == "stdout" else ""
    return str(found[1])


@needs_ctrl_c
def test_learn_opens_the_notebook_and_ctrl_c_ends_it_all(lesson: Lesson, space: Path, launch: Launch) -> None:
    learn = launch("learn", "--no-browser")
    url = urlsplit(learn.url)
    assert url.path == f"/lab/tree/{lesson.slug}/{lesson.notebook.name}"
    assert f"added {lesson.slug}" in learn.said
    assert f"Lesson 01: {lesson.title}. Reading and running {lesson.minutes.reading} min, " in learn.said
    assert "ServerApp" not in learn.said, "JupyterLab's log stays in its file"

    found = learn.ask(f"/api/contents/{lesson.slug}?content=1")
    assert sorted(file["name"] for file in found["content"]) == [lesson.notebook.name, "app.py"]
    learn.ask("/api/kernels", "POST")
    assert len(learn.processes()) >= 2, "the server, and a kernel"
    assert terminal_says(learn, "command -v fastapi") == str(Path(sys.executable).with_name("fastapi"))

    assert learn.end() == 0
    assert "Traceback" not in learn.said
    assert "no browser" not in learn.said, "nobody asked for one"
    log = (space / ".jupyter" / "jupyterlab.log").read_text(encoding="utf-8")
    assert "Kernel shutdown: " in log, "it was asked, not killed"
    assert "interrupted" not in log, "Ctrl-C is for us alone"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", url.port or 0), 5)


@needs_ctrl_c
def test_jupyterlab_asks_no_other_host_and_keeps_the_learners_settings(
    space: Path, launch: Launch, tmp_path: Path
) -> None:
    themes = tmp_path / "settings" / "@jupyterlab" / "apputils-extension" / "themes.jupyterlab-settings"
    themes.parent.mkdir(parents=True)
    themes.write_text('{"theme": "JupyterLab Dark"}', encoding="utf-8")
    learn = launch("learn", "--no-browser", JUPYTERLAB_SETTINGS_DIR=str(tmp_path / "settings"))

    def default(plugin: str, name: str) -> object:
        schema = learn.ask(f"/lab/api/settings/@jupyterlab/{plugin}")["schema"]
        return schema["properties"][name]["default"]

    assert default("apputils-extension:notification", "fetchNews") == "false"
    assert default("apputils-extension:notification", "checkForUpdates") is False
    assert default("docmanager-extension:plugin", "autosaveInterval") == 15
    assert default("extensionmanager-extension:plugin", "enabled") is False
    page = learn.ask("/lab/api/settings/@jupyterlab/apputils-extension:themes")
    assert page["settings"] == {"theme": "JupyterLab Dark"}
    log = (space / ".jupyter" / "jupyterlab.log").read_text(encoding="utf-8")
    assert "Extension Manager is 'readonly'" in log
    assert learn.end() == 0


@needs_ctrl_c
def test_without_a_command_the_next_unsolved_lesson_opens(
    lesson: Lesson, space: Path, launch: Launch
) -> None:
    sync([lesson])
    write_app(space, lesson, "mine = 1\n")
    Progress(space).mark_done("1.1")
    learn = launch()
    assert f"/{lesson.slug}/" in learn.url
    assert "added 01" not in learn.said
    assert (space / lesson.slug / "app.py").read_text(encoding="utf-8") == "mine = 1\n"
    if sys.platform == "linux":
        assert "There is no browser here: open this address in one." in learn.said
    assert learn.end(signal.SIGTERM) == 128 + signal.SIGTERM


@needs_ctrl_c
def test_the_browser_gets_the_address(space: Path, launch: Launch, tmp_path: Path) -> None:
    got = tmp_path / "address.txt"
    script = tmp_path / "browser.py"
    script.write_text(
        f"import pathlib, sys\npathlib.Path({str(got)!r}).write_text(sys.argv[1])\n", encoding="utf-8"
    )
    browser = shlex.join([sys.executable, str(script), "%s"])
    learn = launch("learn", "01", BROWSER=browser)
    assert learn.url == got.read_text(encoding="utf-8")
    assert "no browser" not in learn.said
    assert learn.end() == 0


def test_jupyterlab_may_be_shut_down_from_its_own_menu(space: Path, launch: Launch) -> None:
    learn = launch("learn", "--no-browser")
    learn.ask("/api/shutdown", "POST")
    assert learn.process.wait(PATIENCE) == 0
    learn.wait_for("JupyterLab was shut down.")


def test_jupyterlab_does_not_outlive_who_started_it(space: Path, launch: Launch) -> None:
    learn = launch("learn", "--no-browser")
    learn.ask("/api/kernels", "POST")
    processes = learn.processes()
    assert len(processes) >= 2, "the server, and a kernel"
    learn.process.kill()  # nothing of ours runs any more
    left = psutil.wait_procs(processes, PATIENCE)[1]
    for process in left:
        process.kill()
    assert left == []


def test_when_jupyterlab_cannot_start_its_log_is_shown(space: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = course(space, "learn", "--no-browser", code=1, JUPYTER_RUNTIME_DIR=str(tmp_path / "file"))
    assert "JupyterLab ended with an error. The end of workspace" in done.stderr
    assert "Error" in done.stderr.splitlines()[-1]
    assert len(done.stderr.splitlines()) < 15
    log = (space / ".jupyter" / "jupyterlab.log").read_text(encoding="utf-8")
    assert log.splitlines()[-1] in done.stderr


def test_a_port_that_is_taken_is_named(space: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for name in ("learn", "site"):
            done = course(space, name, "--port", str(port), code=1)
            assert f"Port {port} is taken by another program" in done.stderr
            assert "`--port`" in done.stderr
        assert choose_port(None, port) > port


@needs_ctrl_c
def test_a_class_that_starts_at_once_gets_a_port_each(launch: Launch, tmp_path: Path) -> None:
    class_ = [launch("learn", "--no-browser", COURSE_WORKSPACE=str(tmp_path / name)) for name in "ab"]
    assert len({urlsplit(learn.url).netloc for learn in class_}) == 2
    for learn in class_:
        learn.ask("/api/status")
        assert learn.end() == 0


def test_a_port_that_somebody_else_only_tried_is_no_end() -> None:
    tried: list[int] = []

    def stay(port: int) -> None:
        tried.append(port)
        if len(tried) == 1:
            raise CourseError(f"JupyterLab ended with an error.\n  The port {port} is already in use.")
        raise CourseError("another reason")

    with pytest.raises(CourseError, match="another reason"):
        on_port(None, 8888, stay)
    assert len(tried) == 2


def test_a_free_port_is_taken_as_wanted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(server.getsockname()):
            server.accept()[0].close()  # the system keeps the port for a while after such an end
    assert choose_port(port, 1) == port
    assert choose_port(None, port) == port


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that even root cannot write to")
def test_a_workspace_without_write_permission(tmp_path: Path) -> None:
    done = course(tmp_path / "any", "learn", code=1, COURSE_WORKSPACE="/sys/workspace")
    assert done.stderr.startswith("You may not write to /sys/workspace: ")
    assert done.stderr.count("\n") == 1


@needs_ctrl_c
def test_the_site_is_served(space: Path, launch: Launch) -> None:
    site = launch("site", "--no-browser")
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(site.url) as answer:
        assert b"<!doctype html>" in answer.read()
    assert site.end() == 0
    assert "Zensical" not in site.said, "the theme speaks to maintainers, not to readers"
