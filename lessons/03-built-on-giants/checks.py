"""What lesson 03 asks of its exercises and of its app.

The future import of annotations is left out: the hints of the functions that 3.4 is tried on must be real.
"""

import asyncio
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from json import JSONDecodeError
from pprint import pformat
from typing import Any

from course.judging import (
    Answer,
    Api,
    CodeRaised,
    NotYet,
    Nudge,
    api_of,
    exercise,
    misdirected,
    prediction,
    require,
)
from course.judging.calls import calls_through
from course.judging.differences import first_difference
from course.running.exchange import pretty
from course.running.server import make_server
from course.running.serving import ServeError, explain_if_no_app

prediction(
    "3.r1",
    answer="b",
    why="`time.sleep` blocks: it keeps the thread, so nobody else has a turn before Ada has arrived.",
)
prediction(
    "3.r2", answer="b", why="First status and headers, then the body. `http.request` is what it receives."
)
prediction("3.r3", answer="b", why="The path exists, but not for this method.")
prediction(
    "3.p1",
    answer="c",
    why='`int("far")` raises a `ValueError`, and nobody catches it but the outermost layer of Starlette, '
    "which answers 500. To Starlette the path fits; what the text in it should be, only your code knows.",
)
prediction(
    "3.p2",
    answer="b",
    why="Each middleware is wrapped around all that there is so far, so the one added last is the outermost: "
    "it sees the request first and the response last.",
)
prediction(
    "3.p3",
    answer="c",
    why="Starlette keeps the tasks with the response, and calls them once the response has been sent. The "
    "client does not wait for them.",
)


def route_nudge(answer: Answer, otherwise: str) -> str | Nudge:
    """What an unwanted status code says about an app of Starlette's routes, or else `otherwise`."""
    match answer.status_code:
        case 404 if answer.text == "Not Found" or answer.json() == {"detail": "Not Found"}:
            return Nudge(
                "No route of this app has this path. Compare your paths with the brief, letter by letter, "
                "and look whether the route is in the app that is checked."
            )
        case 405:
            return Nudge(
                "The path is there, but not for this method. Starlette's `Route` takes `methods=[...]`."
            )
        case 422:
            return Nudge("The app refuses this request, and it is a right one. Read `loc` in what came back.")
    return Nudge(known) if (known := misdirected(answer)) else otherwise


def is_a_response(answer: Answer, otherwise: str = "return a response, such as `JSONResponse(...)`.") -> None:
    """Refuses an answer that came to nothing because a function returned no response."""
    raised = answer.raised
    found = (
        re.match(r"'(\w+)' object is not callable", str(raised)) if isinstance(raised, TypeError) else None
    )
    returned = found[1].replace("NoneType", "nothing at all") if found else ""
    request = answer.response.request
    require(
        not returned,
        sent=f"{request.method} {request.url.path}",
        came_back=f"{answer.status_code}\nTypeError: {raised}",
        expected="a response",
        nudge=f"What Starlette is given, it calls, and only a response can be called. Your function "
        f"returned {returned}; {otherwise}",
    )


desk = exercise(
    "3.1",
    "Fill the gaps",
    hints=[
        "Take the gaps one by one. In the route, `{trail_id}` becomes `{trail_id:int}`; then the dictionary "
        "finds the number.",
        "`trail_id in TRAILS` tells whether there is such a trail. If not, return a `JSONResponse` with the "
        "`detail` and `status_code=404`.",
        "`(await request.json())['name']` is the name. The second route is "
        "`Route('/trails', add_trail, methods=['POST'])`, and its answer takes `status_code=201` and "
        "`headers={'Location': f'/trails/{trail_id}'}`.",
    ],
)


@desk.check
async def shows_a_trail(api: Api) -> None:
    """Answers a trail by its id"""
    for trail_id, name in ((1, "Lake Loop"), (2, "Summit Trail")):
        answer = await api.get(f"/trails/{trail_id}")
        is_a_response(answer)
        nudge = "The body is the trail's id, as a number, and its name."
        if answer.json() == {"id": str(trail_id), "name": name}:
            nudge = "The quotation marks say that the id is still a text. What makes it a number?"
        answer.expect(200, {"id": trail_id, "name": name}, nudge=route_nudge(answer, nudge))


@desk.check
async def finds_no_trail(api: Api) -> None:
    """Answers 404 where there is no trail"""
    for trail_id in (99, 0):
        answer = await api.get(f"/trails/{trail_id}")
        success = Nudge(
            "A client that looks at the status code takes this for a success.",
            when=lambda it: it.status_code < 400,
        )
        text = Nudge(
            "Starlette answers an `HTTPException` with plain text. A `JSONResponse` takes `status_code=` and "
            "makes the body JSON.",
            when=lambda it: it.status_code == 404 and it.text == "No trail has this id.",
        )
        nudge = "No trail has this id. The status code should say so, and the body, too."
        answer.expect(404, {"detail": "No trail has this id."}, nudge=[success, text, nudge])
    for word in ("far", "1st"):
        answer = await api.get(f"/trails/{word}")
        nudge = f"No trail has the id `{word}`. With `:int` in the path, Starlette's router says so for you."
        answer.if_raised(ValueError, nudge)
        answer.expect(404, nudge=nudge)


@desk.check
async def adds_a_trail(api: Api) -> None:
    """Adds a trail, says where it is, and keeps it"""
    found: list[tuple[Any, str, Answer]] = []
    for name in ("Ridge Path", "Bärenweg ☃", ""):
        answer = await api.post("/trails", json={"name": name})
        if not name and answer.status_code == 422:
            continue  # an app may ask for a name
        is_a_response(answer)
        if "coroutine" in str(answer.raised):
            nudge = "`request.json()` is a coroutine: await it first, in brackets, `(await request.json())`."
            answer.if_raised(TypeError, nudge)
        elif "'encode'" in str(answer.raised):
            answer.if_raised(AttributeError, "A header is a text, also where it ends in a number.")
        body = answer.json()
        new = body.get("id") if isinstance(body, dict) else None
        created = Nudge(
            "Something was created, and 201 says that: `JSONResponse(..., status_code=201)`.",
            when=lambda it: it.status_code == 200,
        )
        nudges = [
            created,
            route_nudge(answer, "The body is the new trail: its id and the name that was sent."),
        ]
        if type(new) is int:
            answer.expect(201, {"id": new, "name": name}, nudge=nudges)
        expected = f'201, and the body\n{{"id": a new id, "name": "{name}"}}'
        differs = "`id` is no number." if isinstance(body, dict) and "id" in body else ""
        answer.require(type(new) is int, expected, nudge=nudges, status=201, differs=differs)
        nudge = "The header `Location` is the path of the new trail, with its id."
        path = f"/trails/{new}"
        places = (path, str(answer.response.url.join(path)))  # the whole address says the same
        place = answer.headers.get("Location")
        differs = f"The header `Location` is `{place}`." if place else "The header `Location` is missing."
        answer.require(place in places, f"201\nLocation: {path}", nudge=nudge, differs=differs)
        found.append((new, name, answer))
    ids = {1, 2, *(new for new, _, _ in found)}
    nudge = "Every trail needs an id that no other has. Was the trail kept, so that the next one can see it?"
    found[-1][2].require(len(ids) == 2 + len(found), "an id that no other trail has", nudge=nudge)
    for new, name, _ in found:
        answer = await api.get(f"/trails/{new}")
        empty = Nudge(
            "This trail is there, and its name is empty, which counts as false. Ask whether the id is in "
            "`TRAILS`.",
            when=lambda it: it.status_code == 404 and not name,  # noqa: B023
        )
        lost = Nudge(
            "This trail was added a moment ago, and is not found. It has to be kept in `TRAILS`.",
            when=lambda it: it.status_code == 404,
        )
        nudge = "This trail was added a moment ago."
        answer.expect(200, {"id": new, "name": name}, nudge=[empty, lost, nudge])
    answer = await api.get("/trails/2")
    nudge = "This trail was there before the new ones. Adding is all that a `POST` does here."
    answer.expect(200, {"id": 2, "name": "Summit Trail"}, nudge=[Nudge(nudge)])


