"""`course learn` and `course site`: start JupyterLab or MkDocs, open the browser, end them cleanly."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from rich.text import Text

from course.desk.terminal import clean, console, place, say, waiting
from course.desk.workspace import workspace, writing_to
from course.lessons import ROOT, CourseError, Lesson

HOST = "127.0.0.1"
START_LIMIT = 120.0
"""Seconds after which a server that does not answer is given up; a cold, slow disk needs many."""

TAIL = 12
"""Lines of a log that are shown when its server has died."""


def run_jupyterlab(lesson: Lesson, *, port: int | None, browser: bool) -> None:
    """Open a lesson's notebook in JupyterLab, and stay until that ends or somebody presses Ctrl-C.

    Raises:
        CourseError: the port is taken, or JupyterLab does not start; the message shows its log's end.
    """
    on_port(port, 8888, lambda port: _stay_with_jupyterlab(lesson, port, browser))


def _stay_with_jupyterlab(lesson: Lesson, port: int, browser: bool) -> None:
    token = secrets.token_urlsafe(16)
    path = f"{lesson.slug}/{lesson.notebook.name}"
    log = workspace() / ".jupyter" / "jupyterlab.log"
    with writing_to(log.parent):
        log.parent.mkdir(parents=True, exist_ok=True)
        log.touch()
    with log.open("wb") as output:
        server = Server(
            "JupyterLab",
            jupyterlab_command(port),
            environment=jupyterlab_environment(token),
            output=output,
            log=log,
            ask_to_end=lambda: request(port, "POST", "/api/shutdown", token),
        )
    server.stay(
        # With the token: whoever else listens there by now is not ours.
        is_ready=lambda: request(port, "GET", "/api/status", token) == 200,
        title=f"Lesson {lesson.number}: {lesson.title}. {lesson.minutes}.",
        url=f"http://{HOST}:{port}/lab/tree/{path}?token={token}",
        browser=browser,
    )


def jupyterlab_command(port: int) -> list[str]:
    """The module and options that start JupyterLab on the learner's folder, and nothing else of its own."""
    options = {
        "ServerApp.root_dir": str(workspace()),
        "ServerApp.port": str(port),
        "ServerApp.port_retries": "0",
        "ServerApp.base_url": "/",
        "ServerApp.certfile": "",
        "ServerApp.open_browser": "False",
        "ServerApp.allow_root": "True",  # in a container there is often nobody else
        "LabApp.extension_manager": "readonly",  # the other one asks PyPI
        "LabApp.news_url": "None",
        "KernelManager.shutdown_wait_time": "1",  # an endless loop never hears the request to end
    }
    if sys.platform != "win32":
        # No login shell, as it would be here: that one sets PATH anew, and finds no `fastapi`.
        shell = os.environ.get("SHELL") or "sh"
        options["ServerApp.terminado_settings"] = json.dumps({"shell_command": [shell]})
    return ["jupyterlab", *(f"--{k}={v}" for k, v in options.items())]


def jupyterlab_environment(token: str) -> dict[str, str]:
    """The variables for JupyterLab: what is the learner's own stays in force."""
    own = {
        "COURSE_WORKSPACE": str(workspace()),  # kernels run in other folders than we do
        "JUPYTER_TOKEN": token,  # on the command line everybody on the machine could read it
        # A terminal opened in JupyterLab finds `course`, `fastapi` and `uvicorn`.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "JUPYTER_PREFER_ENV_PATH": "1",  # this Python's kernel, not one that the learner has elsewhere
    }
    ours = str(Path(__file__).with_name("jupyter"))
    paths = [path for path in (os.environ.get("JUPYTER_CONFIG_PATH"), ours) if path]
    # Tabs that were open in other folders are not found in this one.
    layouts = {"JUPYTERLAB_WORKSPACES_DIR": str(workspace() / ".jupyter" / "layouts")}
    return layouts | os.environ | own | {"JUPYTER_CONFIG_PATH": os.pathsep.join(paths)}


def run_site(*, port: int | None, browser: bool) -> None:
    """Serve the site with live reload until somebody presses Ctrl-C.

    Raises:
        CourseError: the port is taken, or the site cannot be built.
    """
    import mkdocs  # noqa: F401  (if it is not there, say so before anything else)

    # 8000 is where Uvicorn listens, which the lessons start.
    on_port(port, 8001, lambda port: _stay_with_site(port, browser))


def _stay_with_site(port: int, browser: bool) -> None:
    module = ["mkdocs", "serve", "--quiet", "--livereload", "--dev-addr", f"{HOST}:{port}"]
    server = Server("The site", module, environment=_mkdocs_environment())
    server.stay(
        is_ready=lambda: request(port, "GET", "/") is not None,
        title="The site is built anew whenever a file of it is saved.",
        url=f"http://{HOST}:{port}/",
        browser=browser,
    )


BUILD = ("mkdocs", "build", "--strict")
"""What builds the site. With `--quiet` MkDocs counts no warnings, so that `--strict` would mean nothing."""


def build_site() -> int:
    """Write the site to `site/`; every warning is an error. Returns MkDocs' exit code."""
    import mkdocs  # noqa: F401

    build = [sys.executable, "-P", "-m", *BUILD]
    code = subprocess.run(build, cwd=ROOT, env=_mkdocs_environment(), check=False).returncode
    if code == 0:
        say("✓ site/ is written: any web server can host it.")
    return code


def _mkdocs_environment() -> dict[str, str]:
    # The theme's note on its own successor; docs/contributing.md says how this site would follow.
    return {**os.environ, "NO_MKDOCS_2_WARNING": "1"}


