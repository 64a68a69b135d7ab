"""What lesson 07 asks of its exercises and of its app."""

import asyncio
import inspect
import operator
import time
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException

from course.judging import Answer, Api, CodeRaised, complaints, exercise, misdirected, prediction, require

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

PATIENCE = 1.0
"""Seconds in which what follows an answer must have happened."""


def nudge_for(answer: Answer, otherwise: str) -> str:
    """What an unwanted status code says about an app with dependencies and routers, or else `otherwise`."""
    if answer.status_code == 404 and answer.json() == {"detail": "Not Found"}:
        return (
            "No endpoint of this app has this path. Compare the paths with the brief, letter by letter; "
            "a router has to be included, and its prefix stands before each of its paths."
        )
    for complaint in complaints(answer):
        place, name = complaint.place, complaint.name
        if not name:
            return (
                f"FastAPI expects a {place} here, because one of your parameters has a type that comes "
                "from there. If a dependency provides it, its `Depends(...)` is missing."
            )
        if place == "query" and complaint.missing:
            return (
                f"FastAPI looks for `{name}` in the query, and requires it. If it is something that a "
                "dependency provides, its `Depends(...)` is missing. A value from the path has the very name "
                "that stands in the brackets there. If it comes from elsewhere, say so."
            )
        return f"Your app refuses `{name}` in the {place}, and this is a right request."
    return misdirected(answer) or otherwise


def expect_401(answer: Answer) -> None:
    """Refuses any other answer to a request that lacks a right key."""
    nudge = "Nobody knows who sent this request, and 401 says that."
    if answer.status_code == 422:
        nudge = (
            "FastAPI requires the header, so its absence is a 422. Give the parameter a default, and answer "
            "401 yourself."
        )
    elif answer.status_code == 403:
        nudge = "403 is for somebody known who may not do this. Here nobody is known: 401."
    elif 200 <= answer.status_code < 300:
        nudge = "This request had no right key, and was let in. Which dependency should have refused it?"
    else:
        nudge = nudge_for(answer, nudge)
    answer.expect(401, nudge=nudge)


async def eventually(api: Api, path: str, right: Callable[[Any], bool]) -> Answer:
    """The answer to `path` once its body is right, or the last one when `PATIENCE` is over.

    What a dependency does after `yield` may come after the answer, so one look is not enough.
    """
    give_up = time.monotonic() + PATIENCE
    while True:
        answer = await api.get(path)
        if right(answer.json()) or time.monotonic() > give_up:
            return answer
        await asyncio.sleep(0.02)


def number(body: Any, name: str) -> int:
    """One of several numbers in a body, by its name; -1 if there is none."""
    found = body.get(name) if isinstance(body, dict) else None
    return found if isinstance(found, int) else -1


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

RIDGE = {"id": 2, "name": "Ridge Path", "length_km": 14.0}
NO_TRAIL = {"detail": "No trail has this id."}


@lookup.check
async def answers_known_trails(api: Api) -> None:
    """All three endpoints answer for a trail that there is"""
    renamed = {**RIDGE, "name": "Ridge Walk"}
    answer = await api.put("/trails/2/name", params={"name": "Ridge Walk"})
    answer.expect(200, renamed, nudge=nudge_for(answer, "The body is the trail, with its new name."))
    answer = await api.get("/trails/2")
    nudge = "This trail was renamed a moment ago. The dependency has to return the very trail of `TRAILS`."
    answer.expect(200, renamed, nudge=nudge_for(answer, nudge))
    await api.put("/trails/2/name", params={"name": RIDGE["name"]})
    for trail_id, minutes in ((2, 210.0), (3, 60.0)):
        answer = await api.get(f"/trails/{trail_id}/minutes")
        nudge = "The minutes are the kilometres times 15."
        answer.expect(200, {"minutes": minutes}, nudge=nudge_for(answer, nudge))


@lookup.check
async def refuses_unknown_ids(api: Api) -> None:
    """All three answer 404 for an unknown id"""
    for method, path in (("GET", ""), ("GET", "/minutes"), ("PUT", "/name?name=New")):
        answer = await api.request(method, f"/trails/99{path}")
        nudge = (
            "No trail has this id. Where the dependency looks it up, all three endpoints get the same 404."
        )
        if answer.status_code == 200:
            nudge = "A client that looks at the status code takes this for a success."
        answer.expect(404, NO_TRAIL, nudge=nudge)