HEADER = "X-Process-Time"

timed = exercise(
    "3.2",
    "Time every request",
    hints=[
        "Begin with `first` from above: a function with `request` and `call_next`, under "
        '`@timed.middleware("http")`.',
        "Read the clock before `await call_next(request)` and once more after it; the difference is the "
        "time.",
        'Then `response.headers["X-Process-Time"] = f"{time.perf_counter() - start:.4f}"`, and '
        "`return response`.",
    ],
)


def seconds_in(answer: Answer) -> float:
    """The number in the header; refuses an answer that has none."""
    text = answer.headers.get(HEADER)
    nudge = "This response has no such header. Does your middleware set it on the response, and return that?"
    answer.require(text is not None, f"the header {HEADER}", nudge=nudge)
    try:
        return float(text or "")
    except ValueError:
        nudge = "A program that reads this header wants nothing but the number."
        answer.require(False, f"a number of seconds in {HEADER}", nudge=nudge)
        raise


@timed.check
async def sets_the_header(api: Api) -> None:
    """Sets the header, with a number"""
    answer = await api.get("/rest")
    is_a_response(
        answer, "a middleware returns the response that it got from `call_next`: `return response`."
    )
    nudge = "A header is a text, and this is a number: `str(...)`."
    if "'bytes'" in str(answer.raised):
        nudge = "A header is a text here; Starlette makes the bytes from it."
    elif "'coroutine'" in str(answer.raised):
        nudge = (
            "What `call_next(request)` gives you is a coroutine. The response comes when you await it, in an "
            "`async def`."
        )
    if "'encode'" in str(answer.raised) or "'coroutine'" in str(answer.raised):
        answer.if_raised(AttributeError, nudge)
    seconds_in(answer)


LONGER_REST = 0.2
"""Seconds."""


class Rests(list[float]):
    """The moments at which rests began; `ended` has those at which they were over."""

    def __init__(self) -> None:
        super().__init__()
        self.ended: list[float] = []


@contextmanager
def longer_rests(seconds: float = LONGER_REST) -> Iterator[Rests]:
    """Have each rest of a twentieth of a second take so many seconds, and note when they are."""
    pause, rests = asyncio.sleep, Rests()

    async def longer(delay: float, result: Any = None) -> Any:
        if delay != 0.05:
            return await pause(delay, result)
        rests.append(time.perf_counter())
        result = await pause(seconds, result)
        rests.ended.append(time.perf_counter())
        return result

    asyncio.sleep = longer
    try:
        yield rests
    finally:
        asyncio.sleep = pause


@timed.check
async def measures_the_app(api: Api) -> None:
    """Measures what the app did, in seconds"""
    for tries in range(1, 11):  # on a busy machine, a request takes too long to tell a double or a half
        began = time.perf_counter()
        answer = await api.get("/rest")
        took = time.perf_counter() - began
        if tries >= 3 and took < 0.07:  # a clock that was started once for all is far ahead by then
            break
    seconds = seconds_in(answer)
    backwards = Nudge(
        "The time is below zero: the later reading of the clock comes first, and the earlier one is taken "
        "away from it.",
        when=lambda _: seconds < 0,
    )
    # A little less than the twentieth: a loop's clock may be coarse.
    missed = Nudge(
        "The app rested for a twentieth of a second, and your clock missed it. Is the difference taken after "
        "`await call_next(request)`, and does the clock go on while the app waits? `perf_counter` does.",
        when=lambda _: seconds < 0.02,
    )
    rounded = Nudge(
        "A twentieth of a second is 0.05, and this has fewer decimals: it is rounded too far to show that.",
        when=lambda it: len(it.headers[HEADER].partition(".")[2]) < 2 and seconds < 0.2,
    )
    differs = f"`{HEADER}` is {seconds:g}, expected about 0.05."
    answer.require(seconds > 0.04, "about 0.05 seconds", nudge=[rounded, backwards, missed], differs=differs)
    nudge = (
        f"The whole request took {took:.4f} seconds, and the app is a part of it. The header is in seconds; "
        "and is it a difference of two times, both of them read for this request?"
    )
    # A little more than all of it: the two clocks may be different ones, and the header may be rounded.
    answer.require(seconds < took + 0.02, "about 0.05 seconds", nudge=[rounded, nudge], differs=differs)
    for _ in range(20):  # on a busy machine, some of these may take as long
        quick = await api.get("/nothing")
        if HEADER not in quick.headers or seconds_in(quick) < 0.03:
            break
    else:
        nudge = (
            "Nothing rests in this request, and the header says at each of twenty that it took as long as "
            "`/rest`. Is it the time that the app took, and nothing else?"
        )
        differs = f"`{HEADER}` is {seconds_in(quick):g}, expected next to nothing."
        quick.require(False, "a much shorter time than that of /rest", nudge=nudge, differs=differs)
    with longer_rests() as rests:
        slow = await api.get("/rest")
    nudge = (
        "This request was held up in `/rest`, and its header shows less. Each request has its own time: was "
        "that of an earlier one taken?"
    )
    differs = f"`{HEADER}` is {seconds_in(slow):g}, expected about 0.2."
    slow.require(not rests or seconds_in(slow) > 0.16, "about 0.2 seconds", nudge=nudge, differs=differs)


