"""What lesson 02 asks of its exercises and of its app."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import itertools
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from wsgiref.util import setup_testing_defaults

from course.judging import (
    Answer,
    Api,
    CodeRaised,
    NoAnswer,
    NotYet,
    Nudge,
    complaints,
    exercise,
    prediction,
    require,
)
from course.judging.calls import calls_through
from course.judging.timers import Timer, watched_timers

if TYPE_CHECKING:
    from course.judging import Stream
    from course.judging.live import Socket

prediction(
    "2.r1",
    answer="b",
    why="What has no default is required, and FastAPI refuses the request before your function is called.",
)
prediction(
    "2.r2",
    answer="a",
    why="The first path that fits is taken, and `longest` fits `{trail_id}`. It is no `int`.",
)
prediction("2.r3", answer="c", why="A model is a shape for the body of the request.")
prediction(
    "2.p1",
    answer="b",
    why="Four are served while six wait, then four more, then the last two: three rounds. A server can have "
    "as many requests waiting as it has threads, and no more.",
)
prediction(
    "2.p2",
    answer="b",
    why="There is one thread, so nothing runs at the same time. Ada has her turn until her `await`; then the "
    "loop gives Ben his, and goes on with whoever is done waiting first.",
)
prediction(
    "2.p3",
    answer="c",
    why="All endpoints of the loop share one thread. While `time.sleep` keeps it, the loop cannot even look "
    "whether somebody else is ready. The tenth request needed nothing, and waited for all the others.",
)
prediction(
    "2.p4",
    answer="a",
    why="`time.sleep` blocks the thread that it runs in, and nothing else. FastAPI runs a plain `def` in a "
    "worker thread, each request in one of its own.",
)


# 2.1: what a WSGI server sees of an app

Headers = list[tuple[str, str]]


@dataclass
class Called:
    """What came of one call of a WSGI app; `sent` says in words what it was called with."""

    sent: str
    status: str
    headers: Headers
    body: bytes

    def require(self, condition: bool, expected: str, *, nudge: str = "", differs: str = "") -> None:
        headers = "".join(f"\n{name}: {value}" for name, value in self.headers)
        text = self.body.decode("utf-8", errors="backslashreplace")
        require(
            condition,
            sent=self.sent,
            came_back=f"{self.status}{headers}\n{text}".rstrip(),
            expected=expected,
            nudge=nudge,
            differs=differs,
        )

    def require_status(self, status: str, nudge: str) -> None:
        """Judge the status, its number and its name."""
        differs = f"The status is `{self.status}`, expected `{status}`."
        self.require(self.status.strip().lower() == status.lower(), status, nudge=nudge, differs=differs)

    def require_body(self, text: str, nudge: str) -> None:
        """Judge the whole body."""
        found = self.body.decode("utf-8", errors="backslashreplace")
        differs = f"The body is `{found}`, expected `{text}`." if found else "The body is empty."
        self.require(self.body == text.encode(), f"the body {text}", nudge=nudge, differs=differs)

    @property
    def content_type(self) -> str:
        """Its kind and its encoding, in lower case and without blanks."""
        found = [value for name, value in self.headers if name.lower() == "content-type"]
        return "".join(found[-1].lower().split()).replace('"', "") if found else ""


def call(app: Callable[..., Iterable[bytes]], target: str) -> Called:
    """Call a WSGI app for `GET target`, and see to it that what it gives is what a server can take."""
    sent = f"GET {target}"
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {"PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": "GET"}
    setup_testing_defaults(environ)
    started: list[tuple[Any, Any]] = []
    written: list[bytes] = []  # the old way to send a body: by what `start_response` returns

    def demand(condition: bool, came_back: str, expected: str, nudge: str) -> None:
        require(condition, sent=sent, came_back=came_back, expected=expected, nudge=nudge)

    def start_response(status: Any, headers: Any, exc_info: object = None) -> Callable[[bytes], object]:
        demand(
            not started or exc_info is not None,
            f"{started[0][0] if started else ''}, and then {status}",
            "one call of `start_response`",
            "The app may call `start_response` once, as there is one answer: decide first, then call it.",
        )
        started.append((status, headers))
        return written.append

    demand(callable(app), repr(app), "a function", "Give the check the function itself.")
    try:
        body = app(environ, start_response)
    except TypeError as error:
        inner = error.__traceback__.tb_next if error.__traceback__ else None
        nudge = ""
        if "string indices" in str(error):
            nudge = '`environ["QUERY_STRING"]` is one text. `parse_qs` makes a dictionary from it.'
        raise CodeRaised(error.with_traceback(inner), sent, nudge) from None
    if inspect.iscoroutine(body):
        body.close()  # else Python warns that nobody awaited it
    demand(
        body is not None and not inspect.iscoroutine(body),
        f"{type(body).__name__} as the body",
        "a list of bytes",
        "The app returns the body. A WSGI app is a plain `def` with a `return`.",
    )
    demand(
        not isinstance(body, str | bytes),
        f"{type(body).__name__} as the body",
        "a list of bytes",
        "The body is a list of pieces. For one piece, put square brackets around it.",
    )
    pieces = list(body)
    demand(
        all(isinstance(piece, bytes) for piece in pieces),
        f"a piece of the body that is of the type {next((type(p).__name__ for p in pieces), '')}",
        "pieces of bytes",
        "A network carries bytes. A text becomes bytes by `.encode()`.",
    )
    demand(
        bool(started),
        "a body, but no status and no headers",
        "a call of `start_response`",
        "Before it returns the body, the app calls `start_response` with the status and the headers.",
    )
    status, headers = started[-1]
    demand(
        isinstance(status, str) and status[:3].isdecimal() and status[3:4] == " ",
        f"the status {status!r}",
        "a status such as '200 OK'",
        "The status is a text: the number, a blank, and its name.",
    )
    demand(
        isinstance(headers, list)
        and all(
            isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(text, str) for text in pair)
            for pair in headers
        ),
        f"the headers {headers!r}",
        "a list of pairs of texts",
        'Headers are a list of pairs, such as `[("Content-Type", "text/plain")]`.',
    )
    answer = Called(sent, status, headers, b"".join([*written, *pieces]))
    lengths = [value for name, value in headers if name.lower() == "content-length"]
    answer.require(
        not lengths or lengths == [str(len(answer.body))],
        f"Content-Length: {len(answer.body)}, as there are {len(answer.body)} bytes in the body",
        nudge="A client reads as many bytes as this header says. Count them after `.encode()`: some letters "
        "are two.",
    )
    return answer


greeter = exercise(
    "2.1",
    "A greeting in WSGI",
    takes="value",
    hints=[
        "Three steps, as in `wsgi_desk`: look at `environ`, call `start_response`, return a list with "
        "one piece of bytes. Begin with an app that greets Ada, whatever is asked.",
        '`parse_qs("name=Ada%20Lovelace")` is `{"name": ["Ada Lovelace"]}`: a list, because a name may be '
        'given more than once. The path is `environ["PATH_INFO"]`.',
        'The name is `parse_qs(environ["QUERY_STRING"])["name"][0]`, and the body '
        '`[f"Hello, {name}!".encode()]`. For other paths call `start_response("404 Not Found", [])` and '
        "return before that.",
    ],
)


@greeter.check
async def greets_by_name(app: Any) -> None:
    """Greets by name"""
    answer = call(app, "/hello?name=Ada")
    nudge = ""
    if answer.status.startswith("404"):
        nudge = 'This is the path that the app should know: `environ["PATH_INFO"]` is `/hello` here.'
    answer.require_status("200 OK", nudge)
    nudge = ""
    if b"['" in answer.body:
        nudge = "`parse_qs` gives a list for each name, since a name may be given more than once."
    answer.require_body("Hello, Ada!", nudge)
    kind = answer.content_type
    differs, nudge = f"The content type is `{kind}`, expected `text/plain; charset=utf-8`.", ""
    if not kind:
        differs = "The header `Content-Type` is missing."
        nudge = "Without it a browser has to guess what it got."
    elif "charset" not in kind:
        nudge = "`charset` says by which rule the bytes became letters."
    answer.require(
        kind == "text/plain;charset=utf-8",
        "Content-Type: text/plain; charset=utf-8",
        nudge=nudge,
        differs=differs,
    )


@greeter.check
async def reads_names_as_browsers_send_them(app: Any) -> None:
    """Reads names as browsers send them"""
    for query, name in (
        ("name=Ada%20Lovelace", "Ada Lovelace"),
        ("name=Ada+Lovelace", "Ada Lovelace"),
        ("name=J%C3%BCrg&lang=de", "Jürg"),
        ("lang=fr&name=Zo%C3%A9", "Zoé"),
        ("name=Pat%20O%27Brien%20%26%20Co", "Pat O'Brien & Co"),
    ):
        answer = call(app, f"/hello?{query}")
        nudge = ""
        if answer.body == b"Hello, fr!":
            nudge = "The first value in the query need not be the name. Take the one that is called `name`."
        elif b"lang" in answer.body:
            nudge = "At the `&` another value begins. `parse_qs` takes them apart."
        elif "&" in name and b"&" not in answer.body and b"%" not in answer.body:
            nudge = (
                "This name has a `&` in it, written as `%26`. Take the query apart first, and undo "
                "the writing after that: `parse_qs` does."
            )
        elif b"&#" in answer.body or b"&amp;" in answer.body:
            nudge = "The content type says plain text, and in that a name stands as it is: this is HTML."
        elif b"%" in answer.body or b"+" in answer.body:
            nudge = (
                "In an address, blanks and many letters are written in another way. `parse_qs` undoes that."
            )
        elif b"?" in answer.body or b"\\" in answer.body or name.encode("latin-1") in answer.body:
            nudge = "The body is said to be UTF-8, and that is what `.encode()` makes."
        answer.require_body(f"Hello, {name}!", nudge)


@greeter.check
async def knows_one_path_only(app: Any) -> None:
    """Answers 404 for any other path"""
    for target in ("/", "/helo?name=Ada", "/hello/again?name=Ada", "/say/hello?name=Ada", "/hello/"):
        answer = call(app, target)
        nudge = ""
        if answer.status.startswith("200"):
            nudge = 'Only `/hello` is greeted. Compare `environ["PATH_INFO"]` with it first of all.'
            if target.startswith("/hello/"):
                nudge = "This path begins with `/hello`, but it is another one."
        answer.require_status("404 Not Found", nudge)


# What several checks need


async def until(condition: Callable[[], object], seconds: float = 2.0) -> None:
    """Wait until something is so, for a while."""
    end = time.perf_counter() + seconds
    while not condition() and time.perf_counter() < end:  # noqa: ASYNC110
        await asyncio.sleep(0.01)


# 2.2

STATION_TAKES = 0.1


def status_nudge(answer: Answer, otherwise: str) -> str:
    """What an unwanted status code says, or else `otherwise`."""
    match answer.status_code:
        case 404:
            return "Nothing has this path. Compare your paths with the brief, letter by letter."
        case 405:
            return "The path is there, but not for this method."
        case 422:
            return f"The request was refused before your code ran: {answer.text[:200]}"
        case 500:
            return (
                "The server had to answer instead of your app: it raised, or it ended without having sent "
                "`http.response.start` and `http.response.body`."
            )
    return otherwise


@dataclass
class Inside:
    """Who waits in one of Python's two sleeps: counted, as a clock says little on a busy machine."""

    calls: int = 0
    now: int = 0
    most: int = 0
    """How many at the same moment, at most."""
    on_loop: bool = False
    """Whether somebody was inside who kept the thread of an event loop."""
    held_until: float = 0.0
    """Until when each is held until there are two."""

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        with COUNTING:
            self.calls += 1
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            yield
        finally:
            with COUNTING:
                self.now -= 1

    @property
    def held(self) -> bool:
        return self.most < 2 and time.perf_counter() < self.held_until


