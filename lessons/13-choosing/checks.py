"""What lesson 13 asks of its exercises and of its app."""

import asyncio
import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from course.judging import Answer, Api, Nudge, exercise, expect_value, prediction, require

prediction(
    "13.r1",
    answer="b",
    why="`deprecated=True` is written into the schema, and the docs strike the operation through.",
)
prediction("13.r2", answer="a", why="The return type filters what is returned.")
prediction(
    "13.r3", answer="b", why="FastAPI is Starlette's class with Pydantic at its doors and docs on top."
)
prediction(
    "13.p1",
    answer="c",
    why="`CharField` reads as a form does: numbers become text. It refuses a `bool`, a list and `null`.",
)
prediction(
    "13.p2",
    answer="b",
    why="Ten slots are ten slots: whether a thread sleeps or a coroutine awaits, all ten wait together.",
)

JSON = {"Content-Type": "application/json"}
EASY = {"name": "Lake Loop", "length_km": 6.5, "difficulty": "easy"}
HARD = {"name": "Ridge", "length_km": 18.0, "difficulty": "hard"}

LET_IN = Nudge("This was let in.", when=lambda it: 200 <= it.status_code < 300)


def number_in(answer: Answer) -> int:
    """The `id` in a created thing; the answer is refused if there is none."""
    body = answer.json()
    number = body.get("id") if isinstance(body, dict) else None
    answer.require(type(number) is int, "a JSON object with a whole number as `id`")
    assert isinstance(number, int)
    return number


# 13.1

THIRD = exercise(
    "13.1",
    "The missing third of Flask",
    hints=[
        "A view for `POST` begins with `TrailIn.model_validate(request.get_json())`. What it raises, the "
        "handler above answers.",
        "`jsonify(trail), 201` is an answer with its status. `next(numbers)` gives a new number, and "
        "`.model_dump()` makes a dictionary of the model.",
        '`@flask_app.put("/trails/<int:number>")` first asks whether the number is there, as `read_trail` '
        'does, then stores and answers. For `DELETE` the answer is `"", 204`.',
    ],
)

WRONG_BODIES: tuple[tuple[str, str], ...] = (
    (json.dumps({"name": "Ridge", "length_km": 2}), "`difficulty` is missing."),
    (json.dumps(EASY | {"name": ""}), "The name is empty."),
    (json.dumps(EASY | {"name": "x" * 81}), "The name has 81 characters."),
    (json.dumps(EASY | {"length_km": 0}), "A length is above 0."),
    (json.dumps(EASY | {"length_km": "far"}), "`far` is no number."),
    (json.dumps(EASY | {"difficulty": "steep"}), "There are three difficulties."),
    (json.dumps([EASY]), "This is a list."),
    ("{", "This is no JSON."),
)


CLIENTS = 4000
"""An `id` that a client sends, and no server gives in a few requests."""


async def add_trail(api: Api, trail: dict[str, Any]) -> int:
    answer = await api.post("/trails", json=trail | {"secret": "of the client", "id": CLIENTS})
    wrong = Nudge(
        "`secret` is none of the three fields.",
        when=lambda it: "secret" in it.json(),
    )
    answer.require(
        answer.status_code == 201,
        "201, and the trail with its id",
        status=201,
        nudge=[
            Nudge(
                "A status is given behind the body: `return jsonify(...), 201`.",
                when=lambda it: it.status_code == 200,
            )
        ],
    )
    number = number_in(answer)
    answer.require(
        number != CLIENTS,
        f"a number of the server's, and not {CLIENTS}, which the client has sent",
        nudge="`next(numbers)` gives it, whatever the body says: an `id` is none of the three fields.",
    )
    answer.expect(201, {"id": number, **trail}, nudge=[wrong])
    return number


@THIRD.check
async def creates(api: Api) -> None:
    """`POST` stores a trail under a new number, and answers with it"""
    first, second = await add_trail(api, EASY), await add_trail(api, HARD)
    expect_value(
        first != second,
        True,
        sent="POST /trails, twice",
        whole="that the numbers differ",
        nudge="Each has its own.",
    )
    for number, trail in ((first, EASY), (second, HARD)):
        answer = await api.get(f"/trails/{number}")
        answer.expect(200, {"id": number, **trail}, nudge="It is not stored as it was sent.")
    answer = await api.get("/trails", params={"max_km": 10})
    listed = [one.get("id") for one in answer.json() or []]
    answer.require(
        first in listed and second not in listed, f"trail {first} in the list, and trail {second} not"
    )