@timed.check
async def keeps_requests_apart(api: Api) -> None:
    """Keeps requests apart that are inside at once"""
    nudge = (
        "Another request began and ended while this one rested, and its time is too short since. What is "
        "kept outside of the function, such as on `self`, is shared by all requests; a local variable is not."
    )
    for length in (LONGER_REST, 2 * LONGER_REST, 4 * LONGER_REST, 8 * LONGER_REST):
        with longer_rests(length) as rests:
            rest = asyncio.create_task(api.get("/rest"))
            while not rests and not rest.done():  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            await asyncio.sleep(length / 2)
            sent = time.perf_counter()
            await api.get("/nothing")
            answered = time.perf_counter()
            answer = await rest
            came = time.perf_counter()
        seconds = seconds_in(answer)
        rested = rests.ended[0] - rests[0] if rests.ended else 0.05
        differs = f"`{HEADER}` is {seconds:g}, expected about {rested:.2f}."
        answer.require(seconds > 0.8 * rested, f"about {rested:.2f} seconds", nudge=nudge, differs=differs)
        # On a busy machine the other request may end too late to tell anything, and so may the rest: whoever
        # has begun to count with the other one has counted less than this, or it is asked again.
        if not rests.ended or (answered < rests.ended[0] and came - sent < 0.8 * rested):
            break
    with longer_rests() as rests:
        for _ in range(3):  # a busy machine may hold up one of them
            rests.clear()
            three = await asyncio.gather(*(api.get("/rest") for _ in range(3)))
            longest = max(three, key=seconds_in)
            # In a queue, the third begins its rest when the two before have had theirs.
            queued = len(rests) == 3 and max(rests) - min(rests) > 1.9 * LONGER_REST
            if not queued or seconds_in(longest) < 0.55:
                break
    longest.require(
        not queued or seconds_in(longest) < 0.55,
        "about 0.2 seconds at each of three requests, which rest at the same time",
        nudge="Three were sent at the same moment, and one of them waited until the others had rested. "
        "Nothing in the middleware may keep others out.",
        differs=f"`{HEADER}` is {seconds_in(longest):g}, expected about 0.2.",
    )


@timed.check
async def leaves_answers_alone(api: Api) -> None:
    """Covers 404, too, and changes nothing else"""
    for method, path, status, detail in (
        ("GET", "/nothing", 404, "Not Found"),
        ("POST", "/rest", 405, "Method Not Allowed"),
    ):
        answer = await api.request(method, path)
        nudge = f"The answer to this request was `{status}` before there was a middleware."
        answer.expect(status, {"detail": detail}, nudge=Nudge(nudge))
        nudge = (
            "No endpoint gave this answer, and it passes through a middleware all the same, which is wrapped "
            "around the whole app. Every response gets the header there, whatever its status."
        )
        differs = f"The header `{HEADER}` is missing."
        answer.require(HEADER in answer.headers, f"the header {HEADER}", nudge=nudge, differs=differs)
        seconds_in(answer)
    answer = await api.get("/rest")
    nudge = "The body should be as the endpoint made it: return the response that `call_next` gave you."
    answer.expect(200, {"message": "Well rested."}, nudge=nudge)


guide = exercise(
    "3.3",
    "Spot the pitfall",
    takes="value",
    hints=[
        "Is `load_trails` called at all? Put a `print` into it. What has this app that apps with `on_event` "
        "functions usually have not?",
        "With `lifespan=`, FastAPI skips all `on_event` functions. What `load_trails` does belongs before "
        "the `yield` of the lifespan. Then start the app twice, and look at what `trails` and `visits` are.",
        "Let the lifespan yield everything: the season, a list of trails made there, and an object that "
        "holds the count, such as `{'count': 0}`. The endpoints find it in `request.state`.",
    ],
)


@asynccontextmanager
async def started(app: Any) -> AsyncIterator[Api]:
    """One run of an app: its lifespan begins, requests, its lifespan ends."""
    try:
        explain_if_no_app(app)
        server = make_server(app, loop="asyncio", http="h11")
    except ServeError as error:
        nudge = "The app has to start before it can answer anything."
        raise NotYet("start of the app", str(error), "a start without an error", nudge) from None
    async with api_of(server) as api:
        yield api


NAMES = ["Lake Loop", "Summit Trail"]


@guide.check
async def loads_the_trails(app: Any) -> None:
    """Has both trails after the start"""
    async with started(app) as api:
        answer = await api.get("/trails")
        nudge = "Two trails, in this order, as a list."
        if answer.json() == []:
            nudge = "Nothing was loaded. Which of the functions above are called when the app starts?"
        elif isinstance(found := answer.json(), list) and len(found) > 2 and found[:2] == NAMES:
            nudge = (
                "The trails are there more than once: they were loaded twice, or another start of this app, "
                "perhaps one that is still running, has put its own into the same list."
            )
        answer.expect(200, NAMES, nudge=route_nudge(answer, nudge))


@guide.check
async def keeps_the_season(app: Any) -> None:
    """Still answers the season from the lifespan"""
    async with started(app) as api:
        answer = await api.get("/visits")
        body = answer.json()
        season = body.get("season") if isinstance(body, dict) else None
        nudge = "The season came from the lifespan. Whatever else you changed, that has to go on working."
        differs = first_difference(season, "summer", "`season`")
        if isinstance(body, dict) and "season" not in body:
            differs = "`season` is missing."
        expected = "200, and the season summer"
        answer.require(not differs, expected, nudge=route_nudge(answer, nudge), status=200, differs=differs)


@guide.check
async def begins_afresh(app: Any) -> None:
    """Begins afresh at each start"""
    starts: list[list[Answer]] = []  # what three visits got, after each start
    for _ in range(2):
        visits = []
        async with started(app) as api:
            answer = await api.get("/trails")
            nudge = (
                "This app was started before, in the same process, and that run has left its trails behind. "
                "What is made inside the lifespan is new at each start."
            )
            gone = "They were there after an earlier start and are not after this one: each start loads them."
            answer.expect(
                200,
                NAMES,
                nudge=[
                    Nudge(nudge, when=lambda it: len(it.json()) > len(NAMES)),
                    Nudge(gone, when=lambda it: not it.json()),
                ],
            )
            visits += [await api.get("/visits"), await api.get("/visits")]
            answer = await api.get("/trails")
            answer.expect(200, NAMES, nudge="Asking for the trails changes none of them.")
            visits.append(await api.get("/visits"))
        starts.append(visits)
    found = [[visits_in(answer) for answer in visits] for visits in starts]
    for visits, numbers in zip(starts, found, strict=True):
        for count, answer in enumerate(visits, start=1):
            differs = first_difference(number_in(answer), count, "`visits`")
            words = visits_nudge(numbers, alike=found[0] == found[1])
            answer.require(not differs, f"200, and visits: {count}", nudge=words, status=200, differs=differs)


def visits_nudge(numbers: list[int | None], *, alike: bool) -> str | Nudge:
    """What to say of three wrong numbers of visits after one start.

    Args:
        numbers: those of two visits in a row, and of one after `GET /trails`; None for what is no number.
        alike: whether the first and the second start had the same numbers.
    """
    match numbers:
        case [0, *_]:
            return Nudge("The first visit is number 1: count it before you answer.")
        case [1, 1, *_]:
            return Nudge(
                "Each request to this endpoint is one visit more. Every request has a copy of the state, and "
                "assigning to `request.state.visits` changes only that. Keep the count in something that the "
                "copies share, such as a dictionary."
            )
        case [1, 2, 1]:
            return Nudge("`GET /trails` was asked in between, and it has set the count back.")
        case [int(first), *_] if first > 1 and alike:
            return Nudge(
                "After each start it begins at the same number, but not at 1. Each request to this endpoint "
                "is one visit, and no other request is."
            )
        case [int(first), *_] if first > 1:
            return Nudge(
                "The count goes on from an earlier run: a variable of the module outlives the app. What is "
                "made inside the lifespan does not."
            )
    return "Each request to this endpoint is one visit more, and no other request is."


