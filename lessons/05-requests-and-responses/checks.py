"""What lesson 05 asks of its exercises and of its app."""

from __future__ import annotations

import itertools
import json
from http import HTTPStatus
from typing import Any

from course.judging import Answer, Api, Nudge, complaints, exercise, prediction
from course.judging.verdicts import Nudges

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


def done(answer: Answer) -> int:
    """The status of a success where the brief names none: something may be said to be created."""
    return 201 if answer.status_code == 201 else 200


async def expect_deleted(api: Api, path: str, nudge: Nudges) -> None:
    """Delete what is there, and judge the 204."""
    answer = await api.delete(path)
    answer.expect(204, nudge=nudge)
    answer.require(not answer.text, "no body", nudge="A 204 has no body: return nothing.")


def expect_location(answer: Answer, path: str, nudge: Nudges) -> None:
    """Judge `Location`: the path of what is new, alone or as a whole address of this app."""
    location = answer.headers.get("location", "")
    asked = answer.response.request.url
    whole = location == path or location.startswith("http")
    right = whole and asked.join(location) == asked.join(path)
    differs = f"The header `Location` is `{location}`, expected `{path}`."
    if not location:
        differs = "The header `Location` is missing."
    answer.require(right, f"the header\nlocation: {path}", nudge=nudge, differs=differs)


# 5.1


PHOTO = b"ten bytes!"
SIGNS = "Höhlenbär".encode()
BINARY = bytes(range(256)) * 300 + b"\r\n\x00"
"""No text in any encoding, and more than one piece as servers read it."""

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
    api: Api, path: str = "/trails/2/photos", caption: str = "Dawn", photo: bytes = PHOTO, **options: Any
) -> Answer:
    files = {"photo": ("dawn.txt", photo)}
    answer = await api.post(path, **{"data": {"caption": caption}, "files": files} | options)
    answer.if_raised(
        TypeError,
        "Has an `UploadFile` a length? What it contains has one: read it first, and `await` that, as in "
        "`add_report` above.",
    )
    answer.if_raised(UnicodeDecodeError, "A photo is no text. `read()` gives its bytes: count those.")
    return answer


def shown(
    trail_id: int, caption: str, photo: bytes = PHOTO, by: str = "a hiker", public: bool = False
) -> dict[str, object]:
    """The answer to a photo."""
    return {"trail_id": trail_id, "caption": caption, "bytes": len(photo), "by": by, "public": public}


PHOTO_NUDGES = [
    Nudge(
        "The trail's id is a text here. It should be a whole number.",
        when=lambda it: isinstance(it.json()["trail_id"], str),
    ),
    Nudge(
        "The request has the header `X-Ranger`, and the app did not find it. Does `x_ranger` have a place?",
        when=lambda it: it.json()["by"] == "a hiker" and "x-ranger" in it.response.request.headers,
    ),
    Nudge(
        "The request has no header `X-Ranger`: then it is `a hiker`.",
        when=lambda it: it.json()["by"] != "a hiker" and "x-ranger" not in it.response.request.headers,
    ),
    Nudge(
        "`public` is true or false. Which type makes that of the text in the query, and what is its default?",
        when=lambda it: not isinstance(it.json()["public"], bool),
    ),
    Nudge(
        "`public` is as the query says, and false where it says nothing.",
        when=lambda it: it.json()["public"] is not ("public=yes" in str(it.response.request.url)),
    ),
]


@photos.check
async def takes_all_values(api: Api) -> None:
    """Takes each value from its place, and counts the bytes of any photo"""
    answer = await send_photo(api, "/trails/2/photos?public=yes", headers={"X-Ranger": "Ida"})
    nudge = [*PHOTO_NUDGES, "Compare the body with the brief, value by value."]
    answer.expect(done(answer), shown(2, "Dawn", by="Ida", public=True), nudge=nudge)
    answer = await send_photo(api, "/trails/31/photos?public=no", "é", SIGNS, headers={"X-Ranger": "Noor"})
    signs = Nudge(
        "The photo was counted in characters. Its size is the number of its bytes.",
        when=lambda it: it.json()["bytes"] == len(SIGNS.decode()),
    )
    wanted = shown(31, "é", SIGNS, by="Noor")
    answer.expect(done(answer), wanted, nudge=[signs, *PHOTO_NUDGES])
    answer = await send_photo(api, "/trails/2/photos?public=yes", photo=BINARY, headers={"X-Ranger": "Ida"})
    some = Nudge(
        "Some bytes of this photo were not counted. Is all of it read?",
        when=lambda it: 0 < it.json()["bytes"] < len(BINARY),
    )
    answer.expect(done(answer), shown(2, "Dawn", BINARY, "Ida", True), nudge=[some, *PHOTO_NUDGES])


@photos.check
async def has_defaults(api: Api) -> None:
    """Does without the header, without the query, and without both"""
    nudge = "Neither the header nor `public` was sent. They have defaults: `a hiker`, and false."
    answer = await send_photo(api, "/trails/1/photos", "Noon")
    answer.expect(done(answer), shown(1, "Noon"), nudge=[*PHOTO_NUDGES, nudge])
    answer = await send_photo(api, "/trails/1/photos", "Noon", headers={"X-Ranger": "Ida"})
    answer.expect(done(answer), shown(1, "Noon", by="Ida"), nudge=PHOTO_NUDGES)
    answer = await send_photo(api, "/trails/1/photos?public=yes", "Noon")
    answer.expect(done(answer), shown(1, "Noon", public=True), nudge=PHOTO_NUDGES)


@photos.check
async def needs_photo_and_caption(api: Api) -> None:
    """Refuses a form without photo or without caption"""
    answer = await send_photo(api, files={"other": ("dawn.txt", PHOTO)})
    answer.expect(422, nudge="The photo is required: its parameter has no default.")
    for query in ("", "?caption=Dawn"):
        answer = await send_photo(api, f"/trails/2/photos{query}", data={})
        answer.expect(422, nudge="The caption is required, in the form: its parameter has no default.")


@photos.check
async def has_limits(api: Api) -> None:
    """Refuses wrong ids, captions that are too short or too long, and a `public` that is neither"""
    for trail_id in ("0", "-1"):
        answer = await send_photo(api, f"/trails/{trail_id}/photos")
        answer.expect(422, nudge="The id of a trail is at least 1. `Path` takes the same limits as `Field`.")
    for trail_id in ("2.5", "two"):
        answer = await send_photo(api, f"/trails/{trail_id}/photos")
        answer.expect(422, nudge=f"The id of a trail is a whole number, and {trail_id} is none.")
    for caption in ("", "a" * 81):
        answer = await send_photo(api, caption=caption)
        answer.expect(422, nudge="A caption has 1 to 80 characters. `Form` takes the same limits as `Field`.")
    for caption in ("a", "é" * 80):
        answer = await send_photo(api, caption=caption)
        answer.expect(done(answer), shown(2, caption), nudge=PHOTO_NUDGES)
    answer = await send_photo(api, "/trails/2/photos?public=perhaps")
    answer.expect(422, nudge="`public` is true or false, and `perhaps` is neither.")


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


