"""What lesson 01 asks of its exercises and of its app."""

from __future__ import annotations

from typing import Any

from course.judging import Answer, Api, Nudge, complaints, exercise, prediction

prediction(
    "1.p1",
    answer="b",
    why="`name` has no default value, so it is required. FastAPI looks at the request before it calls "
    "your function, and says which value is missing, and where.",
)
prediction(
    "1.p2",
    answer="b",
    why="JSON tells numbers and texts apart, and `42` is no text. In the address of `GET /hello?name=42` "
    "everything was text, so there it was a name.",
)
prediction(
    "1.p3",
    answer="c",
    why='`"yes"` can only mean one thing, so Pydantic turns it into `True`. It does the same with "on", '
    '"true" and 1, and refuses "perhaps".',
)


def no_effect(name: str, same: object) -> Nudge:
    """What to say when a value in the query changed nothing: the answer is as without it."""
    return Nudge(
        f"`{name}` in the query had no effect. Does the function have a parameter of exactly this name, "
        "is its type hint right, and does what you return depend on it?",
        when=lambda answer: answer.json() == same,
    )


FROM_THE_BODY = Nudge(
    "Your endpoint looks for values in the query, and the request sends them in the body. "
    "A parameter comes from the body when its type is a model.",
    when=lambda answer: any(complaint.place == "query" for complaint in complaints(answer)),
)


ZERO_AS_NONE = (
    "Here 0 was taken for `not given`, because in Python 0 counts as false. "
    "Let `None` stand for that, and ask `is None`."
)


def taken_for_a_value(word: str) -> Nudge:
    """What to say when a word of the path reached an endpoint with a place for a value there."""
    return Nudge(
        f"The word `{word}` was taken for a value. Which path has a place for a value there?",
        when=lambda answer: any(complaint.input == word for complaint in complaints(answer)),
    )


def expect_refused(answer: Answer) -> None:
    """Judge the answer to a word in place of a number."""
    answer.if_raised(
        ValueError, "Let the type hint convert: then a word is refused before your function runs."
    )
    answer.expect(
        422,
        nudge=[
            Nudge(
                "A client that looks at the status code takes this for a success. "
                "The right type hint refuses the value before your function runs.",
                when=lambda it: it.status_code == 200,
            ),
            "You need no code of your own for this: with the right type hint FastAPI answers 422 by itself.",
        ],
    )


NO_POSITION = "The id is not a position in the list: compare it with `trail.id`."


def position(answer: Answer, trails: list[dict[str, Any]], trail_id: int) -> Nudge:
    """What to say when the id was taken for a position in the list, counted from 0 or from 1."""
    answer.if_raised(IndexError, NO_POSITION)
    return Nudge(
        NO_POSITION,
        when=lambda it: it.json()["id"] != trail_id and it.json() in (trails[trail_id], trails[trail_id - 1]),
    )


NO_TRAIL = (0, -1, 5, 99)
"""Ids that no trail has, with those on which a position in the list would be mistaken for an id."""


async def expect_no_trail(api: Api, trails: list[dict[str, Any]], nudge: str) -> None:
    """Judge the answers for ids that no trail has."""
    for trail_id in NO_TRAIL:
        answer = await api.get(f"/trails/{trail_id}")
        if trail_id < 1 and answer.status_code == 422:
            continue  # an app may know that ids are positive
        answer.expect(404, nudge=[position(answer, trails, trail_id), nudge])


walk = exercise(
    "1.1",
    "Fill the gaps",
    hints=[
        "In `read_item`, what made the text `41` of the address a number? `length_km` may have decimals.",
        "Only a parameter of the function can come from the request. Move `minutes_per_km` to the "
        "parameters, as `days` is one in `forecast`: with a type hint and a default value.",
        "The first line of the function becomes "
        "`def walking_time(length_km: float, minutes_per_km: float = 15) -> dict[str, float]:`.",
    ],
)


@walk.check
async def takes_fifteen_minutes_per_km(api: Api) -> None:
    """Takes 15 minutes for each kilometre"""
    answer = await api.get("/walking-time/8")
    nudge = [
        Nudge(
            "`length_km` is still text, and text times 15 is repeated. Which type hint makes it a number?",
            when=lambda it: "8888" in it.text,
        ),
        Nudge(
            "The quotation marks say that the minutes are text. They should be a number.",
            when=lambda it: isinstance(it.json()["minutes"], str),
        ),
        "The minutes are the kilometres times 15.",
    ]
    answer.expect(200, {"minutes": 120.0}, nudge=nudge)

    answer = await api.get("/walking-time/2.5")
    whole = Nudge(
        "An `int` is a whole number, and 2.5 km is none. Which type has decimals?",
        when=lambda it: any(complaint.type == "int_parsing" for complaint in complaints(it)),
    )
    nudge = [whole, "The length may have decimals, and so may the minutes."]
    answer.expect(200, {"minutes": 37.5}, nudge=nudge)


