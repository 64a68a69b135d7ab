"""What lesson 05 asks of its exercises and of its app."""

from __future__ import annotations

import itertools
from typing import Any

from course.judging import Answer, Api, complaints, exercise, prediction

prediction(
    "5.r1",
    answer="c",
    why="By default Pydantic converts where nothing gets lost: `30.5` would lose its half.",
)
prediction("5.r2", answer="a", why="A middleware is wrapped around the whole app, the router included.")
prediction("5.r3", answer="b", why="They follow the `?`; `&` stands between two of them.")
prediction(
    "5.p1",
    answer="c",
    why="A name in the query that the function does not know is ignored, so `max_km` kept its default. The "
    "client asked for a filter, got none, and was told that all is well.",
)
prediction(
    "5.p2",
    answer="c",
    why="FastAPI filters what your function returns by the response model, models and dictionaries alike. A "
    "`Response` is sent as it is: FastAPI does not look into it.",
)
prediction(
    "5.p3",
    answer="c",
    why="`null` was sent, so it was set, and `TrailChange` allows it. `model_copy` checks nothing, and a "
    "response model does not check an object again that is a `Trail` already.",
)

fresh = itertools.count(4001)
"""Numbers that nobody else uses, so that a check can be run again on an app that keeps its data."""


async def expect_deleted(api: Api, path: str, nudge: str) -> None:
    """Delete what is there, and judge the 204."""
    answer = await api.delete(path)
    answer.expect(204, nudge=nudge)
    answer.require(not answer.text, "no body", nudge="A 204 has no body: return nothing.")


# 5.1


PHOTO = b"ten bytes!"

photos = exercise(
    "5.1",
    "A photo desk",
    hints=[
        "Every parameter needs a type and, unless it stands in the query, a place: `Annotated[..., "
        "Path(...)]`, `Annotated[..., Form(...)]`, `Annotated[..., Header()]`. The file is an `UploadFile`.",
        "`trail_id: Annotated[int, Path(ge=1)]` and `caption: Annotated[str, Form(min_length=1, "
        "max_length=80)]`. An `UploadFile` has no length; what it contains has.",
        'The rest: `photo: UploadFile`, `x_ranger: Annotated[str, Header()] = "a hiker"` and '
        "`public: bool = False`. The size is `len(await photo.read())`.",
    ],
)


async def send_photo(
    api: Api, path: str = "/trails/2/photos", caption: str = "Dawn", **options: Any
) -> Answer:
    files = {"photo": ("dawn.txt", PHOTO)}
    return await api.post(path, **{"data": {"caption": caption}, "files": files} | options)


@photos.check
async def takes_all_values(api: Api) -> None:
    """Takes each value from its place"""
    answer = await send_photo(api, "/trails/2/photos?public=yes", headers={"X-Ranger": "Ida"})
    body = answer.json()
    nudge = "Compare the body with the brief, value by value."
    if isinstance(body, dict) and body.get("trail_id") == "2":
        nudge = "The trail's id is a text here. It should be a whole number."
    elif isinstance(body, dict) and body.get("by") == "a hiker":
        nudge = (
            "The request has the header `X-Ranger`, and the app did not find it. Does `x_ranger` have a "
            "place?"
        )
    elif isinstance(body, dict) and body.get("public") is not True:
        nudge = "The query says `public=yes`. What type turns that into true?"
    answer.if_raised(
        TypeError,
        "Has an `UploadFile` a length? What it contains has one: read it first, and `await` that, as in "
        "`add_report` above.",
    )
    expected = {"trail_id": 2, "caption": "Dawn", "bytes": len(PHOTO), "by": "Ida", "public": True}
    answer.expect(200, expected, nudge=nudge)


@photos.check
async def has_defaults(api: Api) -> None:
    """Does without the header and the query"""
    answer = await send_photo(api, "/trails/1/photos", "Noon")
    nudge = "Neither the header nor `public` was sent. They have defaults: `a hiker`, and false."
    expected = {"trail_id": 1, "caption": "Noon", "bytes": len(PHOTO), "by": "a hiker", "public": False}
    answer.expect(200, expected, nudge=nudge)