async def free_number(api: Api) -> int:
    """A number that nobody wears: a learner may have handed out some."""
    for number in itertools.islice(badge_numbers, 50):
        if (await api.get(f"/badges/{number}")).status_code != 200:
            return number
    return next(badge_numbers)


async def hand_out(api: Api, ranger: str = "Ida", number: int | None = None) -> tuple[dict[str, Any], Answer]:
    """Hand out a badge that nobody wears yet, and judge all of the answer but its headers."""
    badge = {"number": await free_number(api) if number is None else number, "ranger": ranger}
    answer = await api.post("/badges", json=badge)
    nudge = [
        Nudge(
            "Nobody has this number yet, whatever the ranger's name is. What do you compare?",
            when=lambda it: it.status_code == 409,
        ),
        Nudge(
            "The body is the badge alone, not an object with the badge in it.",
            when=lambda it: badge in it.json().values(),
        ),
        "The body is the badge, with its number and its ranger.",
    ]
    answer.expect(201, badge, nudge=nudge)
    return badge, answer


@badges.check
async def hands_out(api: Api) -> None:
    """Answers a new badge with 201, the badge and its address"""
    for ranger in ("Ida", "Zoë van der Berg"):
        badge, answer = await hand_out(api, ranger)
        nudge = [
            Nudge(
                "The header `Location` does not lead to this badge.", when=lambda it: "location" in it.headers
            ),
            "Set `Location` on the parameter `response` and return the badge. Where you return a response of "
            "your own, that one needs the header: what is set on the parameter is not added to it.",
        ]
        expect_location(answer, f"/badges/{badge['number']}", nudge)


JUST_HANDED_OUT = [
    Nudge(
        "This badge was handed out just before, and now it is not found. Under which key is it stored, "
        "and of which type is the number in the path?",
        when=lambda it: it.status_code == 404,
    ),
    "This badge was handed out just before.",
]


@badges.check
async def finds_badges(api: Api) -> None:
    """Answers a badge by its number, and 404 for others"""
    first, _ = await hand_out(api, "Noor")
    second, _ = await hand_out(api, "Ida")
    for badge in (first, second):
        answer = await api.get(f"/badges/{badge['number']}")
        answer.expect(200, badge, nudge=JUST_HANDED_OUT)
    for _ in range(2):
        answer = await api.get(f"/badges/{await free_number(api)}")
        nudge = "Nobody wears this badge: raise `HTTPException(404)`, do not return something."
        answer.expect(404, nudge=nudge)


@badges.check
async def refuses_a_taken_number(api: Api) -> None:
    """Refuses a number that is taken with 409, by whomever, and keeps the badge"""
    badge, _ = await hand_out(api)
    for ranger in ("Noor", "Ida"):
        answer = await api.post("/badges", json={**badge, "ranger": ranger})
        nudge = (
            "This number was handed out just before. The request contradicts what is stored: that is a 409."
        )
        answer.expect(409, nudge=nudge)
        answer = await api.get(f"/badges/{badge['number']}")
        nudge = "A refused request leaves the badge as it was. Look before you store."
        answer.expect(200, badge, nudge=nudge)


@badges.check
async def refuses_wrong_badges(api: Api) -> None:
    """Refuses with 422 what is no number from 1 to 9999, and what has no name, and no others"""
    for number in (0, -1, 10000, 7.5, "seven", None):
        answer = await api.post("/badges", json={"number": number, "ranger": "Ida"})
        nudge = (
            "A number is a whole number, 1 to 9999. `Field` says so in the model, and FastAPI sends the 422."
        )
        answer.expect(422, nudge=nudge)
    for nameless in ({}, {"ranger": None}, {"ranger": ["Ida"]}, {"ranger": 7}):
        answer = await api.post("/badges", json={"number": 9998, **nameless})
        answer.expect(422, nudge="`ranger` is a text, and required: a field without a default.")
    answer = await api.post("/badges", json={"ranger": "Ida"})
    answer.expect(422, nudge="The number is missing. A field without a default is required.")
    for number in (1, 9999):
        answer = await api.post("/badges", json={"number": number, "ranger": "Ida"})
        answer.require(
            answer.status_code in (201, 409),
            "201, or 409 if you have handed it out already",
            nudge=[
                Nudge(
                    "1 and 9999 are good numbers: `ge` and `le` include the limit, `gt` and `lt` do not.",
                    when=lambda it: complaints(it)[0].type in ("less_than", "greater_than"),
                ),
                Nudge("1 and 9999 are good numbers.", when=lambda it: it.status_code == 422),
            ],
            differs=f"The status is {answer.status_code}, expected 201.",
        )
        answer = await api.get(f"/badges/{number}")
        answer.require(
            same_number(answer, number),
            f"200, and the badge {number}",
            status=200,
            nudge=f"Badge {number} was handed out.",
        )


def same_number(answer: Answer, number: int) -> bool:
    """Whether this is the badge with this number; who wears it, a learner may have said before."""
    body = answer.json()
    return isinstance(body, dict) and body.get("number") == number


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

ROUTERS = [{"detail": "Not Found"}, {"detail": "Method Not Allowed"}]
"""What the router's refusals are without a handler."""

PROBLEM_NUDGES = [
    Nudge(
        "This one is the router's, in its own format. It raises Starlette's `HTTPException`, and a handler "
        "for FastAPI's does not see it.",
        when=lambda it: it.json() in ROUTERS,
    ),
    Nudge(
        "This is FastAPI's own format: it seems that no handler of yours was asked.",
        when=lambda it: list(it.json()) == ["detail"],
    ),
    Nudge(
        "No answer was sent at all. Does your handler return its response?",
        when=lambda it: it.status_code == 500 and it.raised is None and it.text == "Internal Server Error",
    ),
    Nudge(
        "The handler's answer has the status code of a success. `JSONResponse` takes it as `status_code`.",
        when=lambda it: it.status_code == 200,
    ),
    Nudge(
        "A handler of yours has answered with another code than the exception's, `error.status_code`.",
        when=lambda it: (
            it.json()["detail"] in ("Not Found", "Method Not Allowed")
            and it.json()["detail"] != HTTPStatus(it.status_code).phrase
        ),
    ),
]

ONE_CODE = Nudge(
    "The router's 404 has your format, and its 405 has not. Is your handler for that one code only?",
    when=lambda it: it.json() in ROUTERS,
)
"""For a 405 that was asked for after the router's 404."""


def text_or(found: object, otherwise: str) -> str:
    """A text that is open, so any will do but none."""
    return found if isinstance(found, str) and found else otherwise


def right_entries(errors: object) -> list[object]:
    """The list in a 422 as it should be, with what is right in it left as it is."""
    if not (isinstance(errors, list) and errors and all(isinstance(entry, dict) for entry in errors)):
        return [{"loc": ["..."], "msg": "..."}]
    return [
        {
            **entry,
            "loc": loc if isinstance(loc := entry.get("loc"), list) and loc else ["..."],
            "msg": text_or(entry.get("msg"), "..."),
        }
        for entry in errors
    ]