@lookup.check
async def refuses_words(api: Api) -> None:
    """All three refuse a word as an id with 422"""
    for method, path in (("GET", ""), ("GET", "/minutes"), ("PUT", "/name?name=New")):
        answer = await api.request(method, f"/trails/far{path}")
        nudge = "The id is an `int`. With this hint in the dependency FastAPI refuses a word by itself."
        answer.expect(422, nudge=nudge)


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


def key(name: str) -> dict[str, str]:
    """The headers by which a ranger is known."""
    return {"X-API-Key": f"key-{name}"}


@gate.check
async def knows_rangers(api: Api) -> None:
    """Tells rangers who they are"""
    for name in ("Ada", "Ben"):
        answer = await api.get("/me", headers=key(name.lower()))
        nudge = "The name is what `RANGERS` holds for the key in the header `X-API-Key`."
        if answer.status_code == 401:
            nudge = (
                "This key is in `RANGERS`. Does the parameter say `Header()`, and is it called `x_api_key`, "
                "which stands for the header `X-API-Key`?"
            )
        answer.expect(200, {"name": name}, nudge=nudge_for(answer, nudge))


@gate.check
async def refuses_strangers(api: Api) -> None:
    """Answers 401 without a key that is known"""
    for headers in ({}, key("zoe")):
        expect_401(await api.get("/me", headers=headers))
        expect_401(await api.post("/trails/Lake Loop/closure", headers=headers))


@gate.check
async def lets_chiefs_close(api: Api) -> None:
    """Lets chiefs close a trail, and nobody else"""
    answer = await api.post("/trails/Ridge Path/closure", headers=key("ben"))
    nudge = "Ben is a ranger and no chief. He is known, and may not do this: 403."
    answer.expect(403, nudge=nudge_for(answer, nudge))
    for trail, name in (("Lake Loop", "Ada"), ("Gorge Steps", "Cleo")):
        answer = await api.post(f"/trails/{trail}/closure", headers=key(name.lower()))
        nudge = "The body holds the trail from the path, and the name of the chief."
        if answer.status_code == 403:
            nudge = "This is a chief's key. `CHIEFS` holds names, and the first dependency returns one."
        if answer.status_code == 200:
            nudge = "Something was made, and 201 says that: `status_code=201` in the decorator."
        expected = {"trail": trail, "closed_by": name}
        answer.expect(201, expected, nudge=nudge_for(answer, nudge))


@gate.check
async def shows_closures(api: Api) -> None:
    """Shows anybody what is closed"""
    answer = await api.get("/closures")
    body = answer.json()
    found = body if isinstance(body, list) else []
    nudge = nudge_for(answer, "The body is a list of names: those of the trails that chiefs have closed.")
    if answer.status_code == 401:
        nudge = "Whoever walks has to know what is closed. This endpoint needs no key."
    right = answer.status_code == 200 and {"Lake Loop", "Gorge Steps"} <= set(map(str, found))
    answer.require(right, "200, and a list with Lake Loop and Gorge Steps", nudge=nudge)
    nudge = "A trail is in this list that no chief has closed. The 403 has to come before the closing."
    answer.require("Ridge Path" not in found, "a list without Ridge Path", nudge=nudge)


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


@logbook.check
async def codes_arrive(api: Api) -> None:
    """The 404 and the 409 arrive"""
    for method, path, status, detail in (
        ("GET", "/trails/99", 404, "No trail has this id."),
        ("PUT", "/trails/2?name=muddy path", 409, "Begin each word with a capital."),
    ):
        answer = await api.request(method, path)
        nudge = f"The endpoint raises an `HTTPException` with {status}. Follow it on its way out."
        raised = str(answer.raised)
        require(
            "Response not awaited" not in raised and "variable 'response'" not in raised,
            sent=f"{method} {path}",
            came_back=f"500 Internal Server Error\n{raised[:60]} ...",
            expected=str(status),
            nudge="The exception went into `get_session`, at its `yield`, and never came out again. Who "
            "catches it there has to raise it again.",
        )
        answer.expect(status, {"detail": detail}, nudge=nudge)