@photos.check
async def needs_photo_and_caption(api: Api) -> None:
    """Refuses a form without photo or without caption"""
    answer = await send_photo(api, files={"other": ("dawn.txt", PHOTO)})
    answer.expect(422, nudge="The photo is required: its parameter has no default.")
    answer = await send_photo(api, data={})
    answer.expect(422, nudge="The caption is required: its parameter has no default.")


@photos.check
async def has_limits(api: Api) -> None:
    """Refuses wrong ids, and captions that are too short or too long"""
    answer = await send_photo(api, "/trails/0/photos")
    answer.expect(422, nudge="The id of a trail is at least 1. `Path` takes the same limits as `Field`.")
    answer = await send_photo(api, "/trails/2.5/photos")
    answer.expect(422, nudge="The id of a trail is a whole number, and 2.5 is none.")
    for caption in ("", "a" * 81):
        answer = await send_photo(api, caption=caption)
        answer.expect(422, nudge="A caption has 1 to 80 characters. `Form` takes the same limits as `Field`.")
    answer = await send_photo(api, caption="a" * 80)
    answer.expect(200, nudge="80 characters are still allowed.")


# 5.2

badge_numbers = itertools.cycle(range(101, 9000))
"""Numbers of badges for one check after another; there are limits to them."""

badges = exercise(
    "5.2",
    "Badges",
    hints=[
        "Take the closures as a pattern. There the server chose the number; here the client does, so the key "
        "of your dictionary is in the body.",
        '`@badges.post("/badges", status_code=201)`, and in it: if the number is in the dictionary, '
        "`raise HTTPException(409)`. `Field(ge=1, le=9999)` limits the number.",
        'The address of the new badge: `response.headers["Location"] = f"/badges/{badge.number}"`, where the '
        "function has a parameter `response: Response`.",
    ],
)


async def hand_out(api: Api, ranger: str = "Ida") -> tuple[dict[str, Any], Answer]:
    """Hand out a badge that nobody wears yet, and judge all of the answer but its headers."""
    badge = {"number": next(badge_numbers), "ranger": ranger}
    answer = await api.post("/badges", json=badge)
    nudge = "The body is the badge, with its number and its ranger."
    if answer.status_code == 409:
        nudge = "Nobody has this number yet, whatever the ranger's name is. What do you compare?"
    answer.expect(201, badge, nudge=nudge)
    return badge, answer


@badges.check
async def hands_out(api: Api) -> None:
    """Answers a new badge with 201 and its address"""
    badge, answer = await hand_out(api)
    location = answer.headers.get("location", "")
    nudge = "The header `Location` should be the path of this badge. Set it on the `response`."
    if "location" in answer.headers:
        nudge = "The header `Location` is there, but it does not lead to this badge."
    path = f"/badges/{badge['number']}"
    answer.require(location.endswith(path), f"the header\nlocation: {path}", nudge=nudge)


@badges.check
async def finds_badges(api: Api) -> None:
    """Answers a badge by its number, and 404 for others"""
    badge, _ = await hand_out(api, "Noor")
    answer = await api.get(f"/badges/{badge['number']}")
    answer.expect(200, badge, nudge="This badge was handed out just before.")
    answer = await api.get(f"/badges/{next(badge_numbers)}")
    nudge = "Nobody wears this badge: raise `HTTPException(404)`, do not return something."
    answer.expect(404, nudge=nudge)


@badges.check
async def refuses_a_taken_number(api: Api) -> None:
    """Refuses a number that is taken with 409, and keeps the badge"""
    badge, _ = await hand_out(api)
    answer = await api.post("/badges", json={**badge, "ranger": "Noor"})
    nudge = "This number was handed out just before. The request contradicts what is stored: that is a 409."
    answer.expect(409, nudge=nudge)
    answer = await api.get(f"/badges/{badge['number']}")
    answer.expect(200, badge, nudge="The refused request has changed the badge. Look before you store.")


