"""What a check sees of an app that does not answer in one piece: streams and WebSockets.

Apart from `checks.py`, because only few checks need it, and a WebSocket library with it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx

from course.judging.verdicts import (
    ANSWER_WITHIN,
    CodeRaised,
    Flooded,
    NotYet,
    Nudges,
    brief,
    broken_off,
    no_answer,
    said,
)
from course.running.exchange import request_part, response_part, status_line
from course.running.server import Client
from course.running.serving import TICKET, Closed, Connection, Refused

SILENCE = 1.5
"""Seconds after which a WebSocket that says nothing has nothing to say; more on a busy machine."""

TURN = 0.05
"""Seconds of which `SILENCE` is made: a loop that comes late to each of its turns waits longer in all."""


class Stream:
    """An answer whose body is read as it comes, with judgements on it."""

    def __init__(self, client: Client, response: httpx.Response, within: float) -> None:
        self.status_code = response.status_code
        self.headers = response.headers
        self.pieces: list[bytes] = []
        """What `piece` has given so far."""
        self._client = client
        self._response = response
        self._body = response.aiter_raw()
        self._until = asyncio.get_running_loop().time() + within

    async def piece(self) -> bytes:
        """The next piece of the body, as the app sent it; empty at the end.

        Raises:
            NoAnswer: it did not come in time, or the body is far too long.
            CodeRaised, NotYet: the body breaks off.
        """
        sent = brief(request_part(self._response.request))
        try:
            async with asyncio.timeout_at(self._until):
                piece = await anext(self._body, b"")
        except (httpx.TimeoutException, TimeoutError, Flooded):
            raise no_answer(self._response.request) from None
        except httpx.TransportError as error:
            ticket = self._response.extensions["course.ticket"]
            if raised := self._client.server.raised_for(ticket):
                raise CodeRaised(raised, sent) from None
            raise broken_off(error, sent) from None
        if piece:
            self.pieces.append(piece)
        return piece

    async def rest(self) -> list[bytes]:
        """All pieces to the end. Raises as `piece` does."""
        while await self.piece():
            pass
        return self.pieces

    def require(self, condition: bool, expected: str, *, nudge: Nudges) -> None:
        """Judge the answer so far; `expected` says in words what should have come.

        Raises:
            NotYet: `condition` is false.
        """
        if not condition:
            came = brief(response_part(self._response)).removesuffix("(a stream)").rstrip()
            pieces = [f"piece {number}: {_quoted(piece)}" for number, piece in enumerate(self.pieces, 1)]
            sent = brief(request_part(self._response.request))
            raise NotYet(sent, "\n".join([came, *pieces]), expected, said(nudge, self))


@contextlib.asynccontextmanager
async def open_stream(client: Client, request: httpx.Request, within: float) -> AsyncIterator[Stream]:
    """Send `request`; the answer's body is left to be read, within so many seconds."""
    sent = brief(request_part(request))
    try:
        response = await client.send(request, stream=True)
    except httpx.TimeoutException:
        raise no_answer(request) from None
    except httpx.TransportError as error:
        raise broken_off(error, sent) from None
    try:
        if raised := response.extensions.get("course.raised"):
            raise CodeRaised(raised, sent)
        yield Stream(client, response, within)
    finally:
        await response.aclose()


class Socket:
    """An open WebSocket to the app, with judgements on what comes."""

    def __init__(self, client: Client, path: str, ticket: str, connection: Connection) -> None:
        self._client = client
        self._ticket = ticket
        self._connection = connection
        self._log = [f"WebSocket {path}"]
        self._came = "nothing"
        self._silent = 0.0
        """Seconds for which it was listened to in vain, since something was sent or came."""
        self.closed = False
        """Whether the app has closed the connection, or it was cut."""
        self.code: int | None = None
        """The close code, once the app has closed the connection with one."""

    async def send(self, message: str | bytes) -> None:
        """Send a message: text, or binary. After the app closed the connection it is lost."""
        self._log.append(_quoted(message))
        self._silent = 0.0
        with contextlib.suppress(Closed):  # `receive` will tell
            await self._connection.send(message)

    def cut(self) -> None:
        """Be gone without a goodbye, as a phone that is switched off."""
        self._log.append("(cut off)")
        self._connection.cut()

    async def receive(self) -> str | bytes | None:
        """The next message; None if the app closed the connection, or said nothing for a while.

        Raises:
            CodeRaised: the app raised.
        """
        receiving = asyncio.ensure_future(self._connection.receive())
        try:
            for _ in range(round(SILENCE / TURN)):
                if (await asyncio.wait([receiving], timeout=TURN))[0]:
                    break
            else:
                self._silent += SILENCE
                self._came = f"nothing within {self._silent:g} seconds"
                return None
            message = receiving.result()
        except Closed as closed:
            if raised := self._client.server.raised_for(self._ticket):
                raise CodeRaised(raised, "\n".join(self._log)) from None
            self.closed, self.code = True, closed.code
            self._came = f"closed, with the code {closed.code}" if closed.code else "the connection, cut off"
            return None
        finally:
            receiving.cancel()
        self._came, self._silent = _quoted(message), 0.0
        return message

    async def expect(self, message: str | bytes, *, nudge: Nudges) -> None:
        """Judge the next message.

        Raises:
            NotYet: it is another, or none.
            CodeRaised: the app raised.
        """
        self.require(await self.receive() == message, _quoted(message), nudge=nudge)

    def require(self, condition: bool, expected: str, *, nudge: Nudges) -> None:
        """Judge anything else; what came back is what `receive` met last.

        Raises:
            NotYet: `condition` is false.
        """
        if not condition:
            raise NotYet("\n".join(self._log), self._came, expected, said(nudge, self))


@contextlib.asynccontextmanager
async def open_socket(
    client: Client, path: str, nudge: str, headers: dict[str, str], goodbye: int
) -> AsyncIterator[Socket]:
    """Open a WebSocket to the app; it is closed with the code `goodbye` when the block ends."""
    ticket = client.ticket()
    sent = f"WebSocket {path}"
    try:
        connection = await client.server.connect(path, {**headers, TICKET: ticket}, ANSWER_WITHIN)
    except TimeoutError:
        raise NotYet(sent, f"nothing within {ANSWER_WITHIN:g} seconds", _ACCEPTED, nudge) from None
    except Refused as refused:
        if raised := client.server.raised_for(ticket):
            raise CodeRaised(raised, sent) from None
        came = refused.words if refused.status is None else status_line(refused.status)
        raise NotYet(sent, came, _ACCEPTED, nudge) from None
    try:
        yield Socket(client, path, ticket, connection)
    finally:
        await connection.close(goodbye)


_ACCEPTED = "101 Switching Protocols: an open WebSocket"


def _quoted(message: str | bytes) -> str:
    text = repr(message)
    return text if len(text) <= 120 else f"{text[:100]}… ({len(message)} in all)"