def expect_problem(answer: Answer, status: int, *first: Nudge) -> None:
    """Judge an error's status code and its format; the nudges in `first` are asked before all others."""
    raised = answer.raised
    if isinstance(raised, TypeError) and "object is not callable" in str(raised):
        answer.if_raised(
            TypeError,
            "A handler returns a response, not a dictionary: `JSONResponse(body, status_code)` makes one.",
        )
    nudges: list[str | Nudge] = [*first, *PROBLEM_NUDGES]
    body = answer.json()
    found = body if isinstance(body, dict) else {}
    wanted: dict[str, object] = {
        **found,  # RFC 9457 has more names, and an answer may use them
        "status": status,
        "title": text_or(found.get("title"), HTTPStatus(status).phrase),
        "detail": text_or(found.get("detail"), "..."),
    }
    if status == 422:
        wanted["errors"] = errors = right_entries(found.get("errors"))
        no_list = Nudge(
            "`errors` is a list: one entry for each thing that is wrong, and `loc` and `msg` in each.",
            when=lambda it: (
                it.status_code == 422 and found["status"] == 422 and found.get("errors") != errors
            ),
        )
        nudges.append(no_list)
    text = f"Every error is an object with `status`, `title` and `detail`; its code stays {status}."
    answer.expect(status, wanted, nudge=[*nudges, text])


def expect_errors(answer: Answer, *names: str) -> None:
    """Judge the list in a 422 by the names that it locates, and that it says what is wrong with each."""
    entries = complaints(answer)
    nudge = (
        "One entry for each thing that is wrong, and `loc` and `msg` in each, as `error.errors()` has them."
    )
    found = sorted(str(entry.loc[-1]) for entry in entries)
    differs = f"`errors` locates {quoted(found)}, expected {quoted(sorted(names))}."
    expected = f"`errors` with an entry for {' and '.join(names)}"
    answer.require(found == sorted(names), expected, nudge=nudge, differs=differs)
    told = [entry.msg for entry in entries]
    right = all(told) and len(set(told)) == len(told)
    differs = "Different things are wrong, and `msg` does not say what."
    answer.require(right, f"{expected}, and in `msg` what is wrong there", nudge=nudge, differs=differs)


def quoted(names: list[str]) -> str:
    return " and ".join(f"`{name}`" for name in names) or "nothing"


@desk.check
async def shapes_own_refusals(api: Api) -> None:
    """Gives the format to a 404 of the app's own"""
    for trail in ("Nowhere", "Lake"):
        answer = await api.post("/notes", json={"trail": trail, "secret": SECRET})
        expect_problem(answer, 404)


@desk.check
async def shapes_the_routers_refusals(api: Api) -> None:
    """Gives the format to the router's 404 and 405"""
    for path in ("/nowhere", "/notes/1"):
        expect_problem(await api.get(path), 404)
    for method in ("DELETE", "GET"):
        expect_problem(await api.request(method, "/notes"), 405, ONE_CODE)


JSON_TYPE = {"Content-Type": "application/json"}


@desk.check
async def shapes_invalid_requests(api: Api) -> None:
    """Gives the format to a 422, and lists what is wrong"""
    answer = await api.post("/notes", json={"secret": "4711"})
    expect_problem(answer, 422)
    expect_errors(answer, "trail", "secret")
    answer = await api.post("/notes", json={"trail": "Lake Loop"})
    expect_problem(answer, 422)
    expect_errors(answer, "secret")
    for content in ("{", "[]", ""):
        expect_problem(await api.post("/notes", content=content, headers=JSON_TYPE), 422)


def tells(answer: Answer, *private: str) -> bool:
    """Whether one of these texts is in the answer, in its body or a header."""
    headers = " ".join(answer.headers.values())
    return any(text in answer.text or text in headers for text in private)


@desk.check
async def echoes_nothing(api: Api) -> None:
    """Never sends back what was sent"""
    whole = Nudge(
        "What was sent came back, as `input`. Take `loc` and `msg` out of each entry, and leave the rest "
        "behind.",
        when=lambda it: '"input"' in it.text,
    )
    detail = Nudge(
        "What was sent came back in `detail`.",
        when=lambda it: any(text in str(it.json()["detail"]) for text in (SECRET, "4711-ash")),
    )
    bodies: tuple[dict[str, Any], ...] = (
        {"secret": SECRET},
        {"trail": 4, "secret": SECRET},
        {"trail": [SECRET], "secret": {"secret": SECRET}},
        {"trail": "Lake Loop", "secret": "4711-ash"[:7]},
        {"trail": "Nowhere", "secret": SECRET},
        {"trail": SECRET, "secret": "long enough"},
    )
    for body in bodies:
        answer = await api.post("/notes", json=body)
        expected = "an error without anything of what was sent, and without `input`"
        right = not tells(answer, SECRET, "4711-as", '"input"')
        answer.require(right, expected, nudge=[whole, detail, "What was sent came back in this error."])
    answer = await api.post("/notes", content=f'{{"secret": "{SECRET}"', headers=JSON_TYPE)
    nudge = [whole, detail, "The body is no JSON, and all of it came back."]
    answer.require(not tells(answer, SECRET), "an error without anything of what was sent", nudge=nudge)


@desk.check
async def leaves_the_rest(api: Api) -> None:
    """Leaves answers alone that are no errors"""
    answer = await api.post("/notes", json={"trail": "Lake Loop", "secret": SECRET})
    nudge = "Before the change this note was accepted, and its trail was the answer: so it still should be."
    answer.expect(201, {"trail": "Lake Loop"}, nudge=nudge)


# 5.4

IDA = {"id": 1, "name": "Ida", "station": "Lake"}
NOOR = {"id": 2, "name": "Noor", "station": "Gorge"}
PRIVATE = ("555-0101", "555-0102", "41000", "43000")

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


def new_ranger() -> dict[str, Any]:
    """A ranger whom nobody has created yet."""
    number = next(fresh)
    phone = f"555-{number}"
    return {"name": f"Ranger {number}", "station": "Über dem Grat", "phone": phone, "salary": 390000 + number}


BEFORE = "Before the change this listed all rangers, as a list: the first two are Ida and Noor."


