"""How a check says that an answer is not right: the exceptions that it raises, and what they tell."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from course.judging.differences import first_difference
from course.running.exchange import Part, pretty, request_part, status_line
from course.running.server import Client
from course.running.serving import TICKET


@dataclass(frozen=True)
class Nudge:
    """Words about one cause of a wrong answer, said only where there is evidence of that cause.

    `when` gets what came back (an `Answer`, or the value that is judged) and says whether it shows the cause.
    Where it cannot look, since what came has another shape, there is no evidence. Without it the check has
    looked already.
    """

    words: str
    when: Callable[[Any], object] | None = None

    def fits(self, found: object) -> bool:
        """Whether what came back shows this cause."""
        try:
            return self.when is None or bool(self.when(found))
        except (LookupError, TypeError, ValueError, AttributeError):
            return False


Nudges = str | Nudge | Sequence[object]
"""What a check may say: a `Nudge`, or a plain text, which must be true of each answer that gets it; or both.

To a type checker a list of both is one of objects.
"""


class NotYet(Exception):
    """A check's answer is not right: what was sent, what came back, what was expected, and words on it."""

    def __init__(
        self, sent: str, came_back: str, expected: str, nudge: str = "", *, differs: str = ""
    ) -> None:
        super().__init__(expected)
        self.sent = sent
        self.came_back = came_back
        self.expected = expected
        self.nudge = nudge
        self.differs = differs
        """The first difference, as a sentence; empty where it is not known."""


def seen(nudges: Nudges, found: object) -> str:
    """The words of the first `Nudge` for which there is evidence in `found`; empty if there is none."""
    return next((one.words for one in _several(nudges) if isinstance(one, Nudge) and one.fits(found)), "")


def plain(nudges: Nudges) -> str:
    """The first plain text; empty if there is none."""
    return next((one for one in _several(nudges) if isinstance(one, str)), "")


def said(nudges: Nudges, found: object) -> str:
    """What to say of `found`: the words for which there is evidence, else the plain ones."""
    return seen(nudges, found) or plain(nudges)


def _several(nudges: Nudges) -> Sequence[object]:
    return [nudges] if isinstance(nudges, str | Nudge) else nudges


class CodeRaised(Exception):
    """The learner's code raised while something was asked of it."""

    def __init__(self, error: BaseException, sent: str, nudge: str = "") -> None:
        super().__init__(str(error))
        self.error = error
        self.sent = sent
        self.nudge = nudge


class NoAnswer(Exception):
    """The learner's app did not answer in time, or without an end: then `came` says what had come so far.

    Attributes:
        stalled: whether it had stopped sending, long before the time was up.
    """

    def __init__(self, sent: str, came: str = "", *, stalled: bool = False) -> None:
        super().__init__(sent)
        self.sent = sent
        self.came = came
        self.stalled = stalled


ANSWER_WITHIN = 5.0
"""Seconds that an app has for one answer to a check."""

STALLED = 0.5
"""Seconds without a piece after which an answer is taken to have stopped in the middle."""

MOST_BYTES = 10_000_000
"""Bytes of one answer that a check takes in; no exercise asks for nearly as many."""


class Flooded(Exception):
    """More than `MOST_BYTES` came."""


class Body(httpx.AsyncByteStream):
    """An answer's body that counts what comes, and takes in no more than `MOST_BYTES`."""

    def __init__(self, response: httpx.Response) -> None:
        if not isinstance(response.stream, httpx.AsyncByteStream):
            raise TypeError("only an AsyncClient's answers can be watched")
        self._stream = response.stream
        self._pieces = aiter(response.stream)
        self._status = status_line(response.status_code)
        self._bytes = 0
        self._request = response.request
        self._last = time.monotonic()

    @classmethod
    async def watch(cls, response: httpx.Response) -> None:
        """Have an answer read in this way: a hook of an httpx client."""
        response.stream = response.request.extensions["course.body"] = cls(response)

    # No generator: one that is left half-way would have to be closed by a loop that may be gone.
    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        piece = await anext(self._pieces)
        self._bytes += len(piece)
        self._last = time.monotonic()
        if self._bytes > MOST_BYTES:
            raise Flooded
        return piece

    async def aclose(self) -> None:
        _under_way.pop(self._request, None)
        await self._stream.aclose()

    @property
    def stalled(self) -> bool:
        """Whether nothing has come for a while."""
        return time.monotonic() - self._last > STALLED

    @property
    def so_far(self) -> str:
        """Such as "200 OK, then 12,345 bytes, and no end yet"."""
        return f"{self._status}, then {self._bytes:,} bytes, and no end yet"


