"""What lesson 03 asks of its exercises and of its app."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from json import JSONDecodeError
from pprint import pformat
from typing import Any

from course.judging import (
    ANSWER_WITHIN,
    Answer,
    Api,
    CodeRaised,
    NotYet,
    Nudge,
    exercise,
    misdirected,
    prediction,
    require,
)
from course.running.exchange import pretty
from course.running.server import Client, make_server
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


def is_a_response(answer: Answer) -> None:
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
        f"returned {returned}; return a response, such as `JSONResponse(...)`.",
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
    answer = await api.get("/trails/99")
    nudge = "No trail has this id. The status code should say so, and the body, too."
    if answer.status_code == 200:
        nudge = "A client that looks at the status code takes this for a success."
    answer.expect(404, {"detail": "No trail has this id."}, nudge=nudge)
    answer = await api.get("/trails/far")
    nudge = "No trail has the id `far`. With `:int` in the path, Starlette's router says so for you."
    answer.expect(404, nudge=nudge)


@desk.check
async def adds_a_trail(api: Api) -> None:
    """Adds a trail, and says where it is"""
    names = ("Ridge Path", "Fern Valley")
    found = []
    for name in names:
        answer = await api.post("/trails", json={"name": name})
        is_a_response(answer)
        if "coroutine" in str(answer.raised):
            nudge = "`request.json()` is a coroutine: await it first, in brackets, `(await request.json())`."
            answer.if_raised(TypeError, nudge)
        elif "'encode'" in str(answer.raised):
            answer.if_raised(AttributeError, "A header is a text, also where it ends in a number.")
        body = answer.json()
        new = body.get("id") if isinstance(body, dict) else None
        expected = f'201, and the body\n{{"id": a new id, "name": "{name}"}}'
        nudge = route_nudge(answer, "The body is the new trail: its id and the name that was sent.")
        if answer.status_code == 200:
            nudge = "Something was created, and 201 says that: `JSONResponse(..., status_code=201)`."
        right = answer.status_code == 201 and body == {"id": new, "name": name} and isinstance(new, int)
        answer.require(right, expected, nudge=nudge)
        nudge = "The header `Location` is the path of the new trail, with its id."
        path = f"/trails/{new}"
        places = (path, str(answer.response.url.join(path)))  # the whole address says the same
        right = answer.headers.get("Location") in places
        answer.require(right, f"201\nLocation: {path}", nudge=nudge)
        found.append((new, name, answer))
    ids = {1, 2, *(new for new, _, _ in found)}
    nudge = "Every trail needs an id that no other has. Was the trail kept, so that the next one can see it?"
    found[-1][2].require(len(ids) == 4, "an id that no other trail has", nudge=nudge)
    for new, name, _ in found:
        answer = await api.get(f"/trails/{new}")
        lost = Nudge(
            "This trail was added a moment ago, and is not found. It has to be kept in `TRAILS`.",
            when=lambda it: it.status_code == 404,
        )
        nudge = "This trail was added a moment ago."
        answer.expect(200, {"id": new, "name": name}, nudge=[lost, nudge])


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
    is_a_response(answer)
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


@timed.check
async def measures_the_app(api: Api) -> None:
    """Measures what the app did, in seconds"""
    for _ in range(3):  # a clock that was started once for all is far ahead by then
        began = time.perf_counter()
        answer = await api.get("/rest")
        took = time.perf_counter() - began
    seconds = seconds_in(answer)
    nudge = (
        "The app rested for a twentieth of a second, and your clock missed it. Is the difference taken after "
        "`await call_next(request)`, and does the clock go on while the app waits? `perf_counter` does."
    )
    # A little less than the twentieth: a loop's clock may be coarse.
    answer.require(seconds > 0.04, "about 0.05 seconds", nudge=nudge)
    nudge = (
        f"The whole request took {took:.4f} seconds, and the app is a part of it. The header is in seconds; "
        "and is it a difference of two times, both of them read for this request?"
    )
    # A little more than all of it: the two clocks may be different ones, and the header may be rounded.
    answer.require(seconds < took + 0.06, "about 0.05 seconds", nudge=nudge)


@timed.check
async def leaves_answers_alone(api: Api) -> None:
    """Covers 404, too, and changes nothing else"""
    answer = await api.get("/nothing")
    nudge = "The answer to a path that does not exist was `404` before there was a middleware."
    answer.expect(404, {"detail": "Not Found"}, nudge=nudge)
    nudge = (
        "No endpoint gave this answer, so code in an endpoint cannot reach it. A middleware can: it is "
        "wrapped around the whole app."
    )
    answer.require(HEADER in answer.headers, f"the header {HEADER}", nudge=nudge)
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
    try:
        async with Client(server, timeout=ANSWER_WITHIN) as client:
            yield Api(client)
    finally:
        server.stop()


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
        right = answer.status_code == 200 and isinstance(body, dict) and body.get("season") == "summer"
        nudge = "The season came from the lifespan. Whatever else you changed, that has to go on working."
        answer.require(right, "200, and the season summer", nudge=route_nudge(answer, nudge))


@guide.check
async def begins_afresh(app: Any) -> None:
    """Begins afresh at each start"""
    starts: list[list[Answer]] = []  # what two visits got, after each start
    for _ in range(2):
        async with started(app) as api:
            answer = await api.get("/trails")
            nudge = (
                "This app was started before, in the same process, and that run has left its trails behind. "
                "What is made inside the lifespan is new at each start."
            )
            answer.expect(200, NAMES, nudge=nudge)
            starts.append([await api.get("/visits"), await api.get("/visits")])
    found = [[visits_in(answer) for answer in visits] for visits in starts]
    for visits, numbers in zip(starts, found, strict=True):
        for count, (answer, number) in enumerate(zip(visits, numbers, strict=True), start=1):
            nudge = "Each request to this endpoint is one visit more."
            if number is not None and number > count and found[0] == found[1]:
                nudge = (
                    "After each start it begins at the same number, but not at 1. Each request to this "
                    "endpoint is one visit, and no other request is."
                )
            elif number is not None and number > count:
                nudge = (
                    "The count goes on from an earlier run: a variable of the module outlives the app. "
                    "What is made inside the lifespan does not."
                )
            elif (count, number) == (2, 1):
                nudge = (
                    "Each request to this endpoint is one visit more. Every request has a copy of the "
                    "state, and assigning to `request.state.visits` changes only that. Keep the count in "
                    "something that the copies share, such as a dictionary."
                )
            right = answer.status_code == 200 and number == count
            answer.require(right, f"200, and visits: {count}", nudge=nudge)


def visits_in(answer: Answer) -> int | None:
    """The number of visits in an answer; None if it has none."""
    body = answer.json()
    number = body.get("visits") if isinstance(body, dict) else None
    return number if isinstance(number, int) else None


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


def climb(metres: int, hours: float, guided: bool) -> None: ...


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
    try:
        result = read_query(function, dict(query))
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
    require(pair, sent=sent, came_back=came_back, expected=expected, nudge=nudge)
    values, errors = result
    whole = all(isinstance(entry, dict) for entry in errors)
    nudge = "`error.errors()` is a list of dictionaries. Each of them is an entry of its own in `errors`."
    require(whole, sent=sent, came_back=came_back, expected=expected, nudge=nudge)
    return values, errors, sent, came_back


def same(values: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Whether names, values and their types are the same: to Python, `1`, `1.0` and `True` are equal."""
    return values == expected and all(type(values[name]) is type(expected[name]) for name in expected)