@THIRD.check
async def replaces_and_deletes(api: Api) -> None:
    """`PUT` replaces, `DELETE` removes, and neither finds what is not there"""
    number, other = await add_trail(api, EASY), await add_trail(api, HARD)
    longer = {"name": "Long Loop", "length_km": 7.25, "difficulty": "moderate"}
    answer = await api.put(f"/trails/{number}", json=longer | {"id": CLIENTS, "secret": "x"})
    answer.expect(
        200,
        {"id": number, **longer},
        nudge="The number is that of the address, and the three fields are those that were sent.",
    )
    (await api.get(f"/trails/{number}")).expect(
        200, {"id": number, **longer}, nudge="The answer was right, and this is what is stored."
    )
    (await api.get(f"/trails/{other}")).expect(200, {"id": other, **HARD}, nudge="This one was left alone.")
    (await api.put(f"/trails/{number}", json=HARD)).expect(
        200, {"id": number, **HARD}, nudge="It was replaced for the second time."
    )
    for method, path in itertools.product(("PUT", "DELETE"), ("/trails/99999", "/trails/abc")):
        answer = await api.request(method, path, json=EASY)
        answer.if_raised(KeyError, "There is no such trail: `abort(404)` says so.")
        answer.expect(404, nudge=[Nudge("There is no such trail.", when=LET_IN.when)])
    (await api.delete(f"/trails/{number}")).expect(204, None)
    (await api.get(f"/trails/{number}")).expect(404, nudge=[Nudge("It is still there.", when=LET_IN.when)])
    (await api.get(f"/trails/{other}")).expect(200, {"id": other, **HARD}, nudge="Another one was deleted.")
    answer = await api.delete(f"/trails/{number}")
    answer.if_raised(KeyError, "It was deleted before: `abort(404)` says so.")
    answer.expect(404)
    third = await add_trail(api, EASY)
    expect_value(
        third != other,
        True,
        sent="POST /trails after a DELETE",
        whole="that a number is given once",
        nudge=f"Trail {other} is there already. `next(numbers)` gives none twice.",
    )


@THIRD.check
async def refuses_bodies(api: Api) -> None:
    """A body that is no trail gets `400` or `422`, and changes nothing"""
    number = await add_trail(api, EASY)
    before = (await api.get("/trails")).json()
    for (body, why), path in itertools.product(WRONG_BODIES, ("/trails", f"/trails/{number}")):
        method = "POST" if path == "/trails" else "PUT"
        answer = await api.request(method, path, content=body, headers=JSON)
        answer.require(answer.status_code in (400, 422), "400 or 422", nudge=[Nudge(why, when=LET_IN.when)])
        after = await api.get("/trails")
        after.expect(200, before, nudge=f"A {method} that was refused has changed the list.")


# 13.2

SERIALIZER = exercise(
    "13.2",
    "The missing third of Django REST framework",
    takes="value",
    hints=[
        "`CharField(max_length=80, trim_whitespace=False)`, `FloatField(max_value=1000)`, "
        "`ChoiceField([...])` "
        "and `IntegerField(min_value=0, allow_null=True, default=None)` are nearly all of it.",
        "`min_value=0` takes 0. A method `validate_length_km(self, length_km)` can refuse it: it raises "
        '`serializers.ValidationError("...")`, or returns the value.',
        "For the name make a class from `serializers.CharField`. Its `to_internal_value(self, data)` "
        "sees what "
        'was sent: if it is no `str`, `self.fail("invalid")`, otherwise `return '
        "super().to_internal_value(data)`.",
    ],
)

WHOLE = EASY | {"climb_m": 120}


def judged(serializer: Any, sent: dict[str, Any]) -> Any:
    """The serializer with this data, having looked at it."""
    made = serializer(data=sent)
    require(
        callable(getattr(made, "is_valid", None)),
        sent="TrailSerializer(data=...)",
        came_back=f"{type(made).__name__}",
        expected="a serializer, which has `is_valid`",
        nudge="",
    )
    made.is_valid()
    return made


def plain_errors(made: Any) -> str:
    return json.dumps(made.errors, default=str)


def expect_taken(serializer: Any, sent: dict[str, Any], wanted: dict[str, Any], nudge: str = "") -> None:
    made = judged(serializer, sent)
    said = f"data={sent!r}"
    require(
        not made.errors,
        sent=said,
        came_back=f"refused: {plain_errors(made)}",
        expected="that it is valid",
        nudge=nudge,
    )
    expect_value(dict(made.validated_data), wanted, sent=said, nudge=nudge, whole="`validated_data`")


def expect_refused(serializer: Any, field: str, sent: dict[str, Any], nudge: str = "") -> None:
    made = judged(serializer, sent)
    require(
        field in made.errors,
        sent=f"data={sent!r}",
        came_back=f"errors: {plain_errors(made)}" if made.errors else "valid",
        expected=f"an error of `{field}`",
        nudge=nudge,
    )


@SERIALIZER.check
async def takes_trails(serializer: Any) -> None:
    """Takes trails as they were sent, the limits themselves among them"""
    expect_taken(serializer, WHOLE, WHOLE)
    expect_taken(
        serializer,
        EASY,
        EASY | {"climb_m": None},
        "Where `climb_m` is missing, `validated_data` has `None` for it.",
    )
    expect_taken(serializer, EASY | {"climb_m": None}, EASY | {"climb_m": None}, "`null` is taken.")
    for field, values in {
        "name": ("R", "x" * 80, "  Ridge ", "42", "Étang"),
        "length_km": (0.001, 1000, 999.5, 2),
        "difficulty": ("easy", "moderate", "hard"),
        "climb_m": (0, 1, 9000),
    }.items():
        for value in values:
            nudge = f"`{value!r}` is a `{field}` that the contract takes."
            if value == "  Ridge ":
                nudge = "The name is kept as it was sent, blanks and all: `trim_whitespace=False`."
            expect_taken(serializer, WHOLE | {field: value}, WHOLE | {field: value}, nudge)