COUNTING = threading.Lock()


@contextlib.contextmanager
def watched_sleeps(least: float) -> Iterator[tuple[Inside, Inside]]:
    """Watch who calls `time.sleep`, and who awaits `asyncio.sleep`, for `least` seconds or more."""
    block, pause = time.sleep, asyncio.sleep
    blocking, pausing = Inside(), Inside()

    def sleep(seconds: float) -> None:
        watched = blocking.entered() if seconds >= least else contextlib.nullcontext()
        with watched:
            try:
                asyncio.get_running_loop()
                blocking.on_loop |= seconds >= least  # there it is not held: nobody else could come
            except RuntimeError:
                while blocking.held and seconds >= least:
                    block(0.01)
            block(seconds)

    async def sleep_async(delay: float, result: Any = None) -> Any:
        if delay < least:
            return await pause(delay, result)
        with pausing.entered():
            while pausing.held:
                await pause(0.01)
            return await pause(delay, result)

    time.sleep, asyncio.sleep = sleep, sleep_async  # type: ignore[assignment]
    try:
        yield blocking, pausing
    finally:
        time.sleep, asyncio.sleep = block, pause


HELD = 2.0
"""Seconds for which a first request waits for a second one inside of `ask_station`."""


async def queued(ask: Callable[[], Awaitable[object]], one: float, counts: Sequence[int]) -> bool:
    """Whether those who ask at the same moment stand in a queue, told by the clock.

    In a queue, `count` of them take `count * one` seconds or more: less, in one of the tries, proves that
    there is none.
    """
    for count in counts:
        began = time.perf_counter()
        await asyncio.gather(*(ask() for _ in range(count)))
        if time.perf_counter() - began < 0.95 * count * one:  # a clock may be a little off
            return False
    return True