@badges.check
async def refuses_wrong_badges(api: Api) -> None:
    """Refuses wrong numbers and a missing name with 422, and no others"""
    for body in ({"number": 0, "ranger": "Ida"}, {"number": 10000, "ranger": "Ida"}, {"number": 9998}):
        answer = await api.post("/badges", json=body)
        nudge = "A number is 1 to 9999. `Field` says so in the model, and FastAPI sends the 422."
        if "ranger" not in body:
            nudge = "The name is missing. A field without a default is required."
        answer.expect(422, nudge=nudge)
    for number in (1, 9999):
        answer = await api.post("/badges", json={"number": number, "ranger": "Ida"})
        answer.require(
            answer.status_code in (201, 409),
            "201, or 409 if you have handed it out already",
            nudge="1 and 9999 are good numbers: `ge` and `le` include the limit, `gt` and `lt` do not.",
        )


# 5.3

SECRET = "under the mat"

desk = exercise(
    "5.3",
    "One format",
    hints=[
        "Two handlers: one for `StarletteHTTPException`, one for `RequestValidationError`. Each returns a "
        "`JSONResponse` with the body and the status code.",
        "The first is `answer_refusal` from above, registered for the parent class. In the second, go "
        "through `error.errors()`, which is a list of dictionaries.",
        'In the second: `errors = [{"loc": entry["loc"], "msg": entry["msg"]} for entry in error.errors()]`, '
        'and the body is `problem(422, "...") | {"errors": errors}`.',
    ],
)


def expect_problem(answer: Answer, status: int) -> None:
    """Judge an error's status code and its format."""
    answer.expect(status, nudge=f"The status code stays {status}.")
    body = answer.json()
    expected = f'{status}, and a body such as\n{{"status": {status}, "title": "...", "detail": "..."}}'
    if status == 422:
        expected = expected[:-1] + ', "errors": [{"loc": [...], "msg": "..."}]}'
    text = (
        "The body is an object with `status`, `title` and `detail`. This one was not made by a handler of "
        "yours."
    )
    if isinstance(body, dict) and isinstance(body.get("status"), int):
        text = (
            "The format is nearly right: `status` is the number of the code, `title` and `detail` are texts."
        )
    right = (
        isinstance(body, dict)
        and body.get("status") == status
        and all(isinstance(body.get(name), str) and body[name] for name in ("title", "detail"))
    )
    answer.require(right, expected, nudge=text)


def expect_errors(answer: Answer, *names: str) -> None:
    """Judge the list in a 422 by the names that it locates."""
    entries = complaints(answer)
    nudge = (
        "One entry for each thing that is wrong, and `loc` and `msg` in each, as `error.errors()` has them."
    )
    found = sorted(str(entry.loc[-1]) for entry in entries)
    right = found == sorted(names) and all(entry.msg for entry in entries)
    answer.require(right, f"`errors` with an entry for {' and '.join(names)}", nudge=nudge)


@desk.check
async def shapes_own_refusals(api: Api) -> None:
    """Gives the format to a 404 of the app's own"""
    answer = await api.post("/notes", json={"trail": "Nowhere", "secret": SECRET})
    expect_problem(answer, 404)


@desk.check
async def shapes_the_routers_refusals(api: Api) -> None:
    """Gives the format to the router's 404 and 405"""
    nudge = "The router raises Starlette's `HTTPException`, and a handler for FastAPI's does not see it."
    for answer, status in ((await api.get("/nowhere"), 404), (await api.delete("/notes"), 405)):
        if isinstance(body := answer.json(), dict) and "title" not in body:
            answer.require(False, f"{status}, in the format of the others", nudge=nudge)
        expect_problem(answer, status)


@desk.check
async def shapes_invalid_requests(api: Api) -> None:
    """Gives the format to a 422, and lists what is wrong"""
    answer = await api.post("/notes", json={"secret": "4711"})
    expect_problem(answer, 422)
    expect_errors(answer, "trail", "secret")
    answer = await api.post("/notes", content="{", headers={"Content-Type": "application/json"})
    expect_problem(answer, 422)


