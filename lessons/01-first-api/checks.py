"""What lesson 01 asks of its exercises and of its app."""

from __future__ import annotations

from typing import Any

from course.judging import Answer, Api, complaints, exercise, prediction

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


def no_effect(name: str) -> str:
    """What to say when a value in the query changed nothing."""
    return (
        f"`{name}` in the query had no effect. Does the function have a parameter of exactly this name, "
        "is its type hint right, and does what you return depend on it?"
    )


ZERO_NUDGE = (
    "Here 0 was taken for `not given`, because in Python 0 counts as false. "
    "Let `None` stand for that, and ask `is None`."
)


def expect_refused(answer: Answer) -> None:
    """Judge the answer to a word in place of a number."""
    answer.if_raised(
        ValueError, "Let the type hint convert: then a word is refused before your function runs."
    )
    nudge = "You need no code of your own for this: with the right type hint FastAPI answers 422 by itself."
    if answer.status_code == 200:
        nudge = (
            "A client that looks at the status code takes this for a success. "
            "The right type hint refuses the value before your function runs."
        )
    answer.expect(422, nudge=nudge)


NO_POSITION = "The id is not a position in the list: compare it with `trail.id`."


def trail_nudge(answer: Answer, trail_id: int, otherwise: str) -> str:
    """What to say when `GET /trails/{trail_id}` answered another trail, or else `otherwise`."""
    answer.if_raised(IndexError, NO_POSITION)
    body = answer.json()
    found = body.get("id") if isinstance(body, dict) else None
    return otherwise if found in (None, trail_id) else f"This is trail {found}. {NO_POSITION}"


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
    nudge = "The minutes are the kilometres times 15."
    if "8888" in answer.text:
        nudge = "`length_km` is still text, and text times 15 is repeated. Which type hint makes it a number?"
    elif answer.json() == {"minutes": "120.0"}:
        nudge = "The quotation marks say that the minutes are text. They should be a number."
    answer.expect(200, {"minutes": 120.0}, nudge=nudge)

    answer = await api.get("/walking-time/2.5")
    nudge = "The length may have decimals, and so may the minutes."
    if any(complaint.type == "int_parsing" for complaint in complaints(answer)):
        nudge = "An `int` is a whole number, and 2.5 km is none. Which type has decimals?"
    answer.expect(200, {"minutes": 37.5}, nudge=nudge)


@walk.check
async def takes_another_pace(api: Api) -> None:
    """Takes another pace from the query"""
    answer = await api.get("/walking-time/8", params={"minutes_per_km": 20})
    nudge = "The minutes are the kilometres times `minutes_per_km`."
    if answer.json() == {"minutes": 120.0}:
        nudge = no_effect("minutes_per_km")
    answer.expect(200, {"minutes": 160.0}, nudge=nudge)


@walk.check
async def refuses_words(api: Api) -> None:
    """Refuses a word in place of a number"""
    for path in ("/walking-time/far", "/walking-time/8?minutes_per_km=slow"):
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


@report.check
async def writes_the_report(api: Api) -> None:
    """Sums up a report"""
    answer = await api.post("/reports", json={"trail": "Lake Loop", "stars": 4})
    answer.if_raised(KeyError, USE_A_MODEL)
    nudge = "Compare the body with the brief, letter by letter."
    if "4.0 of 5" in answer.text:
        nudge = "The stars are a whole number, and the type hint of `stars` should say so."
    elif isinstance(answer.json(), str):
        nudge = "The body is only a text. The brief asks for an object with the key `message`."
    elif any(complaint.place == "query" for complaint in complaints(answer)):
        nudge = (
            "Your endpoint looks for values in the query, and the request sends them in the body. "
            "A parameter comes from the body when its type is a model."
        )
    answer.expect(200, {"message": "Lake Loop: 4 of 5 stars"}, nudge=nudge)