@SERIALIZER.check
async def refuses_what_is_no_text(serializer: Any) -> None:
    """Refuses a name that is no text, is empty or is too long"""
    for value in (42, 4.5, True, False, 0, None, ["Ridge"], {"name": "Ridge"}):
        number = type(value) in (int, float)
        nudge = (
            "`CharField` makes a text of it before any `validate_name` sees it."
            if number
            else "This is no text."
        )
        expect_refused(serializer, "name", WHOLE | {"name": value}, nudge)
    expect_refused(serializer, "name", WHOLE | {"name": ""}, "A name has at least one character.")
    expect_refused(serializer, "name", WHOLE | {"name": "x" * 81}, "A name has at most 80 characters.")
    blanks = WHOLE | {"name": f" {'x' * 79} "}
    expect_refused(serializer, "name", blanks, "A name has at most 80 characters, its blanks among them.")
    without = {key: value for key, value in WHOLE.items() if key != "name"}
    expect_refused(serializer, "name", without, "A name is required.")


@SERIALIZER.check
async def refuses_wrong_values(serializer: Any) -> None:
    """Refuses lengths, difficulties and climbs that are none"""
    wrong: dict[str, tuple[tuple[object, str], ...]] = {
        "length_km": (
            (0, "`min_value=0` takes 0, and the contract asks for more than that."),
            (0.0, "`min_value=0` takes 0, and the contract asks for more than that."),
            (-1, "A length is above 0."),
            (-0.001, "A length is above 0."),
            (1000.001, "A length is at most 1000."),
            ("far", "That is no number."),
            (None, "A length is required."),
        ),
        "difficulty": (
            ("steep", "There are three difficulties."),
            ("", "There are three difficulties."),
            ("Easy", "`easy` has a small letter."),
            (" easy ", "`easy` has no blanks at its ends."),
            (None, "A difficulty is required."),
        ),
        "climb_m": ((-1, "A climb is 0 or more."), (1.5, "A climb is a whole number."), ("up", "No number.")),
    }
    for field, values in wrong.items():
        for value, nudge in values:
            expect_refused(serializer, field, WHOLE | {field: value}, nudge)
    for field in ("length_km", "difficulty"):
        without = {key: value for key, value in WHOLE.items() if key != field}
        expect_refused(serializer, field, without, f"`{field}` is required.")


# 13.3

ARGUE = exercise(
    "13.3",
    "Argue against the table",
    takes="value",
    hints=[
        "For each name work out what it lacks: the needs that are not in its `has`, in the order of `needs`.",
        "Those whose list is empty fit. All the others, with their lists, are the objections.",
        '`sorted(fits, key=lambda name: (table[name]["lines"], name))` orders by lines, then by name.',
    ],
)

SHELTERS: dict[str, dict[str, Any]] = {
    "tent": {"has": ["light", "cheap"], "lines": 30},
    "hut": {"has": ["warm", "dry", "beds"], "lines": 50},
    "cave": {"has": ["cheap", "dry"], "lines": 30},
    "hotel": {"has": ["beds", "warm", "dry", "food"], "lines": 8},
    "barn": {"has": ["dry", "cheap"], "lines": 100},
    "bench": {"has": ["laundry"], "lines": 9},
}
CHOICES: tuple[tuple[list[str], list[str], dict[str, list[str]]], ...] = (
    (
        ["dry"],
        ["hotel", "cave", "hut", "barn"],
        {"tent": ["dry"], "bench": ["dry"]},
    ),
    (
        ["cheap"],
        ["cave", "tent", "barn"],
        {"hut": ["cheap"], "hotel": ["cheap"], "bench": ["cheap"]},
    ),
    (
        ["warm", "dry", "beds"],
        ["hotel", "hut"],
        {
            "tent": ["warm", "dry", "beds"],
            "cave": ["warm", "beds"],
            "barn": ["warm", "beds"],
            "bench": ["warm", "dry", "beds"],
        },
    ),
    (
        ["food", "cheap", "dry"],
        [],
        {
            "tent": ["food", "dry"],
            "hut": ["food", "cheap"],
            "cave": ["food"],
            "hotel": ["cheap"],
            "barn": ["food"],
            "bench": ["food", "cheap", "dry"],
        },
    ),
    ([], ["hotel", "bench", "cave", "tent", "hut", "barn"], {}),
)


def chosen(choose: Any, needs: list[str], part: str) -> Any:
    found = choose({name: dict(entry) for name, entry in SHELTERS.items()}, list(needs))
    require(
        isinstance(found, dict) and part in found,
        sent=f"choose(table, {needs!r})",
        came_back=repr(found),
        expected=f'a dictionary that has "{part}"',
        nudge="",
    )
    return found[part]


TABLE_SENT = "\n".join(f"{name}: {entry}" for name, entry in SHELTERS.items())


@ARGUE.check
async def finds_what_fits(choose: Any) -> None:
    """`"fits"` has the names that have all that is needed, the fewest lines first"""
    for needs, fits, _ in CHOICES:
        expect_value(
            chosen(choose, needs, "fits"),
            fits,
            sent=f"choose(table, {needs!r}) with\n{TABLE_SENT}",
            whole='`"fits"`',
            nudge=[
                Nudge(
                    "These are the right ones in another order: the fewest lines first, then by the "
                    "alphabet.",
                    when=lambda it, fits=fits: it != fits and sorted(it) == sorted(fits),  # type: ignore[misc]
                ),
                Nudge(
                    'A "laundry" has the letters of "dry", and is another word: a need is one of the words '
                    'in `"has"`.',
                    when=lambda it, needs=needs: "dry" in needs and "bench" in it,  # type: ignore[misc]
                ),
                "Those that have each of the needs belong there.",
            ],
        )