@desk.check
async def echoes_nothing(api: Api) -> None:
    """Never sends back what was sent"""
    nudge = "What was sent came back. Take `loc` and `msg` out of each entry, and leave the rest behind."
    for body in ({"secret": SECRET}, {"trail": 4, "secret": SECRET}, {"trail": "Nowhere", "secret": SECRET}):
        answer = await api.post("/notes", json=body)
        kept = SECRET not in answer.text and '"input"' not in answer.text
        answer.require(kept, f"an error without {SECRET!r} and without `input`", nudge=nudge)


@desk.check
async def leaves_the_rest(api: Api) -> None:
    """Leaves answers alone that are no errors"""
    answer = await api.post("/notes", json={"trail": "Lake Loop", "secret": SECRET})
    nudge = "Before the change this note was accepted, and it still should be."
    answer.expect(201, {"trail": "Lake Loop"}, nudge=nudge)


# 5.4

IDA = {"id": 1, "name": "Ida", "station": "Lake"}
NOOR = {"id": 2, "name": "Noor", "station": "Gorge"}

office = exercise(
    "5.4",
    "Spot the pitfall",
    hints=[
        "What does `GET /rangers/1` tell a hiker that it should not? And what status code does `GET "
        "/rangers/99` have?",
        "Write a model with `id`, `name` and `station`, and make it the return type, or the "
        "`response_model`, of all four endpoints. For errors: `raise HTTPException(...)`.",
        "The codes: 404 where nothing was found, 409 where the name is taken. A list of rangers has the "
        "response model `list[Ranger]`.",
    ],
)


@office.check
async def still_works(api: Api) -> None:
    """Still lists, finds and creates rangers"""
    answer = await api.get("/rangers")
    shown = [(r.get("id"), r.get("name")) for r in answer.json() or [] if isinstance(r, dict)]
    nudge = "Before the change this listed all rangers, as a list."
    answer.require(
        answer.status_code == 200 and shown[:2] == [(1, "Ida"), (2, "Noor")],
        "200, and a list that begins with Ida and Noor",
        nudge=nudge,
    )
    phone = f"555-{next(fresh)}"
    name = f"Ranger {phone[4:]}"
    sent = {"name": name, "station": "Ridge", "phone": phone, "salary": 39000}
    created = await api.post("/rangers", json=sent)
    nudge = "Before the change this created a ranger."
    created.require(created.status_code in (200, 201), "200 or 201", nudge=nudge)
    answer = await api.get(f"/callers/{phone}")
    body = answer.json()
    nudge = (
        "The ranger with this phone was created just before. Before the change it was found: "
        "the phone has to be stored, it just must not leave."
    )
    answer.require(
        answer.status_code == 200 and isinstance(body, dict) and body.get("name") == name,
        f"200, and the ranger called {name}",
        nudge=nudge,
    )


@office.check
async def keeps_private_fields(api: Api) -> None:
    """Sends out id, name and station, and nothing else"""
    phone = f"555-{next(fresh)}"
    sent = {"name": f"Ranger {phone[4:]}", "station": "Ridge", "phone": phone, "salary": 39000}
    for answer in (
        await api.get("/rangers/1"),
        await api.get("/rangers"),
        await api.get("/callers/555-0102"),
        await api.post("/rangers", json=sent),
    ):
        rangers = answer.json() if isinstance(answer.json(), list) else [answer.json()]
        seen = {key for ranger in rangers if isinstance(ranger, dict) for key in ranger}
        nudge = "A hiker who looks at this answer sees more than `id`, `name` and `station`."
        if seen < {"id", "name", "station"}:
            nudge = "Now something is missing that hikers may see."
        answer.require(
            seen == {"id", "name", "station"}, "rangers with `id`, `name` and `station`", nudge=nudge
        )


@office.check
async def says_not_found(api: Api) -> None:
    """Says with a 404 that there is no such ranger"""
    for path in ("/rangers/99999", "/callers/555-0000"):
        answer = await api.get(path)
        nudge = "A program that reads the status code takes this for a success: it goes on without a ranger."
        if answer.status_code >= 400:
            nudge = "It says that something went wrong. There is a code that says exactly what: not found."
        answer.expect(404, nudge=nudge)