@walk.check
async def takes_another_pace(api: Api) -> None:
    """Takes another pace from the query, and 15 again where none is given"""
    for pace, minutes in ((20, 160.0), (None, 120.0), (30, 240.0), (15, 120.0), (0, 0.0)):
        query = {} if pace is None else {"minutes_per_km": pace}
        answer = await api.get("/walking-time/8", params=query)
        if pace == 0 and answer.status_code == 422:
            continue  # an app may know that nobody walks so fast
        nudge = [
            Nudge(ZERO_AS_NONE, when=lambda it: pace == 0 and it.json() == {"minutes": 120.0}),  # noqa: B023
            no_effect("minutes_per_km", {"minutes": 120.0}),
            Nudge(
                "This request names no pace, and one from another request was taken.",
                when=lambda it: it.response.request.url.query == b"",
            ),
            "The minutes are the kilometres times `minutes_per_km`.",
        ]
        answer.expect(200, {"minutes": minutes}, nudge=nudge)


@walk.check
async def refuses_words(api: Api) -> None:
    """Refuses a word in place of a number"""
    for path in (
        "/walking-time/far",
        "/walking-time/8?minutes_per_km=slow",
        "/walking-time/8?minutes_per_km=",
    ):
        answer = await api.get(path)
        expect_refused(answer)


USE_A_MODEL = "Use a model: a `dict` accepts any body, and then a key may be missing."

report = exercise(
    "1.2",
    "Trip report",
    hints=[
        "Write a model with three fields, as `Greeting` has two. Which of them has a default?",
        "The function takes the model: `def write_report(report: Report)`, and is decorated with "
        '`@reports.post("/reports")`. `Report` has the fields `trail: str`, `stars: int` and '
        "`wet: bool = False`.",
        'Build the text as `f"{report.trail}: {report.stars} of 5 stars"`, and add `", wet"` when '
        "`report.wet` is true.",
    ],
)


def done(answer: Answer) -> int:
    """The status of a success: the brief names none, and a report may be said to be created."""
    return 201 if answer.status_code == 201 else 200


@report.check
async def writes_the_report(api: Api) -> None:
    """Sums up a report"""
    for trail, stars in (("Lake Loop", 4), ("Über den Grat", 1), ("Ridge Path", 5)):
        answer = await api.post("/reports", json={"trail": trail, "stars": stars})
        answer.if_raised(KeyError, USE_A_MODEL)
        nudge = [
            FROM_THE_BODY,
            Nudge(
                "The stars are a whole number, and the type hint of `stars` should say so.",
                when=lambda it: f"{stars}.0 of 5" in it.text,  # noqa: B023 - asked at once
            ),
            Nudge(
                "The body is only a text. The brief asks for an object with the key `message`.",
                when=lambda it: isinstance(it.json(), str),
            ),
            "Compare the body with the brief, letter by letter.",
        ]
        answer.expect(done(answer), {"message": f"{trail}: {stars} of 5 stars"}, nudge=nudge)


@report.check
async def mentions_a_wet_trail(api: Api) -> None:
    """Says when the trail was wet"""
    for wet, end in ((True, ", wet"), (False, ""), ("yes", ", wet")):
        body = {"trail": "Ridge Path", "stars": 2, "wet": wet}
        answer = await api.post("/reports", json=body)
        if wet == "yes" and answer.status_code == 422:
            continue  # the brief leaves it open whether words are taken for true and false
        nudge = [FROM_THE_BODY, "`, wet` stands at the end of the message when `wet` is true, and only then."]
        expected = {"message": f"Ridge Path: 2 of 5 stars{end}"}
        answer.expect(done(answer), expected, nudge=nudge)


