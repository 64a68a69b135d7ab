"""What lesson 02 asks of its exercises and of its app."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from wsgiref.util import setup_testing_defaults

from course.judging import (
    ANSWER_WITHIN,
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

if TYPE_CHECKING:
    from course.judging import Stream

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

    def require(self, condition: bool, expected: str, *, nudge: str) -> None:
        headers = "".join(f"\n{name}: {value}" for name, value in self.headers)
        text = self.body.decode("utf-8", errors="backslashreplace")
        require(
            condition,
            sent=self.sent,
            came_back=f"{self.status}{headers}\n{text}".rstrip(),
            expected=expected,
            nudge=nudge,
        )

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
    nudge = "All is well, and the status for that is `200 OK`."
    if answer.status.startswith("404 "):
        nudge = 'This is the path that the app should know: `environ["PATH_INFO"]` is `/hello` here.'
    answer.require(answer.status.startswith("200 "), "200 OK", nudge=nudge)
    nudge = "Compare the body, letter by letter."
    if b"['" in answer.body:
        nudge = "`parse_qs` gives a list for each name, since a name may be given more than once."
    answer.require(answer.body == b"Hello, Ada!", "the body Hello, Ada!", nudge=nudge)
    answer.require(
        answer.content_type == "text/plain;charset=utf-8",
        "Content-Type: text/plain; charset=utf-8",
        nudge="Without the header `Content-Type` a browser has to guess what it got.",
    )


@greeter.check
async def reads_names_as_browsers_send_them(app: Any) -> None:
    """Reads names as browsers send them"""
    for sent, name in (
        ("Ada%20Lovelace", "Ada Lovelace"),
        ("Ada+Lovelace", "Ada Lovelace"),
        ("J%C3%BCrg&lang=de", "Jürg"),
    ):
        answer = call(app, f"/hello?name={sent}")
        nudge = "Read the name out of what `parse_qs` gives for the query."
        if b"%" in answer.body or b"+" in answer.body or b"lang" in answer.body:
            nudge = (
                "In an address, blanks and many letters are written in another way. `parse_qs` undoes that."
            )
        elif b"?" in answer.body or b"\\" in answer.body or name.encode("latin-1") in answer.body:
            nudge = "The body is said to be UTF-8, and that is what `.encode()` makes."
        answer.require(answer.body == f"Hello, {name}!".encode(), f"the body Hello, {name}!", nudge=nudge)


@greeter.check
async def knows_one_path_only(app: Any) -> None:
    """Answers 404 for any other path"""
    for target in ("/", "/helo?name=Ada", "/hello/again?name=Ada"):
        answer = call(app, target)
        nudge = 'Only `/hello` is greeted. Compare `environ["PATH_INFO"]` with it first of all.'
        if answer.status.startswith("200 ") and target.startswith("/hello/"):
            nudge = "This path begins with `/hello`, but it is another one."
        answer.require(answer.status.startswith("404 "), "404 Not Found", nudge=nudge)


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


async def queued(
    ask: Callable[[], Awaitable[object]], one: float, counts: Sequence[int]
) -> tuple[int, float]:
    """Whether `ask` has to queue when several of them begin at the same moment, each taking `one` seconds.

    In a queue, `count` of them take `count * one` or more, and less proves that there is none. A busy machine
    may make the first of `counts` take as long, so it is a queue only if the last and largest says so, too.

    Returns how many were sent last, and how many times as long as one they took; (0, 0) without a queue.
    """
    found = 0, 0.0
    for count in counts:
        began = time.perf_counter()
        await asyncio.gather(*(ask() for _ in range(count)))
        took = (time.perf_counter() - began) / one
        if took < 0.95 * count:  # a clock may be a little off
            return 0, 0.0
        found = count, took
    return found


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
    nudge = "Return what you mean, a list or a dictionary: FastAPI makes the JSON from it."
    forgotten = "What is in there is a coroutine, a call that has not begun. Did you forget an `await`?"
    answer = await api.get("/regions")
    answer.expect(200, ["alps", "coast"], nudge=status_nudge(answer, nudge))
    for region, hours in (("coast", 9), ("alps", 6)):
        answer = await api.get(f"/weather/{region}")
        expected = {"region": region, "sun_hours": hours}
        if "coroutine" in str(answer.raised):
            answer.if_raised(ValueError, forgotten)
        answer.expect(200, expected, nudge=status_nudge(answer, nudge))


@weather.check
async def several_wait_at_the_same_time(api: Api) -> None:
    """Lets several requests wait at the same time"""
    began = time.perf_counter()
    await api.get("/weather/alps")
    took = time.perf_counter() - began
    require(
        took > STATION_TAKES / 2,
        sent="GET /weather/alps",
        came_back=f"an answer after {1000 * took:.0f} ms",
        expected=f"an answer after {1000 * STATION_TAKES:.0f} ms, which `ask_station` takes",
        nudge="Nobody has asked the station for this. The weather changes, so each request has to.",
    )
    count, took = await queued(lambda: api.get("/weather/alps"), STATION_TAKES, (2, 14))
    require(
        not count,
        sent=f"{count} times GET /weather/alps, at the same moment",
        came_back=f"the last answer after {took:.1f} times as long as one takes",
        expected="about as long as one takes",
        nudge="They stood in a queue: `ask_station` keeps the event loop's thread. Which kind of function "
        "does FastAPI run in a thread of its own?",
    )


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


TRACK = bytes([200, 201, 202, 203, 204])
"""No text: a track is bytes, and decoding it fails or makes less of it."""


def expect_size(answer: Answer, size: int) -> None:
    """Judge what came for a body of `size` bytes."""
    found = answer.json()
    counted = found.get("bytes") if isinstance(found, dict) else None
    more = "Every message has a part of the body: go on receiving as long as `more_body` is true, and add."
    nudge = 'The body of the answer is JSON, in bytes: `json.dumps({"bytes": size}).encode()`.'
    if found == size:
        nudge = "The answer is an object with the key `bytes`, not the number alone."
    elif isinstance(counted, int) and counted < size and size > len(TRACK):
        nudge = f"Only a part was counted. {more}"
    elif isinstance(counted, int):
        nudge = f"The form is right, the number is not. {more} Begin at 0 for each request."
    answer.expect(200, {"bytes": size}, nudge=status_nudge(answer, nudge))


async def in_pieces(count: int) -> AsyncIterator[bytes]:
    """A body that comes piece by piece: its size is in no header, as nobody knows it beforehand."""
    for _ in range(count):
        yield TRACK


async def expect_sizes(api: Api, path: str, *contents: bytes) -> None:
    """Judge what comes for each of these bodies, and for one that has no `Content-Length`."""
    for content in contents:
        expect_size(await upload(api, path, content), len(content))
    answer = await upload(api, path, in_pieces(3))
    if answer.json() == {"bytes": 0}:
        answer.expect(200, {"bytes": 3 * len(TRACK)}, nudge=UNTOLD)
    expect_size(answer, 3 * len(TRACK))


@counter.check
async def counts_a_small_body(api: Api) -> None:
    """Counts a small body, and an empty one"""
    for content in (b"track", b"", TRACK):
        expect_size(await upload(api, "/", content), len(content))


@counter.check
async def counts_a_large_body(api: Api) -> None:
    """Counts a body of 2 MB, and one that is sent piece by piece"""
    await expect_sizes(api, "/", 400_000 * TRACK)


@counter.check
async def says_that_it_is_json(api: Api) -> None:
    """Says that its answer is JSON"""
    answer = await upload(api, "/", b"track")
    answer.require(
        answer.headers.get("content-type", "").partition(";")[0].strip() == "application/json",
        "content-type: application/json",
        nudge="`headers` is a list of pairs, and both halves of a pair are bytes.",
    )


# 2.4

PATIENCE = 0.25
"""Seconds that a request gets to be answered too early."""

AT_ONCE = 1.5
"""Seconds within which something is answered that has nothing to wait for, on a slow machine, too."""

LONG = 2 * AT_ONCE
"""Seconds that a request is allowed to wait: more than a check takes until there is news for it."""

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
    """`count` times GET /closures, all of them sent; what has no answer at the end is given up."""
    sent = asyncio.Semaphore(0)

    async def trace(event: str, info: object) -> None:
        if event == "http11.send_request_body.complete":
            sent.release()

    async def ask() -> Answer:
        return await api.get("/closures", params=query, extensions={"trace": trace})

    tasks = [asyncio.create_task(ask()) for _ in range(count)]
    try:
        for _ in range(count):
            await asyncio.wait_for(sent.acquire(), ANSWER_WITHIN)
        yield tasks
    finally:
        left = [task for task in tasks if task.cancel()]
        await asyncio.gather(*tasks, return_exceptions=True)
        if left:  # the app knows nothing of that, and its server would wait for them when it stops
            with contextlib.suppress(NotYet, CodeRaised, NoAnswer):
                await api.post("/closures", params={"trail": "Back Door"})


async def in_time(task: asyncio.Task[Answer], sent: str, expected: str, nudge: str) -> Answer:
    """The answer of a task that should not need long."""
    await asyncio.wait([task], timeout=AT_ONCE)
    came_back = f"nothing within {AT_ONCE:g} seconds"
    require(task.done(), sent=sent, came_back=came_back, expected=expected, nudge=nudge)
    answer = await task
    refuse_a_former_run(answer)
    return answer


@news.check
async def tells_at_once_what_there_is(api: Api) -> None:
    """Tells at once what there is"""
    count = await close(api, "Lake Loop")
    await close(api, "Ridge Path")
    for after, names in ((count - 1, ["Lake Loop", "Ridge Path"]), (count, ["Ridge Path"])):
        nudge = "There are closures after these, so there is nothing to wait for."
        async with waiting(api, 1, after=after) as [asked]:
            answer = await in_time(
                asked, f"GET /closures?after={after}", f"200, and the body\n{names}", nudge
            )
        nudge = "The list begins with the first closure that the client does not know: `closures[after:]`."
        if answer.status_code == 422:
            nudge = "`wait` may be left out, and is 20 then. Which parameters may be left out?"
        answer.expect(200, names, nudge=status_nudge(answer, nudge) if answer.status_code != 422 else nudge)


@news.check
async def waits_for_news(api: Api) -> None:
    """Waits until there is something new"""
    count = await close(api, "Lake Loop")
    async with waiting(api, 1, after=count, wait=LONG) as [asked]:
        await asyncio.wait([asked], timeout=PATIENCE)
        if asked.done():
            answer = await asked
            refuse_a_former_run(answer)
            if "context manager" in str(answer.raised):
                answer.if_raised(TypeError, "`asyncio.timeout(...)` goes with `async with`, not with `with`.")
            nudge = "There was nothing new, and still the app answered. It should wait."
            answer.require(False, "no answer, until a trail is closed", nudge=status_nudge(answer, nudge))
        await close(api, "Fern Valley")
        sent = f"GET /closures?after={count}&wait={LONG:g}, and then a closure"
        nudge = "While this request was waiting, a trail was closed. Who tells those who wait?"
        answer = await in_time(asked, sent, '200, and the body\n["Fern Valley"]', nudge)
    if answer.json() == []:
        nudge = (
            "It answered, but without the news: while it waited, something kept the event loop, so that "
            "nobody could bring any."
        )
    answer.expect(200, ["Fern Valley"], nudge=status_nudge(answer, nudge))
    async with waiting(api, 1, after=count + 1) as [asked]:
        await asyncio.wait([asked], timeout=PATIENCE)
        if asked.done():
            answer = await asked
            nudge = "Where `wait` is left out it is `20`, and this request was answered much sooner."
            answer.require(False, "no answer, until a trail is closed", nudge=status_nudge(answer, nudge))


@news.check
async def gives_up_in_time(api: Api) -> None:
    """Answers [] when nothing has happened in time"""
    count = await close(api, "Lake Loop")
    async with waiting(api, 1, after=count, wait=0.2) as [asked]:
        sent = f"GET /closures?after={count}&wait=0.2"
        nudge = (
            "The parameter `wait` says for how many seconds the app waits at most. "
            "`async with asyncio.timeout(wait):` ends what takes longer."
        )
        answer = await in_time(asked, sent, "200, and the body\n[]", nudge)
    no_error = "That nothing has happened is no error. Catch the `TimeoutError`, and answer an empty list."
    answer.if_raised(TimeoutError, no_error)
    whole = Nudge(
        "`wait` need not be a whole number of seconds: its type is `float`.",
        when=lambda it: any(one.type == "int_parsing" for one in complaints(it)),
    )
    refused = Nudge(no_error, when=lambda it: it.status_code >= 400 and it.status_code != 422)
    answer.expect(200, [], nudge=[whole, refused, "With no news there is nothing to list."])


@news.check
async def fifty_may_wait(api: Api) -> None:
    """Lets fifty wait, and answers others meanwhile"""
    # First with one: where that already stops everybody, fifty would do so for minutes.
    for count, sent in ((1, "GET /closures"), (50, "fifty times GET /closures")):
        after = await close(api, "Lake Loop")
        async with waiting(api, count, after=after, wait=LONG) as hikers:
            await asyncio.wait(hikers, timeout=PATIENCE)
            other = asyncio.create_task(api.get("/trails"))
            await asyncio.wait([other, *hikers], timeout=LONG, return_when=asyncio.FIRST_COMPLETED)
            require(
                other.done() and not any(hiker.done() for hiker in hikers),
                sent=f"{sent}, and then GET /trails",
                came_back="nothing from /trails while others waited for news",
                expected="an answer at once from /trails",
                nudge="Whoever waits keeps something that others need: the event loop, or one of the forty "
                "threads. Wait with `await`, in an `async def`.",
            )
            answer = await other
            answer.expect(200, ["Lake Loop", "Ridge Path"], nudge="Before the change this was answered.")
            await close(api, "Summit Trail")
            left = set(hikers)
            while left:  # a slow machine may take its time for fifty, but not between two of them
                done, left = await asyncio.wait(left, timeout=AT_ONCE, return_when=asyncio.FIRST_COMPLETED)
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
A_WALK_TAKES = 3 * PAUSE
A_SLOW_WALK_TAKES = 1.0
"""Seconds, on a slow machine, too."""

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
    answer.require(
        answer.headers.get("content-type", "").partition(";")[0].strip() == "application/json",
        "content-type: application/json",
        nudge="`headers` is a list of pairs, and both halves of a pair are bytes.",
    )


@station.check
async def starts_and_stops(api: Api) -> None:
    """Answers startup and shutdown, each once"""
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


@station.check
async def walks_line_by_line(api: Api) -> None:
    """GET /walk sends one line after the other"""
    walks: list[float] = []  # how many seconds each took
    apart = [0.0] * (len(NAMES) - 1)  # seconds between a line and the next, the most of all walks
    # A busy machine may hold up a line, or all of them, so that one walk alone proves nothing wrong.
    while len(walks) < 5 and sum(walks) < 3 * A_SLOW_WALK_TAKES:
        came: dict[str, float] = {}
        began = time.perf_counter()
        async with api.stream("GET", "/walk") as walk:
            while await walk.piece():
                now = time.perf_counter()
                text = b"".join(walk.pieces).decode(errors="replace")
                came |= {name: now for name in NAMES if name in text and name not in came}
            walks.append(time.perf_counter() - began)
            looks_like_a_walk(walk)
        apart = [
            max(most, came[two] - came[one]) for most, (one, two) in zip(apart, pairwise(NAMES), strict=True)
        ]
        if min(apart) > PAUSE / 2 and min(walks) < A_SLOW_WALK_TAKES:
            return
    nudge = "Between two lines there was no pause: `await asyncio.sleep(0.05)`."
    if min(apart) > PAUSE / 2:
        nudge = f"The whole walk took {min(walks):.1f} seconds, and three pauses of 0.05 are far less."
    walk.require(False, "each line by itself, 0.05 seconds apart", nudge=nudge)


def looks_like_a_walk(walk: Stream) -> None:
    """Judge a walk that is over, but for its pauses."""
    walk.require(walk.status_code == 200, "200", nudge="`GET /walk` is one of the rows of the table.")
    text = b"".join(walk.pieces).decode(errors="replace").rstrip("\n")
    nudge = "Every name stands on a line of its own, which `\\n` ends."
    if text and "\n".join(NAMES).startswith(text):
        nudge = 'A message without `"more_body": True` is the last one; what follows it is lost.'
    walk.require(text == "\n".join(NAMES), "the four names, one a line", nudge=nudge)
    kind = "".join(walk.headers.get("content-type", "").lower().split())
    nudge = "The header is the pair of bytes `(b'content-type', b'text/plain; charset=utf-8')`."
    walk.require(kind == "text/plain;charset=utf-8", "text/plain; charset=utf-8", nudge=nudge)
    nudge = (
        "It all came at the end, in one piece. Send each line in a message of its own, with "
        '`"more_body": True`, and wait between them.'
    )
    walk.require(len(walk.pieces) >= len(NAMES), "each line by itself, 0.05 seconds apart", nudge=nudge)


@station.check
async def several_walk_at_the_same_time(api: Api) -> None:
    """Several can walk at the same time"""

    async def walk() -> None:
        async with api.stream("GET", "/walk") as answer:
            await answer.rest()

    count, took = await queued(walk, A_WALK_TAKES, (2, 12))
    require(
        not count,
        sent=f"{count} times GET /walk, at the same moment",
        came_back=f"the last line after {took:.1f} times as long as one walk takes",
        expected="about as long as one walk takes",
        nudge="They walked one after the other: something keeps the event loop while it waits.",
    )


@station.check
async def measures_a_track(api: Api) -> None:
    """POST /tracks counts the bytes of a body"""
    await expect_sizes(api, "/tracks", b"track", b"", TRACK, 400_000 * TRACK)


@station.check
async def echoes(api: Api) -> None:
    """The WebSocket /echo sends every text back, to each its own"""
    nudge = "When `websocket.connect` comes for `/echo`, the app sends `websocket.accept`."
    back = "After `websocket.receive` comes `websocket.send`, with the same text, again and again."
    async with (
        api.websocket("/echo", nudge=nudge) as one,
        api.websocket("/echo", nudge="Two at the same time are two calls of your app.") as other,
    ):
        for text in ("Is anybody up there?", "Grüezi!", ""):
            await one.send(text)
            await one.expect(text, nudge=back)
            await other.send(f"{text} (below)")
            await other.expect(f"{text} (below)", nudge=back)


@station.check
async def refuses_the_rest(api: Api) -> None:
    """Answers 404 for anything else, and refuses other WebSockets"""
    for method, path in (("GET", "/"), ("GET", "/trails/1"), ("GET", "/echo"), ("DELETE", "/trails")):
        answer = await api.request(method, path)
        nudge = "The table does not name this, so it is `404`."
        if answer.status_code == 200 and path == "/trails":
            nudge = "The path is in the table, but with another method. Look at both."
        # A framework's 405 says it more precisely: not with this method.
        right = answer.status_code in ((404, 405) if method == "DELETE" or path == "/echo" else (404,))
        answer.require(
            right, "404", nudge=status_nudge(answer, nudge) if answer.status_code == 500 else nudge
        )
    try:
        async with api.websocket("/elsewhere", nudge=""):
            pass
    except NotYet as refused:
        require(
            # 404 is said over HTTP, by an extension of ASGI, and refuses as well.
            refused.came_back.startswith(("403 ", "404 ")),
            sent=refused.sent,
            came_back=refused.came_back,
            expected="403 Forbidden, which is what the server makes of `websocket.close`",
            nudge="Send `websocket.close` where you would send `websocket.accept`.",
        )
        return
    require(
        False,
        sent="WebSocket /elsewhere",
        came_back="an open WebSocket",
        expected="403 Forbidden, which is what the server makes of `websocket.close`",
        nudge="Only `/echo` is in the table. Look at the path before you accept.",
    )