@office.check
async def says_taken(api: Api) -> None:
    """Says with a code from 400 to 499 that the name is taken"""
    sent = {"name": "Noor", "station": "Lake", "phone": "555-0199", "salary": 1}
    answer = await api.post("/rangers", json=sent)
    nudge = "There is a ranger called Noor already. Refuse this with 409, conflict."
    answer.require(400 <= answer.status_code < 500, "409, or another code from 400 to 499", nudge=nudge)
    answer = await api.get("/rangers/2")
    body = answer.json()
    nudge = "The refused request has changed the ranger who has the name."
    kept = isinstance(body, dict) and body.get("station") == NOOR["station"]
    answer.require(kept, "Noor, at her station as before", nudge=nudge)


# 5.app

SEEDS = [
    {"id": 1, "name": "Lake Loop", "length_km": 6.5, "difficulty": "easy", "region": "Alps"},
    {"id": 2, "name": "Fern Valley", "length_km": 9.0, "difficulty": "easy", "region": "Jura"},
    {"id": 3, "name": "Ridge Path", "length_km": 14.0, "difficulty": "hard", "region": "Alps"},
    {"id": 4, "name": "Gorge Steps", "length_km": 4.0, "difficulty": "hard", "region": "Jura"},
    {"id": 5, "name": "Summit Trail", "length_km": 18.5, "difficulty": "moderate", "region": "Alps"},
]
NOTES = "The bear sleeps behind the hut"

app = exercise(
    "5.app",
    "The trail register",
    hints=[
        "Bring your two handlers from exercise 5.3. Then `GET /trails/{trail_id}`: `find_trail` does the "
        "work, and the right return type keeps the notes inside.",
        "For the list, one model for the filters, `limit` and `offset`, as `Annotated[TrailQuery, Query()]`, "
        "and one for the page. Filter first, count then, cut last: `found[offset : offset + limit]`.",
        "`POST` is like the `PUT`, with the id `max(TRAILS, default=0) + 1` and a `Location`. `PATCH` needs "
        "a model with `MISSING` as the defaults, and `record.model_copy(update=patch.model_dump())`.",
    ],
)


def public(trail: dict[str, Any], id: int) -> dict[str, Any]:
    """What leaves of a trail that was sent."""
    return {"id": id, "region": None} | {key: value for key, value in trail.items() if key != "ranger_notes"}


async def create(api: Api, **fields: Any) -> dict[str, Any]:
    """Create a trail of a new name and return what leaves of it."""
    sent: dict[str, Any] = {"name": f"Trail {next(fresh)}", "length_km": 7.5, "difficulty": "moderate"}
    sent |= {"region": "Check Valley", "ranger_notes": NOTES, **fields}
    answer = await api.post("/trails", json=sent)
    body = answer.json()
    id = body.get("id") if isinstance(body, dict) else None
    nudge = "The body is the new trail: what was sent, an `id`, and no `ranger_notes`."
    if not isinstance(id, int):
        answer.expect(201, nudge=nudge)
        answer.require(False, "a body with a whole number as `id`", nudge=nudge)
    nudge = leak_nudge(answer, nudge)
    answer.expect(201, public(sent, int(id or 0)), nudge=nudge)
    return public(sent, int(id or 0))


def leak_nudge(answer: Answer, otherwise: str) -> str:
    if "ranger_notes" in answer.text:
        return "`ranger_notes` are in the answer. Which return type does this endpoint have?"
    return otherwise


@app.check
async def shows_one_trail(api: Api) -> None:
    """GET /trails/2 answers that trail, and 404 for an unknown id"""
    for trail in (SEEDS[1], SEEDS[4]):
        answer = await api.get(f"/trails/{trail['id']}")
        nudge = "The body is the trail with this id, with its five public fields."
        answer.expect(200, trail, nudge=leak_nudge(answer, nudge))
    answer = await api.get("/trails/99999")
    answer.expect(404, nudge="No trail has this id: raise `HTTPException(404)`.")