@ARGUE.check
async def says_what_speaks_against(choose: Any) -> None:
    """`"objections"` has for each of the others what it lacks"""
    for needs, fits, objections in CHOICES:
        expect_value(
            chosen(choose, needs, "objections"),
            objections,
            sent=f"choose(table, {needs!r}) with\n{TABLE_SENT}",
            whole='`"objections"`',
            nudge=[
                Nudge(
                    "What fits has no objection, not even an empty list.",
                    when=lambda it, fits=fits: any(name in it for name in fits),  # type: ignore[misc]
                ),
                "For each that does not fit: the needs that it lacks, in the order of `needs`.",
            ],
        )


# 13.4

HABITS = exercise(
    "13.4",
    "Spot the pitfall",
    hints=[
        "Ask for `/huts/1`, and look at what the types are: what comes from the address is a text "
        "until a type "
        "hint says otherwise.",
        "In Flask `return body, 404` sets the status. Here it is a tuple, which becomes a list in "
        "JSON, with a "
        "200. `raise HTTPException(404)` and `status_code=201` are this framework's words.",
        "A model for the body, one for the answer as the return type, and `def` in place of `async "
        "def` where "
        "`ask_office` is called.",
    ],
)

OFFICE = 0.2
"""Seconds that `ask_office` sleeps."""


PATIENCE = 3.0
"""Seconds within which comes what does not wait for the office: a hundred times what it needs."""


class Office:
    """What `ask_office` meets in place of `time.sleep`: visits are noted, and may wait at a closed door."""

    def __init__(self, closed: bool = False) -> None:
        self.visits = 0
        self.on_the_loop = 0
        self._came = asyncio.Semaphore(0)
        self._loop = asyncio.get_running_loop()
        self._opened = threading.Event()
        if not closed:
            self._opened.set()

    def visit(self) -> None:
        try:
            asyncio.get_running_loop()
            waits = False
        except RuntimeError:
            waits = True
        self.visits += 1
        self.on_the_loop += not waits
        self._loop.call_soon_threadsafe(self._came.release)  # once all is noted that is judged then
        if waits:
            self._opened.wait(4 * PATIENCE)

    async def visited(self, times: int = 1) -> bool:
        """Whether so many more visits come soon."""
        try:
            async with asyncio.timeout(PATIENCE):
                for _ in range(times):
                    await self._came.acquire()
        except TimeoutError:
            return False
        return True

    def open(self) -> None:
        self._opened.set()


@contextmanager
def at_the_office(closed: bool = False) -> Iterator[Office]:
    """Calls of `time.sleep` as long as the office's are visits to it, and nobody sleeps."""
    office = Office(closed)
    before = time.sleep

    def sleep(seconds: float) -> None:
        if abs(seconds - OFFICE) > 0.001:
            return before(seconds)
        return office.visit()

    time.sleep = sleep  # type: ignore[assignment]
    try:
        yield office
    finally:
        time.sleep = before
        office.open()


LAKE_HUT = {"id": 1, "name": "Lake hut", "beds": 12}
PEAK_HUT = {"id": 2, "name": "Peak hut", "beds": 40}
TUPLE = Nudge(
    "In Flask a second value is the status. Here it is a tuple, and that is a list in JSON.",
    when=lambda it: isinstance(it.json(), list) and len(it.json()) == 2 and type(it.json()[1]) is int,
)


@HABITS.check
async def finds_huts(api: Api) -> None:
    """Finds huts by number and by beds, and says what is not there"""
    with at_the_office() as office:
        for hut in (LAKE_HUT, PEAK_HUT):
            (await api.get(f"/huts/{hut['id']}")).expect(
                200,
                hut,
                nudge=[
                    Nudge(
                        "The number comes from the address as a text, and the keys of `HUTS` are numbers.",
                        when=lambda it: TUPLE.fits(it) or it.status_code == 404,
                    ),
                    TUPLE,
                ],
            )
        (await api.get("/huts/3000")).expect(404, nudge=[TUPLE])
        await office.visited(3)
        require(
            office.visits == 3,
            sent="GET /huts/1, GET /huts/2 and GET /huts/3000",
            came_back=f"the office was asked {office.visits} times",
            expected="that it is asked once for each",
            nudge=[
                Nudge(
                    "It is asked first, also where there is no such hut.",
                    when=lambda it: "asked 2 times" in it,
                ),
                "`ask_office` stays as it is, and is called.",
            ],
        )
    answer = await api.get("/huts/lake")
    answer.require(answer.status_code in (404, 422), "404 or 422", nudge=[TUPLE])
    for beds, huts in (
        (None, [LAKE_HUT, PEAK_HUT]),
        (12, [LAKE_HUT, PEAK_HUT]),
        (13, [PEAK_HUT]),
        (40, [PEAK_HUT]),
        (41, []),
    ):
        params = {} if beds is None else {"beds": beds}
        (await api.get("/huts", params=params)).expect(
            200, huts, nudge="At least so many beds; all of them without `beds`."
        )
    answer = await api.get("/huts", params={"beds": "many"})
    answer.if_raised(ValueError, "`many` is no number: a type hint refuses it.")
    answer.expect(422)