@office.check
async def still_works(api: Api) -> None:
    """Still lists, finds and creates rangers, and stores their phone"""
    answer = await api.get("/rangers")
    body = answer.json()
    listed = (
        [(r.get("id"), r.get("name")) for r in body if isinstance(r, dict)] if isinstance(body, list) else []
    )
    first_two = listed[:2] == [(1, "Ida"), (2, "Noor")]
    other_ids = Nudge(
        "Ida and Noor are there, but not with the ids 1 and 2: hikers may see the `id`.",
        when=lambda it: [name for _, name in listed[:2]] == ["Ida", "Noor"],
    )
    expected = "200, and a list that begins with Ida, whose id is 1, and Noor, whose id is 2"
    answer.require(first_two, expected, status=200, nudge=[other_ids, BEFORE])
    for known in (IDA, NOOR):
        answer = await api.get(f"/rangers/{known['id']}")
        right = isinstance(answer.json(), dict) and answer.json().get("name") == known["name"]
        nudge = "Before the change this was the ranger with this id."
        answer.require(right, f"200, and {known['name']}", status=200, nudge=nudge)
    answer = await api.get("/callers/555-0102")
    right = isinstance(answer.json(), dict) and answer.json().get("name") == "Noor"
    nudge = "Before the change this was the ranger with this phone."
    answer.require(right, "200, and Noor", status=200, nudge=nudge)
    one, other = new_ranger(), new_ranger()
    one["name"] = f"{other['name']} Noor"  # a part of a name is another name
    for sent in (one, other):
        created = await api.post("/rangers", json=sent)
        created.require(
            isinstance(created.json(), dict),
            "200 or 201, and the ranger",
            status=done(created),
            nudge=[
                Nudge("No ranger has this name yet.", when=lambda it: it.status_code == 409),
                "Before the change this created a ranger.",
            ],
        )
        answer = await api.get(f"/callers/{sent['phone']}")
        nudge = (
            "The ranger with this phone was created just before. Before the change it was found: "
            "the phone has to be stored, it just must not leave."
        )
        body = answer.json()
        answer.require(
            isinstance(body, dict) and body.get("name") == sent["name"],
            f"200, and the ranger called {sent['name']}",
            status=200,
            nudge=[Nudge(nudge, when=lambda it: it.status_code == 404), nudge],
        )
        answer = await api.get("/rangers")
        names = [r.get("name") for r in answer.json() if isinstance(r, dict)]
        nudge = "A ranger was created just before. Before the change the list had each new one."
        answer.require(sent["name"] in names, f"a list with {sent['name']} in it", nudge=nudge)


def only_public(answer: Answer, *private: str) -> None:
    """Judge that rangers have the three public fields alone, and that no header has a `private` text."""
    rangers = answer.json() if isinstance(answer.json(), list) else [answer.json()]
    for ranger in rangers:
        seen = set(ranger) if isinstance(ranger, dict) else set()
        more, less = sorted(seen - set(IDA)), sorted(set(IDA) - seen)
        differs = (
            f"`{more[0]}` is there, and is not expected." if more else f"`{[*less, 'id'][0]}` is missing."
        )
        nudge = [
            Nudge(
                "A hiker who looks at this answer sees more than `id`, `name` and `station`.",
                when=lambda _: more,  # noqa: B023 - asked at once
            ),
            "Now something is missing that hikers may see.",
        ]
        expected = "rangers with `id`, `name` and `station`"
        answer.require(seen == set(IDA), expected, nudge=nudge, differs=differs)
    headers = " ".join(answer.headers.values())
    answer.require(
        not any(text in headers for text in private),
        "headers without a phone or a salary",
        nudge="A phone or a salary stands in a header of this answer, and hikers see headers, too.",
    )


@office.check
async def keeps_private_fields(api: Api) -> None:
    """Sends out id, name and station, and nothing else"""
    for answer in (
        await api.get("/rangers/1"),
        await api.get("/rangers"),
        await api.get("/callers/555-0102"),
    ):
        only_public(answer, *PRIVATE)
    (await api.get("/rangers/2")).expect(200, NOOR, nudge="It is Noor, with what hikers may see.")
    (await api.get("/callers/555-0101")).expect(200, IDA, nudge="This is Ida's phone.")
    sent = new_ranger()
    answer = await api.post("/rangers", json=sent)
    only_public(answer, sent["phone"], str(sent["salary"]))
    body = answer.json()
    wanted = {"id": body["id"], "name": sent["name"], "station": sent["station"]}
    answer.expect(done(answer), wanted, nudge="It is the new ranger, with what hikers may see.")
    answer = await api.get(f"/rangers/{body['id']}")
    answer.expect(200, wanted, nudge="This ranger was created just before, and this is the id that it got.")


def tells_rangers(answer: Answer) -> Nudge:
    """What to say of an error in which a ranger's phone or salary stands."""
    return Nudge(
        "This error tells hikers what is the office's own: a phone or a salary is in it.",
        when=lambda it: tells(it, *PRIVATE),
    )


def expect_refusal(answer: Answer, codes: tuple[int, ...], nudge: Nudges) -> None:
    """Judge an error's code, and that nothing private is in it."""
    expected = f"{codes[0]}, and nothing about the rangers"
    status = answer.status_code if answer.status_code in codes else codes[0]
    quiet = not tells(answer, *PRIVATE)
    several = [nudge] if isinstance(nudge, str | Nudge) else [*nudge]
    answer.require(quiet, expected, status=status, nudge=[tells_rangers(answer), *several])


@office.check
async def says_not_found(api: Api) -> None:
    """Says with a 404 that there is no such ranger, and nothing about the others"""
    paths = (
        "/rangers/99999",
        "/rangers/0",
        "/rangers/-1",
        "/callers/555-0000",
        "/callers/555-01",
        "/callers/Ida",
    )
    for path in paths:
        answer = await api.get(path)
        nudge = [
            Nudge(
                "A program that reads the status code takes this for a success: it goes on without a ranger.",
                when=lambda it: it.status_code < 300,
            ),
            "It says that something went wrong. There is a code that says exactly what: not found.",
        ]
        refused = path in ("/rangers/0", "/rangers/-1")  # an app may know that ids are positive
        expect_refusal(answer, (404, 422) if refused else (404,), nudge)


@office.check
async def says_taken(api: Api) -> None:
    """Says with a 409 (400 and 422 will do) that the name is taken, and keeps the ranger who has it"""
    again = new_ranger()
    await api.post("/rangers", json=again)
    before = (await api.get("/rangers")).json()
    noor = {"name": "Noor", "station": "Lake", "phone": "555-0199", "salary": 1}
    for sent in (noor, {**noor, "name": "Ida"}, again):
        answer = await api.post("/rangers", json=sent)
        nudge = [
            Nudge(
                "A 404 says that something was not found. Here the name is taken: that is a 409.",
                when=lambda it: it.status_code == 404,
            ),
            "There is a ranger of this name already. Refuse this with 409, conflict.",
        ]
        expect_refusal(answer, (409, 400, 422), nudge)
    for known in (NOOR, IDA):
        answer = await api.get(f"/rangers/{known['id']}")
        answer.expect(200, known, nudge="The refused request has changed the ranger who has the name.")
    answer = await api.get("/rangers")
    answer.expect(200, before, nudge="A refused ranger was stored all the same. Look before you store.")


# 5.app

SEEDS: list[dict[str, Any]] = [
    {"id": 1, "name": "Lake Loop", "length_km": 6.5, "difficulty": "easy", "region": "Alps"},
    {"id": 2, "name": "Fern Valley", "length_km": 9.0, "difficulty": "easy", "region": "Jura"},
    {"id": 3, "name": "Ridge Path", "length_km": 14.0, "difficulty": "hard", "region": "Alps"},
    {"id": 4, "name": "Gorge Steps", "length_km": 4.0, "difficulty": "hard", "region": "Jura"},
    {"id": 5, "name": "Summit Trail", "length_km": 18.5, "difficulty": "moderate", "region": "Alps"},
]
SEED_NOTES = (
    "Boat house code 4711",
    "Eagles nest at km 3",
    "Loose rock, closing soon",
    "Spare key under the step",
    "Ask Ida about the cable",
)
NOTES = "The bear sleeps behind the hut"
NEW_NOTES = "The bear has moved to the cave"

