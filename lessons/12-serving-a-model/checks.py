"""What lesson 12 asks of its exercises and of its app."""

import asyncio
import contextlib
import itertools
import json
import threading
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field as field_of
from functools import partial
from typing import Any

from course.judging import Answer, Api, NoAnswer, Nudge, exercise, expect_value, prediction, require
from course.judging.calls import watched_call
from course.running.server import in_page

prediction(
    "12.r1",
    answer="c",
    why="The answer had gone out. Tasks run one after the other, and what one raises ends them all.",
)
prediction("12.r2", answer="a", why="What a lifespan yields becomes the state of each request.")
prediction("12.r3", answer="b", why="In lax mode a text that is a number becomes one.")
prediction(
    "12.p1",
    answer="c",
    why="The line through the walks of 2 to 25 km goes on below them, and 57 minutes are taken away from "
    "every walk.",
)
prediction(
    "12.p2",
    answer="c",
    why="Python's `json` reads `NaN` and `Infinity`, `float` takes both, and JSON has no way to write them.",
)
prediction(
    "12.p3",
    answer="c",
    why="Most of the time goes to checking the input and to calling a hundred trees, once for each call. How "
    "many rows there are hardly counts.",
)

JSON = {"Content-Type": "application/json"}

NO_NUMBERS = ("NaN", "Infinity", "-Infinity", "1e999", '"nan"', '"inf"')
"""What JSON readers of Python take for a float, and no length is."""

QUOTED = (
    "It was refused, and the refusal quotes what was sent, which JSON cannot write. A handler for "
    "`RequestValidationError` leaves that out."
)
"""What is said where FastAPI's own 422 could not be written."""

LET_IN = Nudge("This came through to the model.", when=lambda it: 200 <= it.status_code < 300)


def raw(fields: dict[str, str]) -> str:
    """An object whose values are JSON already."""
    return "{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}"


# 12.1

KNOWS = exercise(
    "12.1",
    "What the model knows",
    hints=[
        "Three of the limits are of one field each: `Field(ge=..., le=...)` with `Annotated`, and for the "
        "season a `Literal` in place of `str`.",
        "`allow_inf_nan=False` in a `Field` refuses what is no number. An upper limit refuses infinity, "
        "too, but `climb_m` has none of its own.",
        'Two fields together are a method below `@model_validator(mode="after")`, which raises a '
        "`ValueError` if `self.climb_m > 100 * self.length_km`, and returns `self` otherwise.",
    ],
)

V2_WEIGHTS = (14.90118097280636, 0.10187178031781233, 6.957377917656202, 0.025111767895558638)
V2_START = 0.4878852202142525
V1_WEIGHTS = (18.48626362935153, 0.11359508266481509, 115.93536426992375)
V1_START = -57.48591299025844


async def until(condition: Callable[[], object], seconds: float) -> None:
    """Wait until something is so, for a while."""
    end = time.perf_counter() + seconds
    while not condition() and time.perf_counter() < end:  # noqa: ASYNC110
        await asyncio.sleep(0.005)


def walk(length_km: float, climb_m: float, season: str = "summer") -> dict[str, Any]:
    return {"length_km": length_km, "climb_m": climb_m, "season": season}


def parts_of(version: str, sent: dict[str, Any]) -> list[tuple[str, float]]:
    """What each feature adds to a prediction, in the model's order."""
    km, climb, winter = sent["length_km"], sent["climb_m"], sent["season"] == "winter"
    if version == "1":
        known = {"length_km": km, "climb_m": climb, "winter": winter}
        return [(name, w * known[name]) for name, w in zip(known, V1_WEIGHTS, strict=True)]
    known = {
        "length_km": km,
        "climb_m": climb,
        "winter_km": km * winter,
        "winter_climb_m": climb * winter,
    }
    return [(name, w * known[name]) for name, w in zip(known, V2_WEIGHTS, strict=True)]


def minutes_of(version: str, sent: dict[str, Any]) -> int:
    start = V1_START if version == "1" else V2_START
    return round(start + sum(part for _, part in parts_of(version, sent)))


WALKS = (
    walk(12, 600),
    walk(12, 600, "winter"),
    walk(7.5, 0, "winter"),
    walk(20.4, 1800),
)
AT_THE_LIMITS = (
    walk(2, 0),
    walk(25, 0, "winter"),
    walk(2, 200),
    walk(25, 2500, "winter"),
    walk(12.5, 1250),
)
OUTSIDE = (
    (walk(1.9, 0), "It is shorter than any walk that the model has seen."),
    (walk(25.1, 0), "It is longer than any walk that the model has seen."),
    (walk(10, -1), "It goes below 0 m."),
    (walk(10, 1001), "It climbs more than 100 m for each kilometre."),
    (walk(2, 201, "winter"), "It climbs more than 100 m for each kilometre."),
    (walk(24, 2450), "It climbs more than 100 m for each kilometre."),
    (walk(0, 0), "It is shorter than any walk that the model has seen."),
    (walk(-5, 0), "It is shorter than any walk that the model has seen."),
    (walk(12, 600, "spring"), "The model has seen two seasons."),
    (walk(12, 600, ""), "The model has seen two seasons."),
    (walk(12, 600, "Winter"), "The seasons are `summer` and `winter`, in these letters."),
)