def brief(errors: list[dict[str, Any]]) -> set[tuple[Any, ...]]:
    """Type and place of each error; their order is not asked for."""
    return {(error.get("type"), *map(str, error.get("loc") or ())) for error in errors}


@reading.check
async def converts_values(read_query: Any) -> None:
    """Converts what was sent, by its hint"""
    cases: list[tuple[Callable[..., Any], dict[str, str], dict[str, Any]]] = [
        (
            forecast,
            {"days": "5", "above_m": "2000", "wet": "yes", "place": "12"},
            {"days": 5, "above_m": 2000.0, "wet": True, "place": "12"},
        ),
        (
            climb,
            {"metres": "0", "hours": "2.5", "guided": "false", "page": "2"},
            {"metres": 0, "hours": 2.5, "guided": False},
        ),
    ]
    for function, query, expected in cases:
        values, errors, sent, came_back = ask(read_query, function, query)
        nudge = "Each value is what `TypeAdapter(hint).validate_python(text)` makes of the text."
        if set(values) - set(expected):
            nudge = (
                "Something was sent that is no parameter. Go through the parameters, not through the query."
            )
        elif errors:
            nudge = "All of these texts can be converted, so there is no error."
        require(
            same(values, expected) and not errors,
            sent=sent,
            came_back=came_back,
            expected=f"({expected}, [])",
            nudge=nudge,
        )