def no_answer(request: httpx.Request) -> NoAnswer:
    """What to raise when the answer to `request` did not come, or not to its end."""
    sent = brief(request_part(request))
    body = request.extensions.get("course.body")
    return NoAnswer(sent, body.so_far, stalled=body.stalled) if isinstance(body, Body) else NoAnswer(sent)


_under_way: dict[httpx.Request, float] = {}
"""The requests whose answers have not come to their end, with the moments at which they were sent."""


class Asking(Client):
    """A client that keeps note of which of its requests are under way, for `under_way`."""

    async def send(self, request: httpx.Request, *, stream: bool = False, **options: Any) -> httpx.Response:
        _under_way[request] = time.monotonic()
        ended = True
        try:
            response = await super().send(request, stream=stream, **options)
            ended = not stream  # else its body tells when it is closed
            return response
        finally:
            if ended:
                _under_way.pop(request, None)


def under_way() -> tuple[str, str]:
    """Which request has been under way for longest, and what has come of its answer; empty if there is none.

    May be called by another thread than the one that asks.
    """
    if not (asked := list(_under_way.items())):
        return "", ""
    request, began = asked[0]
    sent = "\n".join(
        line for line in brief(request_part(request)).splitlines() if not line.startswith(TICKET)
    )
    if len(asked) > 1:
        sent += f"\nand {len(asked) - 1} more at the same time"
    body = request.extensions.get("course.body")
    if isinstance(body, Body):
        return sent, body.so_far
    return sent, f"nothing after {time.monotonic() - began:.1f} seconds"


def require(
    condition: bool, *, sent: str, came_back: str, expected: str, nudge: Nudges, differs: str = ""
) -> None:
    """Judge something that is no HTTP answer; `differs` says the first difference, where that is known.

    Raises:
        NotYet: `condition` is false.
    """
    if not condition:
        raise NotYet(sent, came_back, expected, said(nudge, came_back), differs=differs)


def expect_value(got: Any, wanted: Any, *, sent: str, nudge: Nudges, whole: str = "The value") -> None:
    """Judge a value that must equal another, as JSON has it: 1 and 1.0 are equal, 1 and true are not.

    Args:
        got: what the learner's code gave.
        wanted: what it should have given.
        sent: what was asked of it.
        nudge: words on it; a `Nudge` looks at `got`.
        whole: what the value is called where it differs as a whole.

    Raises:
        NotYet: the two differ.
    """
    if differs := first_difference(got, wanted, whole):
        words = said(nudge, got)
        raise NotYet(sent, _as_written(got), _as_written(wanted), words, differs=differs)


def _as_written(value: Any) -> str:
    """A value as a learner writes it: JSON where it is JSON, else what Python prints."""
    try:
        return pretty(value)
    except (TypeError, ValueError):
        return repr(value)


def broken_off(error: httpx.TransportError, sent: str) -> CodeRaised | NotYet:
    """What to raise when no whole answer came: with what the app raised meanwhile, if it did."""
    raised = error.request.extensions.get("course.raised")
    if isinstance(raised, BaseException):
        return CodeRaised(raised, sent)
    if isinstance(error, httpx.RemoteProtocolError):
        return NotYet(
            sent,
            "an answer that breaks off",
            "a whole answer",
            "The app ended before its answer did: the last piece of the body is missing.",
        )
    return CodeRaised(error, sent)


def brief(part: Part) -> str:
    """An exchange's half without the headers and words that say nothing new here."""
    start = part.start.removesuffix(" HTTP/1.1").removeprefix("HTTP/1.1 ")
    headers = [header for header in part.headers if header != "content-type: application/json"]
    return "\n".join([start, *headers, *([part.body] if part.body else [])])
