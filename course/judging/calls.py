"""How far an app is with a request, told by the messages that it sends: exact on a busy machine, too."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from course.judging.api import Api
from course.running.serving import App, Message, Receive, Scope, Send


@contextmanager
def calls_through(api: Api, way: App) -> Iterator[None]:
    """Have the server call `way` inside of the block, in place of the app; it passes calls on to that.

    A server that is started anew meanwhile goes on with it, until the block ends.
    """
    app = api.client.server.app
    api.client.server.app = way
    try:
        yield
    finally:
        api.client.server.app = app


class Call:
    """How far an app is with a request.

    Attributes:
        body: what it has sent of the answer's body.
        answered: set when it has sent the whole answer.
        done: set when it has returned: the code after `yield` and the background tasks have run.
    """

    def __init__(self) -> None:
        self.body = b""
        self.answered = threading.Event()
        self.done = threading.Event()


@contextmanager
def watched_call(api: Api) -> Iterator[Call]:
    """Watch the one request that is sent inside of the block."""
    call = Call()
    app = api.client.server.app

    async def watch(scope: Scope, receive: Receive, send: Send) -> None:
        async def note(message: Message) -> None:
            await send(message)
            if message["type"] == "http.response.body":
                call.body += message.get("body", b"")
                if not message.get("more_body"):
                    call.answered.set()

        try:
            await app(scope, receive, note)
        finally:
            call.done.set()

    with calls_through(api, watch):
        yield call
