"""A learner's app as a check meets it: asked over HTTP, its answers judged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx

from course.judging import verdicts
from course.judging.differences import first_difference, same_json
from course.judging.verdicts import (
    Asking,
    Body,
    CodeRaised,
    Flooded,
    NotYet,
    Nudges,
    brief,
    broken_off,
    no_answer,
    plain,
    seen,
)
from course.running.exchange import pretty, request_part, response_part
from course.running.server import Client, make_server
from course.running.serving import Served, ServeError

if TYPE_CHECKING:  # imported at their first use: they need a WebSocket library
    from course.judging.live import Socket, Stream


class Answer:
    """What the app answered, with judgements on it."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.status_code = response.status_code
        self.headers = response.headers
        self.text = response.text
        self._nudges: dict[type[BaseException], str] = {}

    def json(self) -> Any:
        """The body as Python data; None when it is not JSON."""
        try:
            return self.response.json()
        except ValueError:
            return None

    @property
    def raised(self) -> BaseException | None:
        """What the app raised instead of answering, if it did."""
        found: BaseException | None = self.response.extensions.get("course.raised")
        return found

    def if_raised(self, kind: type[BaseException], nudge: str) -> None:
        """Have `nudge` said if the app raised instead of answering, and exactly this."""
        self._nudges[kind] = nudge

    def expect(
        self,
        status: int,
        json: Any = ...,
        *,
        nudge: Nudges = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        """Judge the status code and, where given, the whole JSON body and single headers.

        `json=None` asks for no body, or for `null`. A plain text as `nudge` is said where the status is as
        expected, or a refusal was expected: it may speak of the body, and must be true of each answer.

        Raises:
            NotYet: one of them differs.
            CodeRaised: the app raised instead of answering.
        """
        if not (differs := self._difference(status, json, headers or {})):
            return
        expected = [str(status)]
        if json is not ...:
            expected[0] += ", and the body" if json is not None else ", and no body"
            expected += [pretty(json)] if json is not None else []
        expected += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self._refuse("\n".join(expected), nudge, differs, status)

    def require(
        self,
        condition: bool,
        expected: str,
        *,
        nudge: Nudges = "",
        status: int | None = None,
        differs: str = "",
    ) -> None:
        """Judge anything else about the answer; `expected` says in words what should have come.

        Args:
            condition: whether the answer is right, apart from its status.
            expected: what should have come.
            nudge: as in `expect`.
            status: the status code that is expected besides.
            differs: the first difference, as a sentence, where the check knows it.

        Raises:
            NotYet: the condition is false, or the status is another.
            CodeRaised: the app raised instead of answering.
        """
        if status is not None and self.status_code != status:
            self._refuse(expected, nudge, self._difference(status, ..., {}), status)
        if not condition:
            self._refuse(expected, nudge, differs, status)

    def _difference(self, status: int, json: Any, headers: dict[str, str]) -> str:
        """The first difference, in the order in which one reads an answer; empty if there is none."""
        if self.status_code != status:
            return f"The status is {self.status_code}, expected {status}."
        if json is None:
            right_body = self.text in ("", "null")
        else:
            right_body = json is ... or same_json(self.json(), json)
        kind = self.headers.get("content-type", "")
        if not right_body and json is not None and self.text and not kind.partition(";")[0].endswith("json"):
            named = f"The content type is `{kind}`" if kind else "There is no content type"
            return f"{named}, expected `application/json`."
        for name, value in headers.items():
            found = self.headers.get(name)
            if found is None:
                return f"The header `{name}` is missing."
            if found != value:
                return f"The header `{name}` is `{found}`, expected `{value}`."
        if right_body:
            return ""
        if not self.text:
            return "There is no body."
        if json is None:
            return "There is a body, expected none."
        if self.json() is None and self.text != "null":
            return "The body is no JSON."
        return first_difference(self.json(), json)

    def _refuse(self, expected: str, nudge: Nudges, differs: str, status: int | None) -> None:
        sent = brief(request_part(self.response.request))
        if raised := self.raised:
            raise CodeRaised(raised, sent, self._nudges.get(type(raised), ""))
        raise WrongAnswer(self, sent, expected, nudge, differs, status)


class WrongAnswer(NotYet):
    """An answer over HTTP is not right.

    Attributes:
        answer: the answer.
        status: the status code that was expected of it, if one was.
        otherwise: what to say where nothing else is known; empty where it speaks of a body that this answer,
            of another status, has not.
    """

    def __init__(
        self, answer: Answer, sent: str, expected: str, nudge: Nudges, differs: str, status: int | None
    ) -> None:
        came_back = brief(response_part(answer.response))
        super().__init__(sent, came_back, expected, seen(nudge, answer), differs=differs)
        self.answer = answer
        self.status = status
        speaks_of_it = status is None or status >= 400 or answer.status_code == status
        self.otherwise = plain(nudge) if speaks_of_it else ""


class Api:
    """The learner's app, running on a real server, to be asked over HTTP and WebSocket.

    Attributes:
        within: seconds that it has for one answer.
    """

    def __init__(self, client: Client, patience: float = 1) -> None:
        self.client = client
        self.within = verdicts.ANSWER_WITHIN * patience

    async def request(self, method: str, path: str, **options: Any) -> Answer:
        """Send one request; `options` are those of `httpx.AsyncClient.request`.

        Raises:
            NoAnswer: no whole answer came in time, or it is far too long.
            CodeRaised, NotYet: the answer breaks off.
        """
        request = self.client.build_request(method, path, **{"timeout": self.within, **options})
        try:
            async with asyncio.timeout(self.within):
                return Answer(await self.client.send(request))
        except (httpx.TimeoutException, TimeoutError, Flooded):
            raise no_answer(request) from None
        except httpx.TransportError as error:
            raise broken_off(error, brief(request_part(request))) from None

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.request("GET", path, **options)

    async def post(self, path: str, **options: Any) -> Answer:
        return await self.request("POST", path, **options)

    async def put(self, path: str, **options: Any) -> Answer:
        return await self.request("PUT", path, **options)

    async def patch(self, path: str, **options: Any) -> Answer:
        return await self.request("PATCH", path, **options)

    async def delete(self, path: str, **options: Any) -> Answer:
        return await self.request("DELETE", path, **options)

    def stream(self, method: str, path: str, **options: Any) -> AbstractAsyncContextManager[Stream]:
        """Send one request and read its answer piece by piece: `async with api.stream(...) as stream`.

        Raises:
            NoAnswer, CodeRaised, NotYet: as `request`.
        """
        from course.judging.live import open_stream

        return open_stream(self.client, self.client.build_request(method, path, **options), self.within)

    def websocket(
        self, path: str, *, nudge: str, headers: dict[str, str] | None = None, goodbye: int = 1000
    ) -> AbstractAsyncContextManager[Socket]:
        """Open a WebSocket: `async with api.websocket(...) as socket`; `headers` go with its handshake.

        `goodbye` is the code with which it is closed when the block ends; a browser that leaves the page
        says 1001.

        Raises:
            NotYet: the app did not accept it; `nudge` is what to say then.
            CodeRaised: the app raised.
        """
        from course.judging.live import open_socket

        return open_socket(self.client, path, nudge, headers or {}, goodbye)

    @asynccontextmanager
    async def at_one_moment(self, count: int) -> AsyncIterator[dict[str, Any]]:
        """Have `count` requests come to the app at one moment, in the order in which they are sent.

        Yields options for each of these requests. They are sent in tasks that the block begins: at its end
        the app goes on, as soon as all have been sent.

        Raises:
            TimeoutError: they were not.
        """
        sent = asyncio.Semaphore(0)

        async def tell(event: str, _: object) -> None:
            if event == "http11.send_request_body.complete":
                sent.release()

        with self.client.server.held():
            yield {"extensions": {"trace": tell}}
            async with asyncio.timeout(self.within):
                for _ in range(count):
                    await sent.acquire()

    async def restart(self) -> list[str]:
        """Stop the app's server and start it anew. Returns the types of what the app sent in its lifespan.

        Raises:
            CodeRaised: the app's lifespan raised before the server could start again.
        """
        stopped = self.client.server
        await asyncio.to_thread(stopped.stop)
        try:
            self.client.turn_to(await asyncio.to_thread(serve_app, stopped.app))
        except ServeError as error:
            raise CodeRaised(error, "a second start of the app") from None
        return stopped.lifespan_sent


@asynccontextmanager
async def api_of(server: Served, patience: float = 1) -> AsyncIterator[Api]:
    """A running app to be asked; its server stops at the end.

    Args:
        server: as `serve_app` returns it.
        patience: how often `ANSWER_WITHIN` each answer may take.
    """
    within = verdicts.ANSWER_WITHIN * patience
    client = Asking(server, timeout=within, event_hooks={"response": [Body.watch]})
    try:
        async with client:
            yield Api(client, patience)
    finally:
        client.server.stop()


def serve_app(app: Any) -> Served:
    """A server of its own for an app that is checked.

    Raises:
        ServeError: it is no app, or its lifespan raised.
    """
    # The loop that needs no time to be loaded; but HTTP as `uvicorn app:app` speaks it, which takes no
    # texts for bytes in a bare ASGI app.
    return make_server(app, loop="asyncio")