def number_in(answer: Answer) -> Any:
    """What an answer has at `visits`; None if nothing."""
    body = answer.json()
    return body.get("visits") if isinstance(body, dict) else None


def visits_in(answer: Answer) -> int | None:
    """The number of visits in an answer; None if it has none."""
    number = number_in(answer)
    return number if type(number) is int else None


reading = exercise(
    "3.4",
    "Read the hints",
    takes="value",
    hints=[
        "For each parameter there are three cases: it was sent, it was not and has a default, it was not and "
        "has none. The last is an `else`, which adds its entry to `errors`.",
        "Where it was sent: `values[name] = TypeAdapter(parameter.annotation).validate_python(query[name])`, "
        "inside `try`.",
        "For each `found` in `error.errors(include_url=False)`, append "
        '`{**found, "loc": ["query", name, *found["loc"]]}`.',
    ],
)


# What the exercise is tried on. Only the signatures count.
def forecast(days: int, above_m: float | None = None, wet: bool = False, place: str = "") -> None: ...


def hut(beds: int = 0, name: str | None = "Refuge") -> None: ...


def shelter(beds: int = "any", key: str = "", opens: date = date(2026, 6, 1)) -> None: ...  # type: ignore[assignment]


def climb(metres: int, hours: float, guided: bool) -> None: ...


def count(hikers: int | bool) -> None: ...


def ask(
    read_query: Any, function: Callable[..., Any], query: dict[str, str]
) -> tuple[dict[str, Any], list[dict[str, Any]], str, str]:
    """What `read_query` returns, and the call and its result as texts; refuses another shape."""
    sent = f"read_query({function.__name__}, {query})"
    require(
        callable(read_query),
        sent=sent,
        came_back=repr(read_query),
        expected="a function",
        nudge="Pass the function itself, without calling it.",
    )
    handed = dict(query)
    try:
        result = read_query(function, handed)
    except Exception as error:
        inner = error.__traceback__.tb_next if error.__traceback__ else None
        raise CodeRaised(error.with_traceback(inner), sent) from None
    came_back = pformat(result, width=90, sort_dicts=False)
    expected = "a dictionary of values, and a list of errors, each a dictionary"
    pair = (
        isinstance(result, tuple)
        and len(result) == 2
        and isinstance(result[0], dict)
        and isinstance(result[1], list)
    )
    nudge = "The function returns two things: `return values, errors`."
    if isinstance(result, tuple) and [type(part) for part in result] == [list, dict]:
        nudge = "The values come first, then the errors."
    require(pair, sent=sent, came_back=came_back, expected=expected, nudge=nudge)
    values, errors = result
    whole = all(isinstance(entry, dict) for entry in errors)
    nudge = "`error.errors()` is a list of dictionaries. Each of them is an entry of its own in `errors`."
    require(whole, sent=sent, came_back=came_back, expected=expected, nudge=nudge)
    require(
        handed == query,
        sent=sent,
        came_back=f"{came_back}\nand the query is {handed} now",
        expected="the query as it was",
        nudge="The dictionary belongs to the caller, who may use it again: read from it, and change nothing "
        "in it.",
    )
    return values, errors, sent, came_back