async def refuses_outside(api: Api, path: str, wrap: Callable[[str], str] = str) -> None:
    """Refuse what is outside of what the model was trained on; `wrap` makes the body from a walk's JSON."""
    for sent, why in OUTSIDE:
        answer = await api.post(path, content=wrap(json.dumps(sent)), headers=JSON)
        answer.expect(422, nudge=[Nudge(f"{why} It was let in.", when=LET_IN.when)])


async def refuses_no_numbers(api: Api, path: str, wrap: Callable[[str], str] = str) -> None:
    """Refuse what is no number, in either field."""
    for field, value in itertools.product(("length_km", "climb_m"), NO_NUMBERS):
        sent = {"length_km": "12", "climb_m": "600", "season": '"summer"', field: value}
        answer = await api.post(path, content=wrap(raw(sent)), headers=JSON)
        if "JSON compliant" in str(answer.raised):
            answer.if_raised(ValueError, QUOTED)
        answer.expect(
            422,
            nudge=[
                Nudge(
                    f"`{value}` is a `float` to Python, and no `{field}`: `allow_inf_nan=False` refuses it.",
                    when=LET_IN.when,
                )
            ],
        )


async def refuses_what_is_missing(api: Api, path: str, wrap: Callable[[str], str] = str) -> None:
    """Refuse a walk that lacks a field, or has a word for a number."""
    whole = {"length_km": "12", "climb_m": "600", "season": '"summer"'}
    for field in whole:
        sent = {name: value for name, value in whole.items() if name != field}
        answer = await api.post(path, content=wrap(raw(sent)), headers=JSON)
        answer.expect(422, nudge=[Nudge(f"Without `{field}` nobody can predict.", when=LET_IN.when)])
    for field, value in itertools.product(whole, ("null", '"far"')):
        answer = await api.post(path, content=wrap(raw(whole | {field: value})), headers=JSON)
        told = (
            "A field with `null` in it is there, and says nothing." if value == "null" else "This is a word."
        )
        answer.if_raised(TypeError, told)
        answer.expect(422, nudge=[Nudge(told, when=LET_IN.when)])


def of_another_version(version: str, sent: dict[str, Any]) -> Nudge:
    other = "1" if version == "2" else "2"
    wrong = minutes_of(other, sent)
    return Nudge(
        f"{wrong} minutes are what version {other} says.",
        when=lambda it: isinstance(it.json(), dict) and it.json().get("minutes") == wrong,
    )


@KNOWS.check
async def predicts_what_it_knows(api: Api) -> None:
    """Predicts for every walk that is like those it was trained on, the limits among them"""
    for sent in (*WALKS, *AT_THE_LIMITS):
        answer = await api.post("/predictions", json=sent)
        answer.expect(
            200,
            {"minutes": minutes_of("2", sent), "model_version": "2"},
            nudge=[
                Nudge(
                    "The model was trained on walks like this one. The limits themselves are inside.",
                    when=lambda it: it.status_code == 422,
                ),
                "What the endpoint computes was right at the start.",
            ],
        )


@KNOWS.check
async def refuses_what_it_does_not_know(api: Api) -> None:
    """Refuses walks of a kind that it was not trained on"""
    await refuses_outside(api, "/predictions")
    await refuses_what_is_missing(api, "/predictions")


@KNOWS.check
async def refuses_nan(api: Api) -> None:
    """Refuses what is no number: NaN and infinity, in either field"""
    await refuses_no_numbers(api, "/predictions")


# 12.2

TRIAL = exercise(
    "12.2",
    "A version on trial",
    hints=[
        "Begin with a model `Walk` for the body, a model for the answer, and `POST /v1/predictions`. Then "
        "see what the others have in common.",
        "A parameter of the query without a default is required: `hiker: str`. And `deprecated=True` is "
        "said in a decorator, or to an `APIRouter`.",
        'The version of a hiker: `"2" if zlib.crc32(hiker.encode()) % 10 <= 2 else "1"`. With a dictionary '
        '`{"1": predict_1, '
        '"2": predict_2}` one function answers for all three.',
    ],
)

LENGTHS = (10, 3.5, 24, 0.1, 100)
HIKERS = (
    *("ada", "ben", "cleo", "dora", "Émile", "fay", "gus", "ida 7", "jo", "kim", "lea", "max", "noor"),
    *("Ada", " ada", "Noël", "Łukasz"),
)
"""The last four get the other version where letters are made small, blanks cut off, or accents lost."""


def on_trial(version: str, length_km: float) -> dict[str, Any]:
    minutes = round(15 * length_km) if version == "1" else round(14.9 * length_km + 5)
    return {"minutes": minutes, "model_version": version}


def has_minutes(minutes: int, answer: Answer) -> bool:
    """Whether an answer has so many minutes."""
    body = answer.json()
    return isinstance(body, dict) and body.get("minutes") == minutes


@TRIAL.check
async def has_both_versions(api: Api) -> None:
    """Both versions answer, and say which they are"""
    for version, length_km in itertools.product(("1", "2"), LENGTHS):
        answer = await api.post(f"/v{version}/predictions", json={"length_km": length_km})
        expected = on_trial(version, length_km)
        nudge: list[str | Nudge] = [
            Nudge(
                "The minutes are right. The version stands besides, as a text.",
                when=partial(has_minutes, expected["minutes"]),
            ),
            f"`predict_{version}` says how many minutes these are.",
        ]
        answer.expect(200, expected, nudge=nudge)