weather = exercise(
    "2.2",
    "Spot the pitfall",
    hints=[
        "The loud one: send `GET /regions` and read what the app raised. What does lesson 01 return from "
        "an endpoint?",
        "The silent one: what happens on the event loop while `ask_station` sleeps? What does FastAPI do "
        "with an endpoint that is no coroutine?",
        "Return the list and the dictionary themselves, and make `read_weather` a plain `def`. (It can also "
        "stay `async` with `await asyncio.to_thread(ask_station, region)`.)",
    ],
)


@weather.check
async def answers_json(api: Api) -> None:
    """Answers both requests with JSON"""
    text = Nudge(
        "This is a text with JSON in it. Return what you mean, a list or a dictionary: FastAPI makes the "
        "JSON from it.",
        when=lambda it: isinstance(it.json(), str),
    )
    nudge = [text, "The answers are as before: a list of names, and an object with `region` and `sun_hours`."]
    forgotten = "What is in there is a coroutine, a call that has not begun. Did you forget an `await`?"
    flask = "`jsonify` is for a Flask app, and this is none. What does lesson 01 return from an endpoint?"
    answer = await api.get("/regions")
    if "application context" in str(answer.raised):
        answer.if_raised(RuntimeError, flask)
    answer.expect(200, ["alps", "coast"], nudge=nudge)
    for region, hours in (("coast", 9), ("alps", 6)):
        answer = await api.get(f"/weather/{region}")
        expected = {"region": region, "sun_hours": hours}
        if "coroutine" in str(answer.raised):
            answer.if_raised(ValueError, forgotten)
        if "application context" in str(answer.raised):
            answer.if_raised(RuntimeError, flask)
        answer.expect(200, expected, nudge=nudge)


@weather.check
async def several_wait_at_the_same_time(api: Api) -> None:
    """Lets several requests wait at the same time"""
    path = "/weather/alps"
    with watched_sleeps(STATION_TAKES / 2) as (blocking, pausing):
        quickest = STATION_TAKES
        for tries in range(1, 9):  # a busy machine makes an answer late, but not each of eight
            began = time.perf_counter()
            await api.get(path)
            quickest = min(quickest, time.perf_counter() - began)
            calls = blocking.calls + pausing.calls
            if tries >= 2 and (calls or quickest <= STATION_TAKES / 2):
                break
        require(
            calls >= 2 or (calls == 0 and quickest > STATION_TAKES / 2),
            sent=f"GET {path}, twice",
            came_back=f"an answer after {1000 * quickest:.0f} ms",
            expected=f"an answer after {1000 * STATION_TAKES:.0f} ms, which `ask_station` takes",
            nudge="Nobody has asked the station for this. The weather changes, so each request has to.",
        )
        require(
            bool(blocking.calls) or not pausing.calls,
            sent=f"GET {path}",
            came_back="a wait in `asyncio.sleep`",
            expected="a wait in `ask_station` as it was: in `time.sleep`",
            nudge="`ask_station` stands for a library that blocks, which you cannot change. Change the place "
            "from which it is called.",
        )
        inside = blocking
        answers: list[Answer] = []
        for _ in range(2):  # once more, in case that a busy machine kept the second one out
            inside.held_until = time.perf_counter() + HELD
            answers = list(await asyncio.gather(api.get(path), api.get("/weather/coast")))
            if not calls or inside.on_loop or inside.most > 1:
                break
        most, asked = inside.most, 2
        if calls and most > 1:
            before, inside.most, inside.held_until = inside.calls, 0, time.perf_counter() + HELD
            await asyncio.gather(api.get(path), api.get(path))
            asked = inside.calls - before
    together = most > 1
    if not calls:  # the station waits in another way
        together = not await queued(lambda: api.get(path), STATION_TAKES, (2, 8, 8, 8, 16))
    nudge = "They stood in a queue: while one of them waits for the station, no other does."
    if inside.on_loop:
        nudge = (
            "They stood in a queue: `ask_station` keeps the event loop's thread. Which kind of function does "
            "FastAPI run in a thread of its own?"
        )
    require(
        together,
        sent=f"GET {path} and GET /weather/coast, at the same moment",
        came_back="one answer, and only then did the other one begin to ask the station",
        expected="both of them in `ask_station` at the same time",
        nudge=nudge,
    )
    require(
        asked == 2,
        sent=f"GET {path}, twice at the same moment",
        came_back="one call of `ask_station`",
        expected="two calls of `ask_station`",
        nudge="Two requests shared one answer of the station. Each request has to ask it.",
    )
    for answer, region, hours in zip(answers, ("alps", "coast"), (6, 9), strict=True):
        answer.expect(200, {"region": region, "sun_hours": hours})


# 2.3


UNTOLD = "No header says how large this body is. Only its messages do: add them up."


async def upload(api: Api, path: str, content: bytes | AsyncIterator[bytes]) -> Answer:
    """Post `content`; where the app raised, say what to send instead, or where not to look for the size."""
    untold = UNTOLD if not isinstance(content, bytes) else ""
    try:
        answer = await api.post(path, content=content)
    except CodeRaised as raised:
        if isinstance(raised.error, KeyError | TypeError):
            raised.nudge = untold
        if not untold and isinstance(raised.error, TypeError) and "bytes" in str(raised.error):
            raised.nudge = (
                'What an app sends is bytes: `b"..."`, or a text and `.encode()`. Each half of a header is '
                "bytes, too."
            )
        raise
    for kind in (KeyError, TypeError):
        answer.if_raised(kind, untold)
    return answer


counter = exercise(
    "2.3",
    "Fill the gaps",
    hints=[
        "Look at `stream_names`, where the app sends a body in pieces. Here it is the client who does so, "
        "and `more_body` says the same.",
        "Begin with `size = 0` and `more_body = True`. As long as it is true: receive, add, and look "
        'again. `message.get("more_body", False)` also works where the key is missing.',
        'The header is the pair `(b"content-type", b"application/json")`, in bytes, and the body '
        '`json.dumps({"bytes": size}).encode()`.',
    ],
)


TRACK = bytes([200, 201, 202, 13, 10])
"""No text: a track is bytes, and decoding or stripping it fails or makes less of it."""


def expect_size(answer: Answer, size: int, *, track: bool = False) -> None:
    """Judge what came for a body of `size` bytes, or for a track, after a text was counted right."""
    found = answer.json()
    counted = found.get("bytes") if isinstance(found, dict) else None
    more = "Every message has a part of the body: go on receiving as long as `more_body` is true, and add."
    nudge = 'The body of the answer is JSON, in bytes: `json.dumps({"bytes": size}).encode()`.'
    if found == size:
        nudge = "The answer is an object with the key `bytes`, not the number alone."
    elif isinstance(counted, str) and counted == str(size):
        nudge = "The number of bytes stands in quotation marks, and so it is a text."
    elif track and isinstance(counted, int) and counted < size:
        nudge = "A track is bytes, and no text: each of them counts, a line end too."
    elif isinstance(counted, int) and counted < size and size > len(TRACK):
        nudge = f"Only a part was counted. {more}"
    elif isinstance(counted, int) and counted > size:
        nudge = (
            "More was counted than this body has: each of its bytes counts once, and those of another "
            "request do not."
        )
    elif isinstance(counted, int):
        nudge = f"The form is right, the number is not. {more} Each of its bytes counts."
    answer.expect(200, {"bytes": size}, nudge=status_nudge(answer, nudge))