@report.check
async def mentions_a_wet_trail(api: Api) -> None:
    """Says when the trail was wet"""
    for wet, end in ((True, ", wet"), (False, "")):
        body = {"trail": "Ridge Path", "stars": 2, "wet": wet}
        answer = await api.post("/reports", json=body)
        nudge = "`, wet` stands at the end of the message when `wet` is true, and only then."
        expected = {"message": f"Ridge Path: 2 of 5 stars{end}"}
        answer.expect(200, expected, nudge=nudge)


@report.check
async def refuses_a_wrong_report(api: Api) -> None:
    """Refuses a report that is not whole, and says why"""
    for name, body in (("trail", {"stars": 4}), ("stars", {"trail": "Lake Loop", "stars": 4.5})):
        answer = await api.post("/reports", json=body)
        answer.if_raised(KeyError, USE_A_MODEL)
        nudge = (
            "You need no code of your own for this: with a model as the parameter FastAPI answers 422 "
            "by itself."
        )
        if answer.status_code == 200 and name == "stars":
            nudge = "The stars are a whole number. Which type hint says that?"
        elif answer.status_code == 200:
            nudge = (
                "A client that looks at the status code takes this for a success. "
                "In a model, a field that has no default value is required."
            )
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
        "FastAPI tries your endpoints from top to bottom and takes the first whose path fits. "
        "`/trails/{trail_id}` fits whatever stands after `/trails/`, up to the next slash.",
        "Move `longest_trail`, with its decorator, above `get_trail`.",
    ],
)


@guide.check
async def reaches_the_longest(api: Api) -> None:
    """Answers the longest trail"""
    answer = await api.get("/trails/longest")
    nudge = "The longest trail is the one with the largest `length_km`."
    if any(complaint.input == "longest" for complaint in complaints(answer)):
        nudge = "The word `longest` was taken for a value. Which path has a place for a value there?"
    answer.expect(200, LONGEST, nudge=nudge)


@guide.check
async def still_finds_by_id(api: Api) -> None:
    """Still answers all trails, and one by its id"""
    answer = await api.get("/trails/3")
    expected = {"id": 3, "name": "Ridge Path", "length_km": 14.0}
    nudge = "Before the change this answered the trail with the id 3, and it still should."
    if answer.status_code == 404:
        nudge = (
            "Before the change this answered a trail. Either the endpoint is gone, or it finds nothing: "
            "when the id is a text, it equals no number."
        )
    answer.expect(200, expected, nudge=trail_nudge(answer, 3, nudge))

    answer = await api.get("/trails/99")
    answer.if_raised(IndexError, NO_POSITION)
    nudge = "No trail has the id 99. Before the change the answer to that was 404."
    answer.expect(404, nudge=nudge)

    answer = await api.get("/trails")
    ids = [trail.get("id") for trail in answer.json() or [] if isinstance(trail, dict)]
    nudge = "The list of all trails worked before. It should be as it was."
    answer.require(answer.status_code == 200 and ids == [1, 2, 3], "200, and all three trails", nudge=nudge)


@guide.check
async def still_refuses_words(api: Api) -> None:
    """Still refuses an id that is no number, with 422"""
    answer = await api.get("/trails/far")
    answer.if_raised(
        ValueError, "Let the type hint convert: where it says `trail_id: int`, `far` is refused."
    )
    nudge = (
        "Before the change this was refused. Where it says `trail_id: int`, "
        "FastAPI does that without further code."
    )
    if answer.status_code == 404:
        nudge = (
            "A 404 says that no trail has this id, and `far` is no id at all. "
            "Leave `{trail_id}` and its `int` as they were: something else has to change."
        )
    answer.expect(422, nudge=nudge)