@TRIAL.check
async def refuses_bad_lengths(api: Api) -> None:
    """A length that is not above 0 is refused by all"""
    for path in ("/v1/predictions", "/v2/predictions", "/predictions?hiker=ada"):
        for value in ("0", "-1", "-0.001", '"far"', '"Infinity"', "null"):
            answer = await api.post(path, content=raw({"length_km": value}), headers=JSON)
            answer.if_raised(OverflowError, f"`{value}` is a `float` to Python, and no length.")
            answer.expect(422, nudge=[Nudge(f"`{value}` is no length above 0.", when=LET_IN.when)])
        (await api.post(path, json={})).expect(422, nudge=[LET_IN])


@TRIAL.check
async def chooses_by_hiker(api: Api) -> None:
    """Each hiker gets the version that the checksum says"""
    for hiker in HIKERS:
        checksum = zlib.crc32(hiker.encode()) % 10
        version = "2" if checksum <= 2 else "1"
        answer = await api.post("/predictions", params={"hiker": hiker}, json={"length_km": 10})
        nudge: list[str | Nudge] = [
            Nudge(
                f"For this hiker `zlib.crc32(hiker.encode()) % 10` is {checksum}.",
                when=lambda it: it.status_code == 200,
            ),
        ]
        answer.expect(200, on_trial(version, 10), nudge=nudge)
    answer = await api.post("/predictions", json={"length_km": 10})
    answer.expect(422, nudge=[Nudge("Nobody knows who this hiker is.", when=LET_IN.when)])


@TRIAL.check
async def lists_and_deprecates(api: Api) -> None:
    """`GET /models` lists both, and the documentation says that version 1 is deprecated"""
    answer = await api.get("/models")
    answer.expect(200, {"versions": ["1", "2"]}, nudge="Both versions, as texts, in their order.")
    schema = (await api.get("/openapi.json")).json()
    for path, deprecated in (("/v1/predictions", True), ("/v2/predictions", False), ("/predictions", False)):
        operation = schema["paths"].get(path, {}).get("post", {})
        expect_value(
            bool(operation.get("deprecated")),
            deprecated,
            sent=f"POST {path}, in /openapi.json",
            nudge="`deprecated=True` belongs to version 1, in its decorator or its router, and to nothing "
            "else.",
            whole="`deprecated`",
        )
    operation = schema["paths"].get("/models", {}).get("get", {})
    expect_value(
        bool(operation.get("deprecated")),
        False,
        sent="GET /models, in /openapi.json",
        nudge="`deprecated=True` belongs to version 1, and to nothing else.",
        whole="`deprecated`",
    )


# What loads and computes, watched from outside

COUNTING = threading.Lock()
SLEEP = time.sleep


@contextmanager
def hurried() -> Iterator[None]:
    """The models of this lesson load, compute and pause in no time, while nobody watches them."""
    wait = asyncio.sleep

    def sleep(seconds: float) -> None:
        if not any(abs(seconds - known) < 0.001 for known in (0.2, 0.05)):
            SLEEP(seconds)

    async def sleep_async(delay: float, result: Any = None) -> Any:
        return await wait(0 if abs(delay - PAUSE) < 0.0001 else delay, result)

    time.sleep, asyncio.sleep = sleep, sleep_async  # type: ignore[assignment]
    try:
        yield
    finally:
        time.sleep, asyncio.sleep = SLEEP, wait


PAUSE = 0.03
"""Seconds that `pause` waits, in the app."""


@dataclass
class Watched:
    """The calls of `time.sleep` by their length: what a model of this lesson does while it loads or
    computes."""

    seconds: float
    """How long the calls are that are watched."""
    calls: int = 0
    now: int = 0
    on_loop: int = 0
    """How many of them kept an event loop's thread."""
    held: bool = False
    """Whether those in worker threads are to stay inside until this is taken back."""
    entered: threading.Event = field_of(default_factory=threading.Event)
    """Set while somebody is inside, in a worker thread."""

    def fits(self, seconds: float) -> bool:
        return abs(seconds - self.seconds) < 0.001


HELD_FOR = 4.0
"""Seconds for which a call is held at most."""


@contextmanager
def watching(*watched: Watched) -> Iterator[None]:
    """Watch the calls of `time.sleep` that have these lengths."""
    block, before = SLEEP, time.sleep

    def sleep(seconds: float) -> None:
        found = next((one for one in watched if one.fits(seconds)), None)
        if found is None:
            return before(seconds)
        try:
            asyncio.get_running_loop()
            here = True
        except RuntimeError:
            here = False
        with COUNTING:
            found.calls += 1
            found.now += 1
            found.on_loop += here
        try:
            block(seconds)
            if not here:
                found.entered.set()
                end = time.perf_counter() + HELD_FOR
                while found.held and time.perf_counter() < end:
                    block(0.002)
        finally:
            with COUNTING:
                found.now -= 1
        return None

    time.sleep = sleep  # type: ignore[assignment]
    try:
        yield
    finally:
        time.sleep = before


async def answered_meanwhile(
    api: Api, predicting: Watched, path: str, body: dict[str, Any], other: str
) -> tuple[bool, bool, list[float], Answer]:
    """Ask for predictions, and for `other` while they are computed.

    Returns:
        Whether a model computed in a worker thread, whether `other` was answered while it did, the seconds
        that each of these answers took, and a prediction.
    """
    predicting.entered.clear()
    predicting.held = True
    posts = [asyncio.create_task(api.post(path, json=body)) for _ in range(3)]
    try:
        await until(lambda: predicting.entered.is_set() or all(post.done() for post in posts), 10)
        computes = predicting.entered.is_set()
        took: list[float] = []
        meanwhile = False
        if computes:
            for _ in range(3):
                start = time.perf_counter()
                await api.get(other)
                took.append(time.perf_counter() - start)
                meanwhile = meanwhile or predicting.now > 0
                if took[-1] > HELD_FOR / 2:
                    break
    finally:
        predicting.held = False
        answers = await asyncio.gather(*posts)
    return computes, meanwhile, took, answers[0]