@reading.check
async def takes_defaults(read_query: Any) -> None:
    """Takes the default for what was not sent"""
    cases: list[tuple[Callable[..., Any], dict[str, str], dict[str, Any]]] = [
        (forecast, {"days": "1"}, {"days": 1, "above_m": None, "wet": False, "place": ""}),
        (hut, {}, {"beds": 0, "name": "Refuge"}),
        (hut, {"beds": "2", "name": ""}, {"beds": 2, "name": ""}),
    ]
    for function, query, expected in cases:
        values, errors, sent, came_back = ask(read_query, function, query)
        nudge = "A parameter with a default is in `values` also when it was not sent, and that is no error."
        if query.get("name") == "" and values.get("name") == "Refuge":
            nudge = "An empty text was sent, and that is a value. Ask whether the name is in the query."
        require(
            same(values, expected) and not errors,
            sent=sent,
            came_back=came_back,
            expected=f"({expected}, [])",
            nudge=nudge,
        )


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
        if len(errors) == 1 and list(errors[0].get("loc", ())) in ([], loc[1:]):
            nudge = "Pydantic's `loc` says where in the value. You have to put before it where the value was."
        elif not errors:
            nudge = "This value is wrong, and nothing says so. Where does the `ValidationError` end?"
        entry = errors[0] if len(errors) == 1 else {}
        whole = brief(errors) == {expected} and entry.get("input") == wrong and bool(entry.get("msg"))
        require(
            whole,
            sent=sent,
            came_back=came_back,
            expected=f"one error of type {kind!r}, with loc {loc}, msg and input",
            nudge=nudge,
        )


@reading.check
async def reports_missing_values(read_query: Any) -> None:
    """Reports a required value that was not sent"""
    _, errors, sent, came_back = ask(read_query, forecast, {"wet": "no"})
    expected = {"type": "missing", "loc": ["query", "days"], "msg": "Field required", "input": None}
    found = [{**error, "loc": list(error.get("loc", ()))} for error in errors]
    nudge = "`days` has no default and was not sent. The brief says what its entry looks like."
    require(found == [expected], sent=sent, came_back=came_back, expected=f"[{expected}]", nudge=nudge)


@reading.check
async def reports_all_at_once(read_query: Any) -> None:
    """Reports all errors in one go"""
    _, errors, sent, came_back = ask(read_query, climb, {"metres": "high", "guided": "perhaps"})
    expected = {
        ("int_parsing", "query", "metres"),
        ("missing", "query", "hours"),
        ("bool_parsing", "query", "guided"),
    }
    nudge = "Three values are wrong. Who sends them wants to mend all three before sending them again."
    require(
        brief(errors) == expected and len(errors) == 3,
        sent=sent,
        came_back=came_back,
        expected="three errors: metres, hours and guided",
        nudge=nudge,
    )


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


@app.check
async def reads_the_query(api: Api) -> None:
    """Reads values from the query, and takes defaults"""
    cases: list[tuple[dict[str, Any], list[int]]] = [
        ({"difficulty": "easy"}, [1, 2]),
        ({"max_km": 9}, [1, 2]),
        ({"max_km": 0}, []),
        ({"difficulty": "easy", "max_km": 7.5, "page": 2}, [1]),
    ]
    for query, ids in cases:
        answer = await api.get("/trails", params=query)
        nudge = "The function filters; all that it needs is its values, converted by their hints."
        if answer.json() == TRAILS:
            nudge = "The query had no effect: the function got its defaults."
            if query == {"max_km": 0}:
                nudge = "0 was sent, and is a value like any other. Ask whether the name is in the query."
        expected = [trail for trail in TRAILS if trail["id"] in ids]
        answer.expect(200, expected, nudge=framework_nudge(answer, nudge))


@app.check
async def reads_the_body(api: Api) -> None:
    """Reads path, query and body together"""
    for query, notified in (("", False), ("?notify=yes", True), ("?notify=0", False)):
        answer = await api.post(f"{REPORTS}{query}", json={"hiker": "Ada", "stars": 4})
        explain_what_was_raised(answer)
        expected = {"message": "Ada gave Lake Loop 4 of 5 stars.", "notified": notified}
        nudge = "Path, query and body each give this function one value."
        if notified is False and answer.json() == {**expected, "notified": "0"}:
            nudge = "`notify` is still a text."
        answer.expect(200, expected, nudge=framework_nudge(answer, nudge))


@app.check
async def answers_404(api: Api) -> None:
    """Answers 404 as JSON"""
    for path, detail in (("/trails/99", "No trail has this id."), ("/nothing", "Not Found")):
        answer = await api.get(path)
        nudge = (
            "Starlette answers an `HTTPException` with plain text. A handler of yours makes it JSON: "
            "`exception_handlers={HTTPException: ...}`."
        )
        if answer.status_code != 404:
            nudge = "The status code is the one that the `HTTPException` was given."
        answer.expect(404, {"detail": detail}, nudge=nudge)