@logbook.check
async def connections_come_back(api: Api) -> None:
    """Every connection comes back"""
    await api.get("/trails/1")
    await api.get("/trails/99")
    await api.put("/trails/2", params={"name": "muddy path"})
    answer = await eventually(api, "/numbers", lambda body: number(body, "free connections") == 4)
    nudge = (
        "No request is running, and a connection is still taken. Who opens a session, and who closes it? "
        "(What is lost stays lost: after a change, run the exercise's cell again.)"
    )
    right = number(answer.json(), "free connections") == 4
    answer.require(right, "4 free connections, as in the beginning", nudge=nudge)


@logbook.check
async def refused_changes_are_undone(api: Api) -> None:
    """A refused name is not kept, a right one is"""
    await api.put("/trails/2", params={"name": "muddy path"})
    answer = await api.get("/trails/2")
    body = answer.json()
    name = body.get("name") if isinstance(body, dict) else None
    nudge = "This name was refused a moment ago, and still it is there. What should happen to the changes?"
    answer.require(name != "muddy path", "the name that the trail had before", nudge=nudge)
    for new in ("Ridge Walk", "Ridge Path"):
        await api.put("/trails/2", params={"name": new})
        expected = {"id": 2, "name": new}
        answer = await eventually(api, "/trails/2", partial(operator.eq, expected))
        nudge = "This change was a right one. Without `session.commit()` it is lost."
        answer.expect(200, expected, nudge=nudge)


@logbook.check
async def visits_are_counted(api: Api) -> None:
    """Each look at a trail is counted"""
    before = number((await api.get("/numbers")).json(), "visits")
    for _ in range(2):
        answer = await api.get("/trails/1")
        answer.expect(200, {"id": 1, "name": "Lake Loop"}, nudge="This trail was there before.")
    answer = await eventually(api, "/numbers", lambda body: number(body, "visits") == before + 2)
    nudge = (
        "Two looks at a trail are two visits more. Is the count committed, and is every look counted once?"
    )
    right = before >= 0 and number(answer.json(), "visits") == before + 2
    answer.require(right, f"{before + 2} visits", nudge=nudge)


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


def make_desk(get_state: Callable[[str, str, str], dict[str, str]]) -> Any:
    """The exercise's app with another function inside, as the learner's test is handed it."""
    asked: list[str] = []

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
        return get_state(name, weather, ranger)

    return SimpleNamespace(app=app, get_weather=get_weather, get_ranger=get_ranger, asked=asked)


def right_state(name: str, weather: str, ranger: str) -> dict[str, str]:
    return {"name": name, "state": "closed" if weather == "storm" else "open", "ranger": ranger}


async def outcome(test: Any, desk: Any) -> Exception | None:
    """What the learner's test raised when it was run on `desk`; None if it passed."""
    try:
        result = test(desk)
        if inspect.isawaitable(result):
            await result
    except Exception as error:
        return error
    return None


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
    if isinstance(error, AssertionError):
        require(
            False,
            sent=sent,
            came_back=f"AssertionError: {error}".removesuffix(": "),
            expected="a test that passes",
            nudge="Your test refuses an app that does all that the brief says. Which `assert` asks for more?",
        )
    if error is not None:
        inner = error.__traceback__.tb_next if error.__traceback__ else None
        raise CodeRaised(error.with_traceback(inner), sent)
    return desk


@testing.check
async def passes_on_the_right_app(test: Any) -> None:
    """Passes with the right app, and asks no real service"""
    await run_on_the_right_app(test)


async def must_fail(
    test: Any, fault: str, get_state: Callable[[str, str, str], dict[str, str]], nudge: str
) -> None:
    """Run the test on an app that has a fault, where it must fail."""
    require(
        await outcome(test, make_desk(get_state)) is not None,
        sent=f"your test, with an app whose fault is: {fault}",
        came_back="It passed.",
        expected="a test that fails",
        nudge=nudge,
    )


@testing.check
async def notices_a_wrong_state(test: Any) -> None:
    """Fails where trails stay open in a storm, or closed without one"""
    await run_on_the_right_app(test)
    nudge = "Nothing in your test asks what the state is in a storm. Let an override say that there is one."
    await must_fail(
        test,
        "trails are open in a storm",
        lambda name, weather, ranger: {"name": name, "state": "open", "ranger": ranger},
        nudge,
    )
    nudge = "Nothing in your test asks what the state is without a storm. Ask with two kinds of weather."
    await must_fail(
        test,
        "trails are always closed",
        lambda name, weather, ranger: {"name": name, "state": "closed", "ranger": ranger},
        nudge,
    )