@dataclass
class Pauses:
    """The calls of `asyncio.sleep` by which something is made line by line; they can be held."""

    begun: int = 0
    ended: int = 0
    cancelled: int = 0
    hold_from: int = 10**9
    """The number of the first one that is held until its end is asked for."""
    released: bool = False
    held_until: float = 0.0

    async def reach(self, number: int, seconds: float) -> None:
        """Wait, for a while, until so many have begun, or one was broken off."""
        await until(lambda: self.begun >= number or self.cancelled, seconds)


@contextmanager
def watched_pauses(seconds: float) -> Iterator[Pauses]:
    """Watch the calls of `asyncio.sleep` that are as long."""
    wait = asyncio.sleep
    seen = Pauses()

    async def sleep(delay: float, result: Any = None) -> Any:
        if abs(delay - seconds) > 0.0001:
            return await wait(delay, result)
        seen.begun += 1
        number = seen.begun
        try:
            found = await wait(delay, result)
            if number == seen.hold_from:
                seen.held_until = time.perf_counter() + HELD_FOR
            while number >= seen.hold_from and not seen.released and time.perf_counter() < seen.held_until:
                await wait(0.002)
        except asyncio.CancelledError:
            seen.cancelled += 1
            raise
        seen.ended += 1
        return found

    asyncio.sleep = sleep
    try:
        yield seen
    finally:
        seen.released = True
        asyncio.sleep = wait


# 12.3

PITFALL = exercise(
    "12.3",
    "Spot the pitfall",
    hints=[
        "Send two requests, and look at what happens in each of them. Which line needs to run only once?",
        "Who runs an `async def`, and who a plain `def`? And what does `float` take that is no number? The "
        "handler `refuse` of exercise 12.1 belongs here, too.",
        'A lifespan that yields `{"model": Forest()}`, `request.state.model`, a plain `def`, and for both '
        "fields `Annotated[float, Field(ge=0, allow_inf_nan=False)]`.",
    ],
    around=hurried,
)

DESK_WALKS = ((10, 200, 170.0), (4.5, 0, 67.5), (0, 90, 9.0), (21, 1234, 438.4))


def rounded(minutes: float) -> Callable[[Any], bool]:
    """Whether an answer has these minutes without their fraction."""
    return lambda it: minutes % 1 > 0 and it.json() == {"minutes": round(minutes)}


@PITFALL.check
async def loads_once(api: Api) -> None:
    """Loads the model once, however many ask at the same moment"""
    # It comes first: what is kept in the module itself is still there after `restart`.
    loading = Watched(0.2)
    with watching(loading):
        await api.restart()
        body = {"length_km": 10, "climb_m": 200}
        await asyncio.gather(*(api.post("/predictions", json=body) for _ in range(4)))
        await api.post("/predictions", json=body)
    nudge = "It is loaded for each request. Where is the place for what is made once?"
    if 1 < loading.calls < 5:
        nudge = (
            "Several that came at the same moment each found no model yet. A lifespan has it ready before "
            "the first."
        )
    require(
        loading.calls <= 1,
        sent="a start of the app, four requests at the same moment, and one more",
        came_back=f"the model was loaded {loading.calls} times",
        expected="one loading",
        nudge=nudge,
    )


@PITFALL.check
async def still_predicts(api: Api) -> None:
    """Predicts as before, and answers a ping"""
    for length_km, climb_m, minutes in DESK_WALKS:
        answer = await api.post("/predictions", json={"length_km": length_km, "climb_m": climb_m})
        nudge: list[str | Nudge] = [
            Nudge(
                "The body is a whole number, and the model says more than that.",
                when=rounded(minutes),
            ),
            "The minutes are what `Forest` says.",
        ]
        answer.expect(200, {"minutes": minutes}, nudge=nudge)
    answer = await api.get("/ping")
    answer.expect(200, "pong", nudge="`GET /ping` was right.")


@PITFALL.check
async def refuses_nonsense(api: Api) -> None:
    """Refuses what is no number of kilometres or metres"""
    for field, value in itertools.product(("length_km", "climb_m"), (*NO_NUMBERS, "-1", "-0.001", "null")):
        sent = {"length_km": "10", "climb_m": "200"} | {field: value}
        answer = await api.post("/predictions", content=raw(sent), headers=JSON)
        if "JSON compliant" in str(answer.raised):
            answer.if_raised(ValueError, QUOTED)
        if value == "null":
            answer.if_raised(TypeError, "A field with `null` in it is there, and says nothing.")
        told = f"`{value}` came through. What says that it is no `{field}`?"
        answer.expect(422, nudge=[Nudge(told, when=LET_IN.when)])


@PITFALL.check_on_desk
async def answers_while_it_computes(api: Api) -> None:
    """Answers a ping while the model computes (on a desk)"""
    predicting = Watched(0.05)
    with watching(predicting):
        body = {"length_km": 10, "climb_m": 200}
        await api.post("/predictions", json=body)  # whoever loads late has done so now
        predicting.on_loop = 0
        computes, meanwhile, _, answer = await answered_meanwhile(
            api, predicting, "/predictions", body, "/ping"
        )
    answer.expect(200, {"minutes": 170.0})
    require_free(predicting, computes, meanwhile, "POST /predictions, three at once, and GET /ping meanwhile")


