"""What lesson 07 asks of its exercises and of its app."""

import asyncio
import inspect
import itertools
import os
import sys
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException
from fastapi.dependencies.models import Dependant

from course.judging import (
    Answer,
    Api,
    CodeRaised,
    Nudge,
    api_of,
    complaints,
    exercise,
    expect_value,
    prediction,
    require,
    serve_app,
)
from course.judging.answers import app_of, load_module
from course.running.plans import Plan, name_of, needed, plans

prediction("7.r1", answer="b", why="What you raise is not derived: `responses={404: ...}` documents it.")
prediction("7.r2", answer="c", why="Without a mode it comes after the type was checked, and 7 is no text.")
prediction("7.r3", answer="b", why="The lifespan surrounds the app's whole time, not a request.")
prediction(
    "7.p1",
    answer="b",
    why="FastAPI keeps what a dependency returned until the request is over, and hands the same object to "
    "everyone who asks for it. The next request begins anew.",
)
prediction(
    "7.p2",
    answer="b",
    why="What comes after `yield` runs when the answer is out, in the opposite order of the opening. So a "
    "client need not wait for it.",
)
prediction(
    "7.p3",
    answer="c",
    why="To the code between, an `HTTPException` is an exception like any other. It is raised at the `yield` "
    "of each dependency, and only what is left of it in the end is made into an answer.",
)

PROBE = "/course-probe"
"""Where a dependency is asked alone: an endpoint that needs nothing else, for as long as it is asked."""

KEY_NEEDED: list[str | Nudge] = [
    Nudge(
        "FastAPI requires the header, so its absence is a 422. Give the parameter a default, and answer 401 "
        "yourself.",
        when=lambda it: any(one.place == "header" and one.missing for one in complaints(it)),
    ),
    Nudge(
        "403 is for somebody known who may not do this. Here nobody is known: 401.",
        when=lambda it: it.status_code == 403,
    ),
    Nudge(
        "This request had no right key, and was let in. Which dependency should have refused it?",
        when=lambda it: 200 <= it.status_code < 300,
    ),
    Nudge("Nobody knows who sent this request, and 401 says that.", when=lambda it: it.status_code < 500),
]
"""What is said of an answer other than 401 to a request that lacks a right key."""

STRANGERS: list[dict[str, str] | list[tuple[bytes, bytes]]] = [
    {},
    {"X-API-Key": ""},
    {"X-API-Key": "key-zoe"},
    {"X-API-Key": "key-"},
    {"X-API-Key": "Ada"},
    {"X-API-Key": "KEY-ADA"},
    {"X-API-Key": "key-ada0"},
    [(b"X-API-Key", "key-zoë".encode())],
    {"X-API-Key": "Bearer key-ada"},
    {"Authorization": "key-ada"},
]
"""Headers by which nobody is known: no key, an empty one, others, and parts of one that there is."""


KEYS = ("key-ada", "key-ben", "key-cleo")


def expect_401(answer: Answer) -> None:
    """Refuses any other answer to a request that lacks a right key, and one that tells a key of others."""
    answer.expect(401, nudge=KEY_NEEDED)
    expect_no_key(answer, " ".join(answer.response.request.headers.values()))


def expect_no_key(answer: Answer, sent: str = "") -> None:
    """Refuses an answer that tells a key in its body or a header, other than those in `sent`."""
    headers = ((f"header `{name}`", value) for name, value in answer.headers.items())
    for place, text in (("body", answer.text), *headers):
        told = next((known for known in KEYS if known in text and known not in sent), "")
        answer.require(
            not told,
            f"{answer.status_code}, and no key in it",
            differs=f"The {place} tells `{told}`, which is a key.",
            nudge="Who reads this answer can come in with that key.",
        )


def key(name: str) -> dict[str, str]:
    """The headers by which a ranger is known."""
    return {"X-API-Key": f"key-{name}"}


def items(body: Any) -> list[Any]:
    """A list from a body; empty if it is anything else."""
    return body if isinstance(body, list) else []


def plan_for(api: Api, method: str, path: str) -> Plan | None:
    """The plan of the endpoint that answers this request; None if no endpoint does."""
    app = api.client.server.app
    found = plans(app) if isinstance(app, FastAPI) else ()
    return next((plan for plan in found if plan.fits(method, path)), None)


def called_for(plan: Plan | None) -> list[Dependant]:
    """What is called before an endpoint, each once."""
    return list({id(each.call): each for each in needed(plan.dependant)}.values()) if plan else []


def called_again(plan: Plan | None) -> str:
    """Why FastAPI calls one function twice for a request, in words; empty if no declaration says so."""
    named = list(needed(plan.dependant)) if plan else []
    for one in named:
        alike = [other for other in named if other.call is one.call]
        if len(alike) > 1 and not one.use_cache:
            return f"`{name_of(one.call)}` is named with `use_cache=False`: that is a call of its own."
        if len({other.scope or "request" for other in alike}) > 1:
            return f"`{name_of(one.call)}` is named with two scopes, and is called once for each of them."
    return ""


def what_each_needs(asked: list[tuple[str, str]], api: Api) -> str:
    """The plans of several endpoints in words, a line each."""
    lines = []
    for method, path in asked:
        named = ", ".join(f"`{name_of(each.call)}`" for each in called_for(plan_for(api, method, path)))
        lines.append(f"{method} {path} needs {named or 'no dependency'}")
    return "\n".join(lines)


def same(one: Dependant, other: Dependant) -> bool:
    """Whether two names in plans mean one dependency; two objects of one class count as one."""
    made = not inspect.isroutine(one.call) and not inspect.isclass(one.call)
    return one.call is other.call or (made and type(one.call) is type(other.call))


@contextmanager
def alone(
    api: Api, plan: Plan, dependency: Dependant, use: Callable[[Any], Any] = lambda value: None
) -> Iterator[None]:
    """For a while the app has one more endpoint, below `PROBE`, that needs this dependency and nothing else.

    Its method and the rest of its path are those of `plan`; it answers what `use` makes of the value.
    """
    app: Any = api.client.server.app
    if dependency.call is None:
        raise TypeError("a plan names what it calls")

    def probe(value: Annotated[Any, Depends(dependency.call)]) -> Any:
        return use(value)

    app.add_api_route(PROBE + plan.path, probe, methods=[plan.method], include_in_schema=False)
    route = app.router.routes.pop()
    app.router.routes.insert(0, route)  # before one that takes every path
    try:
        yield
    finally:
        app.router.routes.remove(route)


async def refused_and_let_in(
    api: Api, plan: Plan, dependency: Dependant, refused: list[Any], let_in: list[Any]
) -> bool:
    """Whether a dependency by itself refuses some requests and lets others in.

    A request is `(path, headers, status)`; only the status of a refused one is looked at.
    """
    with alone(api, plan, dependency):
        for path, headers, status in refused:
            if (await api.request(plan.method, PROBE + path, headers=headers)).status_code != status:
                return False
        for path, headers in let_in:
            if (await api.request(plan.method, PROBE + path, headers=headers)).status_code >= 400:
                return False
    return True


async def ended(api: Api) -> None:
    """Wait until all that the app still does after its answers is done: a server that stops waits for it."""
    await api.restart()