@testing.check
async def notices_a_wrong_ranger(test: Any) -> None:
    """Fails where the ranger is not the one on duty"""
    await run_on_the_right_app(test)
    nudge = (
        "Nothing in your test asks for the ranger's name. It should be the one that your override returned."
    )

    def nobody(name: str, weather: str, ranger: str) -> dict[str, str]:
        return right_state(name, weather, "nobody")

    await must_fail(test, "the ranger is always nobody", nobody, nudge)


@testing.check
async def notices_errors(test: Any) -> None:
    """Fails where the app answers an error"""
    await run_on_the_right_app(test)

    def fail(name: str, weather: str, ranger: str) -> dict[str, str]:
        raise HTTPException(status_code=503, detail="Out of order.")

    nudge = "Every answer was a 503, and your test did not mind. It has to look at what comes back."
    await must_fail(test, "it answers 503", fail, nudge)


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
    broken = make_desk(lambda name, weather, ranger: {})
    await outcome(test, broken)
    require(
        not left_over(broken),
        sent="your test, with an app that answers {}",
        came_back="It failed, as it should, and left its overrides behind.",
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
)


def names(answer: Answer) -> list[Any]:
    """The names in a list of trails; empty for anything else."""
    body = answer.json()
    return [each.get("name") for each in body if isinstance(each, dict)] if isinstance(body, list) else []


@app.check
async def pages_trails(api: Api) -> None:
    """GET /trails answers a page"""
    cases: list[tuple[dict[str, int], list[dict[str, Any]]]] = [
        ({}, TRAILS[:2]),
        ({"skip": 1}, TRAILS[1:3]),
        ({"limit": 1}, TRAILS[:1]),
        ({"skip": 2, "limit": 1}, TRAILS[2:3]),
        ({"limit": 3}, TRAILS[:3]),
    ]
    for query, expected in cases:
        answer = await api.get("/trails", params=query)
        nudge = "A page begins after `skip` trails and has at most `limit` of them."
        if not query and names(answer) == [trail["name"] for trail in TRAILS]:
            nudge = "Without a `limit`, the settings say how long a page is: `page_size`, which is 2."
        elif answer.status_code == 401:
            nudge = "Everybody may see the trails. Only adding one needs a key."
        answer.expect(200, expected, nudge=nudge_for(answer, nudge))


@app.check
async def shows_one_trail(api: Api) -> None:
    """GET /trails/2 answers that trail, or 404"""
    for trail in TRAILS[1:]:
        answer = await api.get(f"/trails/{trail['id']}")
        answer.expect(200, trail, nudge=nudge_for(answer, "The body is the one trail with this id."))
    answer = await api.get("/trails/99")
    nudge = "No trail has this id, and 404 says so."
    if answer.status_code == 200:
        nudge = "A client that looks at the status code takes this for a success."
    answer.expect(404, nudge=nudge)


@app.check
async def knows_the_ranger(api: Api) -> None:
    """GET /rangers/me knows the ranger by the key"""
    for name in ("Ada", "Ben"):
        answer = await api.get("/rangers/me", headers=key(name.lower()))
        nudge = "The store knows who has this key."
        if answer.status_code == 401:
            nudge = (
                "This key is in the store. Is the parameter called `x_api_key`, and does it say `Header()`?"
            )
        answer.expect(200, {"name": name}, nudge=nudge_for(answer, nudge))


@app.check
async def needs_a_key(api: Api) -> None:
    """Adding a trail and all below /rangers need a key"""
    new = {"name": "Secret Path", "length_km": 1}
    for headers in ({}, key("zoe")):
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
        for query in ({"skip": -1}, {"limit": 0}, {"limit": 51}, {"limit": "many"}):
            answer = await api.get(path, params=query, headers=headers)
            nudge = (
                "`Query(ge=..., le=...)` in the page's dependency refuses this for every list that uses it."
            )
            if answer.status_code == 404:
                nudge = nudge_for(answer, nudge)
            answer.expect(422, nudge=nudge)