@HABITS.check_on_desk
async def blocks_nobody(api: Api) -> None:
    """While the office is asked, other requests are answered (judged on your desk)"""
    with at_the_office(closed=True) as office:
        asking = [asyncio.create_task(api.get("/huts/1"))]
        listing = None
        try:
            await office.visited()
            require(
                office.on_the_loop == 0,
                sent="GET /huts/1",
                came_back="ask_office() ran on the event loop",
                expected="one call of ask_office(), in a thread of its own",
                nudge="In an `async def` it stops everybody. A plain `def` has a thread.",
            )
            listing = asyncio.create_task(api.get("/huts"))
            await asyncio.wait({listing}, timeout=PATIENCE)
            require(
                listing.done(),
                sent="GET /huts, while GET /huts/1 asks the office",
                came_back=f"no answer within {PATIENCE:.0f} s",
                expected="the list, though the office has not answered yet",
                nudge="Where the event loop waits for a thread, or all wait for one lock, nothing moves.",
            )
            listing.result().expect(200, [LAKE_HUT, PEAK_HUT])
            asking.append(asyncio.create_task(api.get("/huts/2")))
            require(
                await office.visited(),
                sent="GET /huts/2, while GET /huts/1 asks the office",
                came_back=f"the office was not asked within {PATIENCE:.0f} s",
                expected="that both ask it at the same time",
                nudge="One thread for all, or a lock, lets them ask one after the other.",
            )
            require(
                not any(one.done() and not one.exception() for one in asking),
                sent="GET /huts/1",
                came_back="an answer before the office had answered",
                expected="first what the office answers, then the hut",
                nudge="What runs in the background, or is not awaited, comes after the answer.",
            )
        finally:
            office.open()
            started = [*asking, *([listing] if listing else [])]
            await asyncio.gather(*started, return_exceptions=True)


@HABITS.check
async def creates_huts(api: Api) -> None:
    """Creates huts with a 201, and refuses what is none"""
    made = []
    ridge = {"name": "Ridge hut", "beds": 8}
    for hut in (
        ridge,
        {"name": "R", "beds": 1},
        ridge,
        {"name": " Ridge ", "beds": 2},
        {"name": " ", "beds": 2},
        {"name": "x" * 300, "beds": 900},
    ):
        answer = await api.post("/huts", json=hut | {"owner": "Eve"})
        answer.require(
            answer.status_code == 201,
            "201, and the hut with its id",
            status=201,
            nudge=[
                TUPLE,
                Nudge(
                    "`owner` was sent besides. What nobody asked for is left out, and refuses nothing.",
                    when=lambda it: "owner" in it.text,
                ),
                Nudge(
                    "A name is a text of at least one character: a blank is one, and 300 are not too many.",
                    when=lambda it, hut=hut: it.status_code == 422 and hut["name"] not in ("R", "Ridge hut"),  # type: ignore[misc]
                ),
            ],
        )
        answer.require(isinstance(answer.json(), dict), "201, and the hut with its id", nudge=[TUPLE])
        number = number_in(answer)
        answer.expect(
            201,
            {"id": number, **hut},
            nudge=[
                Nudge(
                    "The name is kept as it was sent, blanks and all.",
                    when=lambda it, hut=hut: it.json()["name"] == hut["name"].strip() != hut["name"],  # type: ignore[misc]
                ),
                "A hut has an `id`, a `name` and `beds`, and no more.",
            ],
        )
        made.append({"id": number, **hut})
    expect_value(
        len({hut["id"] for hut in made}),
        len(made),
        sent=f"POST /huts, {len(made)} times",
        whole="How many ids there are",
        nudge="Each has its own, also one that has another's name.",
    )
    (await api.get("/huts")).expect(
        200, [LAKE_HUT, PEAK_HUT, *made], nudge="What was created is in the list, whatever beds it has."
    )
    before = (await api.get("/huts")).json()
    with at_the_office():
        for hut in made:
            (await api.get(f"/huts/{hut['id']}")).expect(200, hut, nudge="It is not stored as it was sent.")
    good = {"name": "Ridge hut", "beds": 8}
    for body, why in (
        ({"beds": 8}, "It has no name."),
        (good | {"name": ""}, "The name is empty."),
        (good | {"name": 42}, "42 is no text."),
        (good | {"name": None}, "`null` is no text."),
        ({"name": "Ridge hut"}, "It has no beds."),
        (good | {"beds": 0}, "At least one bed."),
        (good | {"beds": -3}, "At least one bed."),
        (good | {"beds": None}, "`null` is no number."),
        (good | {"beds": "many"}, "`many` is no number."),
        (good | {"beds": 1.5}, "Half a bed."),
        ([good], "This is a list."),
    ):
        answer = await api.post("/huts", json=body)
        answer.expect(422, nudge=[TUPLE, Nudge(f"{why} It was let in.", when=LET_IN.when)])
    (await api.get("/huts")).expect(200, before, nudge="A hut that was refused is in the list.")


@HABITS.check
async def declares_huts(api: Api) -> None:
    """The schema says what `POST` takes, and what all three give"""
    schema = (await api.get("/openapi.json")).json()
    hut = {"id", "name", "beds"}
    for method, path, status in (
        ("get", "/huts", "200"),
        ("get", "/huts/{}", "200"),
        ("post", "/huts", "201"),
    ):
        require_fields(schema, method, path, status, hut, "A return type that has these fields says it.")
    require_fields(
        schema, "post", "/huts", "body", hut - {"id"}, "A model as the type of a parameter says it."
    )


# Schemas, read


def operation_of(schema: Any, method: str, path: str) -> dict[str, Any]:
    """An operation of a schema, whatever its parameters are called; empty if there is none."""
    for template, item in (schema.get("paths", {}) if isinstance(schema, dict) else {}).items():
        head, _, tail = template.partition("{")
        if head + ("{}" if tail else "") == path:
            found: dict[str, Any] = item.get(method, {})
            return found
    return {}