def require_free(predicting: Watched, computes: bool, meanwhile: bool, sent: str) -> None:
    """Judge whether the event loop was free while a model computed."""
    came_back = "an answer after the model was done"
    nudge = ""
    if predicting.on_loop:
        came_back = "the model computed on the event loop's thread, where it keeps everybody else"
        nudge = "FastAPI runs a plain `def` in a worker thread. In an `async def` nobody else has a turn."
    elif not computes:
        came_back = "no call of the model's `predict`"
        nudge = "Each prediction is to be computed by the model."
    require(
        computes and meanwhile and not predicting.on_loop,
        sent=sent,
        came_back=came_back,
        expected="an answer while the model computes",
        nudge=nudge,
    )


# 12.4

TWO = exercise(
    "12.4",
    "Two at a time",
    hints=[
        "Count in a variable of the module. Before a story begins, look at it: `raise HTTPException(429, "
        'headers={"Retry-After": "1"})` if it is 2.',
        "The place must come back however the story ends. What does lesson 07 have for something that is "
        "opened for a request and closed after it, whatever happens?",
        "A dependency with `yield`: look, count up, `try: yield`, and in a `finally` count down. FastAPI "
        "ends it when the stream is over, also when its hearer has left. An `asyncio.Semaphore` would "
        "let the third one wait.",
    ],
    patience=4,  # a place that is never free again, a story that never begins: each check waits for it
)

WORD = 0.01
"""Seconds that `generate` waits before each word."""

LONG = {"words": 1000}
"""A story that takes ten seconds or more, so that it is under way until its hearer leaves."""

BEGUN_WITHIN = 5.0
"""Seconds within which a story begins, or is refused."""

FREE_WITHIN = 5.0
"""Seconds after which a place is taken for lost, while a long story takes longer."""


async def running(api: Api) -> Any:
    answer = await api.get("/stories")
    body = answer.json()
    answer.require(
        isinstance(body, dict) and list(body) == ["running"] and type(body["running"]) is int,
        '200, and {"running": ...} with a number',
        status=200,
        nudge="The body has one number, of the places that are taken.",
    )
    return body["running"]


async def until_running(api: Api, wanted: int, what: str, nudge: str) -> None:
    """Wait until so many places are taken, for a while."""
    end = time.perf_counter() + FREE_WITHIN
    while (found := await running(api)) != wanted and time.perf_counter() < end:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    require(
        found == wanted,
        sent=what,
        came_back=f'{{"running": {found}}}',
        expected=f'{{"running": {wanted}}}',
        nudge=nudge,
    )


async def settled(api: Api) -> None:
    """Wait, for a while, until no place is taken: a place comes back a moment after its story's last word."""
    end = time.perf_counter() + FREE_WITHIN / 4
    while (await api.get("/stories")).json() in ({"running": 1}, {"running": 2}):
        if time.perf_counter() > end:
            return
        await asyncio.sleep(0.005)


TAKEN = "Each story that is being told has a place."


@contextlib.asynccontextmanager
async def story(api: Api) -> AsyncIterator[Any]:
    """A long story whose first word has been heard."""
    async with contextlib.AsyncExitStack() as stack:
        try:
            async with asyncio.timeout(BEGUN_WITHIN):
                stream = await stack.enter_async_context(api.stream("POST", "/stories", json=LONG))
                stream.require(
                    stream.status_code == 200,
                    "200, and the words of a story",
                    nudge=[
                        Nudge(
                            "A place is free, so this story is told.", when=lambda it: it.status_code == 429
                        ),
                        Nudge("1000 words are allowed, too.", when=lambda it: it.status_code == 422),
                    ],
                )
                await stream.piece()
        except TimeoutError:
            require(
                False,
                sent=f"POST /stories with {json.dumps(LONG)}, while a place is free",
                came_back=f"no word within {BEGUN_WITHIN:.0f} seconds",
                expected="200, and the first words before the last ones are made",
                nudge="The words go out one by one, as `generate` makes them.",
            )
        yield stream


async def expect_refused(api: Api) -> None:
    """Ask for a short story while two others are told."""
    try:
        async with asyncio.timeout(BEGUN_WITHIN):
            answer = await api.post("/stories", json={"words": 3})
    except (NoAnswer, TimeoutError):
        require(
            False,
            sent='POST /stories with {"words": 3}, while two stories are told',
            came_back="nothing, for as long as the check has waited",
            expected="429 at once",
            nudge="It waits until a place is free. Whoever finds no place is to hear so at once.",
        )
    answer.expect(
        429,
        headers={"Retry-After": "1"},
        nudge=[
            Nudge(
                "Two stories are being told, and this one was told as well.",
                when=lambda it: it.status_code == 200,
            ),
            Nudge(
                "429 tells the client that it asked too often, and `Retry-After` when to come again.",
                when=lambda it: it.status_code in (503, 409, 403),
            ),
        ],
    )


def is_of_another_kind(answer: Answer) -> bool:
    """Whether an answer came, and is no plain text."""
    kind = answer.headers.get("content-type", "").partition(";")[0]
    return answer.status_code == 200 and kind != "text/plain"