async def other_places(api: Api, path: str) -> list[Nudge]:
    """Words on where an endpoint looks for the key, if its documentation names another place for it."""
    schema = (await api.get("/openapi.json")).json()
    try:
        parameters = schema["paths"][path]["get"].get("parameters", [])
        places = [(one["in"], one["name"]) for one in parameters if one["in"] != "path"]
    except (LookupError, TypeError, AttributeError):
        return []
    if not places or ("header", "x-api-key") in [(place, name.lower()) for place, name in places]:
        return []
    read = " and ".join(f"`{name}` in the {place}" for place, name in places)
    words = (
        f"This endpoint reads {read}. The key is in the header `X-API-Key`: a parameter `x_api_key`, with "
    )
    return [Nudge(words + "`Header()`, reads that.", when=lambda it: it.status_code == 401)]


WITHOUT_DEPENDS = Nudge(
    "FastAPI takes a parameter of yours for one of the query, and this request has none there. If a "
    "dependency provides it, its `Depends(...)` is missing.",
    when=lambda it: any(one.place == "query" and one.missing for one in complaints(it)),
)


async def the_paths(api: Api) -> list[Nudge]:
    """Words on a path that this app does not have, with those that it has."""
    schema = (await api.get("/openapi.json")).json()
    there = sorted(schema.get("paths", ())) if isinstance(schema, dict) else []
    named = ", ".join(f"`{path}`" for path in there)
    words = (
        f"No endpoint of this app has this path; it has {named}. A router counts once it is included, and "
        "its prefix stands before each of its paths."
    )
    return [Nudge(words, when=lambda it: it.status_code == 404 and it.response.url.path not in there)]


lookup = exercise(
    "7.1",
    "Look it up once",
    hints=[
        "Move the three lines of `get_trail` into a function of their own, `find_trail`. It takes `trail_id: "
        "int` and returns a `Trail`; no decorator is needed.",
        "An endpoint then takes no id, but `trail: Annotated[Trail, Depends(find_trail)]`. The path keeps "
        "its `{trail_id}`: the dependency reads it.",
        'The shortest of the three: `return {"minutes": trail.length_km * 15}`.',
    ],
)

TWICE = ((2, "Ridge Walk"), (3, "Höhenweg 8"), (2, "Ridge Path"))
NO_TRAIL = {"detail": "No trail has this id."}
EVERYWHERE = (("PUT", "/name?name=New"), ("GET", ""), ("GET", "/minutes"))
FROM_THE_BODY = Nudge(
    "FastAPI expects a body here, because a parameter is declared so: by `Body()`, or by a type that comes "
    "from there. If a dependency provides it, its `Depends(...)` is missing.",
    when=lambda it: any(one.place == "body" for one in complaints(it)),
)


NO_NUMBER = Nudge(
    "This is no whole number. Where a hint says `int`, FastAPI refuses it by itself.",
    when=lambda it: it.status_code != 422,
)


@lookup.check
async def answers_known_trails(api: Api) -> None:
    """All three endpoints answer for a trail that there is"""
    for trail_id, name in (*TWICE, *TWICE, (3, "Gorge Steps")):
        answer = await api.put(f"/trails/{trail_id}/name", params={"name": name})
        renamed = {"id": trail_id, "name": name, "length_km": 14.0 if trail_id == 2 else 4.0}
        answer.expect(200, renamed, nudge=[FROM_THE_BODY, "The body is the trail, with its new name."])
        answer = await api.get(f"/trails/{trail_id}")
        nudge = (
            "This trail was renamed a moment ago, by the endpoint above. If the dependency returns a copy, "
            "the one in `TRAILS` never learns of it."
        )
        answer.expect(200, renamed, nudge=[FROM_THE_BODY, nudge])
    for trail_id, minutes in ((2, 210.0), (3, 60.0), (1, 97.5)):
        answer = await api.get(f"/trails/{trail_id}/minutes")
        nudge = "`minutes` stands for the kilometres times 15."
        answer.expect(200, {"minutes": minutes}, nudge=[FROM_THE_BODY, nudge])
    answer = await api.get("/trails/1")
    right = isinstance(answer.json(), dict) and answer.json().get("id") == 1
    answer.require(right, "200, and the trail with the id 1", status=200, nudge="Each id has its own trail.")


@lookup.check
async def refuses_unknown_ids(api: Api) -> None:
    """All three answer 404 for an unknown id"""
    for trail_id in (99, 4, 0, -1):
        for method, path in EVERYWHERE:
            answer = await api.request(method, f"/trails/{trail_id}{path}")
            if trail_id < 1 and answer.status_code == 422:
                continue  # a limit in the hint is another way to say that no id is below 1
            nudge: list[str | Nudge] = [
                Nudge(
                    "No trail has this id. A client that looks at the status code takes this for a success.",
                    when=lambda it: it.status_code == 200,
                ),
                Nudge("The words of the brief are what clients read.", when=lambda it: it.status_code == 404),
                "No trail has this id, and the status that says so is 404.",
            ]
            answer.expect(404, NO_TRAIL, nudge=nudge)


@lookup.check
async def refuses_words(api: Api) -> None:
    """All three refuse a word as an id with 422"""
    for word in ("far", "1.5", "two"):
        for method, path in EVERYWHERE:
            answer = await api.request(method, f"/trails/{word}{path}")
            answer.expect(422, nudge=[NO_NUMBER])


@lookup.check
async def looks_up_in_one_place(api: Api) -> None:
    """One dependency looks the trail up, for all three"""
    asked = [("GET", "/trails/2"), ("GET", "/trails/2/minutes"), ("PUT", "/trails/2/name")]
    found = [plan_for(api, method, path) for method, path in asked]
    first = found[0]
    shared = [
        each
        for each in called_for(first)
        if all(any(same(each, other) for other in called_for(plan)) for plan in found)
    ]
    does_it = [
        each
        for each in shared
        if first
        and await refused_and_let_in(api, first, each, [("/trails/99", {}, 404)], [("/trails/2", {})])
    ]
    nudge = (
        f"`{name_of(shared[0].call)}` is in all three, and alone it does not answer 404 for an unknown id."
        if shared
        else "FastAPI keeps for each endpoint what it needs, and no dependency is in all three."
    )
    require(
        bool(does_it),
        sent="nothing: this is what FastAPI has planned",
        came_back=what_each_needs(asked, api),
        expected="one dependency in all three, which returns the trail or answers 404",
        nudge=nudge,
    )


gate = exercise(
    "7.2",
    "Who may close a trail?",
    hints=[
        "The first dependency takes `x_api_key: Annotated[str | None, Header()] = None` and returns a name, "
        "or raises `HTTPException(status_code=401)`.",
        "The second takes what the first returns, `ranger: Annotated[str, Depends(current_ranger)]`, and "
        "raises a 403 if this is no chief's name. Otherwise it returns the name.",
        "`show_me` needs the first, `close_trail` only the second, `list_closures` neither.",
    ],
)