async def expect_page(
    api: Api, query: dict[str, Any], ids: list[int], total: int, nudge: str, limit: int = 20, offset: int = 0
) -> None:
    answer = await api.get("/trails", params=query)
    items = [trail for trail in SEEDS if trail["id"] in ids]
    body = answer.json()
    if isinstance(body, list):
        nudge = "The list stands in an object, as `items`, with `total`, `limit` and `offset` beside it."
    elif isinstance(body, dict) and body.get("items") == items and body.get("total") != total:
        nudge = f"`total` is the number of all trails that fit, whatever the page: {total}."
    expected = {"items": items, "total": total, "limit": limit, "offset": offset}
    answer.expect(200, expected, nudge=leak_nudge(answer, nudge))


@app.check
async def lists_pages(api: Api) -> None:
    """GET /trails answers a page: items, total, limit and offset"""
    nudge = "All trails, in the order of their ids."
    await expect_page(api, {}, [1, 2, 3, 4, 5], 5, nudge)
    nudge = "Skip `offset` trails, then take `limit`."
    await expect_page(api, {"limit": 2, "offset": 2}, [3, 4], 5, nudge, 2, 2)
    await expect_page(api, {"limit": 100, "offset": 4}, [5], 5, nudge, 100, 4)
    await expect_page(api, {"limit": 1, "offset": 0}, [1], 5, nudge, 1)
    nudge = "Beyond the end a page is empty, and `total` is what it was."
    await expect_page(api, {"offset": 50}, [], 5, nudge, 20, 50)


@app.check
async def filters(api: Api) -> None:
    """GET /trails filters by difficulty, region and length, also together"""
    nudge = "Only trails that fit the filter stay, and `total` counts those."
    await expect_page(api, {"difficulty": "hard"}, [3, 4], 2, nudge)
    await expect_page(api, {"region": "Jura"}, [2, 4], 2, nudge)
    await expect_page(api, {"max_km": 9}, [1, 2, 4], 3, "A trail of exactly `max_km` stays.")
    await expect_page(
        api, {"max_km": 0}, [], 0, "No trail is at most 0 km long. In Python 0 counts as false."
    )
    nudge = "With several filters, only trails that fit all of them stay."
    await expect_page(api, {"difficulty": "hard", "region": "Alps", "max_km": 15}, [3], 1, nudge)
    nudge = "Filter first, then cut out the page; `total` counts what the filters left."
    await expect_page(api, {"region": "Alps", "limit": 1, "offset": 1}, [3], 3, nudge, 1, 1)


@app.check
async def bounds_pages(api: Api) -> None:
    """GET /trails refuses wrong limits, offsets and filters"""
    for query in ({"limit": 0}, {"limit": 101}, {"offset": -1}, {"difficulty": "steep"}, {"max_km": "far"}):
        answer = await api.get("/trails", params=query)
        nudge = (
            "`limit` is 1 to 100, `offset` at least 0, and a filter has a type. Which parameter lacks its "
            "limits?"
        )
        answer.expect(422, nudge=nudge)


@app.check
async def creates(api: Api) -> None:
    """POST /trails answers 201, the trail and its address"""
    trail = await create(api)
    short = {"name": f"Trail {next(fresh)}", "length_km": 3.0, "difficulty": "easy"}
    answer = await api.post("/trails", json=short)
    body = answer.json()
    nudge = "`region` and `ranger_notes` may be left out."
    answer.expect(201, nudge=nudge)
    id = body.get("id") if isinstance(body, dict) else None
    answer.require(
        isinstance(id, int) and body == public(short, id) and id not in (trail["id"], 1, 2, 3, 4, 5),
        "the trail, with a new `id` and `region` null",
        nudge="Each new trail gets an id that no other has; a `region` that was not sent is `null`.",
    )
    location = answer.headers.get("location", "")
    nudge = "The header `Location` is the path of the new trail, here /trails/ and its id."
    answer.require(bool(location), "a header `Location`", nudge=nudge)
    found = await api.get(location)
    found.expect(200, body, nudge=nudge)