@TWO.check
async def tells_a_story(api: Api) -> None:
    """Tells stories of 1 to 1000 words, and refuses others"""
    words = ["The", "lake", "is", "calm", "and", "the", "path", "is", "dry"]
    for count in (3, 1, 17):
        await settled(api)
        answer = await api.post("/stories", json={"words": count})
        text = "".join(f"{words[number % len(words)]}\n" for number in range(count))
        kind = answer.headers.get("content-type", "").partition(";")[0]
        answer.require(
            answer.text == text and kind == "text/plain",
            f"text/plain, with {count} words, a line each",
            status=200,
            nudge=[
                Nudge(
                    "No other story is being told: when one is over, its place is free again.",
                    when=lambda it: it.status_code == 429,
                ),
                Nudge("The media type of these words is `text/plain`.", when=is_of_another_kind),
                "`generate` makes the words, and they go out as they are.",
            ],
        )
    for sent in ({"words": 0}, {"words": -1}, {"words": 1001}, {"words": "many"}, {"words": None}, {}):
        await settled(api)
        async with api.stream("POST", "/stories", json=sent) as stream:  # it may be a long story
            nudge = [
                Nudge("A refused request takes no place.", when=lambda it: it.status_code == 429),
                "A story has 1 to 1000 words, and all else is refused.",
            ]
            stream.require(stream.status_code == 422, "422", nudge=nudge)
    await settled(api)
    with watched_pauses(WORD) as pauses:
        pauses.hold_from = 3
        async with api.stream("POST", "/stories", json={"words": 6}) as stream:
            await stream.piece()
            stream.require(
                stream.status_code == 200 and pauses.ended < 3 and len(stream.pieces[0].split()) < 6,
                "200, and the first words before the last ones are made",
                nudge="The words go out one by one, as `generate` makes them.",
            )
            pauses.released = True
            await stream.rest()


@TWO.check
async def refuses_a_third(api: Api) -> None:
    """Refuses a third story while two are told, and counts them"""
    await until_running(api, 0, "GET /stories, when all is over", "When a story is over, its place is free.")
    async with story(api):
        await until_running(api, 1, "GET /stories, during one story", TAKEN)
        async with story(api):
            await until_running(api, 2, "GET /stories, during two stories", TAKEN)
            for _ in range(3):
                await expect_refused(api)
            await until_running(
                api, 2, "GET /stories, after a third was refused", "A refused request takes no place."
            )


@TWO.check
async def frees_a_place(api: Api) -> None:
    """A place is free again when its story is over, or its hearer has left"""
    left = "The hearer has left, and the place is still taken. What runs however a request ends?"
    await until_running(api, 0, "GET /stories, when all hearers have left", left)
    async with story(api):
        pass
    await until_running(api, 0, "GET /stories, when the only hearer has left", left)
    async with story(api):
        async with story(api):
            await expect_refused(api)
        await until_running(api, 1, "GET /stories, when one of two hearers has left", left)
        answer = await api.post("/stories", json={"words": 3})
        answer.require(
            answer.status_code == 200, "200, as one place is free", nudge="One place is free again."
        )
        await until_running(
            api, 1, "GET /stories, when a short story is over", "When a story is over, its place is free."
        )
    await until_running(api, 0, "GET /stories, when all hearers have left", left)
    for value in (0, "many", 0):
        await api.post("/stories", json={"words": value})
    await until_running(api, 0, "GET /stories, after refused requests", "A refused request takes no place.")
    async with story(api), story(api):
        await expect_refused(api)


AT_ONCE = 6
"""How many come at the same moment."""


async def come_at_once(api: Api) -> list[int]:
    """The statuses of long stories that are asked for at one moment; all stay until the last has its.

    Whoever has heard nothing for too long leaves without a status.
    """
    statuses: list[int] = []
    all_here = asyncio.Event()

    async def come(**options: Any) -> None:
        try:
            async with api.stream("POST", "/stories", json=LONG, **options) as stream:
                statuses.append(stream.status_code)
                if len(statuses) == AT_ONCE:
                    all_here.set()
                await all_here.wait()
        finally:
            all_here.set()  # one who gets no answer keeps nobody waiting

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(BEGUN_WITHIN):
            async with api.at_one_moment(AT_ONCE) as together:
                coming = [asyncio.create_task(come(**together)) for _ in range(AT_ONCE)]
            await asyncio.gather(*coming)
    return sorted(statuses)


@TWO.check_on_desk
async def lets_two_of_many_in(api: Api) -> None:
    """Lets two in when many come at the same moment (on a desk)"""
    left = "The hearers have left, and their places are still taken."
    for _ in range(2):
        await until_running(api, 0, "GET /stories, when all hearers have left", left)
        statuses = await come_at_once(api)
        nudge = "Two places are free, so two stories are told, and the others refused."
        if statuses.count(200) > 2:
            nudge = (
                "Several looked before one of them had taken its place: nothing may wait between the look "
                "and the taking."
            )
        require(
            statuses == [200] * 2 + [429] * (AT_ONCE - 2),
            sent=f"POST /stories, {AT_ONCE} times at the same moment",
            came_back=f"{', '.join(map(str, statuses)) or 'nothing'} within {BEGUN_WITHIN:.0f} seconds",
            expected="200 for two of them, and 429 for the others",
            nudge=nudge,
        )


# 12.app