def same(values: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Whether names, values and their types are the same: to Python, `1`, `1.0` and `True` are equal."""
    return values == expected and all(type(values[name]) is type(expected[name]) for name in expected)


Wanted = set[tuple[Any, ...]]
"""Errors of an answer, each as its type and then its loc."""


def brief(errors: list[dict[str, Any]]) -> Wanted:
    """Type and place of each error; their order is not asked for."""
    return {(str(error.get("type")), *places(error)) for error in errors}


def places(error: dict[str, Any]) -> list[str]:
    """The parts of an error's `loc` as texts; none if that is no list."""
    loc = error.get("loc")
    return [str(part) for part in loc] if isinstance(loc, list | tuple) else []


Case = tuple[Callable[..., Any], dict[str, str], dict[str, Any]]
"""A function, what was sent, and the values that should come of it."""


def expect_values(read_query: Any, case: Case, *, nudge: str) -> None:
    """Judge the values of one call, and that it has no errors; the nudge is for where nothing is known."""
    function, query, expected = case
    values, errors, sent, came_back = ask(read_query, function, query)
    words: str | Nudge = nudge
    extra = set(values) - set(expected)
    differs = first_difference(values, expected, "What was returned")
    if extra & set(query):
        words = "Something was sent that is no parameter. Go through the parameters, not through the query."
    elif extra:
        words = "There is a value for something that is no parameter of this function, and was not sent."
    elif errors:
        words = "Nothing is wrong with what was sent here, so there is no error."
        differs = f"There {'is 1 error' if len(errors) == 1 else f'are {len(errors)} errors'}, expected none."
    elif query.get("name") == "" and values.get("name") == "Refuge":
        words = "An empty text was sent, and that is a value. Ask whether the name is in the query."
    right = same(values, expected) and not errors
    expected_text = f"({expected}, [])"
    require(right, sent=sent, came_back=came_back, expected=expected_text, nudge=words, differs=differs)


@reading.check
async def converts_values(read_query: Any) -> None:
    """Converts what was sent, by its hint"""
    sent = {"days": "5", "above_m": "2000", "wet": "yes", "place": "12"}
    cases: list[Case] = [
        (forecast, sent, {"days": 5, "above_m": 2000.0, "wet": True, "place": "12"}),
        (
            climb,
            {"metres": "0", "hours": "2.5", "guided": "false", "page": "2"},
            {"metres": 0, "hours": 2.5, "guided": False},
        ),
        (
            shelter,
            {"beds": "-3", "key": "Schlüssel ☃", "opens": "2027-05-31"},
            {"beds": -3, "key": "Schlüssel ☃", "opens": date(2027, 5, 31)},
        ),
    ]
    for case in cases:
        nudge = "Each value is what `TypeAdapter(hint).validate_python(text)` makes of the text."
        expect_values(read_query, case, nudge=nudge)


@reading.check
async def takes_defaults(read_query: Any) -> None:
    """Takes the default for what was not sent, as it is"""
    cases: list[Case] = [
        (forecast, {"days": "1"}, {"days": 1, "above_m": None, "wet": False, "place": ""}),
        (hut, {}, {"beds": 0, "name": "Refuge"}),
        (hut, {"beds": "2", "name": ""}, {"beds": 2, "name": ""}),
        (shelter, {}, {"beds": "any", "key": "", "opens": date(2026, 6, 1)}),
    ]
    for case in cases:
        nudge = "A parameter with a default is in `values` also when it was not sent: with this default."
        expect_values(read_query, case, nudge=nudge)


@reading.check
async def reports_wrong_values(read_query: Any) -> None:
    """Reports a wrong value as FastAPI does"""
    cases = [
        ({"days": "many"}, ("int_parsing", "query", "days"), "many"),
        ({"days": "1", "wet": "perhaps"}, ("bool_parsing", "query", "wet"), "perhaps"),
    ]
    for query, expected, wrong in cases:
        _, errors, sent, came_back = ask(read_query, forecast, query)
        kind, *loc = expected
        nudge = (
            "A wrong value makes one entry in `errors`: what Pydantic says, with the place before its `loc`."
        )
        entry = errors[0] if len(errors) == 1 else {}
        differs = "" if entry else f"There are {len(errors)} errors, expected 1."
        if entry and "loc" in entry and not isinstance(entry["loc"], list | tuple):
            nudge = "`loc` is a list: the place, then the name."
            differs = first_difference(entry["loc"], loc, "`loc`")
        elif entry and places(entry) != loc:
            differs = f"`loc` is {places(entry)}, expected {loc}."
        if entry and isinstance(entry.get("loc"), list | tuple) and places(entry) in ([], loc[1:]):
            nudge = "Pydantic's `loc` says where in the value. You have to put before it where the value was."
        elif not errors:
            nudge = "This value is wrong, and nothing says so. Where does the `ValidationError` end?"
        whole = brief(errors) == {expected} and entry.get("input") == wrong and bool(entry.get("msg"))
        require(
            whole,
            sent=sent,
            came_back=came_back,
            expected=f"one error of type {kind!r}, with loc {loc}, msg and input",
            nudge=nudge,
            differs=differs,
        )


@reading.check
async def reports_missing_values(read_query: Any) -> None:
    """Reports a required value that was not sent"""
    _, errors, sent, came_back = ask(read_query, forecast, {"wet": "no"})
    expected = {"type": "missing", "loc": ["query", "days"], "msg": "Field required", "input": None}
    found = [{**error, "loc": places(error)} for error in errors]
    nudge = "`days` has no default and was not sent. The brief says what its entry looks like."
    differs = first_difference(found, [expected], "The list of errors")
    require(
        not differs, sent=sent, came_back=came_back, expected=f"[{expected}]", nudge=nudge, differs=differs
    )


@reading.check
async def reports_all_at_once(read_query: Any) -> None:
    """Reports all errors in one go, also several of one value"""
    two: Wanted = {("int_parsing", "query", "hikers"), ("bool_parsing", "query", "hikers")}
    three: Wanted = {
        ("int_parsing", "query", "metres"),
        ("missing", "query", "hours"),
        ("bool_parsing", "query", "guided"),
    }
    cases: list[tuple[Callable[..., Any], dict[str, str], Wanted]]
    cases = [(climb, {"metres": "high", "guided": "perhaps"}, three), (count, {"hikers": "many"}, two)]
    for function, query, wanted in cases:
        _, errors, sent, came_back = ask(read_query, function, query)
        nudge = "Three values are wrong. Who sends them wants to mend all three before sending them again."
        if function is count:
            nudge = "`int | bool` is refused by both of its parts, and Pydantic has an entry for each."
        # Whether the part of the hint stands at the end of the loc, as Pydantic has it, is left open.
        found = {entry[:3] for entry in brief(errors)}
        expected = "\n".join(f"an error of type {kind!r} at loc {loc}" for kind, *loc in sorted(wanted))
        right = found == wanted and len(errors) == len(wanted)
        number = f"There {'is 1 error' if len(errors) == 1 else f'are {len(errors)} errors'}"
        differs = f"{number}, expected {len(wanted)}." if len(errors) != len(wanted) else ""
        require(right, sent=sent, came_back=came_back, expected=expected, nudge=nudge, differs=differs)


TRAILS = [
    {"id": 1, "name": "Lake Loop", "length_km": 6.5, "difficulty": "easy"},
    {"id": 2, "name": "Fern Valley", "length_km": 9.0, "difficulty": "easy"},
    {"id": 3, "name": "Ridge Path", "length_km": 14.0, "difficulty": "hard"},
]
REPORTS = "/trails/1/reports"

app = exercise(
    "3.app",
    "Pocket, your own framework",
    hints=[
        "First row of the table: in the decorator, make a Starlette endpoint, an `async def` that takes "
        "`request`, calls `function` and returns a `JSONResponse`, and hand it to `self.add_route(path, "
        "endpoint, methods=[...])`. `pydantic_core.to_jsonable_python` makes models ready for JSON.",
        "Then your `read_query`, for three places: a `BaseModel` subclass comes from the body, a name that "
        "is in the path from `request.path_params`, the rest from `request.query_params`. Collect the "
        "errors, and answer 422 before you call the function.",
        "A body that is a model: if `await request.body()` is empty, the entry is `missing` at `['body']`. "
        "`await request.json()` stands inside of `try`, and `except json.JSONDecodeError` makes the entry "
        "`json_invalid` at `['body']`.",
        "Each decorator adds its operation to the document, such as "
        "`self.paths.setdefault(path, {})['get'] = {...}`. Each schema is `TypeAdapter(hint).json_schema()`.",
    ],
)


def framework_nudge(answer: Answer, otherwise: str) -> str | Nudge:
    """What an unwanted answer of the learner's framework says, or else `otherwise`."""
    if answer.status_code == 404 and "Not Found" in answer.text:
        return Nudge(
            "No route has this path. A decorator that returns the function without adding a route forgets "
            "it: `self.add_route(path, endpoint, methods=[...])`."
        )
    if answer.status_code == 405:
        return Nudge(
            "The path is there, but not for this method. Which `methods` does the decorator give its route?"
        )
    if answer.status_code == 422:
        return Nudge(
            "Your framework refuses this request, and it is a right one. Read `loc` in what came back."
        )
    if "coroutine" in answer.text:
        return Nudge("The function is a coroutine function, and was called without `await`.")
    return otherwise


NOT_THE_FUNCTION = (
    "`add_report` calls `get_trail` itself, so the decorator must return the function as it was: "
    "`return function`."
)
RAISED_BY_A_FRAMEWORK = {
    r"can't be (used in 'await'|awaited)": "A plain `def` gives its result at once, and there is nothing to "
    "await. Piece four tells it from an `async def`.",
    "coroutine": "The function is an `async def`, and was called without `await`: see piece four.",
    r"^'int' object has no attribute '(path_params|query_params|body|json)'": NOT_THE_FUNCTION,
    "^'NoneType' object is not callable": NOT_THE_FUNCTION,
}


def explain_what_was_raised(answer: Answer) -> None:
    """Have the right nudge said where the learner's framework raised in a way that says little."""
    raised = answer.raised
    for pattern, nudge in RAISED_BY_A_FRAMEWORK.items():
        if raised is not None and re.search(pattern, str(raised)):
            answer.if_raised(type(raised), nudge)
            return


@app.check
async def lists_trails(api: Api) -> None:
    """GET /trails answers all trails"""
    answer = await api.get("/trails")
    is_a_response(answer)
    explain_what_was_raised(answer)
    nudge = "The body is what the function returned, as JSON: a list of three trails."
    if "not JSON serializable" in str(answer.raised):
        answer.if_raised(TypeError, "`to_jsonable_python` makes models ready for a `JSONResponse`.")
    answer.expect(200, TRAILS, nudge=framework_nudge(answer, nudge))


@app.check
async def reads_the_path(api: Api) -> None:
    """Reads a value from the path, also for `async def`"""
    for trail in TRAILS[1:]:
        answer = await api.get(f"/trails/{trail['id']}")
        explain_what_was_raised(answer)
        nudge = "The body is the one trail with this id."
        if answer.status_code == 404 and answer.json() != {"detail": "Not Found"}:
            text = Nudge(
                "The function looked for this id and did not find it: a text equals no number. "
                "The value has to be converted by its hint before the function is called."
            )
            answer.expect(200, trail, nudge=text)
        answer.expect(200, trail, nudge=framework_nudge(answer, nudge))


KEPT = (
    "This request sends nothing in the query, and was answered before as it should be. Now it got values "
    "that another request has sent: each request needs values of its own."
)


@app.check
async def reads_the_query(api: Api) -> None:
    """Reads values from the query, and takes defaults"""
    cases: list[tuple[dict[str, Any], list[int]]] = [
        ({"difficulty": "easy"}, [1, 2]),
        ({"max_km": 9}, [1, 2]),
        ({"max_km": 0}, []),
        ({"max_km": -1.5}, []),
        ({"difficulty": ""}, []),
        ({"difficulty": "hard", "max_km": "14.0"}, [3]),
        ({"difficulty": "easy", "max_km": 7.5, "page": 2}, [1]),
        ({"max_km": 9}, [1, 2]),
        ({}, [1, 2, 3]),
    ]
    for query, ids in cases:
        answer = await api.get("/trails", params=query)
        nudge = "The function filters; all that it needs is its values, converted by their hints."
        if answer.json() == TRAILS:
            nudge = "The query had no effect: the function got its defaults."
            if query in ({"max_km": 0}, {"difficulty": ""}):
                nudge = (
                    "What was sent is a value like any other, also where it is 0 or empty. Ask whether the "
                    "name is in the query."
                )
        if not query:
            nudge = KEPT
        expected = [trail for trail in TRAILS if trail["id"] in ids]
        answer.expect(200, expected, nudge=framework_nudge(answer, nudge))


@app.check
async def reads_the_body(api: Api) -> None:
    """Reads path, query and body together"""
    cases: list[tuple[int, str, str, str, int | str, bool]] = [
        (1, "Lake Loop", "", "Ada", 4, False),
        (2, "Fern Valley", "?notify=yes", "Bärbel ☃", 1, True),
        (3, "Ridge Path", "?notify=0", "", "5", False),
        (2, "Fern Valley", "?notify=yes", "Ada", 1, True),
        (1, "Lake Loop", "", "Ada", 4, False),
    ]
    for trail_id, trail, query, hiker, stars, notified in cases:
        body = {"hiker": hiker, "stars": stars}
        answer = await api.post(f"/trails/{trail_id}/reports{query}", json=body)
        explain_what_was_raised(answer)
        expected = {"message": f"{hiker} gave {trail} {stars} of 5 stars.", "notified": notified}
        text = Nudge(
            "`notified` is still a text: is `notify` converted by its hint, and the result sent as it is?",
            when=lambda it: isinstance(it.json()["notified"], str),
        )
        other = Nudge(KEPT, when=lambda it: not query and it.json()["notified"] is True)  # noqa: B023
        former = Nudge(
            "What this function got from the body was sent by another request. Each has a body of its own.",
            when=lambda it: hiker != "Ada" and it.json()["message"].startswith("Ada gave"),  # noqa: B023
        )
        nudge = framework_nudge(answer, "Path, query and body each give this function one value.")
        answer.expect(200, expected, nudge=[text, other, former, nudge])


@app.check
async def answers_404(api: Api) -> None:
    """Answers 404 as JSON"""
    report = {"hiker": "Ada", "stars": 4}
    cases: list[tuple[str, str, Any, str]] = [
        ("GET", "/trails/99", None, "No trail has this id."),
        ("GET", "/trails/0", None, "No trail has this id."),
        ("POST", "/trails/4/reports", report, "No trail has this id."),
        ("GET", "/nothing", None, "Not Found"),
    ]
    for method, path, body, detail in cases:
        answer = await api.request(method, path, json=body)
        plain = Nudge(
            "Starlette answers an `HTTPException` with plain text. A handler of yours makes it JSON: "
            "`exception_handlers={HTTPException: ...}`.",
            when=lambda it: it.status_code == 404 and it.json() is None,
        )
        status = Nudge(
            "The status code is the one that the `HTTPException` was given.",
            when=lambda it: it.status_code != 404,
        )
        nudge = "What the `HTTPException` says is the value of `detail`, the only key."
        answer.expect(404, {"detail": detail}, nudge=[status, plain, nudge])


def expect_errors(answer: Answer, wanted: Wanted, *, nudge: str) -> list[dict[str, Any]]:
    """Judge a 422: exactly these errors, each in FastAPI's form; returns them."""
    body = answer.json()
    detail = body.get("detail") if isinstance(body, dict) else None
    entries = [e for e in detail if isinstance(e, dict)] if isinstance(detail, list) else []
    found = [(str(e.get("type")), *places(e)) for e in entries]
    shown = "\n".join(f"type {kind!r} at loc {loc}" for kind, *loc in sorted(wanted, key=str))
    words: list[str | Nudge] = [nudge]
    differs = ""
    if answer.status_code == 200:
        words = [Nudge("This value is wrong, and the function was called with it.")]
        if {kind for kind, *_ in wanted} == {"missing"}:
            words = [Nudge(f"Something is missing, and the function was called all the same. {nudge}")]
    elif answer.status_code != 422:
        words = [Nudge("A request whose values are wrong is answered with 422, as FastAPI does.")]
    elif detail is None:
        words = ["FastAPI's form is an object with the key `detail`, and a list of errors for its value."]
        differs = "`detail` is missing, or null."
    elif not isinstance(detail, list):
        words = ["In FastAPI's form, the value of `detail` is a list, with an object for each error."]
        differs = "`detail` is no list."
    elif len(entries) < len(detail):
        words = ["Each item of `detail` is an object of its own, with type, loc, msg and input."]
        differs = "`detail` has an item that is no object."
    elif len(found) != len(wanted):
        number = f"{len(found)} error{'' if len(found) == 1 else 's'}"
        differs = f"`detail` has {number}, expected {len(wanted)}."
        if len(found) > len(wanted):
            words = ["Each error belongs to one wrong value, and to this request alone."]
    elif {kind for kind, *_ in found} == {kind for kind, *_ in wanted}:
        words = ["The errors are right, their places are not. `loc` begins with path, query or body."]
    right = len(found) == len(wanted) and set(found) == wanted
    expected = f"422, and in detail\n{shown}"
    answer.require(right, expected, nudge=words, status=422, differs=differs)
    whole_entries(answer, entries)
    return entries


def whole_entries(answer: Answer, entries: list[dict[str, Any]]) -> None:
    """Refuses errors that lack a part of FastAPI's form, or still have Pydantic's link."""
    for entry in entries:
        absent = [name for name in ("type", "loc", "msg", "input") if name not in entry]
        differs = f"`{absent[0]}` is missing in an error." if absent else ""
        expected = "type, loc, msg and input in each error"
        answer.require(not absent, expected, nudge="An entry lacks a part of the form.", differs=differs)
        nudge = "FastAPI's form has no link: `error.errors(include_url=False)` leaves it out."
        differs = "`url` is there, and is not expected."
        answer.require("url" not in entry, f"{expected}, and no url", nudge=nudge, differs=differs)
        differs = "`msg` is no text, or empty."
        right = isinstance(entry["msg"], str) and bool(entry["msg"])
        answer.require(right, "a msg in words", nudge="`msg` says what is wrong.", differs=differs)


@app.check
async def refuses_wrong_values(api: Api) -> None:
    """Refuses a wrong value with FastAPI's 422"""
    nudge = "Catch the `ValidationError`, put the place before each `loc`, and answer 422."
    answer = await api.get("/trails/far")
    expect_errors(answer, {("int_parsing", "path", "trail_id")}, nudge=nudge)
    answer = await api.get("/trails", params={"max_km": "far"})
    expect_errors(answer, {("float_parsing", "query", "max_km")}, nudge=nudge)
    for stars, kind, words in ((6, "less_than_equal", "less"), (0, "greater_than_equal", "greater")):
        answer = await api.post(REPORTS, json={"hiker": "Ada", "stars": stars})
        (entry,) = expect_errors(answer, {(kind, "body", "stars")}, nudge=nudge)
        msg = f"Input should be {words} than or equal to {5 if stars else 1}"
        differs = first_difference(
            {"input": entry["input"], "msg": entry["msg"]}, {"input": stars, "msg": msg}
        )
        kept = "Keep what Pydantic says about the error; only `loc` needs a change."
        answer.require(not differs, f"the input {stars}, and Pydantic's own msg", nudge=kept, differs=differs)
    answer = await api.post(REPORTS, json=["Ada", 4])
    body = answer.json()
    detail = body.get("detail") if isinstance(body, dict) else None
    found = [places(e) for e in detail if isinstance(e, dict)] if isinstance(detail, list) else []
    nudge = "A list is no `Report`. The model says so; the place is the body as a whole."
    answer.require(found == [["body"]], "422, and in detail one error at ['body']", nudge=nudge, status=422)


async def sunny_days(days: int) -> int:
    """What an app may have besides the trails: a value that the query has to bring."""
    return days


@app.check
async def refuses_what_is_missing(api: Api) -> None:
    """Refuses a missing field, body or value of the query, and a body that is no JSON"""
    answer = await api.post(REPORTS, json={"stars": 4})
    nudge = "A field without a default is required: the model says so by itself."
    expect_errors(answer, {("missing", "body", "hiker")}, nudge=nudge)
    answer = await api.post(REPORTS)
    nudge = "Nothing was sent at all. `await request.body()` is empty then, and the body is what is missing."
    answer.if_raised(JSONDecodeError, nudge)
    (entry,) = expect_errors(answer, {("missing", "body")}, nudge=nudge)
    wanted = {"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}
    differs = first_difference({name: entry[name] for name in wanted}, wanted)
    nudge = "It is the entry of 3.4, at another place."
    answer.require(not differs, pretty(wanted), nudge=nudge, differs=differs)
    for text in ('{"hiker": ', "Ada, 4"):
        answer = await api.post(REPORTS, content=text, headers={"Content-Type": "application/json"})
        answer.if_raised(JSONDecodeError, "Catch this error, and make it an entry of the 422.")
        body = answer.json()
        detail = body.get("detail") if isinstance(body, dict) else None
        entries = [e for e in detail if isinstance(e, dict)] if isinstance(detail, list) else []
        kinds = [str(e.get("type")) for e in entries]
        nudge = "This is no JSON: `await request.json()` raises a `json.JSONDecodeError`. Make it an entry."
        if len(kinds) == 1 and kinds != ["json_invalid"]:
            nudge = "An entry of its own says that a body is no JSON: its type is `json_invalid`."
        elif kinds == ["json_invalid"]:
            nudge = "What is wrong is in the body, and `loc` begins with this place."
        right = kinds == ["json_invalid"] and places(entries[0])[:1] == ["body"]
        expected = "422, and in detail one error of type 'json_invalid', whose loc begins with body"
        answer.require(right, expected, nudge=nudge, status=422)
        whole_entries(answer, entries)
    await expect_missing_in_query(api)


async def expect_missing_in_query(api: Api) -> None:
    """Judge the answer where a required value of the query was not sent: the trail API itself has none."""
    app: Any = api.client.server.app
    app.get("/sunny-days")(sunny_days)
    answer = await api.get("/sunny-days", params={"days": 3})
    if answer.status_code == 404:
        return  # it takes no routes any more, now that it is started
    answer.expect(200, 3, nudge="The parameter `days: int` gets its value from the query.")
    answer = await api.get("/sunny-days")
    nudge = "The parameter `days: int` has no default, and the query brings no value: an entry as in 3.4."
    answer.if_raised(TypeError, nudge)
    expect_errors(answer, {("missing", "query", "days")}, nudge=nudge)


@app.check
async def refuses_all_at_once(api: Api) -> None:
    """Names all errors in one answer"""
    answer = await api.post("/trails/far/reports?notify=perhaps", json={"stars": 0})
    wanted: Wanted = {
        ("int_parsing", "path", "trail_id"),
        ("bool_parsing", "query", "notify"),
        ("missing", "body", "hiker"),
        ("greater_than_equal", "body", "stars"),
    }
    nudge = (
        "Four values are wrong. Go on collecting after the first, and answer when all have been looked at."
    )
    expect_errors(answer, wanted, nudge=nudge)
    answer = await api.post("/trails/far/reports?notify=perhaps")
    wanted = {("int_parsing", "path", "trail_id"), ("bool_parsing", "query", "notify"), ("missing", "body")}
    nudge = "Two values are wrong and the body is missing: three errors, in one answer."
    expect_errors(answer, wanted, nudge=nudge)


async def document_of(api: Api) -> dict[str, Any]:
    """The OpenAPI document; refuses what has not its form."""
    answer = await api.get("/openapi.json")
    found = answer.json()
    document = found if isinstance(found, dict) else {}
    info = document.get("info")
    nudge = "The document is an object with `openapi`, `info` and `paths`."
    if answer.status_code == 404:
        nudge = "Serve the document at `/openapi.json`, as a route of your framework."
    whole = (
        answer.status_code == 200
        and re.fullmatch(r"3\.\d+\.\d+", str(document.get("openapi", ""))) is not None
        and isinstance(info, dict)
        and info.get("title") == "Trail desk"
        and info.get("version") == "1.0"
        and isinstance(document.get("paths"), dict)
    )
    expected = "200, and an object: openapi (such as 3.1.0), info with title and version of the app, paths"
    answer.require(whole, expected, nudge=nudge)
    return document


def operation_in(document: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    """One operation of the document; refuses one that lacks it."""
    operations = document["paths"].get(path)
    operation = operations.get(method) if isinstance(operations, dict) else None
    nudge = "Each decorated function is one operation: below its path, by its method in small letters."
    expected = f'in paths, below "{path}": an object "{method}"'
    found = {
        known: list(each) if isinstance(each, dict) else each for known, each in document["paths"].items()
    }
    require_in(isinstance(operation, dict), found, expected, nudge=nudge)
    return operation if isinstance(operation, dict) else {}


def require_in(condition: bool, part: Any, expected: str, *, nudge: str) -> None:
    """Judge one part of the document, and show only that."""
    require(condition, sent="GET /openapi.json", came_back=pretty(part), expected=expected, nudge=nudge)


def resolved(schema: Any, document: dict[str, Any]) -> dict[str, Any]:
    """A schema, looked up where it is only a reference."""
    if isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
        target: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target.get(part) if isinstance(target, dict) else None
        return target if isinstance(target, dict) else {}
    return schema if isinstance(schema, dict) else {}


def types_of(schema: dict[str, Any]) -> set[str]:
    """The JSON types that a schema allows, `null` left out."""
    options = [option for option in schema.get("anyOf", [schema]) if isinstance(option, dict)]
    return {str(option.get("type")) for option in options} - {"null"}


PLACES = {"path", "query"}


async def second_method(name: str) -> str:
    """What an app may have besides `GET /trails`."""
    return name


@app.check
async def describes_parameters(api: Api) -> None:
    """The OpenAPI document has every parameter"""
    if callable(add := getattr(api.client.server.app, "post", None)):
        add("/trails")(second_method)  # a path may have two methods, and neither replaces the other
    document = await document_of(api)
    wanted = [
        ("get", "/trails", "difficulty", "query", False, "string"),
        ("get", "/trails", "max_km", "query", False, "number"),
        ("get", "/trails/{trail_id}", "trail_id", "path", True, "integer"),
        ("post", "/trails/{trail_id}/reports", "trail_id", "path", True, "integer"),
        ("post", "/trails/{trail_id}/reports", "notify", "query", False, "boolean"),
    ]
    for method, path, name, place, required, kind in wanted:
        listed = operation_in(document, method, path).get("parameters")
        parameters = [p for p in listed if isinstance(p, dict)] if isinstance(listed, list) else []
        found = next((p for p in parameters if p.get("name") == name), {})
        where = f"{method.upper()} {path}, parameters: "
        nudge = "`parameters` is a list of what comes from path and query, each with name, in and schema."
        require_in(found.get("in") == place, listed, f"{where}{name}, in {place}", nudge=nudge)
        nudge = "Required is what has no default value. What is in the path is always required."
        right = bool(found.get("required", False)) is required
        require_in(right, found, f"{where}{name}, required: {str(required).lower()}", nudge=nudge)
        nudge = "The schema of a parameter is what `TypeAdapter(hint).json_schema()` returns."
        kinds = types_of(resolved(found.get("schema"), document))
        require_in(kinds == {kind}, found, f"{where}{name}, with a schema of type {kind}", nudge=nudge)
        nudge = "What comes from the body is no parameter. It has a place of its own: `requestBody`."
        names = {known[2] for known in wanted if known[:2] == (method, path)}
        alone = {p.get("name") for p in parameters} <= names and {p.get("in") for p in parameters} <= PLACES
        require_in(alone, parameters, f"{where}no more than {' and '.join(sorted(names))}", nudge=nudge)


@app.check
async def describes_the_body(api: Api) -> None:
    """The OpenAPI document has the body"""
    document = await document_of(api)
    operation = operation_in(document, "post", "/trails/{trail_id}/reports")
    body = resolved(operation.get("requestBody"), document)
    content = body.get("content")
    media = content.get("application/json") if isinstance(content, dict) else None
    written = media.get("schema") if isinstance(media, dict) else None
    schema = resolved(written, document)
    properties = schema.get("properties")
    nudge = "It stands at `requestBody` / `content` / `application/json` / `schema`."
    if isinstance(written, dict) and "$ref" in written:
        nudge = "The `$ref` points to a place in the document where nothing is: put the schema there."
    expected = "a schema of the body, with its properties"
    require_in(isinstance(properties, dict), operation, expected, nudge=nudge)
    found = set(properties) if isinstance(properties, dict) else set()
    right = found == {"hiker", "stars"} and set(schema.get("required", ())) == found
    nudge = "The schema is that of the model `Report`: `TypeAdapter(Report).json_schema()`."
    require_in(right, schema, "hiker and stars, both required", nudge=nudge)
    nudge = "The body's parameter has no default value, and `required` should say so."
    require_in(body.get("required") is True, body, 'a requestBody with "required": true', nudge=nudge)
    listing = operation_in(document, "get", "/trails")
    nudge = "Nothing of `list_trails` comes from the body."
    require_in("requestBody" not in listing, listing, "no requestBody for GET /trails", nudge=nudge)


DOCUMENT_NAMES = {"openapi", "info", "jsonSchemaDialect", "servers", "paths", "webhooks", "components"}
DOCUMENT_NAMES |= {"security", "tags", "externalDocs"}
OPERATION_NAMES = {"tags", "summary", "description", "externalDocs", "operationId", "parameters"}
OPERATION_NAMES |= {"requestBody", "responses", "callbacks", "deprecated", "security", "servers"}


@app.check
async def speaks_openapi(api: Api) -> None:
    """The OpenAPI document has no names that OpenAPI does not know"""
    document = await document_of(api)
    expected = "names that OpenAPI has; others begin with x-"
    nudge = (
        "A program that reads the document does not know this name. Leave it out, or look for a slip in it."
    )
    odd = [name for name in document if name not in DOCUMENT_NAMES and not name.startswith("x-")]
    require_in(not odd, odd, expected, nudge=nudge)
    for methods in document["paths"].values():
        for operation in methods.values() if isinstance(methods, dict) else ():
            names = operation if isinstance(operation, dict) else {}
            odd = [name for name in names if name not in OPERATION_NAMES and not name.startswith("x-")]
            require_in(not odd, odd, expected, nudge=nudge)
            responses = names.get("responses", {})
            listed = list(responses.items()) if isinstance(responses, dict) else [("responses", responses)]
            odd = [
                status
                for status, each in listed
                if not re.fullmatch("default|[1-5](XX|[0-9]{2})", status)
                or not isinstance(each, dict)
                or not {"description", "$ref"} & set(each)
            ]
            nudge = "In OpenAPI, a response stands below its status code, and has a `description`."
            require_in(not odd, odd, "a description for each status code", nudge=nudge)


@app.check_on_desk
async def chooses_the_thread(api: Api) -> None:
    """Runs a `def` in a worker thread, and an `async def` on the event loop"""
    app: Any = api.client.server.app
    loops = set[int]()

    def plain() -> int:
        return threading.get_ident()

    async def awaited() -> int:
        return threading.get_ident()

    async def noted(scope: Any, receive: Any, send: Any) -> None:
        loops.add(threading.get_ident())
        await app(scope, receive, send)

    with calls_through(api, noted):
        for function, on_loop, nudge in (
            (plain, False, "This function may block: piece four hands it to `run_in_threadpool`."),
            (awaited, True, "A coroutine function is awaited where the request is, as piece four does."),
        ):
            path = f"/which-thread/{function.__name__}"
            app.get(path)(function)
            answer = await api.get(path)
            if answer.status_code == 404:
                continue  # it takes no routes any more, now that it is started
            answer.require(
                (answer.json() in loops) is on_loop,
                "the event loop's thread" if on_loop else "another thread than the event loop's",
                status=200,
                nudge=nudge,
            )