@report.check
async def refuses_a_wrong_report(api: Api) -> None:
    """Refuses a report that is not whole or has a wrong type, and says why"""
    good = {"trail": "Lake Loop", "stars": 4}
    wrong: tuple[tuple[str, dict[str, Any]], ...] = (
        ("trail", {"stars": 4}),
        ("stars", {"trail": "Lake Loop", "stars": 4.5}),
        ("stars", {"trail": "Lake Loop"}),
        ("stars", good | {"stars": "four"}),
        ("stars", good | {"stars": None}),
        ("trail", good | {"trail": 7}),
        ("trail", good | {"trail": None}),
        ("wet", good | {"wet": "perhaps"}),
        ("wet", good | {"wet": ["yes"]}),
    )
    for name, body in wrong:
        answer = await api.post("/reports", json=body)
        answer.if_raised(KeyError, USE_A_MODEL)
        missing = name not in body
        nudge = [
            Nudge(
                "The stars are a whole number. Which type hint says that?",
                when=lambda it: it.status_code in (200, 201) and body.get("stars") == 4.5,  # noqa: B023
            ),
            Nudge(
                "A client that looks at the status code takes this for a success. "
                "In a model, a field that has no default value is required.",
                when=lambda it: it.status_code in (200, 201) and missing,  # noqa: B023
            ),
            Nudge(
                f"This was taken. The type hint of `{name}` says what it may be.",
                when=lambda it: it.status_code in (200, 201),
            ),
            "You need no code of your own for this: with a model as the parameter FastAPI answers 422 "
            "by itself.",
        ]
        answer.expect(422, nudge=nudge)
        answer.require(
            name in answer.text,
            f"an answer that names the field `{name}`",
            nudge="A client can only mend the request when it reads which field was wrong.",
        )


LONGEST = {"id": 2, "name": "Summit Trail", "length_km": 18.5}

guide = exercise(
    "1.3",
    "Spot the pitfall",
    hints=[
        "Send `GET /trails/longest` and read `loc` and `input` in the answer. Which of the three "
        "functions was this request meant for, and which one did it reach?",
        "FastAPI tries your endpoints from top to bottom and takes the first whose path and method fit. "
        "`/trails/{trail_id}` fits whatever stands after `/trails/`, up to the next slash.",
        "Move `longest_trail`, with its decorator, above `get_trail`.",
    ],
)


@guide.check
async def reaches_the_longest(api: Api) -> None:
    """Answers the longest trail"""
    answer = await api.get("/trails/longest")
    nudge = [taken_for_a_value("longest"), "The longest trail is the one with the largest `length_km`."]
    answer.expect(200, LONGEST, nudge=nudge)


GUIDE: list[dict[str, Any]] = [
    {"id": 1, "name": "Lake Loop", "length_km": 6.5},
    LONGEST,
    {"id": 3, "name": "Ridge Path", "length_km": 14.0},
]


@guide.check
async def still_finds_by_id(api: Api) -> None:
    """Still answers all trails, and one by its id"""
    for trail in GUIDE:
        answer = await api.get(f"/trails/{trail['id']}")
        nudge = "Before the change this answered the trail with this id, and it still should."
        answer.expect(200, trail, nudge=[position(answer, GUIDE, trail["id"]), nudge])
    await expect_no_trail(api, GUIDE, "No trail has this id. Before the change the answer to that was 404.")
    answer = await api.get("/trails")
    answer.expect(200, GUIDE, nudge="The list of all trails worked before. It should be as it was.")


@guide.check
async def still_refuses_words(api: Api) -> None:
    """Still refuses an id that is no number, with 422"""
    for word in ("far", "2.5"):
        answer = await api.get(f"/trails/{word}")
        answer.if_raised(
            ValueError, "Let the type hint convert: where it says `trail_id: int`, `far` is refused."
        )
        nudge = [
            Nudge(
                "A 404 says that no trail has this id, and this is no id at all. "
                "Leave `{trail_id}` and its `int` as they were: something else has to change.",
                when=lambda it: it.status_code == 404,
            ),
            Nudge(
                "Before the change this was refused. Where it says `trail_id: int`, "
                "FastAPI does that without further code.",
                when=lambda it: it.status_code != 404,
            ),
        ]
        answer.expect(422, nudge=nudge)


TRAILS: list[dict[str, Any]] = [
    {"id": 1, "name": "Lake Loop", "length_km": 6.5, "difficulty": "easy"},
    {"id": 2, "name": "Fern Valley", "length_km": 9.0, "difficulty": "easy"},
    {"id": 3, "name": "Ridge Path", "length_km": 14.0, "difficulty": "hard"},
    {"id": 4, "name": "Gorge Steps", "length_km": 4.0, "difficulty": "hard"},
]