app = exercise(
    "5.app",
    "The trail register",
    hints=[
        "Bring your two handlers from exercise 5.3. Then `GET /trails/{trail_id}`: `find_trail` does the "
        "work, and the right return type keeps the notes inside.",
        "For the list, one model for the filters, `limit` and `offset`, as `Annotated[TrailQuery, Query()]`, "
        "and one for the page. Filter first, count then, cut last: `found[offset : offset + limit]`.",
        "`POST` is like the `PUT`, with the id `next(new_ids)`, where `new_ids = itertools.count(6)`, and a "
        "`Location`. `PATCH` needs a model with `MISSING` as the defaults, and "
        "`record.model_copy(update=patch.model_dump())`.",
    ],
)


def public(trail: dict[str, Any], id: int) -> dict[str, Any]:
    """What leaves of a trail that was sent."""
    return {"id": id, "region": None} | {key: value for key, value in trail.items() if key != "ranger_notes"}


def body_of(trail: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A body to send: a trail without its id, with other fields."""
    return {key: value for key, value in trail.items() if key != "id"} | fields


def new_name() -> str:
    return f"Über den Grat {next(fresh)}"


LEAK = Nudge(
    "`ranger_notes` are in the answer. Which return type does this endpoint have?",
    when=lambda it: it.status_code < 300 and "ranger_notes" in it.text,
)


async def create(api: Api, **fields: Any) -> dict[str, Any]:
    """Create a trail of a new name and return what leaves of it."""
    sent: dict[str, Any] = {"name": new_name(), "length_km": 7.5, "difficulty": "moderate"}
    sent |= {"region": "Check Valley", "ranger_notes": NOTES, **fields}
    return await expect_created(await api.post("/trails", json=sent), sent)


async def expect_created(answer: Answer, sent: dict[str, Any]) -> dict[str, Any]:
    """Judge the answer to a `POST`, and return what leaves of the trail."""
    body = answer.json()
    id = body.get("id") if isinstance(body, dict) else None
    nudge: list[str | Nudge] = [
        LEAK,
        Nudge("No other trail has this name.", when=lambda it: it.status_code == 409),
        Nudge(
            "A `region` that was not sent is `null`.",
            when=lambda it: it.status_code == 201 and "region" not in it.json(),
        ),
        "The body is the new trail: what was sent, an `id`, and no `ranger_notes`.",
    ]
    new = isinstance(id, int) and not isinstance(id, bool) and id not in (trail["id"] for trail in SEEDS)
    if answer.status_code == 201 and isinstance(body, dict) and not new:
        differs = f"The `id` is {json.dumps(id)}, expected a new whole number."
        words = "Each new trail gets an `id`, a whole number that no other trail has."
        answer.require(False, "the new trail, with an `id`", nudge=[LEAK, words], differs=differs)
    wanted = public(sent, id if new else 6)  # type: ignore[arg-type]
    answer.expect(201, wanted, nudge=nudge)
    return wanted


NO_TRAIL = (99999, 0, -1)
"""Ids that no trail has."""


def expect_no_trail(answer: Answer, nudge: Nudges) -> None:
    """Judge the answer for an id that no trail has; an app may know that ids are positive."""
    if answer.status_code == 422 and not answer.response.request.url.path.endswith("9"):
        return
    answer.expect(404, nudge=nudge)


@app.check
async def shows_one_trail(api: Api) -> None:
    """GET /trails/2 answers that trail, and 404 for an unknown id"""
    for trail in SEEDS:
        answer = await api.get(f"/trails/{trail['id']}")
        nudge = "The body is the trail with this id, with its five public fields."
        answer.expect(200, trail, nudge=[LEAK, nudge])
    for trail_id in (*NO_TRAIL, 6):
        answer = await api.get(f"/trails/{trail_id}")
        expect_no_trail(answer, "No trail has this id: raise `HTTPException(404)`.")


async def expect_page(
    api: Api, query: dict[str, Any], ids: list[int], total: int, nudge: str, limit: int = 20, offset: int = 0
) -> None:
    answer = await api.get("/trails", params=query)
    items = [trail for trail in SEEDS if trail["id"] in ids]
    nudges = [
        LEAK,
        Nudge(
            "The list stands in an object, as `items`, with `total`, `limit` and `offset` beside it.",
            when=lambda it: isinstance(it.json(), list),
        ),
        Nudge(
            "A filter that was not given filters nothing: its default is `None`.",
            when=lambda it: it.status_code == 422 and complaints(it)[0].missing,
        ),
        Nudge(
            f"`total` is the number of all trails that fit, whatever the page: {total}.",
            when=lambda it: it.json()["items"] == items and it.json()["total"] != total,
        ),
        Nudge(
            "`max_km=0` was taken for `not given`, because in Python 0 counts as false. Ask `is None`.",
            when=lambda it: query.get("max_km") == 0 and it.json()["items"] == SEEDS,
        ),
        nudge,
    ]
    expected = {"items": items, "total": total, "limit": limit, "offset": offset}
    answer.expect(200, expected, nudge=nudges)


@app.check
async def lists_pages(api: Api) -> None:
    """GET /trails answers a page: items, total, limit and offset"""
    nudge = "Without a query: all trails, in the order of their ids, with the limit 20 and the offset 0."
    await expect_page(api, {}, [1, 2, 3, 4, 5], 5, nudge)
    nudge = "Skip `offset` trails, then take `limit`."
    await expect_page(api, {"limit": 2, "offset": 2}, [3, 4], 5, nudge, 2, 2)
    await expect_page(api, {"limit": 3, "offset": 1}, [2, 3, 4], 5, nudge, 3, 1)
    await expect_page(api, {"limit": 100, "offset": 4}, [5], 5, nudge, 100, 4)
    await expect_page(api, {"limit": 1, "offset": 0}, [1], 5, nudge, 1)
    await expect_page(api, {"limit": 2}, [1, 2], 5, nudge, 2)
    await expect_page(api, {"offset": 3}, [4, 5], 5, nudge, 20, 3)
    nudge = "Beyond the end a page is empty, and `total` is what it was."
    await expect_page(api, {"offset": 50}, [], 5, nudge, 20, 50)
    nudge = "All trails again: a page takes nothing out of what is stored."
    await expect_page(api, {}, [1, 2, 3, 4, 5], 5, nudge)


@app.check
async def filters(api: Api) -> None:
    """GET /trails filters by difficulty, region and length, also together"""
    nudge = "Only trails that fit the filter stay, and `total` counts those."
    await expect_page(api, {"difficulty": "hard"}, [3, 4], 2, nudge)
    await expect_page(api, {"difficulty": "easy"}, [1, 2], 2, nudge)
    await expect_page(api, {"difficulty": "moderate"}, [5], 1, nudge)
    await expect_page(api, {"region": "Jura"}, [2, 4], 2, nudge)
    for region in ("Alp", "Jura and Alps", "Harz"):
        nudge_none = f"No trail has the region {region}, so the list is empty."
        await expect_page(api, {"region": region}, [], 0, nudge_none)
    nudge = "A trail of at most `max_km` stays, one of exactly `max_km`, too."
    await expect_page(api, {"max_km": 9}, [1, 2, 4], 3, nudge)
    await expect_page(api, {"max_km": 6.5}, [1, 4], 2, nudge)
    await expect_page(api, {"max_km": 8.9}, [1, 4], 2, nudge)
    if (await api.get("/trails", params={"max_km": 0})).status_code != 422:  # a length of 0 may be refused
        await expect_page(api, {"max_km": 0}, [], 0, "No trail is at most 0 km long.")
    nudge = "With several filters, only trails that fit all of them stay."
    await expect_page(api, {"difficulty": "hard", "region": "Alps", "max_km": 15}, [3], 1, nudge)
    await expect_page(api, {"difficulty": "hard", "region": "Jura"}, [4], 1, nudge)
    await expect_page(api, {"difficulty": "hard", "max_km": 9}, [4], 1, nudge)
    await expect_page(api, {"region": "Alps", "max_km": 15}, [1, 3], 2, nudge)
    nudge = "Filter first, then cut out the page; `total` counts what the filters left."
    await expect_page(api, {"region": "Alps", "limit": 1, "offset": 1}, [3], 3, nudge, 1, 1)


@app.check
async def bounds_pages(api: Api) -> None:
    """GET /trails refuses wrong limits, offsets and filters"""
    wrong: tuple[dict[str, Any], ...] = (
        *({"limit": 0}, {"limit": -1}, {"limit": 101}, {"limit": "two"}, {"limit": 2.5}),
        *({"offset": -1}, {"offset": "two"}, {"offset": 2.5}),
        *({"difficulty": "steep"}, {"difficulty": "eas"}, {"difficulty": "moderately"}, {"max_km": "far"}),
    )
    for query in wrong:
        answer = await api.get("/trails", params=query)
        nudge = (
            "`limit` is 1 to 100, `offset` at least 0, and a filter has a type. Which parameter lacks its "
            "limits?"
        )
        answer.expect(422, nudge=nudge)


@app.check
async def creates(api: Api) -> None:
    """POST /trails answers 201, the trail and its address, and stores it"""
    trail = await create(api)
    sent = {"name": new_name(), "length_km": 3.0, "difficulty": "easy"}
    answer = await api.post("/trails", json=sent)
    short = await expect_created(answer, sent)
    differs = f"The id {short['id']} is that of the trail before."
    words = "Each new trail gets an id that no other has."
    answer.require(short["id"] != trail["id"], "a new id", nudge=words, differs=differs)
    nudge = [
        Nudge(
            "This `Location` leads elsewhere: it is the path of the new trail, /trails/ and its id.",
            when=lambda it: "location" in it.headers,
        ),
        "`Location` is a header of the answer, as in exercise 5.2.",
    ]
    expect_location(answer, f"/trails/{short['id']}", nudge)
    for stored in (trail, short, *SEEDS):
        answer = await api.get(f"/trails/{stored['id']}")
        words = (
            "This trail was created just before, and" if stored not in SEEDS else "Others were created, and"
        )
        gone = Nudge(f"{words} now it is not found.", when=lambda it: it.status_code == 404)
        answer.expect(200, stored, nudge=[LEAK, gone, f"{words} this is not what it was."])


@app.check
async def replaces(api: Api) -> None:
    """PUT /trails/2 replaces the whole trail"""
    trail, other = await create(api), await create(api)
    for sent in (
        {"name": new_name(), "length_km": 11.0, "difficulty": "hard"},
        {"name": new_name(), "length_km": 2.5, "difficulty": "easy", "region": "Jura", "ranger_notes": NOTES},
    ):
        expected = public(sent, trail["id"])
        answer = await api.put(f"/trails/{trail['id']}", json=sent)
        nudge = [
            LEAK,
            Nudge(
                "A `PUT` replaces all: `region` was not sent, so it gets its default, `null`.",
                when=lambda it: "region" not in sent and it.json()["region"],  # noqa: B023 - asked at once
            ),
            "The body is the trail as it is now.",
        ]
        answer.expect(200, expected, nudge=nudge)
        answer = await api.get(f"/trails/{trail['id']}")
        answer.expect(200, expected, nudge="The answer to `PUT` was right, but it was not stored.")
    answer = await api.get(f"/trails/{other['id']}")
    answer.expect(200, other, nudge="Another trail was replaced, and this one has changed.")
    for trail_id in NO_TRAIL:
        answer = await api.put(f"/trails/{trail_id}", json={**sent, "name": new_name()})
        expect_no_trail(answer, "No trail has this id, so there is nothing to replace.")


def patch_nudges(fields: dict[str, Any]) -> list[str | Nudge]:
    """What to say where a `PATCH` with these fields was answered wrongly."""
    return [
        LEAK,
        Nudge(
            "The trail keeps its own name here. A 409 is for the name of another one.",
            when=lambda it: it.status_code == 409,
        ),
        Nudge(
            "`region` was sent, as `null`, and that is not the same as not sent: the trail has none now.",
            when=lambda it: fields == {"region": None} and it.json()["region"],
        ),
        Nudge(
            "What was sent has not been set.",
            when=lambda it: any(it.json()[key] != fields[key] for key in fields if key != "ranger_notes"),
        ),
        "Only what was sent changes; the rest stays as it was.",
    ]


@app.check
async def changes(api: Api) -> None:
    """PATCH /trails/2 changes what was sent, and nothing else"""
    trail, other = await create(api), await create(api)
    path = f"/trails/{trail['id']}"
    name = trail["name"]
    changes: list[dict[str, Any]] = [
        *({"length_km": 12.5}, {"difficulty": "hard"}, {"region": None}, {}, {"ranger_notes": NEW_NOTES}),
        *({"name": new_name()}, {"name": name, "region": "Jura"}, {"length_km": 1000}, {"length_km": 12.5}),
        {"name": "é" * 76 + str(next(fresh))},
    ]
    for fields in changes:
        trail |= {key: value for key, value in fields.items() if key != "ranger_notes"}
        answer = await api.patch(path, json=fields)
        answer.expect(200, trail, nudge=patch_nudges(fields))
        if fields == changes[0] or fields == changes[-1]:
            answer = await api.get(path)
            answer.expect(200, trail, nudge="The answer to `PATCH` was right, but it was not stored.")
    answer = await api.get(f"/trails/{other['id']}")
    answer.expect(200, other, nudge="Another trail was changed, and this one is not what it was.")
    for trail_id in NO_TRAIL:
        answer = await api.patch(f"/trails/{trail_id}", json={"length_km": 1})
        expect_no_trail(answer, "No trail has this id, so there is nothing to change.")


async def count(api: Api) -> int | None:
    """How many trails there are, by the app's own words; None if it does not say."""
    body = (await api.get("/trails", params={"limit": 1})).json()
    total = body.get("total") if isinstance(body, dict) else None
    return total if isinstance(total, int) else None


@app.check
async def deletes(api: Api) -> None:
    """DELETE /trails/2 answers 204, and 404 the second time; its name is free again"""
    trail, other = await create(api), await create(api)
    path = f"/trails/{trail['id']}"
    total = await count(api)
    await expect_deleted(api, path, "This trail was created just before.")
    answer = await api.delete(path)
    answer.expect(404, nudge="The trail is gone already: 404.")
    answer = await api.get(path)
    answer.expect(404, nudge="The trail was deleted, and it is still there.")
    for rest in (SEEDS[0], other):
        answer = await api.get(f"/trails/{rest['id']}")
        gone = Nudge(
            "Another trail was deleted, and this one is gone.", when=lambda it: it.status_code == 404
        )
        answer.expect(200, rest, nudge=[gone, "Another trail was deleted. This one stays."])
    answer = await api.get("/trails", params={"limit": 1})
    left = await count(api)
    right = total is None or left == total - 1
    differs = f"`total` is {left} after the deletion, and was {total} before."
    answer.require(
        right, "one trail less than before", nudge="A deleted trail counts no more.", differs=differs
    )
    sent = body_of(trail)
    answer = await api.post("/trails", json=sent)
    new = await expect_created(answer, sent)
    elsewhere = (
        "A trail was deleted before this one was created, and `Location` leads elsewhere than to its `id`."
    )
    expect_location(answer, f"/trails/{new['id']}", elsewhere)
    answer = await api.get(f"/trails/{other['id']}")
    nudge = (
        "A trail was deleted, then one was created, and that got the id of this one. How many trails there "
        "are says nothing about which ids are free."
    )
    answer.expect(200, other, nudge=nudge)
    for trail_id in NO_TRAIL:
        answer = await api.delete(f"/trails/{trail_id}")
        expect_no_trail(answer, "No trail has this id, so there is nothing to delete.")


OWN_NAME = Nudge("It is the trail's own name, and it may keep it.", when=lambda it: it.status_code == 409)


def in_order(answer: Answer) -> list[Any]:
    """The trails of a page, sorted by their ids."""
    return sorted(answer.json()["items"], key=lambda trail: trail["id"])


@app.check
async def keeps_the_order(api: Api) -> None:
    """Lists what is stored after each change, in the order of the ids"""
    region = f"Valley {next(fresh)}"
    one, two, three = [await create(api, region=region) for _ in range(3)]

    async def expect_listed(*trails: dict[str, Any], after: str) -> None:
        answer = await api.get("/trails", params={"region": region})
        nudge = [
            LEAK,
            Nudge(
                f"After the {after} the trails are in another order. It is always that of the ids.",
                when=lambda it: it.json()["items"] != list(trails) and in_order(it) == list(trails),
            ),
            f"The list is not what is stored after the {after}.",
        ]
        page = {"items": list(trails), "total": len(trails), "limit": 20, "offset": 0}
        answer.expect(200, page, nudge=nudge)

    await expect_listed(one, two, three, after="`POST`")
    one |= {"length_km": 1.5}
    answer = await api.patch(f"/trails/{one['id']}", json={"length_km": 1.5})
    answer.expect(200, one, nudge=patch_nudges({"length_km": 1.5}))
    await expect_listed(one, two, three, after="`PATCH`")
    two |= {"length_km": 0.5}
    answer = await api.put(f"/trails/{two['id']}", json=body_of(two))
    answer.expect(200, two, nudge=[OWN_NAME, "The body is the trail as it is now."])
    await expect_listed(one, two, three, after="`PUT`")
    two |= {"region": None}
    answer = await api.patch(f"/trails/{two['id']}", json={"region": None})
    answer.expect(200, two, nudge=patch_nudges({"region": None}))
    await expect_listed(one, three, after="`PATCH`")
    answer = await api.get("/trails", params={"region": "None"})
    nudge = "A trail without a region fits no filter by region."
    answer.expect(200, {"items": [], "total": 0, "limit": 20, "offset": 0}, nudge=nudge)
    two |= {"region": region}
    answer = await api.patch(f"/trails/{two['id']}", json={"region": region})
    answer.expect(200, two, nudge=patch_nudges({"region": region}))
    await expect_listed(one, two, three, after="`PATCH`")
    await api.delete(f"/trails/{two['id']}")
    await expect_listed(one, three, after="`DELETE`")


WRONG_VALUES: list[dict[str, Any]] = [
    *({"name": ""}, {"name": "a" * 81}, {"name": None}, {"name": 7}),
    *({"length_km": 0}, {"length_km": -1}, {"length_km": 1000.5}, {"length_km": None}, {"length_km": "far"}),
    *({"difficulty": "steep"}, {"difficulty": "eas"}, {"difficulty": None}),
    *({"difficulty": "unhard"}, {"difficulty": "moderately"}, {"difficulty": "easygoing"}),
    *({"region": 7}, {"ranger_notes": None}, {"ranger_notes": 7}),
]
GOOD_VALUES: list[dict[str, Any]] = [
    *({"name": "é"}, {"length_km": 1000}, {"length_km": 0.25}, {"region": None}, {"difficulty": "easy"}),
]


@app.check
async def refuses_wrong_trails(api: Api) -> None:
    """POST and PUT refuse wrong bodies with 422, and take the values at the limits"""
    trail = await create(api)
    path = f"/trails/{trail['id']}"
    good = body_of(trail)
    for fields in WRONG_VALUES:
        body = {**good, "name": new_name(), **fields}
        nudge = f"`{next(iter(fields))}` has a value that the brief does not allow. The model can say so."
        for answer in (await api.post("/trails", json=body), await api.put(path, json=body)):
            answer.expect(422, nudge=nudge)
    for name in ("name", "length_km", "difficulty"):
        body = {key: value for key, value in {**good, "name": new_name()}.items() if key != name}
        for answer in (await api.post("/trails", json=body), await api.put(path, json=body)):
            answer.expect(422, nudge=f"`{name}` is required: a field without a default.")
    for fields in GOOD_VALUES:
        created = await create(api, **fields)
        await expect_deleted(api, f"/trails/{created['id']}", "This trail was created just before.")
    answer = await api.get(path)
    answer.expect(200, trail, nudge="A refused request has changed the trail.")


@app.check
async def refuses_wrong_changes(api: Api) -> None:
    """PATCH refuses wrong values, and null for all but the region"""
    trail = await create(api)
    path = f"/trails/{trail['id']}"
    for fields in WRONG_VALUES:
        answer = await api.patch(path, json=fields)
        null = Nudge(
            "Only `region` may be `null`. How do you tell `null` from not sent? With `MISSING`.",
            when=lambda _: None in fields.values(),  # noqa: B023 - asked at once
        )
        answer.expect(422, nudge=[null, "What a `PATCH` sends has the same limits as in a `POST`."])
    answer = await api.patch(path, json={"length_km": 3, "difficulty": "steep"})
    answer.expect(422, nudge="One of two values is wrong: then nothing is changed.")
    answer = await api.get(path)
    answer.expect(200, trail, nudge="A refused `PATCH` has changed the trail.")


@app.check
async def refuses_taken_names(api: Api) -> None:
    """POST, PUT and PATCH refuse another trail's name with 409"""
    region = f"Valley {next(fresh)}"
    one, two = await create(api, region=region), await create(api, region=region)
    nudge = f"Another trail, the one with the id {one['id']}, has this name."
    for name in (one["name"], SEEDS[4]["name"]):
        answer = await api.post("/trails", json=body_of(two, name=name))
        answer.expect(409, nudge="Another trail has this name.")
        answer = await api.get("/trails", params={"region": region})
        body = answer.json()
        right = not isinstance(body, dict) or body.get("total") == 2
        nudge_stored = "The refused trail was stored all the same. Look before you store."
        answer.require(right, "409, and as many trails as before", nudge=nudge_stored)
    for answer in (
        await api.put(f"/trails/{two['id']}", json=body_of(one)),
        await api.patch(f"/trails/{two['id']}", json={"name": one["name"]}),
        await api.patch(f"/trails/{two['id']}", json={"name": one["name"], "length_km": 1}),
    ):
        answer.expect(409, nudge=nudge)
    answer = await api.get(f"/trails/{two['id']}")
    answer.expect(200, two, nudge="A refused request has changed the trail. Look before you store.")
    for answer in (
        await api.put(f"/trails/{one['id']}", json=body_of(one)),
        await api.patch(f"/trails/{one['id']}", json={"name": one["name"]}),
    ):
        answer.expect(200, one, nudge=[OWN_NAME, "The trail is what it was."])
    sent = body_of(two, name=new_name())
    for _ in range(2):  # the same request in the same words, and a deletion between
        trail = await expect_created(await api.post("/trails", json=sent), sent)
        answer = await api.post("/trails", json=sent)
        answer.expect(409, nudge="The request before this one, the same, has taken the name.")
        await expect_deleted(api, f"/trails/{trail['id']}", "This trail was created just before.")
    short = new_name()
    for name in (f"{short} am See", short):  # a part of a name is another name
        await create(api, name=name)
    freed = one["name"]
    await api.patch(f"/trails/{one['id']}", json={"name": new_name()})
    answer = await api.patch(f"/trails/{two['id']}", json={"name": freed})
    nudge_free = Nudge("The trail that had this name has another now.", when=lambda it: it.status_code == 409)
    answer.expect(200, {**two, "name": freed}, nudge=[nudge_free])


@app.check
async def has_one_format(api: Api) -> None:
    """Gives every error the format of exercise 5.3"""
    trail, other = await create(api), await create(api)
    path = f"/trails/{trail['id']}"
    sent = body_of(trail)
    expect_problem(await api.get("/trails/99999"), 404)
    expect_problem(await api.post("/trails", json=sent), 409)
    expect_problem(await api.put(path, json=body_of(other)), 409)
    expect_problem(await api.patch(path, json={"name": other["name"]}), 409)
    expect_problem(await api.get("/nowhere"), 404)
    expect_problem(await api.request("DELETE", "/trails"), 405, ONE_CODE)
    expect_problem(await api.post(path, json=sent), 405)
    answer = await api.post("/trails", json={"name": new_name(), "length_km": "far"})
    expect_problem(answer, 422)
    expect_errors(answer, "length_km", "difficulty")
    answer = await api.get("/trails", params={"limit": 0, "max_km": "far"})
    expect_problem(answer, 422)
    expect_errors(answer, "limit", "max_km")
    expect_problem(await api.patch(path, json={"name": ""}), 422)
    expect_problem(await api.post("/trails", content="{", headers=JSON_TYPE), 422)


@app.check
async def keeps_the_notes(api: Api) -> None:
    """Never lets the rangers' notes out, not even in an error"""
    trail, other = await create(api), await create(api)
    path = f"/trails/{trail['id']}"
    sent = body_of(trail, ranger_notes=NEW_NOTES)
    nudge = [
        LEAK,
        Nudge("The rangers' notes are in this answer.", when=lambda it: it.status_code < 300),
        Nudge(
            "The rangers' notes stand in a header of this error.",
            when=lambda it: any(note in str(it.headers) for note in (NOTES, NEW_NOTES, *SEED_NOTES)),
        ),
        Nudge(
            "The rangers' notes were sent, and the error sends them back. Leave out `input`.",
            when=lambda it: '"input"' in it.text,
        ),
        Nudge(
            "The rangers' notes stand in the `detail` of this error.",
            when=lambda it: (
                "notes" in str(it.json()["detail"])
                or any(note in str(it.json()["detail"]) for note in (NOTES, NEW_NOTES, *SEED_NOTES))
            ),
        ),
        "The rangers' notes are in this error.",
    ]
    unfinished = f'{{"name": "Ridge", "ranger_notes": "{NEW_NOTES}"'
    for answer in (
        await api.get("/trails", params={"limit": 100}),
        await api.get(path),
        await api.get("/trails/1"),
        await api.post("/trails", json=sent),
        await api.put(f"/trails/{other['id']}", json=sent),
        await api.patch(f"/trails/{other['id']}", json={"name": trail["name"], "ranger_notes": NEW_NOTES}),
        await api.put(path, json=sent),
        await api.patch(path, json={"ranger_notes": NOTES}),
        await api.patch(path, json={"length_km": 5}),
        await api.get("/trails/99999"),
        await api.put("/trails/99999", json=body_of(sent, name=new_name())),
        await api.patch("/trails/99999", json={"ranger_notes": NOTES}),
        await api.post("/trails", json={"ranger_notes": NOTES}),
        await api.patch(path, json={"ranger_notes": [NOTES]}),
        await api.post("/trails", content=unfinished, headers=JSON_TYPE),
        await api.delete(f"/trails/{other['id']}"),
    ):
        said = tells(answer, NOTES, NEW_NOTES, *SEED_NOTES)
        held = not said and "ranger_notes" not in (answer.json() or {})
        answer.require(held, "an answer without the notes", nudge=nudge)


@app.check
async def begins_again(api: Api) -> None:
    """Lists nothing and takes new trails when all are deleted"""
    while (page := (await api.get("/trails", params={"limit": 100})).json())["items"]:
        for trail in page["items"]:
            await expect_deleted(api, f"/trails/{trail['id']}", "This trail was listed just before.")
    empty = {"items": [], "total": 0, "limit": 20, "offset": 0}
    (await api.get("/trails")).expect(200, empty, nudge="All trails are deleted.")
    stored = []
    for _ in range(2):
        sent = {"name": new_name(), "length_km": 7.5, "difficulty": "moderate"}
        answer = await api.post("/trails", json=sent)
        body = answer.json()
        id = body.get("id") if isinstance(body, dict) else None
        known = isinstance(id, int)
        nudge = "No trail was left, and this is a new one."
        answer.require(known, "201, and the trail with its id", status=201, nudge=nudge)
        stored.append(public(sent, int(id or 0)))
    page = {**empty, "items": stored, "total": 2}
    (await api.get("/trails")).expect(200, page, nudge="These two were created just before.")
