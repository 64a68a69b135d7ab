"""`show(response)`: an HTTP exchange, drawn the way HTTP looks and the same on every run."""

from __future__ import annotations

import contextlib
import html
import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from course.running.tracebacks import learner_traceback

# What every exchange carries and no lesson is about, or what differs from run to run.
_REQUEST_NOISE = {
    *("accept", "accept-encoding", "connection", "content-length", "host", "user-agent"),
    "transfer-encoding",
}
_RESPONSE_NOISE = {"connection", "content-length", "date", "server", "transfer-encoding"}

MOST_LINES = 60
MOST_CHARACTERS = 4000
WIDTH = 72


@dataclass(frozen=True)
class Part:
    """One half of an exchange: its first line, `name: value` headers, and its body as text."""

    start: str
    headers: tuple[str, ...]
    body: str

    def text(self) -> str:
        """The part as it looks in HTTP: headers below the first line, the body after a blank one."""
        head = "\n".join((self.start, *self.headers))
        return f"{head}\n\n{self.body}" if self.body else head


@dataclass(frozen=True)
class Exchange:
    """A request and the answer to it, ready to be shown."""

    request: Part
    response: Part
    status: int
    traceback: str = ""
    """If the app raised: the learner's own lines of it."""

    @classmethod
    def of(cls, response: httpx.Response) -> Exchange:
        """The exchange that `response` ended."""
        raised = response.extensions.get("course.raised")
        return cls(
            request=request_part(response.request),
            response=response_part(response),
            status=response.status_code,
            traceback=learner_traceback(raised) if isinstance(raised, BaseException) else "",
        )

    def __repr__(self) -> str:
        parts = [self.request.text(), self.response.text()]
        if self.traceback:
            parts.append(f"The app raised:\n{self.traceback}")
        return "\n\n".join(parts)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self.html()}

    def html(self) -> str:
        """The exchange as HTML; everything in it is escaped."""
        kind = {2: "ok", 3: "redirect", 4: "refused", 5: "failed"}.get(self.status // 100, "ok")
        parts = [f'<div class="course-exchange course-{kind}">{STYLE}']
        for name, part in (("request", self.request), ("response", self.response)):
            start, *rest = part.text().split("\n", 1)
            parts.append(
                f'<pre class="course-{name}"><b>{html.escape(start)}</b>'
                f"{''.join(f'{chr(10)}{html.escape(text)}' for text in rest)}</pre>"
            )
        if self.traceback:
            parts.append(f'<pre class="course-raised">The app raised:\n{html.escape(self.traceback)}</pre>')
        parts.append("</div>")
        return "".join(parts)


def request_part(request: httpx.Request) -> Part:
    """The request's half of an exchange."""
    content = b"(a stream)"
    with contextlib.suppress(httpx.RequestNotRead, httpx.StreamConsumed, RuntimeError):
        # A form with files is a stream that can be read again; others are gone.
        multipart = "multipart/form-data" in request.headers.get("content-type", "")
        content = request.read() if multipart else request.content
    return Part(
        start=f"{request.method} {request.url.raw_path.decode('ascii')} HTTP/1.1",
        headers=_headers(request.headers, _REQUEST_NOISE),
        body=_body(content, request.headers.get("content-type", "")),
    )


def response_part(response: httpx.Response) -> Part:
    """The answer's half of an exchange."""
    try:
        content = response.content
    except httpx.ResponseNotRead:
        content = b"(a stream)"
    return Part(
        start=f"{response.http_version} {status_line(response.status_code)}",
        headers=_headers(response.headers, _RESPONSE_NOISE),
        body=_body(content, response.headers.get("content-type", "")),
    )


# Python's own names for these changed in 3.13; RFC 9110 has them so.
_PHRASES = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}


def status_line(status: int) -> str:
    """A status code with its name: "404 Not Found"."""
    try:
        return f"{status} {_PHRASES.get(status) or HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _headers(headers: httpx.Headers, noise: set[str]) -> tuple[str, ...]:
    return tuple(
        f"{name}: {re.sub('boundary=.*', 'boundary=…', value)}"
        for name, value in headers.multi_items()
        if name not in noise
    )


def _body(content: bytes, content_type: str) -> str:
    if not content:
        return ""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = "\0"
    if re.search(r"[\0-\x08\x0e-\x1a\x1c-\x1f]", text):  # no text of anybody's, though it decodes
        return f"({len(content)} bytes)"
    if "json" in content_type:
        with contextlib.suppress(ValueError):  # not what its content type says: shown as it came
            text = pretty(json.loads(text))
    elif boundary := re.search('boundary="?([^";]+)', content_type):
        text = text.replace(boundary[1], "…")  # a new one in every request
    return _shortened(text.rstrip())


def pretty(value: object, indent: str = "") -> str:
    """JSON as people write it: what fits on a line stands on one, the rest is indented by two."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= WIDTH or not isinstance(value, dict | list) or not value:
        return line
    deeper = f"{indent}  "
    if isinstance(value, dict):
        inner = [f"{json.dumps(str(key))}: {pretty(one, deeper)}" for key, one in value.items()]
        opening, closing = "{", "}"
    else:
        inner = [pretty(one, deeper) for one in value]
        opening, closing = "[", "]"
    lines = ",\n".join(f"{deeper}{one}" for one in inner)
    return f"{opening}\n{lines}\n{indent}{closing}"


def _shortened(text: str) -> str:
    lines: Iterable[str] = text[:MOST_CHARACTERS].splitlines()
    kept = "\n".join(list(lines)[:MOST_LINES])
    left = len(text) - len(kept)
    return f"{kept}\n… ({left} characters more)" if left > 0 else kept


def show(*responses: httpx.Response) -> None:
    """Show the exchange behind each response: what was sent, and what came back.

    Raises:
        TypeError: something is no `httpx.Response`; a forgotten `await` is said to be one.
    """
    for response in responses:
        if not isinstance(response, httpx.Response):
            hint = "write `await` before the request" if hasattr(response, "__await__") else "call it"
            if hasattr(response, "close") and hasattr(response, "cr_code"):
                response.close()  # else Python warns as well that nobody awaited it
            raise TypeError(
                f"show() takes an answer, an httpx.Response; this is {type(response).__name__}. "
                f"Did you forget something? Perhaps {hint}."
            )
        display(Exchange.of(response))


def display(thing: object) -> None:
    """Show `thing` in the notebook if there is one, else print it."""
    if "IPython" in sys.modules:  # else no shell runs
        from IPython import get_ipython
        from IPython.display import display as in_notebook

        if get_ipython() is not None:
            in_notebook(thing)
            return
    print(repr(thing))


STYLE = (
    "<style>"
    ".course-exchange{margin:.3em 0;border:1px solid #8885;border-radius:4px;overflow:hidden}"
    ".course-exchange pre{margin:0;padding:.5em .9em;white-space:pre-wrap;overflow-wrap:anywhere}"
    ".course-exchange .course-request{background:#8881;border-bottom:1px solid #8885}"
    ".course-exchange .course-response{border-left:4px solid #2a8a4a}"
    ".course-exchange.course-redirect .course-response{border-color:#2f6fb3}"
    ".course-exchange.course-refused .course-response{border-color:#c78a00}"
    ".course-exchange.course-failed .course-response{border-color:#c6362c}"
    ".course-exchange .course-raised{border-left:4px solid #c6362c}"
    "</style>"
)