@gate.check
async def knows_rangers(api: Api) -> None:
    """Tells rangers who they are"""
    for name in ("Ada", "Ben", "Cleo"):
        answer = await api.get("/me", headers=key(name.lower()))
        nudge: list[str | Nudge] = [
            *(await other_places(api, "/me")),
            WITHOUT_DEPENDS,
            Nudge("`RANGERS` has this key.", when=lambda it: it.status_code == 401),
            Nudge("Every ranger may ask this, not only chiefs.", when=lambda it: it.status_code == 403),
            "The name is what `RANGERS` holds for the key in the header `X-API-Key`.",
        ]
        answer.expect(200, {"name": name}, nudge=nudge)
        expect_no_key(answer)


@gate.check
async def refuses_strangers(api: Api) -> None:
    """Answers 401 without a key that is known"""
    for headers in STRANGERS:
        expect_401(await api.get("/me", headers=headers))
        expect_401(await api.post("/trails/Lake Loop/closure", headers=headers))


async def closed_trails(api: Api, headers: dict[str, str] | None = None) -> list[Any]:
    """The names that `GET /closures` lists."""
    answer = await api.get("/closures", headers=headers)
    nudge: list[str | Nudge] = [
        Nudge(
            "Whoever walks has to know what is closed. This endpoint needs no key.",
            when=lambda it: it.status_code in (401, 403),
        ),
        "The body is a list of names: those of the trails that chiefs have closed.",
    ]
    right = isinstance(answer.json(), list)
    answer.require(right, "200, and a list of names", status=200, nudge=nudge)
    return items(answer.json())


def not_yet_closed(closed: list[Any]) -> Iterator[str]:
    """Names of trails that nobody has closed yet, whatever the learner has tried before."""
    more = (f"Owl Path {number}" for number in itertools.count(1))
    names = itertools.chain(("Lake Loop", "Gorge Steps", "Höhenweg Süd"), more)
    return (name for name in names if name not in closed)


@gate.check
async def lets_chiefs_close(api: Api) -> None:
    """Lets chiefs close a trail, and nobody else"""
    trail = next(not_yet_closed([]))
    answer = await api.post(f"/trails/{trail}/closure", headers=key("ben"))
    answer.expect(403, nudge="Ben is a ranger and no chief. He is known, and may not do this: 403.")
    expect_no_key(answer)
    for trail, name in (("Lake Loop", "Ada"), ("Höhenweg Süd", "Cleo"), ("Gorge Steps", "Ada")):
        answer = await api.post(f"/trails/{trail}/closure", headers=key(name.lower()))
        nudge: list[str | Nudge] = [
            Nudge(f"{name} is in `CHIEFS`, and was refused.", when=lambda it: it.status_code == 403),
            "The body holds the trail from the path, and the name of the chief.",
        ]
        answer.expect(201, {"trail": trail, "closed_by": name}, nudge=nudge)
        expect_no_key(answer)


@gate.check
async def shows_closures(api: Api) -> None:
    """Shows anybody what is closed"""
    before = await closed_trails(api)
    trails = not_yet_closed(before)
    first, second, third = next(trails), next(trails), next(trails)
    for headers in ({}, key("zoe"), key("ben")):
        await api.post(f"/trails/{first}/closure", headers=headers)
        found = await closed_trails(api, headers)
        require(
            first not in found,
            sent=f"POST /trails/{first}/closure, {' '.join(headers.values()) or 'no key'}; GET /closures",
            came_back=f"a list with {first}",
            expected=f"a list without {first}",
            nudge="The closing was refused, and done all the same. What refuses has to come before it.",
        )
    for trail, name in ((second, "ada"), (third, "cleo")):
        await api.post(f"/trails/{trail}/closure", headers=key(name))
    found = await closed_trails(api)
    nudge = "The list holds each trail that a chief has closed, and nothing else."
    expect_value(
        sorted({str(each) for each in found}),
        sorted({*map(str, before), second, third}),
        sent="two closings by chiefs, then GET /closures",
        nudge=nudge,
        whole="The list",
    )


@gate.check
async def the_second_needs_the_first(api: Api) -> None:
    """Two dependencies: one knows rangers, the other needs it and knows chiefs"""
    asked = [("GET", "/me"), ("POST", "/trails/Owl Path/closure"), ("GET", "/closures")]
    me, close, closures = (plan_for(api, method, path) for method, path in asked)
    path = "/trails/Owl Path/closure"
    rangers: list[Dependant] = []
    for each in called_for(me):
        if me and await refused_and_let_in(api, me, each, [("/me", {}, 401)], [("/me", key("ben"))]):
            rangers.append(each)
    chiefs: list[Dependant] = []
    for each in called_for(close):
        refused: list[Any] = [(path, {}, 401), (path, key("ben"), 403)]
        if close and await refused_and_let_in(api, close, each, refused, [(path, key("ada"))]):
            chiefs.append(each)
    together = any(same(inner, one) for chief in chiefs for inner in needed(chief) for one in rangers)
    nudge = "The second dependency is to need the first: it gets the ranger from it, by `Depends`."
    if not rangers:
        nudge = "No dependency of `/me` answers by itself 401 without a key, and lets Ben in."
    elif not chiefs:
        nudge = "No dependency of the closing answers by itself 403 to Ben, and lets Ada in."
    came_back = what_each_needs(asked, api)
    require(
        together,
        sent="nothing: this is what FastAPI has planned",
        came_back=came_back,
        expected="`/me` needs one that knows rangers; the closing needs one that knows chiefs, and that one "
        "needs the first",
        nudge=nudge,
    )
    require(
        not any(same(each, one) for each in called_for(closures) for one in (*rangers, *chiefs)),
        sent="nothing: this is what FastAPI has planned",
        came_back=came_back,
        expected="`/closures` needs neither",
        nudge="Anybody may see the list, so nobody needs to be known for it.",
    )


logbook = exercise(
    "7.3",
    "Spot the pitfall",
    hints=[
        "Send `GET /trails/99` and read the message of the error. What happens to the `HTTPException` on its "
        "way out of the endpoint, and who should pass it on?",
        "After `session.rollback()` belongs a `raise`. Then send `GET /trails/1` and `GET /numbers` in turn, "
        "and count the free connections.",
        "`next(get_session())` begins a dependency that nobody ends after use. Let `count_visit` take the "
        "session that the endpoint has: `count_visit(session)`.",
    ],
)

SWALLOWED = ("Response not awaited", "variable 'response'")
"""What FastAPI or Python says when a dependency has caught the exception and not raised it again."""


async def number_of(api: Api, name: str) -> int:
    """One of the two numbers of `GET /numbers`, once all requests are over."""
    await ended(api)
    answer = await api.get("/numbers")
    body = answer.json()
    found = body.get(name) if isinstance(body, dict) else None
    nudge = "This endpoint was there, and the checks need it as it was."
    answer.require(type(found) is int, f'200, and the number of "{name}"', status=200, nudge=nudge)
    return found if isinstance(found, int) else -1


@logbook.check
async def codes_arrive(api: Api) -> None:
    """The 404 and the 409 arrive"""
    for method, path, status, detail in (
        ("GET", "/trails/99", 404, "No trail has this id."),
        ("PUT", "/trails/2?name=muddy path", 409, "Begin each word with a capital."),
        ("PUT", "/trails/1?name=MUD", 409, "Begin each word with a capital."),
    ):
        answer = await api.request(method, path)
        if answer.raised and any(words in str(answer.raised) for words in SWALLOWED):
            nudge = (
                "The exception went into `get_session`, at its `yield`, and never came out again. Who "
                "catches it there has to raise it again."
            )
            answer.if_raised(type(answer.raised), nudge)
        nudge = (
            f"In the code that you were given, the endpoint raises an `HTTPException` with {status}. What "
            "becomes of it on its way out?"
        )
        answer.expect(status, {"detail": detail}, nudge=nudge)


