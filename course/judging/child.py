"""A child process for a learner's code. Imports little: the command line starts one before anything else."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import secrets
import subprocess
import sys
import threading

TYPE_CHECKING = False  # importing typing takes as long as all the rest here
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import IO, Any

PRINTED = 4000
"""Characters that are kept of what a learner's code prints."""

END = b"\x00end of an answer\x00"
"""What a worker writes behind what an answer printed: the two pipes are not read in step."""


class Worker:
    """A child process that has imported FastAPI and waits for its one job.

    Args:
        inside: a command that runs this process in a sandbox: its words, before those of the process.
        environment: all that the process has; that of this one if None.
        python: the command that is Python there.
        folder: where the command runs.
    """

    def __init__(
        self,
        *,
        inside: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        python: str = sys.executable,
        folder: str | None = None,
    ) -> None:
        group: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        self._process = subprocess.Popen(
            [*inside, python, "-P", "-m", "course.judging.worker"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={
                **(os.environ if environment is None else environment),
                "PYTHONUTF8": "1",
                "PYTHONUNBUFFERED": "1",
                "PYTHONWARNINGS": "ignore",
            },
            **group,
        )
        self.messages: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self.ended_because = ""
        """Why it was stopped from outside, as a sentence, where somebody watched it."""
        self._token = secrets.token_hex()
        self.printed = _Printed(_pipe(self._process.stderr))
        threading.Thread(target=self._read, daemon=True).start()

    def start(self, job: dict[str, Any]) -> None:
        """Hand the process its job; answers come as `messages`, None after the last."""
        stdin = _pipe(self._process.stdin)
        with contextlib.suppress(OSError):  # it is dead already: `messages` will say so
            stdin.write(json.dumps({**job, "token": self._token}).encode() + b"\n")
            stdin.flush()

    @property
    def pid(self) -> int:
        """The process's number, or that of the sandbox around it."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End the process and all that it started."""
        from course.running.bound import end_all  # not before it is needed: the start is a learner's wait

        end_all(self._process)
        self.printed.finish()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            with contextlib.suppress(OSError):
                _pipe(pipe).close()

    def _read(self) -> None:
        with contextlib.suppress(ValueError, OSError):  # closed by stop()
            for line in _pipe(self._process.stdout):
                self.messages.put(self._message(line))
        self.messages.put(None)

    def _message(self, line: bytes) -> dict[str, Any]:
        """What the worker said. A line without the token comes from the code that is judged."""
        with contextlib.suppress(ValueError):
            message = json.loads(line)
            if isinstance(message, dict) and message.pop("token", "") == self._token:
                return message
        return {"forged": True}


class _Printed:
    """What answers print through a pipe, each kept up to a bound; an `END` stands behind each."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._kept = bytearray()
        self._dropped = 0
        self._ended: list[str] = []
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Wait until the pipe's other end is closed everywhere."""
        self._thread.join(2)

    def of(self, number: int) -> str:
        """What the answer with this number printed, counted from 0; waits if that is still on its way."""
        with self._news:
            self._news.wait_for(lambda: len(self._ended) > number, timeout=2)
            return self._ended[number] if len(self._ended) > number else self._text()

    def so_far(self) -> str:
        """What the answer that has not ended has printed."""
        with self._news:
            return self._text()

    def _text(self) -> str:
        text = self._kept.decode(errors="replace").rstrip()
        return f"{text}\n… ({self._dropped:,} bytes more)" if self._dropped else text

    def _add(self, block: bytes) -> None:
        kept = block[: max(0, PRINTED - len(self._kept))]
        self._kept += kept
        self._dropped += len(block) - len(kept)

    def _read(self) -> None:
        rest = b""  # what may be the beginning of an END
        with contextlib.suppress(ValueError, OSError):  # closed by stop()
            while block := os.read(self._pipe.fileno(), 1 << 16):
                *whole, rest = (rest + block).split(END)
                with self._news:
                    for part in whole:
                        self._add(part)
                        self._ended.append(self._text())
                        self._kept.clear()
                        self._dropped = 0
                    # Kept back is only what the next block may complete to an END.
                    begun = max(k for k in range(len(END)) if rest.endswith(END[:k]))
                    self._add(rest[: len(rest) - begun])
                    rest = rest[len(rest) - begun :]
                    self._news.notify_all()
        with self._news:
            self._add(rest)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("the worker was started without pipes")
    return pipe