@app.check
async def replaces(api: Api) -> None:
    """PUT /trails/2 replaces the whole trail"""
    trail = await create(api)
    sent = {"name": f"Trail {next(fresh)}", "length_km": 11.0, "difficulty": "hard"}
    expected = public(sent, trail["id"])
    answer = await api.put(f"/trails/{trail['id']}", json=sent)
    nudge = "The body is the trail as it is now."
    if isinstance(body := answer.json(), dict) and body.get("region"):
        nudge = "A `PUT` replaces all: `region` was not sent, so it gets its default, `null`."
    answer.expect(200, expected, nudge=leak_nudge(answer, nudge))
    answer = await api.get(f"/trails/{trail['id']}")
    answer.expect(200, expected, nudge="The answer to `PUT` was right, but it was not stored.")
    answer = await api.put("/trails/99999", json={**sent, "name": f"Trail {next(fresh)}"})
    answer.expect(404, nudge="No trail has this id, so there is nothing to replace.")


@app.check
async def changes(api: Api) -> None:
    """PATCH /trails/2 changes what was sent, and nothing else"""
    trail = await create(api)
    path = f"/trails/{trail['id']}"
    changes: list[dict[str, Any]] = [
        *({"length_km": 12.5}, {"difficulty": "hard"}, {"region": None}, {}),
        {"name": f"Trail {next(fresh)}"},
    ]
    for fields in changes:
        trail |= fields
        answer = await api.patch(path, json=fields)
        nudge = "Only what was sent changes; the rest stays as it was."
        if fields == {"region": None}:
            nudge = (
                "`region` was sent, as `null`, and that is not the same as not sent: the trail has none now."
            )
        elif isinstance(body := answer.json(), dict) and any(body.get(key) != fields[key] for key in fields):
            nudge = f"`{next(iter(fields))}` was sent, and this is not the trail with it."
        if answer.status_code == 409:
            nudge = "The trail keeps its own name here. A 409 is for the name of another one."
        answer.expect(200, trail, nudge=leak_nudge(answer, nudge))
    answer = await api.get(path)
    answer.expect(200, trail, nudge="The answer to `PATCH` was right, but it was not stored.")
    answer = await api.patch("/trails/99999", json={"length_km": 1})
    answer.expect(404, nudge="No trail has this id, so there is nothing to change.")


@app.check
async def deletes(api: Api) -> None:
    """DELETE /trails/2 answers 204, and 404 the second time"""
    trail, other = await create(api), await create(api)
    path = f"/trails/{trail['id']}"
    await expect_deleted(api, path, "This trail was created just before.")
    answer = await api.delete(path)
    answer.expect(404, nudge="The trail is gone already: 404.")
    answer = await api.get(path)
    answer.expect(404, nudge="The trail was deleted, and it is still there.")
    answer = await api.get("/trails/1")
    answer.expect(200, SEEDS[0], nudge="Another trail was deleted, and this one is gone.")
    await create(api)
    answer = await api.get(f"/trails/{other['id']}")
    nudge = (
        "A trail was deleted, then one was created, and that got the id of this one. How many trails there "
        "are says nothing about which ids are free."
    )
    answer.expect(200, other, nudge=nudge)


@app.check
async def refuses_wrong_trails(api: Api) -> None:
    """POST and PUT refuse wrong bodies with 422"""
    trail = await create(api)
    good = {key: value for key, value in trail.items() if key != "id"}
    wrong: list[dict[str, Any]] = [
        {"name": ""},
        {"name": "a" * 81},
        {"length_km": 0},
        {"length_km": 1001},
        {"difficulty": "steep"},
        {"name": None},
    ]
    for fields in wrong:
        body = {**good, "name": f"Trail {next(fresh)}", **fields}
        nudge = f"`{next(iter(fields))}` has a value that the brief does not allow. The model can say so."
        for answer in (
            await api.post("/trails", json=body),
            await api.put(f"/trails/{trail['id']}", json=body),
        ):
            answer.expect(422, nudge=nudge)
    for name in ("name", "length_km", "difficulty"):
        body = {key: value for key, value in good.items() if key != name}
        answer = await api.post("/trails", json=body)
        answer.expect(422, nudge=f"`{name}` is required: a field without a default.")