def expect_errors(answer: Answer, wanted: set[tuple[Any, ...]], *, nudge: str) -> list[dict[str, Any]]:
    """Judge a 422: exactly these errors, each as its type and then its loc; returns them."""
    body = answer.json()
    detail = body.get("detail") if isinstance(body, dict) else None
    entries = [e for e in detail if isinstance(e, dict)] if isinstance(detail, list) else []
    right = answer.status_code == 422 and {(e.get("type"), *(e.get("loc") or ())) for e in entries} == wanted
    shown = "\n".join(f"type {kind!r} at loc {loc}" for kind, *loc in sorted(wanted, key=str))
    if answer.status_code == 200:
        nudge = "This value is wrong, and the function was called with it."
    elif answer.status_code == 422 and detail is None:
        nudge = "FastAPI's form is an object with the key `detail`, and a list of errors for its value."
    elif answer.status_code == 422 and {e.get("type") for e in entries} == {kind for kind, *_ in wanted}:
        nudge = "The errors are right, their places are not. `loc` begins with path, query or body."
    answer.require(right, f"422, and in detail\n{shown}", nudge=nudge)
    whole = all(isinstance(e.get("msg"), str) and "input" in e for e in entries)
    answer.require(
        whole, "type, loc, msg and input in each error", nudge="An entry lacks a part of the form."
    )
    return entries


@app.check
async def refuses_wrong_values(api: Api) -> None:
    """Refuses a wrong value with FastAPI's 422"""
    nudge = "Catch the `ValidationError`, put the place before each `loc`, and answer 422."
    answer = await api.get("/trails/far")
    expect_errors(answer, {("int_parsing", "path", "trail_id")}, nudge=nudge)
    answer = await api.get("/trails", params={"max_km": "far"})
    expect_errors(answer, {("float_parsing", "query", "max_km")}, nudge=nudge)
    answer = await api.post(REPORTS, json={"hiker": "Ada", "stars": 9})
    (entry,) = expect_errors(answer, {("less_than_equal", "body", "stars")}, nudge=nudge)
    right = entry["input"] == 9 and entry["msg"] == "Input should be less than or equal to 5"
    nudge = "Keep what Pydantic says about the error; only `loc` needs a change."
    answer.require(right, "Pydantic's own msg, and the input 9", nudge=nudge)


@app.check
async def refuses_what_is_missing(api: Api) -> None:
    """Refuses a missing field, a missing body, and a body that is no JSON"""
    answer = await api.post(REPORTS, json={"stars": 4})
    nudge = "A field without a default is required: the model says so by itself."
    expect_errors(answer, {("missing", "body", "hiker")}, nudge=nudge)
    answer = await api.post(REPORTS)
    nudge = "Nothing was sent at all. `await request.body()` is empty then, and the body is what is missing."
    answer.if_raised(JSONDecodeError, nudge)
    expect_errors(answer, {("missing", "body")}, nudge=nudge)
    answer = await api.post(REPORTS, content='{"hiker": ', headers={"Content-Type": "application/json"})
    answer.if_raised(JSONDecodeError, "Catch this error, and make it an entry of the 422.")
    body = answer.json()
    detail = body.get("detail") if isinstance(body, dict) else None
    kinds = [e.get("type") for e in detail if isinstance(e, dict)] if isinstance(detail, list) else []
    answer.require(
        answer.status_code == 422 and kinds == ["json_invalid"],
        "422, and in detail one error of type 'json_invalid'",
        nudge="`await request.json()` raises a `json.JSONDecodeError` here. Catch it, and make an entry of "
        "it.",
    )


@app.check
async def refuses_all_at_once(api: Api) -> None:
    """Names all errors in one answer"""
    answer = await api.post("/trails/far/reports?notify=perhaps", json={"stars": 0})
    wanted = {
        ("int_parsing", "path", "trail_id"),
        ("bool_parsing", "query", "notify"),
        ("missing", "body", "hiker"),
        ("greater_than_equal", "body", "stars"),
    }
    nudge = (
        "Four values are wrong. Go on collecting after the first, and answer when all have been looked at."
    )
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
        and str(document.get("openapi", "")).startswith("3.")
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


@app.check
async def describes_parameters(api: Api) -> None:
    """The OpenAPI document has every parameter"""
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
        places = {p.get("in") for p in parameters}
        require_in(places <= {"path", "query"}, parameters, f"{where}no more of them", nudge=nudge)


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