class Server:
    """A server in a process of its own, which Ctrl-C in our terminal does not reach, and which ends with us.

    Args:
        name: what it is called in sentences.
        module: what follows `python -m` to start it.
        output: where what it prints goes; without, to our own terminal.
        log: the file behind `output`, to be shown when it dies.
        ask_to_end: asks it to end by itself; without, it is told by the system.
    """

    def __init__(
        self,
        name: str,
        module: list[str],
        *,
        environment: dict[str, str] | None = None,
        output: IO[bytes] | None = None,
        log: Path | None = None,
        ask_to_end: Callable[[], object] | None = None,
    ) -> None:
        self._name = name
        self._log = log
        self._ask_to_end = ask_to_end
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "course.running.bound", "SIGTERM", *module],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,  # closes when this process ends, even if it is killed
            stdout=output,
            stderr=output and subprocess.STDOUT,
            **_own_group(),
        )

    def stay(self, is_ready: Callable[[], bool], title: str, url: str, *, browser: bool) -> None:
        """Wait until it answers, show where, and stay until it ends or is interrupted.

        Raises:
            CourseError: it does not answer, or ended with an error.
        """
        try:
            self._wait_until(is_ready)
            say(title, "bold")
            console().print(Text(url, "cyan"), soft_wrap=True)  # in one piece, to be copied
            if browser and not open_browser(url):
                say("There is no browser here: open this address in one.")
            say("Ctrl-C here ends it.", "dim")
            while not self._has_ended(within=0.5):  # without a limit Windows would hold Ctrl-C back
                pass
            say(f"{self._name} was shut down.")
        except KeyboardInterrupt:
            say(f"\n{self._name} is ending …")
        finally:
            self._end()

    def _wait_until(self, is_ready: Callable[[], bool]) -> None:
        started = time.monotonic()
        seconds = 0.0
        with waiting(f"{self._name} is starting …") as update:
            while not is_ready():
                if self._has_ended(within=0.1):
                    raise CourseError(f"{self._name} ended before it answered.{self._tail()}")
                seconds = time.monotonic() - started
                update(f"{self._name} is starting … {seconds:.0f} s")
                if seconds > START_LIMIT:
                    raise CourseError(
                        f"{self._name} does not answer after {seconds:.0f} seconds: start again."
                        f"{self._tail()}"
                    )
        say(f"{self._name} is ready after {seconds:.1f} s.")

    def _has_ended(self, within: float) -> bool:
        """Wait for at most `within` seconds for its end.

        Raises:
            CourseError: it ended with an error.
        """
        try:
            code = self._process.wait(within)
        except subprocess.TimeoutExpired:
            return False
        if code:
            raise CourseError(f"{self._name} ended with an error.{self._tail()}")
        return True

    def _tail(self) -> str:
        if self._log is None:
            return ""
        with contextlib.suppress(OSError):
            lines = clean(self._log.read_text(encoding="utf-8", errors="replace")).splitlines()
            last = "\n".join(f"  {line}" for line in lines[-TAIL:])
            return f" The end of {place(self._log)}:\n{last}"
        return ""

    def _end(self) -> None:
        """End it and what it started: kindly at first, so that kernels end too."""
        steps = [self._ask_to_end or self._process.terminate, self._process.terminate]
        try:
            for step in steps:
                if self._process.poll() is None:
                    step()
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        self._process.wait(5)
        finally:  # also if somebody presses Ctrl-C once more
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            if self._process.stdin is not None:
                self._process.stdin.close()


def _own_group() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def on_port(wanted: int | None, first: int, stay: Callable[[int], None]) -> None:
    """Call `stay` with the port that is wanted, or with free ones until nobody else is faster.

    Raises:
        CourseError: what `choose_port` and `stay` raise.
    """
    while True:
        port = choose_port(wanted, first)
        try:
            return stay(port)
        except CourseError as error:
            # Between our look and the server's, somebody else may have taken the port: in a class
            # that shares a machine, all start at once. Jupyter takes it twice, at first only to try,
            # so that it may be free again by now.
            if is_free(port) and f"The port {port} is already in use" not in str(error):
                raise


def choose_port(wanted: int | None, first: int) -> int:
    """The port to listen on: the one that is wanted, else the first free one from `first` on.

    Raises:
        CourseError: the wanted one is taken, or may not be used.
    """
    if wanted is None:
        found = next((port for port in range(first, first + 200) if is_free(port)), None)
        if found is None:
            raise CourseError(f"No port from {first} to {first + 199} is free: choose one with `--port`.")
        return found
    try:
        if is_free(wanted):
            return wanted
    except PermissionError:
        raise CourseError(f"You may not listen on port {wanted}: choose one above 1023.") from None
    raise CourseError(f"Port {wanted} is taken by another program: end that one, or leave `--port` out.")


def is_free(port: int) -> bool:
    """Whether a server may begin to listen on `port` of this machine.

    Raises:
        PermissionError: not for this user.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name == "posix":  # a port whose server has just ended is free; on Windows the option
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # would take any
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise
        except OSError:
            return False
    return True


def request(port: int, method: str, path: str, token: str = "") -> int | None:
    """Ask a server on this machine, past every proxy; return the status, None without an answer."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    headers = {"Authorization": f"token {token}"} if token else {}
    try:
        connection.request(method, path, headers=headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def open_browser(url: str) -> bool:
    """Open an address in the browser; False where there is none that has a window of its own."""
    windows = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    if sys.platform not in ("win32", "darwin") and not any(map(os.environ.get, windows)):
        return False  # Python would take a text browser, and that our terminal
    try:
        return webbrowser.open(url)
    except webbrowser.Error:
        return False