def at(schema: Any, reference: str) -> Any:
    """What a `$ref` points at."""
    for step in reference.removeprefix("#/").split("/"):
        schema = schema.get(step.replace("~1", "/"), {})
    return schema


def fields_of(schema: Any, part: Any) -> set[str]:
    """The fields of what a media type declares: of an object, or of a list's items."""
    part = part if isinstance(part, dict) else {}
    if "$ref" in part:
        return fields_of(schema, at(schema, part["$ref"]))
    if "items" in part:
        return fields_of(schema, part["items"])
    fields = set(part.get("properties", {}))
    for other in (*part.get("allOf", ()), *part.get("anyOf", ()), *part.get("oneOf", ())):
        fields |= fields_of(schema, other)
    return fields


def declared(schema: Any, method: str, path: str, status: str) -> Any:
    """The JSON schema that an operation declares for a status, or for its `"body"`; None if there is none."""
    operation = operation_of(schema, method, path)
    part = operation.get("requestBody") if status == "body" else operation.get("responses", {}).get(status)
    if part and "$ref" in part:
        return {"$ref": part["$ref"] + "/content/application~1json/schema"}
    return (part or {}).get("content", {}).get("application/json", {}).get("schema")


def require_fields(schema: Any, method: str, path: str, status: str, fields: set[str], nudge: str) -> None:
    found = fields_of(schema, declared(schema, method, path, status))
    if status == "201" and not found and fields_of(schema, declared(schema, method, path, "200")):
        nudge = "The schema has it at 200: only `status_code=201` in the decorator is known to the schema."
    what = "the body" if status == "body" else f"the answer {status}"
    require(
        found == fields,
        sent=f"GET /openapi.json, and there {method.upper()} {path.replace('{}', '{...}')}",
        came_back=f"{what} has the fields {sorted(found)}" if found else f"{what} has no fields declared",
        expected=f"the fields {sorted(fields)}",
        nudge=nudge,
    )


# 13.app

APP = exercise(
    "13.app",
    "The trails office",
    hints=[
        "Begin with the two models: what `POST` takes, and what a trail is. `strict=True` in a "
        "`Field` takes a "
        "number for a number only, and `StringConstraints(strip_whitespace=True, ...)` cuts blanks "
        "before it counts.",
        'A handler for `RequestValidationError` answers in the old form: `error.errors()[0]["loc"]` begins '
        "with `body`, `query` or `path`, and the field comes after. Where the body is no JSON, a "
        "position comes "
        "there. A handler for `HTTPException` of `starlette.exceptions` says `not found`; a 400 comes there "
        "where the bytes of the body are no text at all.",
        '`FastAPI(redirect_slashes=False)` leaves `/trails/` alone, `@app.head("/trails")` stands above '
        'the `@app.get`, and `responses={404: {"model": Problem}}` declares a status.',
    ],
)

OFFICE_TRAILS = (
    {"id": 1, "name": "Lake Loop", "length_km": 6.5, "difficulty": "easy"},
    {"id": 2, "name": "Ridge", "length_km": 18, "difficulty": "hard"},
)
NEW = {"name": "Fern Valley", "length_km": 4, "difficulty": "easy"}
NOT_FOUND = {"error": "not found"}


async def post_new(api: Api, trail: dict[str, Any], stored: dict[str, Any]) -> int:
    answer = await api.post("/trails", json=trail)
    answer.require(
        answer.status_code == 201,
        "201, and the trail with its id",
        status=201,
        nudge=[
            Nudge(
                "No trail that is there has this very name: all of it counts, capitals too, and what was "
                "deleted has gone.",
                when=lambda it: it.status_code == 409,
            ),
            Nudge(
                "The characters of a name count without the blanks at its ends.",
                when=lambda it: it.json()["field"] == "name" and trail["name"] != trail["name"].strip(),
            ),
            Nudge(
                "It was sent besides. What nobody asked for is left out, and refuses nothing.",
                when=lambda it: it.json()["field"] in ("id", "secret"),
            ),
        ],
    )
    number = number_in(answer)
    answer.require(
        number != trail.get("id"),
        "a new number, and not the `id` that was sent",
        nudge="Fields that nobody asked for are not kept.",
    )
    answer.expect(
        201,
        {"id": number, **stored},
        headers={"Location": f"/trails/{number}"},
        nudge=[
            Nudge(
                "A name is stored without blanks at its ends.",
                when=lambda it: it.json()["name"] != it.json()["name"].strip(),
            ),
            Nudge("Fields that nobody asked for are not kept.", when=lambda it: len(it.json()) > 4),
        ],
    )
    (await api.get(f"/trails/{number}")).expect(
        200, {"id": number, **stored}, nudge="The answer to `POST` was right, and this is what is stored."
    )
    return number