@logbook.check
async def connections_come_back(api: Api) -> None:
    """Every connection comes back"""
    before = await number_of(api, "free connections")
    lost = "(What is lost stays lost: after a change, run the exercise's cell again.)"
    require(
        before > 0,
        sent="GET /numbers",
        came_back="0 free connections",
        expected="free connections, as no request is running",
        nudge=f"All are taken, and no request is running. Who opens a session, and who closes it? {lost}",
    )
    for method, path in (
        ("GET", "/trails/1"),
        ("GET", "/trails/99"),
        ("PUT", "/trails/2?name=muddy path"),
        ("PUT", "/trails/2?name=Ridge Path"),
        ("GET", "/trails/2"),
    ):
        answer = await api.request(method, path)
        found = await number_of(api, "free connections")
        answer.require(answer.status_code < 500, "an answer below 500")
        nudge = (
            "No request is running, and a connection is still taken. Who opens a session, and who closes it? "
            f"{lost}"
        )
        if found > before:
            nudge = "More connections are free than there are: one was given back twice."
        require(
            found == before,
            sent=f"{method} {path}, then GET /numbers",
            came_back=f"{answer.status_code}, then {found} free connections",
            expected=f"{before} free connections, as before the request",
            nudge=nudge,
        )


async def name_of_trail(api: Api, trail_id: int) -> Answer:
    """The answer that tells a trail's name, once all that went before is over."""
    await ended(api)
    return await api.get(f"/trails/{trail_id}")


@logbook.check
async def refused_changes_are_undone(api: Api) -> None:
    """A refused name is not kept, a right one is"""
    for new in ("Ridge Walk", "Ridge Path"):
        answer = await api.put("/trails/2", params={"name": new})
        answer.expect(200, {"id": 2, "name": new}, nudge="This name begins each word with a capital.")
        nudge = "This name was a right one, and it is not there. What keeps a change in `Session.rows`?"
        (await name_of_trail(api, 2)).expect(200, {"id": 2, "name": new}, nudge=nudge)
    await api.put("/trails/2", params={"name": "muddy path"})
    nudge = "`muddy path` was refused a moment ago. What should happen to the changes of that session?"
    (await name_of_trail(api, 2)).expect(200, {"id": 2, "name": "Ridge Path"}, nudge=nudge)
    await api.put("/trails/1", params={"name": "Lake Loop"})
    (await name_of_trail(api, 2)).expect(200, {"id": 2, "name": "Ridge Path"}, nudge=nudge)


@logbook.check
async def visits_are_counted(api: Api) -> None:
    """Each look at a trail is counted"""
    await api.put("/trails/1", params={"name": "Lake Loop"})
    before = await number_of(api, "visits")
    await api.put("/trails/2", params={"name": "Ridge Path"})
    expect_value(
        await number_of(api, "visits"),
        before,
        sent="PUT /trails/2?name=Ridge Path, then GET /numbers",
        nudge="Another name is no look at a trail.",
        whole="The number of visits",
    )
    for looks, trail_id in enumerate((1, 2, 1), 1):
        answer = await api.get(f"/trails/{trail_id}")
        name = "Lake Loop" if trail_id == 1 else "Ridge Path"
        answer.expect(200, {"id": trail_id, "name": name}, nudge="This trail has this name by now.")
        found = await number_of(api, "visits")
        nudge = "Each look at a trail is one visit more, and a visit that is not committed is lost."
        if found > before + looks:
            nudge = "One look is one visit, and not more."
        expect_value(
            found,
            before + looks,
            sent=f"GET /trails/{trail_id}, then GET /numbers",
            nudge=nudge,
            whole="The number of visits",
        )


testing = exercise(
    "7.4",
    "Test it",
    takes="value",
    hints=[
        "One weather is not enough: an app whose trails are always closed would pass. Between two requests "
        "you can override `desk.get_weather` anew.",
        "Ask in a storm and without one, and compare the whole body each time: `assert answer.json() == "
        "{...}`. That looks at the ranger, too.",
        "Put all of it into `try`, and `desk.app.dependency_overrides.clear()` into its `finally`.",
    ],
)

GetState = Callable[[str, str, str], dict[str, str]]


def make_desk(get_state: GetState) -> Any:
    """The exercise's app with another function inside, as the learner's test is handed it.

    Besides what the exercise has, `asked` lists which real services were asked, `seen` the name and the
    weather of each request that came, and `returned` is what the test returned.
    """
    asked: list[str] = []
    seen: list[tuple[str, str]] = []

    def get_weather() -> str:
        asked.append("the weather service")
        raise RuntimeError("The weather service cannot be reached.")

    def get_ranger() -> str:
        asked.append("the key store")
        raise RuntimeError("The key store cannot be reached.")

    app = FastAPI()

    @app.get("/trails/{name}")
    def answer(
        name: str, weather: Annotated[str, Depends(get_weather)], ranger: Annotated[str, Depends(get_ranger)]
    ) -> dict[str, str]:
        seen.append((name, weather))
        return get_state(name, weather, ranger)

    return SimpleNamespace(
        app=app, get_weather=get_weather, get_ranger=get_ranger, asked=asked, seen=seen, returned=None
    )


def right_state(name: str, weather: str, ranger: str) -> dict[str, str]:
    return {"name": name, "state": "closed" if weather == "storm" else "open", "ranger": ranger}


async def outcome(test: Any, desk: Any) -> BaseException | None:
    """What the learner's test raised when it was run on `desk`; None if it passed, or skipped itself."""
    try:
        # A test that is no coroutine may run a loop of its own, which only a thread of its own allows.
        called = test(desk) if inspect.iscoroutinefunction(test) else await asyncio.to_thread(test, desk)
        desk.returned = await called if inspect.isawaitable(called) else called
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise
    except BaseException as error:  # what `pytest.fail` raises is no Exception
        return None if type(error).__name__ == "Skipped" else error
    return None