def expect_json_type(answer: Answer) -> None:
    """Judge the content type of an answer in JSON."""
    kind = answer.headers.get("content-type", "")
    answer.require(
        kind.partition(";")[0].strip() == "application/json",
        "content-type: application/json",
        nudge="" if kind else "`headers` is a list of pairs, and both halves of a pair are bytes.",
        differs=f"The content type is `{kind}`, expected `application/json`."
        if kind
        else "The header `content-type` is missing.",
    )


async def in_pieces(count: int) -> AsyncIterator[bytes]:
    """A body that comes piece by piece: its size is in no header, as nobody knows it beforehand."""
    for _ in range(count):
        yield TRACK


@contextlib.contextmanager
def empty_piece_first(api: Api) -> Iterator[None]:
    """Have the app receive an empty message before those of each body."""
    app = api.client.server.app

    async def preceded(scope: Any, receive: Any, send: Any) -> None:
        first = scope["type"] == "http"

        async def received() -> Any:
            nonlocal first
            if first:
                first = False
                return {"type": "http.request", "body": b"", "more_body": True}
            return await receive()

        await app(scope, received, send)

    with calls_through(api, preceded):
        yield


async def expect_sizes(api: Api, path: str, *contents: bytes) -> None:
    """Judge what comes for each of these bodies, and for one that has no `Content-Length`."""
    for content in contents:
        expect_size(await upload(api, path, content), len(content), track=content is TRACK)
    answer = await upload(api, path, in_pieces(3))
    if answer.json() == {"bytes": 0}:
        answer.expect(200, {"bytes": 3 * len(TRACK)}, nudge=UNTOLD)
    expect_size(answer, 3 * len(TRACK))
    with empty_piece_first(api):
        answer = await upload(api, path, TRACK)
    empty = "The first message of this body was empty, and more followed. Only `more_body` says that."
    answer.expect(200, {"bytes": len(TRACK)}, nudge=status_nudge(answer, empty))


@counter.check
async def counts_a_small_body(api: Api) -> None:
    """Counts a small body, and an empty one"""
    for content in (b"track", b"", TRACK):
        expect_size(await upload(api, "/", content), len(content), track=content is TRACK)


@counter.check
async def counts_a_large_body(api: Api) -> None:
    """Counts a body of 2 MB, and one that is sent piece by piece"""
    await expect_sizes(api, "/", 400_000 * TRACK)


@counter.check
async def says_that_it_is_json(api: Api) -> None:
    """Says that its answer is JSON"""
    answer = await upload(api, "/", b"track")
    expect_json_type(answer)


# 2.4

PATIENCE = 0.25
"""Seconds that a request gets to be answered too early, at least."""

NOTED = 1.0
"""Seconds from which the app's timers tell how long it means to wait, where it is asked for a long one."""

AT_ONCE = 1.5
"""Seconds within which something is answered that has nothing to wait for; more on a busy machine."""

LONG = 15.0
"""Seconds that a request is allowed to wait: more than a check takes until there is news for it."""


async def at_once(api: Api) -> float:
    """Seconds within which an answer comes "at once", by how quick this machine is just now."""
    slowest = 0.0
    for _ in range(3):
        began = time.perf_counter()
        await api.get("/trails")
        slowest = max(slowest, time.perf_counter() - began)
    return max(AT_ONCE, 30 * slowest)


news = exercise(
    "2.4",
    "Patience with a limit",
    hints=[
        "`wait` is one more parameter, with a type and a default. Which of the lines may take too long?",
        "The parameter is `wait: float = 20`. What may take too long is `await bell.wait()`, so that is what "
        "stands inside of `async with asyncio.timeout(wait):`.",
        "Around the `async with` comes `try:`, and below it `except TimeoutError: pass`. Whether there was "
        "news or not, the last line is `return closures[after:]`.",
    ],
    patience=2,  # the checks sit out several waits, and a busy machine needs longer for each
)


def refuse_a_former_run(answer: Answer) -> None:
    """Say so when an asyncio object of the app belongs to the event loop of a former server.

    Raises:
        NotYet: it does.
    """
    raised = str(answer.raised)
    require(
        "different event loop" not in raised,
        sent="a request, as the app runs once more",
        came_back=raised,
        expected="an app that has not run before",
        nudge="Run the exercise's cell again, then this one: its asyncio objects belong to a former run.",
    )


async def close(api: Api, trail: str) -> int:
    """Close a trail; how many are closed now."""
    answer = await api.post("/closures", params={"trail": trail})
    nudge = "Before the change this answered how many closures there are."
    count = answer.json()
    refuse_a_former_run(answer)
    right = answer.status_code == 200 and isinstance(count, int)
    answer.require(right, "200, and a number", nudge=status_nudge(answer, nudge))
    return int(count)


@contextlib.asynccontextmanager
async def waiting(api: Api, count: int, **query: float) -> AsyncIterator[list[asyncio.Task[Answer]]]:
    """`count` times GET /closures, all of them with the app; what has no answer at the end is given up."""
    app, here = api.client.server.app, []

    async def counted(scope: Any, receive: Any, send: Any) -> None:
        if (scope["type"], scope["path"]) == ("http", "/closures") and scope["method"] == "GET":
            here.append(scope)
        await app(scope, receive, send)

    async def ask() -> Answer:
        # Longer than others, as it is meant to wait.
        return Answer(await api.client.get("/closures", params=query, timeout=2 * LONG))

    with calls_through(api, counted):
        tasks = [asyncio.create_task(ask()) for _ in range(count)]
        try:
            await until(lambda: len(here) == count, seconds=4)
            yield tasks
        finally:
            left = [task for task in tasks if task.cancel()]
            await asyncio.gather(*tasks, return_exceptions=True)
            if left:  # the app knows nothing of that, and its server would wait for them when it stops
                with contextlib.suppress(NotYet, CodeRaised, NoAnswer):
                    await api.post("/closures", params={"trail": "Back Door"})


@contextlib.contextmanager
def watched_stays(api: Api) -> Iterator[list[float]]:
    """For how many seconds each request for closures was with the app: without the way."""
    app = api.client.server.app
    stays: list[float] = []

    async def timed(scope: Any, receive: Any, send: Any) -> None:
        began = time.perf_counter()
        await app(scope, receive, send)
        if scope["type"] == "http" and scope["method"] == "GET":
            stays.append(time.perf_counter() - began)

    with calls_through(api, timed):
        yield stays


def fits(timer: Timer, seconds: float) -> bool:
    """Whether it rings after `seconds`: it was set a little later than the app was called."""
    return timer.ahead < seconds + 0.1 and timer.after_arrival > seconds - 0.001