@APP.check
async def answers_as_before(api: Api) -> None:
    """Lists, reads, creates and deletes as before"""
    both = {"trails": list(OFFICE_TRAILS), "count": 2}
    (await api.get("/trails")).expect(200, both)
    for max_km, found in (("10", 1), ("6.5", 1), ("6.4", 0), ("18", 2), ("-1", 0), ("17.9", 1)):
        (await api.get("/trails", params={"max_km": max_km})).expect(
            200,
            {"trails": list(OFFICE_TRAILS[:found]), "count": found},
            nudge="A trail of exactly this length is among them, and `count` is of what is listed."
            if found
            else f"{max_km} is a number, and no trail is so short.",
        )
    for trail in OFFICE_TRAILS:
        (await api.get(f"/trails/{trail['id']}")).expect(200, trail)
    sent = NEW | {"name": "  Fern Valley ", "id": 1, "secret": "x"}
    number = await post_new(api, sent, NEW)
    expect_value(
        number > 2, True, sent="POST /trails", whole="that its number is new", nudge="1 and 2 are there."
    )
    edge = {"name": "x" * 80, "length_km": 1000, "difficulty": "moderate"}
    longest = await post_new(api, edge | {"name": f"  {edge['name']}  "}, edge)
    short = await post_new(api, NEW | {"name": "R", "length_km": 0.1}, NEW | {"name": "R", "length_km": 0.1})
    (await api.get("/trails", params={"max_km": 4})).expect(
        200,
        {"trails": [{"id": number, **NEW}, {"id": short, **NEW, "name": "R", "length_km": 0.1}], "count": 2},
        nudge="What was created is in the list.",
    )
    everything = [
        *OFFICE_TRAILS,
        {"id": number, **NEW},
        {"id": longest, **edge},
        {"id": short, **NEW, "name": "R", "length_km": 0.1},
    ]
    (await api.get("/trails")).expect(
        200, {"trails": everything, "count": 5}, nudge="Without `max_km` all are listed."
    )
    for one in (number, longest, short):
        (await api.delete(f"/trails/{one}")).expect(204, None)
        (await api.get(f"/trails/{one}")).expect(404, NOT_FOUND)
        (await api.delete(f"/trails/{one}")).expect(404, NOT_FOUND)
    (await api.get("/trails")).expect(200, both, nudge="What was created was deleted again.")
    given = [number, longest, short]
    for trail in (NEW, NEW | {"name": "Ridge Road"}, NEW | {"name": "ridge"}):
        given.append(await post_new(api, trail, trail))
    expect_value(
        len({1, 2, *given}),
        2 + len(given),
        sent="POST /trails after a DELETE",
        whole="How many numbers there were",
        nudge="A link to a deleted trail must not lead to another one.",
    )
    for one in given[3:]:
        (await api.delete(f"/trails/{one}")).expect(204, None)


def refusal(field: str) -> dict[str, str]:
    return {"error": "invalid", "field": field}


UNLIKE = [
    Nudge(
        "This is FastAPI's own form, which the old clients do not know.",
        when=lambda it: isinstance(it.json(), dict) and "detail" in it.json(),
    ),
    Nudge("This was let in.", when=LET_IN.when),
]

REFUSALS: tuple[tuple[Any, str], ...] = (
    ({}, "name"),
    (NEW | {"name": ""}, "name"),
    (NEW | {"name": "   "}, "name"),
    (NEW | {"name": "x" * 81}, "name"),
    (NEW | {"name": 42}, "name"),
    (NEW | {"name": None, "length_km": -1, "difficulty": "steep"}, "name"),
    ({"name": "Fern Valley", "difficulty": "easy"}, "length_km"),
    (NEW | {"length_km": 0}, "length_km"),
    (NEW | {"length_km": -2.5}, "length_km"),
    (NEW | {"length_km": 1000.5}, "length_km"),
    (NEW | {"length_km": "4"}, "length_km"),
    (NEW | {"length_km": True}, "length_km"),
    (NEW | {"length_km": "far", "difficulty": "steep"}, "length_km"),
    (NEW | {"name": "Ridge", "length_km": 0}, "length_km"),
    (NEW | {"length_km": None}, "length_km"),
    (NEW | {"difficulty": "steep"}, "difficulty"),
    (NEW | {"difficulty": "Easy"}, "difficulty"),
    (NEW | {"difficulty": None}, "difficulty"),
    (NEW | {"difficulty": ["easy"]}, "difficulty"),
    ({"name": "Fern Valley", "length_km": 4}, "difficulty"),
    ([NEW], "body"),
    ("Fern Valley", "body"),
    (None, "body"),
)


@APP.check
async def refuses_as_before(api: Api) -> None:
    """Refuses what is wrong with the old `400`, its first wrong field, and names that are taken with `409`"""
    for sent, field in REFUSALS:
        answer = await api.post("/trails", json=sent)
        taken = Nudge(
            "Its name is taken, and its length is wrong: the old app looked at the fields first.",
            when=lambda it: it.status_code == 409,
        )
        answer.expect(400, refusal(field), nudge=[*UNLIKE, taken])
    for content in ("{", '{"name": "Fern', "", "Fern Valley"):
        answer = await api.post("/trails", content=content, headers=JSON)
        answer.expect(
            400,
            refusal("body"),
            nudge=[
                *UNLIKE,
                Nudge(
                    "Where the body is no JSON, `loc` has a position behind `body`, and no field.",
                    when=lambda it: it.json().get("field") != "body",
                ),
            ],
        )
    answer = await api.post("/trails", content=b'{"name": "\xff"}', headers=JSON)
    answer.expect(
        400,
        refusal("body"),
        nudge=[
            Nudge(
                "These bytes are no text, so they are no JSON. For them comes the `HTTPException` of "
                "`starlette.exceptions`, with a 400, and no `RequestValidationError`.",
                when=lambda it: it.status_code == 400,
            )
        ],
    )
    for max_km in ("far", "", "1,5"):
        answer = await api.get("/trails", params={"max_km": max_km})
        answer.expect(400, refusal("max_km"), nudge=UNLIKE)
    for name in ("Ridge", " Lake Loop "):
        answer = await api.post("/trails", json=NEW | {"name": name})
        answer.expect(409, {"error": "name is taken"}, nudge=UNLIKE)
    (await api.get("/trails")).expect(
        200, {"trails": list(OFFICE_TRAILS), "count": 2}, nudge="Something that was refused is stored."
    )