@app.check
async def refuses_wrong_changes(api: Api) -> None:
    """PATCH refuses wrong values, and null for all but the region"""
    trail = await create(api)
    path = f"/trails/{trail['id']}"
    wrong: list[dict[str, Any]] = [
        *({"name": ""}, {"name": "a" * 81}, {"length_km": 0}, {"length_km": 1001}, {"difficulty": "steep"}),
        *({"name": None}, {"length_km": None}, {"difficulty": None}, {"ranger_notes": None}),
    ]
    for fields in wrong:
        answer = await api.patch(path, json=fields)
        nudge = "What a `PATCH` sends has the same limits as in a `POST`."
        if None in fields.values():
            nudge = "Only `region` may be `null`. How do you tell `null` from not sent? With `MISSING`."
        answer.expect(422, nudge=nudge)
    answer = await api.get(path)
    answer.expect(200, trail, nudge="A refused `PATCH` has changed the trail.")


async def count(api: Api) -> object:
    """How many trails there are, by the app's own words."""
    body = (await api.get("/trails", params={"limit": 1})).json()
    return body.get("total") if isinstance(body, dict) else None


@app.check
async def refuses_taken_names(api: Api) -> None:
    """POST, PUT and PATCH refuse another trail's name with 409"""
    one, two = await create(api), await create(api)
    sent = {key: value for key, value in one.items() if key != "id"}
    nudge = f"Another trail, the one with the id {one['id']}, has this name."
    total = await count(api)
    answer = await api.post("/trails", json=sent)
    answer.expect(409, nudge=nudge)
    nudge_stored = "The refused trail was stored all the same. Look before you store."
    answer.require(await count(api) == total, "409, and as many trails as before", nudge=nudge_stored)
    answer = await api.put(f"/trails/{two['id']}", json=sent)
    answer.expect(409, nudge=nudge)
    answer = await api.patch(f"/trails/{two['id']}", json={"name": one["name"]})
    answer.expect(409, nudge=nudge)
    answer = await api.get(f"/trails/{two['id']}")
    answer.expect(200, two, nudge="A refused request has changed the trail. Look before you store.")
    for answer in (
        await api.put(f"/trails/{one['id']}", json=sent),
        await api.patch(f"/trails/{one['id']}", json={"name": one["name"]}),
    ):
        answer.expect(200, one, nudge="It is the trail's own name, and it may keep it.")


@app.check
async def has_one_format(api: Api) -> None:
    """Gives every error the format of exercise 5.3"""
    trail = await create(api)
    sent = {key: value for key, value in trail.items() if key != "id"}
    expect_problem(await api.get("/trails/99999"), 404)
    expect_problem(await api.post("/trails", json=sent), 409)
    expect_problem(await api.get("/nowhere"), 404)
    expect_problem(await api.request("DELETE", "/trails"), 405)
    answer = await api.post("/trails", json={"name": f"Trail {next(fresh)}", "length_km": "far"})
    expect_problem(answer, 422)
    expect_errors(answer, "length_km", "difficulty")


@app.check
async def keeps_the_notes(api: Api) -> None:
    """Never lets the rangers' notes out, not even in an error"""
    trail = await create(api)
    path = f"/trails/{trail['id']}"
    sent = {key: value for key, value in trail.items() if key != "id"} | {"ranger_notes": NOTES}
    for answer in (
        await api.get("/trails", params={"limit": 100}),
        await api.get(path),
        await api.put(path, json=sent),
        await api.patch(path, json={"ranger_notes": NOTES}),
        await api.post("/trails", json=sent),
        await api.post("/trails", json={"ranger_notes": NOTES}),
        await api.patch(path, json={"ranger_notes": [NOTES]}),
    ):
        nudge = "The rangers' notes are in this answer. Which response model has this endpoint?"
        if answer.status_code >= 400:
            nudge = "The rangers' notes were sent, and the error sends them back. Leave out `input`."
        kept = NOTES not in answer.text and "ranger_notes" not in (answer.json() or {})
        answer.require(kept, "an answer without the notes", nudge=nudge)