async def limits_of(api: Api, patience: float = PATIENCE, **query: float) -> list[Timer]:
    """The timers that the app sets for one who asks for closures and has to wait.

    Args:
        patience: seconds within which it sets one; on a busy machine it gets a few turns more.
    """
    count = await close(api, "Lake Loop")
    shortest = NOTED if query.get("wait", LONG) > NOTED else 0.0
    with watched_timers(api, "/closures", shortest=shortest) as limits:
        async with waiting(api, 1, after=count, **query) as [asked]:
            await until(lambda: limits or asked.done(), patience)
            for _ in range(3):
                if not limits:
                    await api.get("/trails")
        return limits


async def expect_limit(api: Api, seconds: float, **query: float) -> None:
    """Judge for how long the app means to let somebody wait, if it says so by a timer.

    Three times: on a busy machine a timer that rings too soon may be set too late.
    """
    timers = await limits_of(api, wait=LONG)
    if not timers or (not query and not any(fits(timer, LONG) for timer in timers)):
        return  # it waits in another way, or not as long as it is told, which is judged by itself
    for _ in range(3):
        limits = await limits_of(api, patience=2.0, **query)  # it does set timers, so there is one to come
        found = max(limits, key=lambda limit: limit.ahead, default=None)
        require(
            found is not None and fits(found, seconds),
            sent="GET /closures?after=..." + "".join(f"&{name}={value:g}" for name, value in query.items()),
            came_back=f"a wait that ends after {found.ahead:.2f} seconds"
            if found
            else "a wait without an end",
            expected=f"a wait that ends after {seconds:g} seconds",
            nudge="`wait` says for how many seconds somebody waits at most."
            if query
            else "The brief says for how many seconds somebody waits at most where `wait` is left out.",
        )


async def in_time(task: asyncio.Task[Answer], seconds: float, sent: str, expected: str, nudge: str) -> Answer:
    """The answer of a task that should not need longer."""
    await asyncio.wait([task], timeout=seconds)
    came_back = f"nothing within {seconds:.1f} seconds"
    require(task.done(), sent=sent, came_back=came_back, expected=expected, nudge=nudge)
    answer = await task
    refuse_a_former_run(answer)
    return answer


async def keeps_waiting(api: Api, asked: asyncio.Task[Answer], nudge: str, seconds: float = PATIENCE) -> None:
    """Judge that a request is not answered while others are: several of them, one after the other."""
    await asyncio.wait([asked], timeout=seconds)
    for _ in range(3):
        if not asked.done():
            await api.get("/trails")
    if asked.done():
        answer = await asked
        refuse_a_former_run(answer)
        if "context manager" in str(answer.raised):
            answer.if_raised(TypeError, "`asyncio.timeout(...)` goes with `async with`, not with `with`.")
        answer.require(False, "no answer, until a trail is closed", nudge=status_nudge(answer, nudge))


async def leaves_the_loop_free(api: Api) -> None:
    """Judge that one who waits keeps nobody else: that others get to the app meanwhile."""
    after = await close(api, "Lake Loop")
    app, waits, met, stayed = api.client.server.app, False, False, 0.0

    async def ordered(scope: Any, receive: Any, send: Any) -> None:
        nonlocal waits, met, stayed
        began = time.perf_counter()
        hiker = scope["type"] == "http" and scope["path"] == "/closures" and scope["method"] == "GET"
        met |= waits and not hiker
        waits |= hiker
        try:
            await app(scope, receive, send)
        finally:
            if hiker:
                waits, stayed = False, time.perf_counter() - began

    with calls_through(api, ordered):
        for wait in (0.4, 0.8, 1.6):  # on a busy machine the other one may be late, but not each time
            async with waiting(api, 1, after=after, wait=wait) as [asked]:
                await api.get("/trails")
                await asyncio.wait([asked], timeout=0.0 if met else 2 * wait)
            if met or stayed < 0.9 * wait:  # it was answered at once: that is judged elsewhere
                return
    require(
        met,
        sent=f"GET /closures?after={after}&wait={wait:g}, and then GET /trails",
        came_back="an answer to the first, and only then one to the second",
        expected="an answer from /trails, while the other one waits",
        nudge="While it waited, something kept the event loop, so that nobody could bring any news.",
    )


@news.check
async def tells_at_once_what_there_is(api: Api) -> None:
    """Tells at once what there is, from the first closure that the client does not know"""
    count = await close(api, "Lake Loop")
    await close(api, "Ridge Path")
    seconds = await at_once(api)
    unknown = "The list begins with the first closure that the client does not know: `closures[after:]`."

    async def told(names: list[str], after: int) -> None:
        nudge = "There are closures after these, so there is nothing to wait for."
        async with waiting(api, 1, after=after) as [asked]:
            expected = f"200, and the body\n{names}"
            answer = await in_time(asked, seconds, f"GET /closures?after={after}", expected, nudge)
        answer.expect(200, names, nudge=unknown)

    await told(["Lake Loop", "Ridge Path"], count - 1)
    await told(["Ridge Path"], count)
    await close(api, "Fern Valley")  # the same once more, and now there is more to tell
    await told(["Ridge Path", "Fern Valley"], count)
    async with waiting(api, 1) as [asked]:
        expected = "200, and all closures"
        nudge = "`after` may be left out and is 0 then: the client knows of no closure."
        answer = await in_time(asked, seconds, "GET /closures", expected, nudge)
    names = answer.json()
    whole = isinstance(names, list) and len(names) == count + 2
    found = f"There are {len(names)} closures in it" if isinstance(names, list) else "It is no list"
    answer.require(
        whole, expected, nudge=nudge, status=200, differs=f"{found}, expected a list of {count + 2}."
    )


@news.check
async def waits_for_news(api: Api) -> None:
    """Waits until there is something new, and 20 seconds at most where `wait` is left out"""
    await leaves_the_loop_free(api)
    count = await close(api, "Lake Loop")
    seconds = await at_once(api)
    async with waiting(api, 1, after=count, wait=LONG) as [asked]:
        nudge = "There was nothing new, and still the app answered. It should wait."
        await keeps_waiting(api, asked, nudge, 1.1 * NOTED)
        await close(api, "Fern Valley")
        sent = f"GET /closures?after={count}&wait={LONG:g}, and then a closure"
        nudge = "While this request was waiting, a trail was closed. Who tells those who wait?"
        answer = await in_time(asked, seconds, sent, '200, and the body\n["Fern Valley"]', nudge)
    answer.expect(200, ["Fern Valley"], nudge=status_nudge(answer, ""))
    async with waiting(api, 1, after=count + 1) as [asked]:
        nudge = "Where `wait` is left out it is `20`, and this request was answered much sooner."
        await keeps_waiting(api, asked, nudge)
    schema = (await api.get("/openapi.json")).json()
    if isinstance(default := default_of("wait", schema), int | float):  # it may be made in another way
        require(
            default == 20,
            sent="GET /openapi.json",
            came_back=f"`wait` is {default:g} where it is left out",
            expected="`wait` is 20 where it is left out",
            nudge="The brief names the default, in seconds.",
        )
    await expect_limit(api, 20)


