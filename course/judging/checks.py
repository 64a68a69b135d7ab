"""How a lesson says what is asked of its exercises, and how an answer is judged.

A lesson's `checks.py` makes exercises and decorates their checks:

    hello = exercise("1.1", "Greet by name", hints=["...", "..."])

    @hello.check
    async def greets_by_name(api: Api) -> None:
        \"\"\"Greets the name in the query\"\"\"
        answer = await api.get("/hello", params={"name": "Ada"})
        answer.expect(200, {"message": "Hello, Ada!"}, nudge="...")

Checks look from outside: an app by its answers over HTTP, anything else by what it is and does.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

import httpx

from course.judging.report import Report, State
from course.judging.tasks import Exercise, not_attempted
from course.judging.verdicts import CodeRaised, NoAnswer, NotYet, brief, broken_off, same_json
from course.running.exchange import pretty, request_part, response_part
from course.running.server import Client, make_server
from course.running.serving import Served, ServeError, explain_if_no_app
from course.running.tracebacks import advice, learner_traceback

if TYPE_CHECKING:  # imported at their first use: they need a WebSocket library
    from course.judging.live import Socket, Stream

ANSWER_WITHIN = 5.0
"""Seconds that an app has for one answer to a check."""


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
        nudge: str,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Judge the status code and, where given, the whole JSON body and single headers.

        Raises:
            NotYet: one of them differs.
            CodeRaised: the app raised instead of answering.
        """
        wrong_headers = {
            name: value for name, value in (headers or {}).items() if self.headers.get(name) != value
        }
        right_body = json is ... or same_json(self.json(), json)
        if self.status_code == status and right_body and not wrong_headers:
            return
        expected = [str(status)]
        if json is not ...:
            expected[0] += ", and the body" if json is not None else ", and no body"
            expected += [pretty(json)] if json is not None else []
        expected += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self._refuse("\n".join(expected), nudge)

    def require(self, condition: bool, expected: str, *, nudge: str) -> None:
        """Judge anything else about the answer; `expected` says in words what should have come.

        Raises:
            NotYet: `condition` is false.
            CodeRaised: the app raised instead of answering.
        """
        if not condition:
            self._refuse(expected, nudge)

    def _refuse(self, expected: str, nudge: str) -> None:
        sent = brief(request_part(self.response.request))
        if raised := self.raised:
            raise CodeRaised(raised, sent, self._nudges.get(type(raised), ""))
        if self.text == "null":
            nudge = f"`null` is Python's `None`: your function returned nothing. {nudge}"
        raise NotYet(sent, brief(response_part(self.response)), expected, nudge)


class Api:
    """The learner's app, running on a real server, to be asked over HTTP and WebSocket."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def request(self, method: str, path: str, **options: Any) -> Answer:
        """Send one request; `options` are those of `httpx.AsyncClient.request`.

        Raises:
            NoAnswer: nothing came back within `ANSWER_WITHIN` seconds.
            CodeRaised, NotYet: the answer breaks off.
        """
        request = self.client.build_request(method, path, **options)
        try:
            return Answer(await self.client.send(request))
        except httpx.TimeoutException:
            raise NoAnswer(brief(request_part(request))) from None
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

        return open_stream(self.client, self.client.build_request(method, path, **options))

    def websocket(self, path: str, *, nudge: str) -> AbstractAsyncContextManager[Socket]:
        """Open a WebSocket: `async with api.websocket(...) as socket`.

        Raises:
            NotYet: the app did not accept it; `nudge` is what to say then.
            CodeRaised: the app raised.
        """
        from course.judging.live import open_socket

        return open_socket(self.client, path, nudge)

    async def restart(self) -> list[str]:
        """Stop the app's server and start it anew. Returns the types of what the app sent in its lifespan.

        Raises:
            CodeRaised: the app's lifespan raised before the server could start again.
        """
        stopped = self.client.server
        await asyncio.to_thread(stopped.stop)
        try:
            self.client.turn_to(await asyncio.to_thread(_serve, stopped.app))
        except ServeError as error:
            raise CodeRaised(error, "a second start of the app") from None
        return stopped.lifespan_sent


async def run_exercise(made: Exercise, subject: object, *, to_the_end: bool = True) -> Report:
    """Judge `subject`, a learner's answer to an exercise, by the exercise's checks in order.

    All checks are run, and the report tells of the first that fails; after the code raised or gave no
    answer the rest is left out, and with `to_the_end=False` after any check that fails.
    """
    if subject is ...:
        return not_attempted(made)
    report = Report(made.id, made.title, State.PASSED, made.lines())
    if made.takes == "value":
        await _run_checks(made, subject, report, to_the_end)
        return report
    try:
        explain_if_no_app(subject)
        server = _serve(subject)
    except ServeError as error:
        report.state = State.RAISED if "\n" in str(error) else State.NOT_YET
        report.nudge = str(error).replace("serve() takes", "The check takes")
        return report
    client = Client(server, timeout=ANSWER_WITHIN)
    try:
        async with client:
            await _run_checks(made, Api(client), report, to_the_end)
    finally:
        client.server.stop()
    return report


def _serve(app: Any) -> Served:
    # The loop that needs no time to be loaded; but HTTP as `uvicorn app:app` speaks it, which takes no
    # texts for bytes in a bare ASGI app.
    return make_server(app, loop="asyncio")


async def _run_checks(made: Exercise, subject: object, report: Report, to_the_end: bool) -> None:
    for check, line in zip(made.checks, report.lines, strict=True):
        try:
            await check(subject)
            line.state = State.PASSED
            continue
        except NotYet as wrong:
            line.state = State.NOT_YET
            found = {
                "sent": wrong.sent,
                "came_back": wrong.came_back,
                "expected": wrong.expected,
                "nudge": wrong.nudge,
            }
        except NoAnswer as silent:
            line.state = State.STOPPED
            found = {
                "sent": silent.sent,
                "came_back": f"nothing within {ANSWER_WITHIN:.0f} seconds",
                "expected": "an answer",
                "nudge": "Look for a loop that never ends, or something that waits without a limit.",
            }
        except CodeRaised as raised:
            line.state = State.RAISED
            found = _told(raised.error, raised.nudge) | {"sent": raised.sent}
        except Exception as error:  # raised by the learner's function, called by the check itself
            line.state = State.RAISED
            found = _told(error)
        if report.state is State.PASSED:
            report.state = line.state
            report.failed = line.name
            for name, text in found.items():
                setattr(report, name, text)
        if not to_the_end or line.state in (State.RAISED, State.STOPPED):
            break


def _told(error: BaseException, nudge: str = "") -> dict[str, str]:
    return {"traceback": learner_traceback(error), "nudge": nudge or advice(error)}