def failed_line(test: Any, error: BaseException) -> str:
    """An error in words, with the line of the test that it came from."""
    file = getattr(getattr(inspect.unwrap(test), "__code__", None), "co_filename", "")
    lines = [frame.line for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    words = f"{type(error).__name__}: {error}".removesuffix(": ")
    return "\n".join(filter(None, [*lines[-1:], words]))


async def run_on_the_right_app(test: Any) -> Any:
    """Run the test on an app without a fault, where it must pass; returns that app's desk."""
    sent = "your test, with an app that has no fault"
    require(
        callable(test),
        sent=sent,
        came_back=repr(test),
        expected="a function",
        nudge="Pass the test itself, without calling it.",
    )
    desk = make_desk(right_state)
    error = await outcome(test, desk)
    asked = " and ".join(dict.fromkeys(desk.asked))
    require(
        not asked,
        sent=sent,
        came_back=f"It asked {asked}." + (f"\n{type(error).__name__}: {error}" if error else ""),
        expected="a test that asks neither",
        nudge="In a test this cannot be reached. `desk.app.dependency_overrides[desk.get_weather] = ...` "
        "puts something else in its place, in the app that your test is handed.",
    )
    if isinstance(error, AssertionError) or (error and not isinstance(error, Exception)):
        require(
            False,
            sent=sent,
            came_back=failed_line(test, error),
            expected="a test that passes",
            nudge="This app does all that the brief says, and your test fails. What does that line ask for?",
        )
    if error is not None:
        inner = error.__traceback__.tb_next if error.__traceback__ else None
        raise CodeRaised(error.with_traceback(inner), sent)
    return desk


@testing.check
async def passes_on_the_right_app(test: Any) -> None:
    """Passes with the right app, twice, and asks no real service"""
    await run_on_the_right_app(test)
    await run_on_the_right_app(test)


async def must_fail(test: Any, fault: str, get_state: GetState, asks: Callable[[str, str], bool]) -> None:
    """Run the test on an app that has a fault, where it must fail.

    `asks` tells of a request, by the trail's name and the weather, whether its answer shows the fault.
    """
    desk = make_desk(get_state)
    error = await outcome(test, desk)
    shown = any(itertools.starmap(asks, desk.seen))
    nudge = "None of the requests of your test shows this fault. Which trail, and which weather, does?"
    if not desk.seen:
        nudge = "The app that your test was handed got no request from it."
    if shown:
        nudge = (
            "Your test got an answer with this fault, and passed. What does it compare with what, and can "
            "its `assert` end the test?"
        )
    if shown and desk.returned is not None:
        nudge = (
            f"Your test returned {desk.returned!r}, and nobody looks at that: only what is raised fails it."
        )
    requests = ", ".join(f"{name} in weather {weather!r}" for name, weather in dict.fromkeys(desk.seen))
    require(
        error is not None,
        sent=f"your test, with an app whose fault is: {fault}",
        came_back=f"It passed. It asked for: {requests or 'nothing'}.",
        expected="a test that fails",
        nudge=nudge,
    )


def instead(**values: str | None) -> GetState:
    """The right answer, but with other values, or without those that are None."""

    def state(name: str, weather: str, ranger: str) -> dict[str, str]:
        wrong = right_state(name, weather, ranger) | values
        return {key: value for key, value in wrong.items() if value is not None}

    return state


def around(**words: str) -> GetState:
    """The right answer, with the words of some values put around them: `"half {}"`."""

    def state(name: str, weather: str, ranger: str) -> dict[str, str]:
        right = right_state(name, weather, ranger)
        return right | {key: said.format(right[key]) for key, said in words.items()}

    return state


def only_where(shows: Callable[[str, str], bool], wrong: GetState) -> GetState:
    """The right answer, but `wrong` for the trails and the weather of which `shows` is true."""

    def state(name: str, weather: str, ranger: str) -> dict[str, str]:
        return (wrong if shows(name, weather) else right_state)(name, weather, ranger)

    return state


def always(name: str, weather: str) -> bool:
    """For a fault that each answer shows."""
    return True


@testing.check
async def notices_a_wrong_state(test: Any) -> None:
    """Fails where trails stay open in a storm, or are not open without one"""
    await run_on_the_right_app(test)

    def storm(name: str, weather: str) -> bool:
        return weather == "storm"

    def calm(name: str, weather: str) -> bool:
        return weather != "storm"

    def lake_in_a_storm(name: str, weather: str) -> bool:
        return name == "Lake Loop" and weather == "storm"

    await must_fail(test, "trails are open in a storm", instead(state="open"), storm)
    await must_fail(test, "trails are always closed", instead(state="closed"), calm)
    lake_only = only_where(lake_in_a_storm, instead(state="open"))
    await must_fail(test, "Lake Loop is open in a storm", lake_only, lake_in_a_storm)
    for when, shows, state in (("in", storm, "closed"), ("without", calm, "open")):
        unknown = only_where(shows, instead(state="unknown"))
        await must_fail(test, f'the state {when} a storm is "unknown"', unknown, shows)
        for said in ("half {}", "{} at noon"):
            wrong = only_where(shows, around(state=said))
            await must_fail(test, f'the state {when} a storm is "{said.format(state)}"', wrong, shows)
    await must_fail(test, "there is no `state`", instead(state=None), always)


@testing.check
async def notices_a_wrong_ranger(test: Any) -> None:
    """Fails where the ranger is not the one that the override returned"""
    await run_on_the_right_app(test)

    def another(name: str, weather: str, ranger: str) -> dict[str, str]:
        return instead(ranger="Una" if ranger != "Una" else "Yan")(name, weather, ranger)

    await must_fail(test, "the ranger is another one", another, always)
    await must_fail(test, "the ranger is two people", around(ranger="{} and Una"), always)
    await must_fail(test, "the ranger is empty", instead(ranger=""), always)
    await must_fail(test, "there is no `ranger`", instead(ranger=None), always)


@testing.check
async def notices_errors(test: Any) -> None:
    """Fails where the app answers an error"""
    await run_on_the_right_app(test)

    def fail(name: str, weather: str, ranger: str) -> dict[str, str]:
        raise HTTPException(status_code=503, detail="Out of order.")

    await must_fail(test, "it answers 503", fail, always)


@testing.check
async def clears_up(test: Any) -> None:
    """Takes its overrides away, also when it fails"""
    desk = await run_on_the_right_app(test)
    left = [name for name in ("get_weather", "get_ranger") if getattr(desk, name) in left_over(desk)]
    require(
        not left_over(desk),
        sent="your test, with an app that has no fault",
        came_back=f"It passed, and left overrides behind: {', '.join(left) or 'others'}.",
        expected="an app as it was before",
        nudge="The next test would find them. `desk.app.dependency_overrides.clear()` takes them away.",
    )

    def crash(name: str, weather: str, ranger: str) -> dict[str, str]:
        raise ValueError("a fault")

    faults: list[tuple[str, GetState]] = [
        ("answers {}", lambda name, weather, ranger: {}),
        ("is always closed", instead(state="closed")),
        ("is always open", instead(state="open")),
        ("raises", crash),
    ]
    for fault, get_state in faults:
        broken = make_desk(get_state)
        error = await outcome(test, broken)
        require(
            not left_over(broken),
            sent=f"your test, with an app that {fault}",
            came_back=f"It {'failed, as it should' if error else 'passed'}, and left its overrides behind.",
            expected="an app as it was before",
            nudge="After a failed `assert` the rest of the function is left out, but for a `finally`.",
        )


def left_over(desk: Any) -> dict[Any, Any]:
    overrides: dict[Any, Any] = desk.app.dependency_overrides
    return overrides


TRAILS = [
    {"id": 1, "name": "Lake Loop", "length_km": 6.5, "added_by": "Ada"},
    {"id": 2, "name": "Ridge Path", "length_km": 14.0, "added_by": "Ben"},
    {"id": 3, "name": "Gorge Steps", "length_km": 4.0, "added_by": "Ada"},
]
NOTES = ["Bridge is out.", "Bear seen.", "Fresh snow."]

app = exercise(
    "7.app",
    "The trail desk on dependencies",
    hints=[
        "Begin with `open_store`: a `Store()`, a `yield` inside `try`, and `close()` in `finally`. `GET "
        "/trails/2` needs nothing else: with it, `Store.trails` becomes `store.trails`.",
        "`page` takes `skip`, `limit: Annotated[int | None, Query(ge=1, le=50)] = None` and the settings, "
        "and returns a `slice`. `current_ranger` takes the store and the header, as in exercise 7.2.",
        '`APIRouter(prefix="/rangers", dependencies=[Depends(current_ranger)])` protects all its paths. An '
        "endpoint that wants the name as well takes it as a parameter; it is still one call.",
    ],
    patience=2,  # servers that start anew, and many requests
)


def names(answer: Answer) -> list[Any]:
    """The names in a list of trails; empty for anything else."""
    return [each.get("name") for each in items(answer.json()) if isinstance(each, dict)]


def longer_than(count: int) -> Callable[[Any], bool]:
    """Evidence that a page has more than so many trails."""
    return lambda it: len(names(it)) > count


def added_by_another_than(name: str) -> Callable[[Any], bool]:
    """Evidence that a new trail names somebody else."""
    return lambda it: it.json()["added_by"] != name


PAGES: list[tuple[dict[str, int], slice]] = [
    ({}, slice(0, 2)),
    ({"skip": 1}, slice(1, 3)),
    ({"limit": 1}, slice(0, 1)),
    ({"skip": 2, "limit": 1}, slice(2, 3)),
    ({"limit": 3}, slice(0, 3)),
    ({"skip": 1, "limit": 50}, slice(1, 3)),
    ({"skip": 3}, slice(3, 3)),
    ({"skip": 0, "limit": 2}, slice(0, 2)),
]
"""Queries, and the part of a list of three that each asks for."""


@app.check
async def pages_trails(api: Api) -> None:
    """GET /trails answers a page"""
    for query, part in PAGES:
        answer = await api.get("/trails", params=query)
        nudge: list[str | Nudge] = [
            *(await the_paths(api)),
            WITHOUT_DEPENDS,
            Nudge(
                "Everybody may see the trails. Only adding one needs a key.",
                when=lambda it: it.status_code in (401, 403),
            ),
            Nudge(
                "Without a `limit`, the settings say how long a page is: `page_size`, which is 2.",
                when=longer_than(2 if not query else 50),
            ),
            "A page begins after `skip` trails and has at most `limit` of them; without `limit` as many as "
            "`page_size` says, which is 2.",
        ]
        answer.expect(200, TRAILS[part], nudge=nudge)


@app.check
async def shows_one_trail(api: Api) -> None:
    """GET /trails/2 answers that trail, or 404"""
    for trail in TRAILS:
        answer = await api.get(f"/trails/{trail['id']}")
        answer.expect(200, trail, nudge="The body is the one trail with this id.")
    for trail_id in (99, 0, -1):
        answer = await api.get(f"/trails/{trail_id}")
        if trail_id < 1 and answer.status_code == 422:
            continue  # a limit in the hint is another way to say that no id is below 1
        nudge: list[str | Nudge] = [
            Nudge(
                "No trail has this id. A client that looks at the status code takes this for a success.",
                when=lambda it: it.status_code == 200,
            ),
            "No trail has this id, and 404 says so.",
        ]
        answer.expect(404, nudge=nudge)
    answer = await api.get("/trails/far")
    right = answer.status_code in (404, 422)
    answer.require(right, "422, or 404", nudge="No trail has this id, and it is no number either.")


@app.check
async def knows_the_ranger(api: Api) -> None:
    """GET /rangers/me knows the ranger by the key"""
    for name in ("Ada", "Ben"):
        answer = await api.get("/rangers/me", headers=key(name.lower()))
        nudge: list[str | Nudge] = [
            *(await the_paths(api)),
            *(await other_places(api, "/rangers/me")),
            WITHOUT_DEPENDS,
            Nudge("The store's `rangers` have this key.", when=lambda it: it.status_code == 401),
            "The name is what the store's `rangers` hold for this key.",
        ]
        answer.expect(200, {"name": name}, nudge=nudge)
        expect_no_key(answer)


@app.check
async def needs_a_key(api: Api) -> None:
    """Adding a trail and all below /rangers need a key"""
    new = {"name": "Secret Path", "length_km": 1}
    for headers in (*STRANGERS, key("cleo")):  # a chief of exercise 7.2, whom this store does not know
        for path in ("/rangers/me", "/rangers/notes"):
            expect_401(await api.get(path, headers=headers))
        expect_401(await api.post("/trails", json=new, headers=headers))
    answer = await api.get("/trails", params={"limit": 50})
    nudge = "The answer was 401, and the trail was added all the same. Refuse before anything is done."
    answer.require("Secret Path" not in names(answer), "a list without Secret Path", nudge=nudge)


@app.check
async def refuses_wrong_pages(api: Api) -> None:
    """Refuses a wrong skip or limit, in both lists"""
    for path, headers in (("/trails", {}), ("/rangers/notes", key("ada"))):
        for query in (
            {"skip": -1},
            {"limit": 0},
            {"limit": 51},
            {"limit": -1},
            {"limit": "many"},
            {"skip": "a"},
        ):
            answer = await api.get(path, params=query, headers=headers)
            nudge = (
                "`Query(ge=..., le=...)` in the page's dependency refuses this for every list that uses it."
            )
            answer.expect(422, nudge=nudge)


@app.check
async def pages_notes(api: Api) -> None:
    """GET /rangers/notes answers a page, too"""
    for query, part in PAGES:
        answer = await api.get("/rangers/notes", params=query, headers=key("ben"))
        nudge = "The notes come in pages by the same rules as the trails: let the same dependency say them."
        answer.expect(200, NOTES[part], nudge=nudge)


@app.check
async def adds_a_trail(api: Api) -> None:
    """POST /trails adds a trail under a new id, and says who did it"""
    before = (await api.get("/trails", params={"limit": 50})).json()
    known: list[Any] = [each.get("id") for each in items(before) if isinstance(each, dict)]
    added = []
    for sent, name in (
        ({"name": "Fern Valley", "length_km": 9.0}, "Ben"),
        ({"name": "Höhenweg", "length_km": 3.5}, "Ada"),
        ({"name": "Fern Valley", "length_km": 9.0}, "Ben"),
    ):
        answer = await api.post("/trails", json=sent, headers=key(name.lower()))
        body = answer.json()
        trail_id = body.get("id") if isinstance(body, dict) else None
        taken = f"`id` is {trail_id}, which another trail has." if trail_id in known else "`id` is no number."
        answer.require(
            type(trail_id) is int and trail_id not in known,
            "201, and the trail with a new id",
            status=201,
            differs=taken if trail_id is not None else "`id` is missing.",
        )
        wanted = {**sent, "id": trail_id, "added_by": name}
        nudge: list[str | Nudge] = [
            Nudge("`added_by` is the name of the ranger with this key.", when=added_by_another_than(name)),
            "The body is the new trail, with an id and `added_by`.",
        ]
        answer.expect(201, wanted, nudge=nudge)
        expect_no_key(answer)
        known.append(trail_id)
        added.append(wanted)
        answer = await api.get(f"/trails/{trail_id}")
        nudge_ = "This trail was added a moment ago. It has to be in the store's `trails`, under its id."
        answer.expect(200, wanted, nudge=[Nudge(nudge_, when=lambda it: it.status_code == 404), nudge_])
    answer = await api.get("/trails", params={"limit": 50})
    answer.expect(200, [*items(before), *added], nudge="The list is that of before, with what was added.")


@app.check
async def keeps_the_model(api: Api) -> None:
    """POST /trails takes a name and a length, and nothing else from the client"""
    before = (await api.get("/trails", params={"limit": 50})).json()
    for sent in ({}, {"name": "Owl Path"}, {"length_km": 2}, {"name": "Owl Path", "length_km": "far"}):
        answer = await api.post("/trails", json=sent, headers=key("ada"))
        answer.expect(422, nudge="The model `NewTrail` was to stay as it is, and it refuses this body.")
    answer = await api.get("/trails", params={"limit": 50})
    answer.expect(200, before, nudge="Bodies were refused a moment ago, and the list has changed.")
    more = {"name": "Owl Path", "length_km": 2.0, "id": 1, "added_by": "Cleo"}
    answer = await api.post("/trails", json=more, headers=key("ada"))
    body = answer.json() if isinstance(answer.json(), dict) else {}
    right = answer.status_code == 422 or (body.get("added_by") == "Ada" and body.get("id") != 1)
    answer.require(
        right,
        "an id and `added_by` of the app's own",
        nudge="The client has sent an `id` and an `added_by`. Neither is for the client to say.",
    )
    (await api.get("/trails/1")).expect(200, TRAILS[0], nudge="Trail 1 was there before, and has changed.")


@asynccontextmanager
async def anew(api: Api, **environment: str) -> AsyncIterator[Api]:
    """The same file, imported again while these environment variables are set, and its app served."""
    module = sys.modules["app"]
    folder = Path(str(module.__file__)).parent
    beside = {
        name: each
        for name, each in sys.modules.items()
        if (file := getattr(each, "__file__", None)) and Path(file).is_relative_to(folder)
    }
    former = {name: os.environ.get(name) for name in environment}
    for name in beside:
        del sys.modules[name]
    os.environ.update(environment)
    try:
        app = await asyncio.to_thread(lambda: app_of(load_module(folder / "app.py")))
        async with api_of(serve_app(app)) as again:
            yield again
    finally:
        sys.modules.update(beside)
        for name, value in former.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@app.check
async def reads_the_settings(api: Api) -> None:
    """Without a limit a page is as long as the settings say, whatever they say"""
    lists = (("/trails", TRAILS), ("/rangers/notes", NOTES))
    for size in (1, 3):
        async with anew(api, DESK_PAGE_SIZE=str(size)) as again:
            for path, whole in lists:
                answer = await again.get(path, headers=key("ada"))
                nudge = (
                    f"Your app was started with DESK_PAGE_SIZE={size} in its environment, which `Settings` "
                    "reads when it is made: `Settings().page_size`."
                )
                fields = {
                    field.name
                    for each in called_for(plan_for(again, "GET", path))
                    for field in each.query_params
                }
                if "page_size" in fields:
                    nudge = (
                        "FastAPI asks the client for `page_size`, as a parameter of the query, and hands the "
                        "class what came. `Depends` is to name a function that makes the settings."
                    )
                answer.expect(200, whole[:size], nudge=nudge)
    async with anew(api, DESK_PAGE_SIZE=str(LONG)) as again:
        if (store := await the_store(again)) is None:
            return  # which the next check tells
        store.notes.extend(f"Note {number}" for number in range(LONG))
        more = {number: store.trails[1].model_copy(update={"id": number}) for number in range(4, LONG + 4)}
        store.trails.update(more)
        for path, _ in lists:
            answer = await again.get(path, headers=key("ada"))
            found = len(items(answer.json()))
            answer.require(
                found == LONG,
                f"200, and a list of {LONG}",
                status=200,
                differs=f"The list has {found} items, expected {LONG}.",
                nudge=f"DESK_PAGE_SIZE was {LONG}, and the store has more than that. What cuts the page?",
            )


LONG = 50
"""A page that is longer than the lists, until more is put into the store."""

ASKED = [
    ("GET", "/trails"),
    ("GET", "/trails/2"),
    ("POST", "/trails"),
    ("GET", "/rangers/me"),
    ("GET", "/rangers/notes"),
]


async def first_that(api: Api, asked: list[tuple[str, str]], does: Callable[..., Any]) -> Dependant | None:
    """The first dependency that all these endpoints name and of which `does` is true."""
    found = [plan_for(api, method, path) for method, path in asked]
    for each in called_for(found[0]):
        shared = all(any(same(each, other) for other in called_for(plan)) for plan in found)
        if shared and await does(found[0], each):
            return each
    return None


async def another(api: Api, first: Dependant, does: Callable[..., Any]) -> Dependant | None:
    """One more of which `does` is true; what needs `first`, or is needed by it, does not count."""
    for method, path in ASKED:
        plan = plan_for(api, method, path)
        for each in called_for(plan):
            related = any(same(one, first) for one in (each, *needed(each)))
            if not related and not any(same(one, each) for one in needed(first)) and await does(plan, each):
                return each
    return None


@app.check
async def everything_is_a_dependency(api: Api) -> None:
    """Settings, the store, the page and the ranger are dependencies"""
    lists = [ASKED[0], ASKED[4]]

    async def is_the_page(plan: Plan, each: Dependant) -> bool:
        refused: list[Any] = [(f"/trails?{query}", {}, 422) for query in ("skip=-1", "limit=0", "limit=51")]
        return await refused_and_let_in(api, plan, each, refused, [("/trails?limit=1", {})])

    async def is_the_ranger(plan: Plan, each: Dependant) -> bool:
        refused: list[Any] = [("/rangers/me", {}, 401), ("/rangers/me", key("zoe"), 401)]
        return await refused_and_let_in(api, plan, each, refused, [("/rangers/me", key("ada"))])

    async def value_has(plan: Plan, each: Dependant, *wanted: str) -> bool:
        found: list[bool] = []
        with alone(api, plan, each, lambda value: found.append(all(hasattr(value, name) for name in wanted))):
            await api.request(plan.method, PROBE + plan.path, headers=key("ada"))
        return found == [True]

    async def are_the_settings(plan: Plan, each: Dependant) -> bool:
        return await value_has(plan, each, "page_size")

    async def is_the_store(plan: Plan, each: Dependant) -> bool:
        return await value_has(plan, each, "trails", "rangers", "close")

    for what, asked, does, expected in (
        ("the page", lists, is_the_page, "which refuses a wrong `skip` or `limit`"),
        ("the settings", lists, are_the_settings, "which returns something with a `page_size`"),
        ("the open store", [ASKED[0], ASKED[2], ASKED[4]], is_the_store, "which gives a `Store`"),
        (
            "the current ranger",
            [ASKED[3], ASKED[2], ASKED[4]],
            is_the_ranger,
            "which answers 401 without a key",
        ),
    ):
        require(
            await first_that(api, asked, does) is not None,
            sent="nothing: this is what FastAPI has planned",
            came_back=what_each_needs(asked, api),
            expected=f"a dependency of all these for {what}, {expected}",
            nudge=f"No dependency that all of them name does this alone. Look for {what} in each.",
        )
    settings = await first_that(api, lists, are_the_settings)
    if settings and (second := await another(api, settings, are_the_settings)):
        require(
            False,
            sent="nothing: this is what FastAPI has planned",
            came_back=what_each_needs(ASKED, api),
            expected="one dependency for the settings, for all who need them",
            nudge=f"`{name_of(settings.call)}` and `{name_of(second.call)}` both give settings, and neither "
            "needs the other. A test that replaces one of them leaves the other as it was.",
        )


async def the_store(api: Api) -> Any:
    """What the dependency gives that opens the store; None if the list of trails needs none."""
    plan = plan_for(api, "GET", "/trails")
    found: list[Any] = []

    def keep(value: Any) -> None:
        if all(hasattr(value, name) for name in ("trails", "rangers", "notes")):
            found.append(value)

    for each in called_for(plan):
        if plan and not found:
            with alone(api, plan, each, keep):
                await api.get(f"{PROBE}/trails")
    return found[0] if found else None


@app.check
async def asks_the_store(api: Api) -> None:
    """What the store has now is what counts: its keys, trails and notes"""
    if (store := await the_store(api)) is None:
        return  # which the check before has told
    was = store.trails[2]
    store.rangers["key-una"] = "Una"
    store.notes.append("Owl heard.")
    store.trails[2] = was.model_copy(update={"name": "Ridge Walk"})
    nudge = Nudge(
        "The check has changed what the store holds, and this answer is not of what it holds now.",
        when=lambda it: it.status_code < 500,
    )
    try:
        (await api.get("/rangers/me", headers=key("una"))).expect(200, {"name": "Una"}, nudge=nudge)
        answer = await api.get("/rangers/notes", params={"skip": 3}, headers=key("una"))
        answer.expect(200, ["Owl heard."], nudge=nudge)
        (await api.get("/trails/2")).expect(200, {**TRAILS[1], "name": "Ridge Walk"}, nudge=nudge)
        answer = await api.get("/trails", params={"skip": 1, "limit": 1})
        answer.expect(200, [{**TRAILS[1], "name": "Ridge Walk"}], nudge=nudge)
    finally:
        del store.rangers["key-una"]
        store.notes.pop()
        store.trails[2] = was
    (await api.get("/rangers/me", headers=key("una"))).expect(401, nudge=KEY_NEEDED)
    answer = await api.get("/rangers/notes", params={"skip": 3}, headers=key("ada"))
    answer.expect(200, [], nudge=nudge)
    (await api.get("/trails/2")).expect(200, TRAILS[1], nudge=nudge)


async def store_numbers(api: Api, *, at_once: bool = False) -> tuple[int, int]:
    """How many stores were opened and how many closed: once all requests are over, or `at_once`."""
    if not at_once:  # what was opened, was opened before the answer; what closes, may come after it
        await ended(api)
    answer = await api.get("/store")
    body = answer.json()
    found = [body.get(name) for name in ("opened", "closed")] if isinstance(body, dict) else []
    right = [type(each) for each in found] == [int, int]
    nudge = "This endpoint was there, and the checks need it as it was."
    answer.require(right, "200, and the numbers opened and closed", status=200, nudge=nudge)
    opened, closed = (each if isinstance(each, int) else -1 for each in found)
    return opened, closed


REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/trails", {}),
    ("GET", "/trails/2", {}),
    ("GET", "/trails/99", {}),
    ("GET", "/trails?limit=0", {}),
    ("GET", "/rangers/me", {"headers": key("ada")}),
    ("GET", "/rangers/notes", {"headers": key("ada")}),
    ("GET", "/rangers/notes", {}),
    ("POST", "/trails", {"headers": key("ada"), "json": {"name": "Owl Path", "length_km": 2}}),
    ("POST", "/trails", {"headers": key("ada"), "json": {"name": "Owl Path"}}),
]