def default_of(name: str, schema: Any) -> object:
    """What the app's description says of a parameter of `GET /closures`; None if it says nothing."""
    try:
        parameters = schema["paths"]["/closures"]["get"]["parameters"]
        return next((one["schema"].get("default") for one in parameters if one["name"] == name), None)
    except (LookupError, TypeError, AttributeError):
        return None


@news.check
async def gives_up_in_time(api: Api) -> None:
    """Answers [] when nothing has happened in time, and neither sooner nor with an error"""
    seconds = await at_once(api)
    no_error = "That nothing has happened is no error. Catch the `TimeoutError`, and answer an empty list."
    whole = Nudge(
        "`wait` need not be a whole number of seconds: its type is `float`.",
        when=lambda it: any(one.type == "int_parsing" for one in complaints(it)),
    )
    refused = Nudge(no_error, when=lambda it: it.status_code >= 400 and it.status_code != 422)
    for wait in (0.2, 0.0):
        count = await close(api, "Lake Loop")
        with watched_stays(api) as stays:
            async with waiting(api, 1, after=count, wait=wait) as [asked]:
                sent = f"GET /closures?after={count}&wait={wait:g}"
                nudge = (
                    "The parameter `wait` says for how many seconds the app waits at most. "
                    "`async with asyncio.timeout(wait):` ends what takes longer."
                    if wait
                    else "A wait of 0.2 seconds was over in time, and one of 0 is not. In Python 0 counts as "
                    "false: does your code ask for that?"
                )
                answer = await in_time(asked, seconds, sent, "200, and the body\n[]", nudge)
        answer.if_raised(TimeoutError, no_error)
        answer.expect(200, [], nudge=[whole, refused, "With no news there is nothing to list."])
        if wait:
            await expect_limit(api, wait, wait=wait)
        answer.require(
            not stays or stays[0] > 0.9 * wait,
            f"[], and not before {wait:g} seconds are over",
            differs=f"It came after {stays[0] if stays else 0:.2f} seconds, expected {wait:g}.",
        )
    await expect_limit(api, LONG, wait=LONG)
    count = await close(api, "Lake Loop")
    async with waiting(api, 1, after=count, wait=LONG) as [patient]:
        await api.get("/closures", params={"after": count, "wait": 0.1})
        await close(api, "Fern Valley")
        sent = "GET /closures twice, of which one gives up, and then a closure"
        nudge = "Somebody else gave up, and the news did not come to one who still waited."
        answer = await in_time(patient, seconds, sent, '200, and the body\n["Fern Valley"]', nudge)
    answer.expect(200, ["Fern Valley"])
    count = await close(api, "Lake Loop")
    answer = await news_as_the_time_is_up(api, count)
    for kind in (KeyError, ValueError):  # of a set, of a list
        answer.if_raised(
            kind,
            "The time was up and news came, in the same turn of the loop. `close_trail` had taken the bell "
            "out already, and then it was taken out once more.",
        )
    answer.require(True, "200", status=200)


async def news_as_the_time_is_up(api: Api, after: int) -> Answer:
    """The answer to one whose time is over in the same turn of the loop in which a trail is closed."""
    app, wait, arrived, in_time = api.client.server.app, 0.4, time.perf_counter(), False

    async def held_up(scope: Any, receive: Any, send: Any) -> None:
        nonlocal arrived, in_time
        match scope["type"], scope.get("method"):
            case "http", "GET":
                arrived = time.perf_counter()
            case "http", "POST":
                left = arrived + wait - time.perf_counter()
                in_time |= left > 0
                time.sleep(max(0.0, left + 0.05))  # noqa: ASYNC251  (nothing else shall have a turn)
                await asyncio.sleep(0)  # and in the next one both are due
        await app(scope, receive, send)

    with calls_through(api, held_up):
        while True:
            async with waiting(api, 1, after=after, wait=wait) as [asked]:
                count = await close(api, "Ridge Path")
                answer = await asked
            if in_time or wait > 1:
                return answer
            after, wait = count, 2 * wait  # a busy machine was late with the news


async def nobody_was_answered(hikers: Sequence[asyncio.Task[Answer]]) -> None:
    """Judge that all who wait for news still do."""
    for hiker in hikers:
        if hiker.done():
            answer = await hiker
            nudge = "There was no news yet. Whoever waits goes on with it, however many others do."
            answer.require(False, "no answer, until a trail is closed", nudge=status_nudge(answer, nudge))


