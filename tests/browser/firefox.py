"""Firefox, driven by WebDriver BiDi, which it speaks itself: no driver and no package is needed."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect


def installed() -> str | None:
    """The path of Firefox, if it is there."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


class Firefox:
    """One window of a Firefox without a face."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.command("session.new", capabilities={})
        self.window: str = self.command("browsingContext.getTree")["contexts"][0]["context"]

    def command(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv(timeout=120))
            if answer.get("id") == number:
                if answer["type"] == "error":
                    raise RuntimeError(f"{method}: {answer['message']}")
                return answer["result"]

    def goto(self, address: str) -> None:
        self.command("browsingContext.navigate", context=self.window, url=address, wait="complete")

    def new_tab(self) -> str:
        """Open another tab; gives its name."""
        return str(self.command("browsingContext.create", type="tab")["context"])

    def frame(self, window: str, part: str, seconds: float = 60) -> str:
        """The name of the frame in a tab whose address has `part` in it, as soon as there is one."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            (tree,) = self.command("browsingContext.getTree", root=window)["contexts"]
            for child in tree["children"]:
                if part in child["url"]:
                    return str(child["context"])
            time.sleep(0.1)  # the browser has nothing that would tell
        raise TimeoutError(f"no frame came whose address has {part}")

    def evaluate(self, script: str, window: str | None = None) -> Any:
        """What a JavaScript expression gives, as JSON; promises are waited for."""
        result = self.command(
            "script.evaluate",
            expression=f"(async () => JSON.stringify((await ({script})) ?? null))()",
            target={"context": window or self.window},
            awaitPromise=True,
        )
        if result["type"] == "exception":
            raise RuntimeError(result["exceptionDetails"]["text"])
        return json.loads(result["result"]["value"])

    def wait_for(self, script: str, window: str | None = None, seconds: float = 60) -> Any:
        """Ask again and again until an expression gives something."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := self.evaluate(script, window):
                return found
            time.sleep(0.1)  # the browser has nothing that would tell
        raise TimeoutError(f"never so: {script}")


@contextmanager
def running(path: str) -> Iterator[Firefox]:
    """Start Firefox with a profile of its own."""
    profile = tempfile.TemporaryDirectory(prefix="firefox-", ignore_cleanup_errors=True)
    command = [path, "--headless", "--no-remote", "--profile", profile.name, "--remote-debugging-port", "0"]
    with (
        profile,
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process,
    ):
        try:
            assert process.stderr
            for line in process.stderr:
                if address := re.search(r"WebDriver BiDi listening on (ws://\S+)", line):
                    break
            else:
                raise RuntimeError("Firefox did not start")
            # Else it stops, once so much is said that the pipe is full.
            threading.Thread(target=process.stderr.read, daemon=True).start()
            with connect(f"{address[1]}/session", max_size=None, open_timeout=60) as socket:
                yield Firefox(socket)
        finally:
            process.terminate()