TRAILS = [
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


@app.check
async def lists_all_trails(api: Api) -> None:
    """GET /trails lists all trails"""
    answer = await api.get("/trails")
    nudge = "The body is a list of all trails, each with its four fields, in the order of `TRAILS`."
    answer.expect(200, TRAILS, nudge=nudge)


async def expect_ids(api: Api, query: dict[str, Any], ids: list[int], nudge: str) -> None:
    """Judge a filtered list by the ids in it, which read better than whole trails."""
    answer = await api.get("/trails", params=query)
    expected = [trail for trail in TRAILS if trail["id"] in ids]
    if answer.json() == TRAILS and len(query) == 1:
        nudge = ZERO_NUDGE if query.get("max_km") == 0 else no_effect(*query)
    answer.expect(200, expected, nudge=nudge)


@app.check
async def filters_by_difficulty(api: Api) -> None:
    """GET /trails?difficulty=... keeps one difficulty"""
    nudge = "Only trails whose `difficulty` is the one asked for stay in the list."
    await expect_ids(api, {"difficulty": "easy"}, [1, 2], nudge)
    await expect_ids(api, {"difficulty": "hard"}, [3, 4], nudge)


@app.check
async def filters_by_length(api: Api) -> None:
    """GET /trails?max_km=... keeps the short ones, also for 0"""
    nudge = "Only trails of at most `max_km` stay in the list; one of exactly `max_km` stays, too."
    await expect_ids(api, {"max_km": 9}, [1, 2, 4], nudge)
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
    for trail_id in (2, 4):
        trail = TRAILS[trail_id - 1]
        answer = await api.get(f"/trails/{trail_id}")
        nudge = "A trail has this id, and the body is that one trail, not a list."
        nudge = trail_nudge(answer, trail_id, nudge)
        answer.expect(200, trail, nudge=nudge)
    answer = await api.get("/trails/99")
    answer.if_raised(IndexError, NO_POSITION)
    nudge = (
        "No trail has this id. Where your function finds none, it should raise "
        "`HTTPException(status_code=404)`, as in exercise 1.3."
    )
    answer.expect(404, nudge=nudge)


@app.check
async def finds_the_shortest(api: Api) -> None:
    """GET /trails/shortest answers the shortest trail"""
    answer = await api.get("/trails/shortest")
    nudge = "The shortest trail is the one with the smallest `length_km`; the body is that trail alone."
    if any(complaint.input == "shortest" for complaint in complaints(answer)):
        nudge = "The word `shortest` was taken for an id. Remember exercise 1.3."
    answer.expect(200, TRAILS[3], nudge=nudge)


@app.check
async def estimates_a_walk(api: Api) -> None:
    """POST /estimates answers the minutes"""
    bodies = (
        ({"length_km": 10, "climb_m": 600}, 180.0),
        ({"length_km": 6.5, "climb_m": 150}, 93.0),
        ({"length_km": 5}, 60.0),
    )
    for body, minutes in bodies:
        answer = await api.post("/estimates", json=body)
        found = answer.json()
        nudge = "12 minutes for each kilometre, and 1 more for each 10 m of climb."
        if not isinstance(found, dict) or "minutes" not in found:
            nudge = "The body is an object with the key `minutes`, and a number for its value."
        if any(complaint.place == "query" for complaint in complaints(answer)):
            nudge = (
                "Your endpoint looks for values in the query, and the request sends them in the body. "
                "A parameter comes from the body when its type is a model."
            )
        # Floating-point numbers: every way to calculate the rule is right.
        right = (
            answer.status_code == 200
            and isinstance(found, dict)
            and isinstance(found.get("minutes"), int | float)
            and abs(found["minutes"] - minutes) < 0.01
        )
        answer.require(right, f'200, and the body\n{{"minutes": {minutes}}}', nudge=nudge)


@app.check
async def refuses_wrong_values(api: Api) -> None:
    """Refuses a wrong type, or a missing length, with 422"""
    answer = await api.get("/trails", params={"max_km": "far"})
    expect_refused(answer)
    for body in ({"length_km": "far"}, {"climb_m": 100}):
        answer = await api.post("/estimates", json=body)
        nudge = (
            "With a model as the parameter FastAPI answers 422 by itself: a field without a default "
            "value is required, and its type hint is checked."
        )
        answer.expect(422, nudge=nudge)