@app.check
async def pages_notes(api: Api) -> None:
    """GET /rangers/notes answers a page, too"""
    for query, expected in (({}, NOTES[:2]), ({"skip": 1}, NOTES[1:]), ({"skip": 1, "limit": 1}, NOTES[1:2])):
        answer = await api.get("/rangers/notes", params=query, headers=key("ben"))
        nudge = "The notes come in pages by the same rules as the trails: let the same dependency say them."
        answer.expect(200, expected, nudge=nudge_for(answer, nudge))


@app.check
async def adds_a_trail(api: Api) -> None:
    """POST /trails adds a trail, and says who did it"""
    new = {"name": "Fern Valley", "length_km": 9.0}
    answer = await api.post("/trails", json=new, headers=key("ben"))
    body = answer.json()
    trail_id = body.get("id") if isinstance(body, dict) else None
    expected = (
        '201, and the body\n{"id": a new id, "name": "Fern Valley", "length_km": 9.0, "added_by": "Ben"}'
    )
    nudge = nudge_for(
        answer, "The body is the new trail; `added_by` is the name of the ranger with this key."
    )
    if answer.status_code == 200:
        nudge = "Something was made, and 201 says that: `status_code=201` in the decorator."
    whole = body == {**new, "id": trail_id, "added_by": "Ben"} and trail_id not in (None, 1, 2, 3)
    answer.require(answer.status_code == 201 and whole, expected, nudge=nudge)
    answer = await api.get(f"/trails/{trail_id}")
    nudge = "This trail was added a moment ago. It has to be in the store's `trails`, under its id."
    answer.expect(200, {**new, "id": trail_id, "added_by": "Ben"}, nudge=nudge)


async def store_numbers(api: Api, right: Callable[[int, int], bool]) -> tuple[int, int]:
    """How many stores were opened and closed, once that is `right` or no more is to be expected."""

    def enough(body: Any) -> bool:
        return right(number(body, "opened"), number(body, "closed"))

    answer = await eventually(api, "/store", enough)
    whole = answer.status_code == 200 and number(answer.json(), "opened") >= 0
    nudge = "This endpoint was there, and the checks need it. It uses no store of its own."
    answer.require(whole, "200, and the numbers opened and closed", nudge=nudge)
    return number(answer.json(), "opened"), number(answer.json(), "closed")


REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/trails", {}),
    ("GET", "/trails/2", {}),
    ("GET", "/trails/99", {}),
    ("GET", "/rangers/me", {"headers": key("ada")}),
    ("GET", "/rangers/notes", {"headers": key("ada")}),
    ("GET", "/rangers/notes", {}),
    ("POST", "/trails", {"headers": key("ada"), "json": {"name": "Owl Path", "length_km": 2}}),
]


@app.check
async def opens_one_store(api: Api) -> None:
    """A request opens one store, however many need it"""
    first, _ = await store_numbers(api, lambda opened, closed: True)
    before, _ = await store_numbers(api, lambda opened, closed: True)
    counting = before - first  # an app that opens one for every request opens one for this, too
    for method, path, sent in REQUESTS:
        answer = await api.request(method, path, **sent)
        after, _ = await store_numbers(api, lambda opened, closed: True)
        opened, before = after - before - counting, after
        nudge = (
            "More than one store was opened for this request. Let everyone name the same dependency: it is "
            "called once for each request. A `Store()` or a call by hand is another one."
        )
        if opened == 0:
            nudge = (
                "No store was opened for this request. Let the endpoint ask for it: `Store.trails` reaches "
                "past it, and one that is opened once and kept serves all at once."
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
    opened, closed = await store_numbers(api, operator.eq)
    for method, path, sent in REQUESTS:
        answer = await api.request(method, path, **sent)
        left_open = opened - closed

        def no_more(opened: int, closed: int, left_open: int = left_open) -> bool:
            return opened - closed == left_open

        opened, closed = await store_numbers(api, no_more)
        more = opened - closed - left_open
        nudge = "After a success it stays open: what comes after `yield` closes it."
        if more < 0:
            nudge = "`close()` was called twice. `finally` runs after a success, too: it is enough by itself."
        elif answer.status_code >= 400:
            nudge = (
                "An exception came through the `yield`, and what follows was left out. "
                "`finally` is not: it runs whatever happens."
            )
        require(
            no_more(opened, closed),
            sent=f"{method} {path}",
            came_back=f"{answer.status_code}, and "
            + (f"{more} store more was left open" if more > 0 else "more stores were closed than opened"),
            expected="as many stores closed as were opened",
            nudge=nudge,
        )