app = exercise(
    "1.app",
    "The trail desk",
    hints=[
        "Begin with one row of the table: `GET /trails` without any filter. Save, check, go on with the "
        "next row. `forecast` and exercises 1.2 and 1.3 hold the pieces.",
        "Both filters are parameters of one function, such as `max_km: float | None = None`. Begin with "
        "`trails = TRAILS`. Where a filter `is not None`, keep only what fits: "
        "`trails = [trail for trail in trails if trail.length_km <= max_km]`. The estimate needs a model "
        "of its own, with `length_km` and `climb_m`.",
        "The order of the functions matters: `/trails/shortest` above `/trails/{trail_id}`. The id that "
        "no trail has: `raise HTTPException(status_code=404)`, imported from `fastapi`. The estimate: "
        "`length_km * 12 + climb_m / 10`.",
    ],
)


def as_listed(answer: Answer, trails: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`trails` in the order in which the answer has them: the brief names none."""
    body = answer.json()
    ids = [item.get("id") for item in body if isinstance(item, dict)] if isinstance(body, list) else []
    return sorted(trails, key=lambda trail: ids.index(trail["id"]) if trail["id"] in ids else len(ids))


@app.check
async def lists_all_trails(api: Api) -> None:
    """GET /trails lists all trails"""
    answer = await api.get("/trails")
    nudge = "The body is a list of all trails, each with its four fields."
    answer.expect(200, as_listed(answer, TRAILS), nudge=nudge)


async def where_trails_went(api: Api, answer: Answer) -> list[str]:
    """What to say when the list of all has lost trails: are they gone, or does an old filter hide them?"""
    body = answer.json()
    lost = [trail for trail in TRAILS if trail not in body] if isinstance(body, list) else []
    if not lost or len(body) >= len(TRAILS):
        return []
    other = {"difficulty": lost[0]["difficulty"], "max_km": 99}
    found = (await api.get("/trails", params=other)).json()
    if isinstance(found, list) and lost[0] in found:
        return [
            "This request names no filter, and one from another request was used: keep no value of a "
            "request for the next."
        ]
    return [
        "After a request with a filter, trails are gone from the list of all: the filter took them out of "
        "`TRAILS` itself. Build a new list in its place."
    ]


async def expect_ids(api: Api, query: dict[str, Any], ids: list[int], nudge: str) -> None:
    """Judge a filtered list by the ids in it, and that nothing is lost from the list of all."""
    answer = await api.get("/trails", params=query)
    expected = as_listed(answer, [trail for trail in TRAILS if trail["id"] in ids])
    zero = Nudge(ZERO_AS_NONE, when=lambda it: query.get("max_km") == 0 and it.json() == TRAILS)
    alone = [no_effect(name, TRAILS) for name in query] if len(query) == 1 else []
    answer.expect(200, expected, nudge=[zero, *alone, nudge])
    answer = await api.get("/trails")
    why = [*await where_trails_went(api, answer), "Without a filter it is the list of all trails."]
    answer.expect(200, as_listed(answer, TRAILS), nudge=why)


@app.check
async def filters_by_difficulty(api: Api) -> None:
    """GET /trails?difficulty=... keeps one difficulty"""
    nudge = "Only trails whose `difficulty` is the one asked for stay in the list."
    await expect_ids(api, {"difficulty": "easy"}, [1, 2], nudge)
    await expect_ids(api, {"difficulty": "hard"}, [3, 4], nudge)
    nudge = "No trail has this difficulty, so the list is empty."
    for word in ("mild", "eas", "easyhard"):
        answer = await api.get("/trails", params={"difficulty": word})
        if answer.status_code != 422:  # an app may know its difficulties
            answer.expect(200, [], nudge=nudge)


@app.check
async def filters_by_length(api: Api) -> None:
    """GET /trails?max_km=... keeps the short ones, also for 0"""
    nudge = "Only trails of at most `max_km` stay in the list; one of exactly `max_km` stays, too."
    await expect_ids(api, {"max_km": 9}, [1, 2, 4], nudge)
    await expect_ids(api, {"max_km": 6.5}, [1, 4], nudge)
    await expect_ids(api, {"max_km": 8.9}, [1, 4], nudge)
    nudge = "No trail is at most 0 km long, so the list is empty."
    await expect_ids(api, {"max_km": 0}, [], nudge)


@app.check
async def combines_the_filters(api: Api) -> None:
    """Both filters together narrow further"""
    nudge = "With both filters, only the trails that fit both stay in the list."
    await expect_ids(api, {"difficulty": "hard", "max_km": 9}, [4], nudge)
    await expect_ids(api, {"difficulty": "easy", "max_km": 5}, [], nudge)


@app.check
async def shows_one_trail(api: Api) -> None:
    """GET /trails/2 answers that trail, and 404 for an unknown id"""
    for trail in TRAILS:
        answer = await api.get(f"/trails/{trail['id']}")
        nudge = "A trail has this id, and the body is that one trail, not a list."
        answer.expect(200, trail, nudge=[position(answer, TRAILS, trail["id"]), nudge])
    await expect_no_trail(
        api,
        TRAILS,
        "No trail has this id. Where your function finds none, it should raise "
        "`HTTPException(status_code=404)`, as in exercise 1.3.",
    )


@app.check
async def finds_the_shortest(api: Api) -> None:
    """GET /trails/shortest answers the shortest trail"""
    answer = await api.get("/trails/shortest")
    nudge = "The shortest trail is the one with the smallest `length_km`; the body is that trail alone."
    answer.expect(200, TRAILS[3], nudge=[taken_for_a_value("shortest"), nudge])


@app.check
async def estimates_a_walk(api: Api) -> None:
    """POST /estimates answers the minutes"""
    bodies = (
        ({"length_km": 10, "climb_m": 600}, 180.0),
        ({"length_km": 6.5, "climb_m": 150}, 93.0),
        ({"length_km": 5}, 60.0),
        ({"length_km": 5, "climb_m": 0}, 60.0),
        ({"length_km": 1, "climb_m": 10}, 13.0),
        ({"length_km": 2.5, "climb_m": 25}, 32.5),
        ({"length_km": 1.05}, 12.6),
    )
    for body, minutes in bodies:
        answer = await api.post("/estimates", json=body)
        found = answer.json()
        value = found.get("minutes") if isinstance(found, dict) else None
        # Floating-point numbers: every way to calculate the rule is right.
        near = isinstance(value, int | float) and not isinstance(value, bool) and abs(value - minutes) < 0.01
        whole = Nudge(
            "This model takes whole numbers only, and the brief's are numbers: 6.5 km is one.",
            when=lambda it: any(complaint.type == "int_from_float" for complaint in complaints(it)),
        )
        another = Nudge(
            "This request names no climb, so the climb is 0, and yet these minutes count one.",
            when=lambda it: "climb_m" not in body and it.json()["minutes"] > minutes + 0.5,  # noqa: B023
        )
        parts = Nudge(
            "The parts of a kilometre, of 10 m and of a minute count, too: 2.5 km with 25 m of climb take "
            "32.5 minutes.",
            when=lambda it: minutes in (32.5, 12.6) and not near and abs(it.json()["minutes"] - minutes) < 1,  # noqa: B023
        )
        rule = Nudge(
            "12 minutes for each kilometre, and 1 more for each 10 m of climb.",
            when=lambda it: isinstance(it.json()["minutes"], int | float) and not near,  # noqa: B023
        )
        shape = "The body is an object with the key `minutes` alone, and a number for its value."
        right = {"minutes": value if near else minutes}
        answer.expect(200, right, nudge=[FROM_THE_BODY, whole, another, parts, rule, shape])


@app.check
async def refuses_wrong_values(api: Api) -> None:
    """Refuses a wrong type, or a missing length, with 422"""
    expect_refused(await api.get("/trails", params={"max_km": "far"}))
    answer = await api.get("/trails/far")
    if answer.status_code != 404:  # to an app whose ids are texts it is an id that no trail has
        expect_refused(answer)
    wrong: tuple[dict[str, Any], ...] = (
        {"length_km": "far"},
        {"climb_m": 100},
        {"length_km": None},
        {"length_km": [10]},
        {"length_km": 10, "climb_m": "high"},
    )
    for body in wrong:
        answer = await api.post("/estimates", json=body)
        nudge = (
            "With a model as the parameter FastAPI answers 422 by itself: a field without a default "
            "value is required, and its type hint is checked."
        )
        answer.expect(422, nudge=nudge)
    answer = await api.post("/estimates", json={"length_km": 10, "climb_m": None})
    if answer.status_code != 422:  # the brief leaves it open whether null is a wrong type or no climb at all
        answer.expect(200, {"minutes": 120.0}, nudge="Without a climb it is 12 minutes for each kilometre.")