@APP.check
async def knows_its_addresses(api: Api) -> None:
    """Says `404` and `405` in the old words, does not redirect, and answers `HEAD`"""
    form = UNLIKE[0]
    for method, path in (
        ("GET", "/trails/3000"),
        ("GET", "/trails/abc"),
        ("GET", "/trails/-1"),
        ("GET", "/huts"),
        ("GET", "/"),
        ("GET", "/trails/"),
        ("GET", "/trails/1/"),
        ("GET", "/rangers/"),
        ("DELETE", "/trails/3000"),
        ("DELETE", "/trails/abc"),
    ):
        answer = await api.request(method, path)
        answer.expect(
            404,
            NOT_FOUND,
            nudge=[
                form,
                Nudge(
                    "FastAPI sends the client to the address without the slash; the old app did not.",
                    when=lambda it: it.status_code == 307,
                ),
                Nudge(
                    "No whole number, so no such address: in the old app it was not there.",
                    when=lambda it: it.status_code in (400, 422),
                ),
            ],
        )
    for method, path in (
        ("PUT", "/trails"),
        ("POST", "/trails/1"),
        ("DELETE", "/rangers"),
        ("PATCH", "/trails/1"),
    ):
        answer = await api.request(method, path, json=NEW)
        answer.expect(405, {"error": "method not allowed"}, nudge=[form])
    answer = await api.request("HEAD", "/trails")
    answer.expect(
        200,
        None,
        nudge=[
            Nudge(
                "Flask answers `HEAD` wherever there is a `GET`; FastAPI answers what is declared.",
                when=lambda it: it.status_code == 405,
            )
        ],
    )


@APP.check
async def keeps_phones(api: Api) -> None:
    """A ranger's phone leaves the office no more"""
    answer = await api.get("/rangers")
    rangers = [
        {"id": 1, "name": "Ada", "station": "North"},
        {"id": 2, "name": "Ben", "station": "Lake"},
    ]
    answer.expect(
        200,
        {"rangers": rangers},
        nudge=[Nudge("A phone is the office's own.", when=lambda it: "555-01" in it.text)],
    )


STATUSES = (
    ("get", "/trails", ("200", "400")),
    ("post", "/trails", ("201", "400", "409")),
    ("get", "/trails/{}", ("200", "404")),
    ("delete", "/trails/{}", ("204", "404")),
    ("get", "/rangers", ("200",)),
)


@APP.check
async def publishes_a_schema(api: Api) -> None:
    """The schema has the five operations, their fields, and each status that they answer"""
    answer = await api.get("/openapi.json")
    answer.require(
        answer.status_code == 200,
        "the schema of a FastAPI app",
        status=200,
        nudge=[Nudge("A FastAPI app has it of itself: is `app` one?", when=lambda it: it.status_code == 404)],
    )
    schema = answer.json()
    for method, path, statuses in STATUSES:
        shown = f"{method.upper()} {path.replace('{}', '{...}')}"
        operation = operation_of(schema, method, path)
        require(
            bool(operation),
            sent="GET /openapi.json",
            came_back=f"no operation {shown}",
            expected="all five operations",
            nudge="What Flask still answers is in no schema: move it.",
        )
        found = operation.get("responses", {})
        missing = [status for status in statuses if status not in found]
        require(
            not missing,
            sent=f"GET /openapi.json, and there {shown}",
            came_back=f"statuses {', '.join(sorted(found))}",
            expected=f"{', '.join(statuses)} among them",
            nudge="`status_code=` in the decorator is known to the schema, and no status set elsewhere."
            if any(status < "300" for status in missing)
            else "`responses={...}` declares what a handler raises.",
        )
    trail = {"id", "name", "length_km", "difficulty"}
    typed = "A return type that has these fields says it."
    require_fields(schema, "post", "/trails", "body", trail - {"id"}, "The model of the body says it.")
    require_fields(schema, "post", "/trails", "201", trail, typed)
    require_fields(schema, "get", "/trails/{}", "200", trail, typed)
    for path, fields in (("/trails", trail), ("/rangers", {"id", "name", "station"})):
        found = objects_in(schema, declared(schema, "get", path, "200"))
        require(
            fields in found,
            sent=f"GET /openapi.json, and there GET {path}",
            came_back="\n".join(f"an object with the fields {sorted(one)}" for one in found if one)
            or "no fields declared",
            expected=f"in a list, objects with the fields {sorted(fields)}",
            nudge=typed,
        )


def objects_in(schema: Any, part: Any) -> list[set[str]]:
    """The fields of each object that a schema declares, at any depth."""
    if not isinstance(part, dict):
        return []
    if "$ref" in part:
        return objects_in(schema, at(schema, part["$ref"]))
    inner = [*part.get("properties", {}).values(), part.get("items"), part.get("additionalProperties")]
    found = [fields_of(schema, part)] if "items" not in part else []
    for other in (*inner, *part.get("allOf", ()), *part.get("anyOf", ()), *part.get("oneOf", ())):
        found += objects_in(schema, other)
    return found