@app.check
async def opens_one_store(api: Api) -> None:
    """A request opens one store, however many need it"""
    first, _ = await store_numbers(api, at_once=True)
    before, _ = await store_numbers(api, at_once=True)
    counting = before - first  # an app that opens one for every request opens one for this, too
    for method, path, sent in REQUESTS:
        answer = await api.request(method, path, **sent)
        after, _ = await store_numbers(api, at_once=True)
        opened, before = after - before - counting, after
        nudge = (
            "More than one store was opened for this request. Let everyone name the same dependency: it is "
            "called once for each request. A `Store()` or a call by hand is another one."
        )
        if again := called_again(plan_for(api, method, path.partition("?")[0])):
            nudge = f"More than one store was opened for this request. {again}"
        if opened == 0:
            nudge = (
                "No store was opened for this request, and it was answered. Let the endpoint ask for it: "
                "`Store.trails` reaches past it, and one that is opened once and kept serves all at once."
            )
        require(
            opened == 1 or (opened == 0 and answer.status_code >= 400),
            sent=f"{method} {path}",
            came_back=f"{answer.status_code}, and {opened} stores opened",
            expected="one store opened for this request",
            nudge=nudge,
        )


@app.check
async def closes_every_store(api: Api) -> None:
    """Every store is closed again, also after an error"""
    opened, closed = await store_numbers(api)
    for method, path, sent in REQUESTS:
        answer = await api.request(method, path, **sent)
        left_open = opened - closed
        opened, closed = await store_numbers(api)
        more = opened - closed - left_open
        nudge = "After a success it stays open: what comes after `yield` closes it."
        if more < 0:
            nudge = "More were closed than opened: `close()` was called twice for one store."
        elif answer.status_code >= 400:
            nudge = (
                "After an error it stays open. When something is raised, what was to follow is left out, but "
                "not a `finally`: that runs whatever happens."
            )
        require(
            more == 0,
            sent=f"{method} {path}",
            came_back=f"{answer.status_code}, and "
            + (f"{more} store more was left open" if more > 0 else "more stores were closed than opened"),
            expected="as many stores closed as were opened",
            nudge=nudge,
        )


@app.check
async def closes_it_at_the_end(api: Api) -> None:
    """The store is open while an endpoint works, and closed after any error"""
    plan = plan_for(api, "GET", "/trails")
    last: list[str] = []

    def work(store: Any) -> None:
        last.append(store.log[-1])
        raise LookupError("an endpoint of the check, which fails")

    for each in called_for(plan):
        opened, closed = await store_numbers(api)
        if not plan:
            break
        with alone(api, plan, each, lambda value: work(value) if hasattr(value, "rangers") else None):
            await api.request(plan.method, f"{PROBE}/trails")
        if not last:
            continue
        after, closed_after = await store_numbers(api)
        require(
            last[0] == "opened",
            sent="a request to an endpoint that needs only the store",
            came_back="a store that is closed already",
            expected="an open store",
            nudge="The store was closed before the endpoint had it. What closes it belongs after `yield`.",
        )
        require(
            after - opened == closed_after - closed,
            sent="a request to an endpoint that needs only the store, and raises a LookupError",
            came_back="a store that is left open",
            expected="a store that is closed",
            nudge="`GET /trails/99` raises an `HTTPException`, and this is another error. A `finally` closes "
            "after all of them.",
        )
        return