app = exercise(
    "12.app",
    "The walking-time service",
    hints=[
        "Begin with `Walk` and `refuse` of exercise 12.1, a lifespan that yields both models, and `POST "
        "/v1/predictions`. Then make a function "
        "`routes_of(version)` that returns an `APIRouter`, as in the lesson.",
        "A row has the values in the order of `model.features`. A plain `def` computes in a worker thread; "
        "a batch is one call with all rows, and `Annotated[list[Walk], Field(min_length=1, "
        "max_length=100)]` is its limit.",
        "An endpoint that is an `async def` with `yield`, and says `-> AsyncIterator[Part | Total]`, is "
        "sent as JSON lines. Before each line: `await pause()`. For the last line, `await "
        "run_in_threadpool(model.predict, "
        "[row])` computes beside the loop.",
    ],
    around=hurried,
    patience=2,
)


async def counts(api: Api) -> dict[str, int]:
    answer = await api.get("/loads")
    body = answer.json()
    right = isinstance(body, dict) and set(body) == {"loads", "predictions"}
    answer.require(right, "200, and the counts", status=200, nudge="`GET /loads` stays as it was.")
    return dict(body)


@app.check
async def loads_each_once(api: Api) -> None:
    """Each version is loaded once, before the first request"""
    # It comes first: what is kept in the module itself is still there after `restart`.
    await api.restart()
    start = await counts(api)
    for version, sent in itertools.product(("1", "2"), WALKS[:2]):
        await api.post(f"/v{version}/predictions", json=sent)
        await api.post(f"/v{version}/predictions/batch", json={"walks": [sent]})
    loads = (await counts(api))["loads"] - start["loads"]
    require(
        loads == 0,
        sent="two predictions and two batches to each version, after a start",
        came_back=f"models were loaded {loads} times meanwhile",
        expected="no loading while requests are answered",
        nudge="A lifespan loads both before the first request, and hands them on.",
    )
    before = await counts(api)
    await api.restart()
    loads = (await counts(api))["loads"] - before["loads"]
    require(
        loads <= 2,
        sent="a start of the app",
        came_back=f"models were loaded {loads} times",
        expected="two loadings, one for each version",
        nudge="There are two versions, and each is loaded once.",
    )


@app.check
async def predicts(api: Api) -> None:
    """Predicts with both versions, and says which it was"""
    for version, sent in itertools.product(("1", "2"), (*WALKS, *AT_THE_LIMITS)):
        answer = await api.post(f"/v{version}/predictions", json=sent)
        answer.expect(
            200,
            {"minutes": minutes_of(version, sent), "model_version": version},
            nudge=[
                Nudge(
                    "The models were trained on walks like this one. The limits themselves are inside.",
                    when=lambda it: it.status_code == 422,
                ),
                of_another_version(version, sent),
                "A row has a value for each name in the model's `features`, in that order; the sum is "
                "rounded at the end.",
            ],
        )


@app.check
async def refuses(api: Api) -> None:
    """Refuses walks that the models know nothing of"""
    for path in ("/v1/predictions", "/v2/predictions"):
        await refuses_outside(api, path)
        await refuses_no_numbers(api, path)
        await refuses_what_is_missing(api, path)


@app.check
async def predicts_many(api: Api) -> None:
    """Predicts a batch in one call, in the order of its walks"""
    for version in ("1", "2"):
        path = f"/v{version}/predictions/batch"
        for walks in (
            [walk(12, 600)],
            [*WALKS, *AT_THE_LIMITS, *WALKS],
            [walk(2 + n / 5, 10 * n) for n in range(100)],
        ):
            before = await counts(api)
            answer = await api.post(path, json={"walks": walks})
            expected = [minutes_of(version, sent) for sent in walks]
            nudge = "One number for each walk, in their order."
            answer.expect(200, {"minutes": expected, "model_version": version}, nudge=nudge)
            calls = (await counts(api))["predictions"] - before["predictions"]
            require(
                calls == 1,
                sent=f"POST {path} with {len(walks)} walks",
                came_back=f"{calls} calls of `predict`",
                expected="one call of `predict`",
                nudge="`predict` takes all rows at once, and each call costs the same.",
            )
        for wrong in ([], [walk(12, 600)] * 101):
            answer = await api.post(path, json={"walks": wrong})
            answer.expect(
                422,
                nudge=[Nudge(f"A batch has 1 to 100 walks, and this one {len(wrong)}.", when=LET_IN.when)],
            )
        for nothing in ({}, {"walks": None}):
            answer = await api.post(path, json=nothing)
            answer.if_raised(TypeError, "A batch that is `null` has no walks.")
            answer.expect(422, nudge=[LET_IN])
    whole = json.dumps(WALKS[0])
    for version in ("1", "2"):
        path = f"/v{version}/predictions/batch"
        for sent, why in OUTSIDE[:5]:
            for walks in ([WALKS[0], sent], [sent, WALKS[0]]):
                answer = await api.post(path, json={"walks": walks})
                answer.expect(422, nudge=[Nudge(f"One of these walks is bad: {why}", when=LET_IN.when)])
        await refuses_no_numbers(api, path, lambda bad: f'{{"walks": [{whole}, {bad}]}}')


BEFORE_EACH = "`await pause()` stands before each line, the start and the total among them."

LEAVING = 6.0
"""Seconds within which an app notices that its caller has left."""