@news.check
async def fifty_may_wait(api: Api) -> None:
    """Lets fifty wait, and answers others meanwhile"""
    # First with one: where that already stops everybody, fifty would do so for minutes.
    await leaves_the_loop_free(api)
    seconds = await at_once(api)
    for count, sent in ((1, "GET /closures"), (50, "fifty times GET /closures")):
        after = await close(api, "Lake Loop")
        async with waiting(api, count, after=after, wait=LONG) as hikers:
            await asyncio.wait(hikers, timeout=PATIENCE)
            await nobody_was_answered(hikers)
            other = asyncio.create_task(api.get("/trails", timeout=LONG))
            await asyncio.wait([other], timeout=seconds)
            answered = other.done()
            other.cancel()
            require(
                answered,
                sent=f"{sent}, and then GET /trails",
                came_back="nothing from /trails while others waited for news",
                expected="an answer at once from /trails",
                nudge="Whoever waits keeps something that others need: the event loop, or one of the forty "
                "threads. Wait with `await`, in an `async def`.",
            )
            answer = await other
            answer.expect(200, ["Lake Loop", "Ridge Path"], nudge="Before the change this was answered.")
            await nobody_was_answered(hikers)
            await close(api, "Summit Trail")
            left = set(hikers)
            while left:  # a slow machine may take its time for fifty, but not between two of them
                done, left = await asyncio.wait(left, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
                if not done:
                    break
            told = [(await hiker).json() for hiker in hikers if hiker.done()].count(["Summit Trail"])
        require(
            told == count,
            sent=f"{sent}, and then a closure",
            came_back=f"{told} of them got the news",
            expected="the news for all who wait",
            nudge="One closure is news for everybody who waits. Has each a bell, and is each of them rung?",
        )


# The app

NAMES = ["Lake Loop", "Fern Valley", "Ridge Path", "Summit Trail"]
PAUSE = 0.05
station = exercise(
    "2.app",
    "The trail station",
    hints=[
        "Begin as `station` does in the lesson: tell the three types apart. Then one row of the table at a "
        "time: `GET /trails` is `await answer(send, 200, trails)`, `GET /walk` is `stream_names`, "
        "`POST /tracks` is exercise 2.3.",
        "For a startup you send `lifespan.startup.complete`, for a shutdown `lifespan.shutdown.complete`. "
        "`trails.extend(NAMES)` fills the list, `trails.clear()` empties it. The path of a connection is "
        '`scope["path"]`, its method `scope["method"]`.',
        'Anything else over HTTP is `await answer(send, 404, {"detail": "Not Found"})`, the last `else` of '
        "all. A WebSocket elsewhere: receive its first message, then send "
        '`{"type": "websocket.close"}`.',
    ],
    patience=2,  # for a connection that never ends, and for walks on a busy machine
)


@station.check
async def lists_the_trails(api: Api) -> None:
    """GET /trails lists the names that the startup has loaded"""
    answer = await api.get("/trails")
    nudge = "The body is a list of the four names, in the order of `NAMES`."
    own = (
        "In a function, `trails = NAMES` makes a variable of its own. `trails.extend(NAMES)` fills the list "
        "that there is, and `trails.clear()` empties it."
    )
    if answer.json() == []:
        nudge = (
            "The list is still empty. The server sends `lifespan.startup` before the first request: "
            f"fill it then. {own}"
        )
    answer.if_raised(UnboundLocalError, own)
    answer.expect(200, NAMES, nudge=status_nudge(answer, nudge))
    expect_json_type(answer)


@station.check
async def starts_and_stops(api: Api) -> None:
    """Answers startup and shutdown, each once"""
    with asked_before_startup(api) as early:
        said = await api.restart()
    for message in ("lifespan.startup.complete", "lifespan.shutdown.complete"):
        require(
            said.count(message) == 1,
            sent=f"{message.removesuffix('.complete')}, from the server",
            came_back="\n".join(said) or "nothing",
            expected=message,
            nudge=f"When the server sends `{message.removesuffix('.complete')}`, the app does its work and "
            f"then sends `{message}`, so that the server knows that it may go on.",
        )
    answer = await api.get("/trails")
    nudge = "After a second start the names should be the same. The shutdown empties the list."
    answer.expect(200, NAMES, nudge=nudge)
    require(
        early in ([b"[]"], []),
        sent="GET /trails, after the shutdown and before the next startup",
        came_back="\n".join(body.decode(errors="replace") for body in early),
        expected="[]",
        nudge="At the shutdown the list is emptied: `trails.clear()`.",
    )


@contextlib.contextmanager
def asked_before_startup(api: Api) -> Iterator[list[bytes]]:
    """What the app answers to `GET /trails` in a restart, while it is shut down; nothing where it raises."""
    app = api.client.server.app
    bodies: list[bytes] = []

    async def asks_first(scope: Any, receive: Any, send: Any) -> None:
        body = b""

        async def collected(message: Any) -> None:
            nonlocal body
            body += message.get("body", b"")

        async def nothing() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        if scope["type"] == "lifespan" and not bodies:
            http = {"type": "http", "method": "GET", "path": "/trails", "raw_path": b"/trails"}
            http |= {"query_string": b"", "headers": [], "root_path": "", "http_version": "1.1"}
            with contextlib.suppress(Exception):  # an app may have no answer while it is not started
                async with asyncio.timeout(1):
                    await app({**http, "scheme": "http", "state": {}}, nothing, collected)
                bodies.append(body)
        await app(scope, receive, send)

    with calls_through(api, asks_first):
        yield bodies


@dataclass
class Walk:
    """One `GET /walk` as the app sees it, so that no network and no client is in the way."""

    lines: dict[str, float] = field(default_factory=dict)
    """When the app had sent each name, in seconds of a clock."""
    pieces: list[bytes] = field(default_factory=list)
    together: bool = False
    """Whether one message brought several names."""
    began: int = 0
    ended: int = 0
    """The first and the last message of this walk, by their numbers among those of all walks."""
    took: float = 0.0
    """Seconds."""
    ticks: int = 0
    """How often `asyncio.sleep(PAUSE)` came back meanwhile, in the same loop; a busy machine slows both."""

    def note(self, body: bytes, number: int) -> None:
        if not body:
            return
        self.began, self.ended = self.began or number, number
        self.pieces.append(body)
        text = b"".join(self.pieces).decode(errors="replace")
        new = [name for name in NAMES if name in text and name not in self.lines]
        self.together |= len(new) > 1
        self.lines |= dict.fromkeys(new, time.perf_counter())

    @property
    def pauses(self) -> list[float]:
        return [two - one for one, two in pairwise(self.lines[name] for name in NAMES)]


@contextlib.contextmanager
def watched_walks(api: Api, crowd: int = 1) -> Iterator[list[Walk]]:
    """Watch what the app sends to those who walk; they are let in when there are `crowd` of them."""
    app = api.client.server.app
    walks: list[Walk] = []
    numbers = itertools.count(1)
    complete = asyncio.Event()  # used by the server's loop alone

    async def count_ticks(walk: Walk) -> None:
        while True:
            await asyncio.sleep(PAUSE)
            walk.ticks += 1

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        walk = Walk()
        walks.append(walk)

        async def noted(message: Any) -> None:
            if message["type"] == "http.response.body":
                walk.note(message.get("body", b""), next(numbers))
            await send(message)

        if len(walks) == crowd:
            complete.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(complete.wait(), 2)
        ticking = asyncio.create_task(count_ticks(walk))
        began = time.perf_counter()
        try:
            await app(scope, receive, noted)
        finally:
            ticking.cancel()
            walk.took = time.perf_counter() - began

    with calls_through(api, watched):
        yield walks


MOST_TICKS = 9
"""In a walk there are three pauses, so three times as many are far too many."""


@station.check
async def walks_line_by_line(api: Api) -> None:
    """GET /walk sends one line after the other, 0.05 seconds apart"""
    began = time.perf_counter()
    expected = "each line by itself, 0.05 seconds apart"
    for _ in range(3):  # a busy machine may hold up one walk
        with watched_walks(api) as walks:
            async with api.stream("GET", "/walk") as stream:
                await stream.rest()
                looks_like_a_walk(stream)
            walk = walks[0]
            await until(partial(getattr, walk, "took"))
        stream.pieces = walk.pieces
        nudge = (
            "Several lines came in one piece. Send each line in a message of its own, with "
            '`"more_body": True`, and wait between them.'
        )
        stream.require(not walk.together, expected, nudge=nudge)
        if min(walk.pauses) > PAUSE / 2 and walk.ticks < MOST_TICKS:
            return
        if time.perf_counter() - began > 3:
            break
    nudge = "Between two lines there was no pause: `await asyncio.sleep(0.05)`."
    if min(walk.pauses) > PAUSE / 2:
        nudge = f"The whole walk took {walk.took:.1f} seconds, and three pauses of 0.05 are far less."
    stream.require(False, expected, nudge=nudge)


def looks_like_a_walk(walk: Stream) -> None:
    """Judge a walk that is over, but for its pauses."""
    walk.require(walk.status_code == 200, "200", nudge="`GET /walk` is one of the rows of the table.")
    text = b"".join(walk.pieces).decode(errors="replace").rstrip("\n")
    nudge = "Every name stands on a line of its own, which `\\n` ends."
    if "\n".join(NAMES).startswith(text):
        nudge = 'A message without `"more_body": True` is the last one; what follows it is lost.'
    walk.require(text == "\n".join(NAMES), "the four names, one a line", nudge=nudge)
    kind = "".join(walk.headers.get("content-type", "").lower().split())
    nudge = "The header is the pair of bytes `(b'content-type', b'text/plain; charset=utf-8')`."
    walk.require(kind == "text/plain;charset=utf-8", "text/plain; charset=utf-8", nudge=nudge)


@station.check
async def several_walk_at_the_same_time(api: Api) -> None:
    """Several can walk at the same time, and each gets all lines"""
    count = 5

    async def walk() -> None:
        async with api.stream("GET", "/walk") as answer:
            await answer.rest()
            looks_like_a_walk(answer)

    for _ in range(3):
        with watched_sleeps(PAUSE / 2) as (blocking, _), watched_walks(api, count) as walks:
            await asyncio.gather(*(walk() for _ in range(count)))
        under_way = max(sum(one.began <= it.began <= one.ended for one in walks) for it in walks)
        if under_way == count:
            return
        if under_way == 1:
            break
    nudge = "They walked one after the other: the next one set out when the one before had arrived."
    if blocking.on_loop:
        nudge = "They walked one after the other: `time.sleep` keeps the event loop while it waits."
    elif under_way > 1:
        nudge = "Some had to wait until others had arrived. Whoever walks must not keep others waiting."
    require(
        False,
        sent=f"{count} times GET /walk, at the same moment",
        came_back=f"never more than {under_way} of them between their first line and their last",
        expected=f"all {count} under way at the same time",
        nudge=nudge,
    )


@station.check
async def measures_a_track(api: Api) -> None:
    """POST /tracks counts the bytes of a body"""
    await expect_sizes(api, "/tracks", b"track", b"", TRACK, 400_000 * TRACK)


@contextlib.contextmanager
def watched_talks(api: Api) -> Iterator[list[Exception | None]]:
    """What the app raised in each WebSocket connection that is over; None if nothing."""
    app = api.client.server.app
    over: list[Exception | None] = []

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
            over.append(None)
        except Exception as error:
            over.append(error)
            raise

    with calls_through(api, watched):
        yield over


BINARY = b"\x00\xff"
"""A message that is no text; it must not end the echo."""


async def heard(socket: Socket) -> str | bytes | None:
    """The next text: the brief leaves it open whether bytes come back, too.

    A busy machine may be late with it, so silence counts when there is more of it.
    """
    message = None
    for _ in range(4):
        message = await socket.receive()
        if message not in (None, BINARY) or socket.closed:
            break
    return message


@station.check
async def echoes(api: Api) -> None:
    """The WebSocket /echo sends every text back, to each its own, until the client leaves"""
    nudge = "When `websocket.connect` comes for `/echo`, the app sends `websocket.accept`."
    back = "After `websocket.receive` comes `websocket.send`, with the same text, again and again."
    with watched_talks(api) as over:
        async with (
            api.websocket("/echo", nudge=nudge) as one,
            api.websocket(
                "/echo", nudge="Two at the same time are two calls of your app.", goodbye=1001
            ) as other,
        ):
            # First texts alone: what ends the echo after that, is the bytes.
            for number, text in enumerate(("Is anybody up there?", "", "Grüezi!", "Hello!")):
                if mixed := number >= 2:
                    await one.send(BINARY)
                await one.send(text)
                try:
                    message = await heard(one)
                except CodeRaised as raised:
                    if mixed and isinstance(raised.error, KeyError) and raised.error.args == ("text",):
                        raised.nudge = (
                            "Bytes came in between, and such a message has no `text`: "
                            '`message.get("text")` gives `None`.'
                        )
                    raise
                ended = (
                    "Bytes came in between, and then the connection was closed. They are a "
                    "`websocket.receive`, too: only another kind of message ends the echo."
                )
                nudge = ended if mixed and one.closed else back
                one.require(message == text, repr(text), nudge=nudge)
                await other.send(f"{text} (below)")
                other.require(await heard(other) == f"{text} (below)", repr(f"{text} (below)"), nudge=back)
        await until(lambda: len(over) == 2, seconds=5)
    sent = "WebSocket /echo, some texts, and goodbye"
    left = (
        "The client has left: that is how each connection ends, and no error. Another message than "
        "`websocket.receive` ends the loop."
    )
    if errors := [error for error in over if error]:
        if type(errors[0]).__name__ == "ClientDisconnected":  # the server's own word for it
            left = (
                "The client has left, and after that the app has sent something: nobody is there to get it."
            )
        raise CodeRaised(errors[0], sent, left)
    require(
        len(over) == 2,
        sent=sent,
        came_back="nothing: 5 seconds later the app was still with the connection",
        expected="the end of the app's call, as the client has left",
        nudge=left,
    )


OTHERS = (
    ("GET", "/"),
    ("GET", "/trails/1"),
    ("GET", "/echo"),
    ("DELETE", "/trails"),
    ("POST", "/trails"),
    ("POST", "/walk"),
    ("GET", "/tracks"),
    ("GET", "/walk/home"),
    ("POST", "/tracks/1"),
)


@station.check
async def refuses_the_rest(api: Api) -> None:
    """Answers 404 for anything else, and refuses other WebSockets"""
    for method, path in OTHERS:
        answer = await api.request(method, path)
        nudge = "The table does not name this, so it is `404`."
        if answer.status_code == 200 and path in ("/trails", "/walk", "/tracks"):
            nudge = "The path is in the table, but with another method. Look at both."
        right = answer.status_code in (
            (404, 405) if path in ("/trails", "/walk", "/tracks", "/echo") else (404,)
        )
        answer.require(
            right, "404", nudge=status_nudge(answer, nudge) if answer.status_code == 500 else nudge
        )
    for path in ("/elsewhere", "/echo/below"):
        await refuses_a_websocket(api, path)


async def refuses_a_websocket(api: Api, path: str) -> None:
    """Judge that no WebSocket is opened at `path`."""
    expected = "403 Forbidden, which is what the server makes of `websocket.close`"
    try:
        async with api.websocket(path, nudge=""):
            pass
    except NotYet as refused:
        require(
            # 404 is said over HTTP, by an extension of ASGI, and refuses as well.
            refused.came_back.startswith(("403 ", "404 ")),
            sent=refused.sent,
            came_back=refused.came_back,
            expected=expected,
            nudge="Send `websocket.close` where you would send `websocket.accept`.",
        )
        return
    require(
        False,
        sent=f"WebSocket {path}",
        came_back="an open WebSocket",
        expected=expected,
        nudge="Only `/echo` is in the table. Look at the path before you accept.",
    )