def lines_of(version: str, sent: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines of an explanation."""
    start = V1_START if version == "1" else V2_START
    lines: list[dict[str, Any]] = [
        {"feature": name, "minutes": round(part, 1)} for name, part in parts_of(version, sent)
    ]
    lines.append({"feature": "start", "minutes": round(start, 1)})
    return [*lines, {"total": minutes_of(version, sent), "model_version": version}]


def read_lines(text: str) -> list[Any]:
    """The values of JSON lines; a text stands for a line that is no JSON."""
    found: list[Any] = []
    for line in text.splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            found.append(line)
    return found


@app.check
async def explains(api: Api) -> None:
    """Streams an explanation, line by line"""
    for version, sent in itertools.product(("1", "2"), WALKS):
        path = f"/v{version}/explanations"
        with watched_pauses(PAUSE) as pauses:
            answer = await api.post(path, json=sent)
        kind = answer.headers.get("content-type", "").partition(";")[0]
        answer.require(
            kind == "application/jsonl",
            "the content type application/jsonl",
            status=200,
            differs=f"The content type is `{kind}`, expected `application/jsonl`.",
            nudge="An endpoint that yields, and says so in its return type, is sent as JSON lines.",
        )
        expected = lines_of(version, sent)
        expect_value(
            read_lines(answer.text),
            expected,
            sent=f"POST {path} with {json.dumps(sent)}, and its lines",
            nudge="A line for each feature in the model's order, one for the start, one for the total.",
        )
        require(
            pauses.begun == len(expected),
            sent=f"POST {path}",
            came_back=f"{pauses.begun} calls of `pause` for {len(expected)} lines",
            expected="one call of `pause` before each line",
            nudge=BEFORE_EACH,
        )
    for bad, why in OUTSIDE[:5]:
        answer = await api.post("/v2/explanations", json=bad)
        answer.expect(422, nudge=[Nudge(f"{why} It was explained.", when=LET_IN.when)])


@app.check
async def stops_explaining(api: Api) -> None:
    """Sends each line when it is made, and stops when the caller leaves"""
    sent = WALKS[0]
    for version in ("1", "2"):
        path = f"/v{version}/explanations"
        total = len(lines_of(version, sent))
        with watched_pauses(PAUSE) as pauses, watched_call(api) as call:
            pauses.hold_from = 3
            async with api.stream("POST", path, json=sent) as stream:
                stream.require(stream.status_code == 200, "200, and lines", nudge="")
                text = b""
                while text.count(b"\n") < 2 and (piece := await stream.piece()):
                    text += piece
                early = pauses.ended <= 2
                stream.require(
                    early and text.count(b"\n") == 2,
                    "the first two lines, before `pause` is over for the third time",
                    nudge=BEFORE_EACH
                    if early
                    else "Each line goes out when it is made: `yield` it, and collect nothing.",
                )
                # A page makes the third line when it is asked for: there is nothing to be broken off.
                at_work = not in_page()
                await pauses.reach(3, HELD_FOR if at_work else 0)
                if at_work and pauses.ended == 2:  # a line that was made before this pause is sent by now
                    stream.require(
                        call.body.count(b"\n") == 2 or pauses.ended > 2,
                        "the third line after `pause` is over for the third time",
                        nudge=BEFORE_EACH,
                    )
            pauses.held_until += LEAVING
            await pauses.reach(total + 1, LEAVING if at_work else 0)
            pauses.released = True
            await pauses.reach(total, HELD_FOR / 2 if at_work else 0.3)
        require(
            pauses.begun <= 3 and (pauses.cancelled > 0 or not at_work),
            sent=f"POST {path}; the caller leaves after two lines, while `pause` is called for the third",
            came_back=f"{pauses.begun - 2} more lines were begun, and `pause` was not broken off",
            expected="no further line: `pause` is broken off",
            nudge="A generator that the response itself reads is cancelled when its caller has left. A task "
            "of its own goes on.",
        )


@app.check
async def is_healthy(api: Api) -> None:
    """`GET /health` answers"""
    answer = await api.get("/health")
    answer.expect(200, {"status": "ok"}, nudge="One field, `status`, and its value is `ok`.")


@app.check_on_desk
async def stays_responsive(api: Api) -> None:
    """Answers `GET /health` while models compute, quicker than one call of `predict` (on a desk)"""
    predicting = Watched(0.05)
    start = time.perf_counter()
    for _ in range(3):
        await api.get("/health")
    alone = (time.perf_counter() - start) / 3
    with watching(predicting):
        for path, body in (
            ("/v1/predictions", WALKS[0]),
            ("/v2/predictions", WALKS[0]),
            ("/v1/predictions/batch", {"walks": list(WALKS)}),
            ("/v2/predictions/batch", {"walks": list(WALKS)}),
            ("/v1/explanations", WALKS[0]),
            ("/v2/explanations", WALKS[0]),
        ):
            predicting.on_loop = 0
            computes, meanwhile, took, answer = await answered_meanwhile(
                api, predicting, path, body, "/health"
            )
            answer.require(answer.status_code == 200, "200")
            sent = f"POST {path}, three at once, and GET /health meanwhile"
            if path.endswith("explanations") and not computes and not predicting.on_loop:
                continue  # whoever adds the parts up needs no `predict`
            require_free(predicting, computes, meanwhile, sent)
            quickest = min(took)
            require(
                quickest < max(predicting.seconds, 5 * alone),  # the second where the machine itself is slow
                sent=sent,
                came_back=f"an answer after {1000 * quickest:.0f} ms, {quickest / predicting.seconds:.1f} "
                f"times a "
                "call of `predict`",
                expected="an answer that is quicker than one call of `predict`",
                nudge="Something else than the model keeps it waiting.",
            )
