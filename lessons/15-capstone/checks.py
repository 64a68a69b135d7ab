"""What lesson 15 asks of the hut desk, milestone by milestone."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import secrets
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import jwt

from course.judging import Answer, Api, NotYet, Nudge, Stream, exercise, expect_value, prediction, require
from course.judging.answers import load_module
from course.lessons import ROOT
from course.running.siege import Attack, Outcome, Strike, attack, besiege

attacks = load_module(ROOT / "lessons" / "08-authentication" / "attacks.py")

prediction(
    "15.r1",
    answer="b",
    why="`TestClient` hands the request to the app itself: no socket, no server, so nothing of what a "
    "server does.",
)
prediction(
    "15.r2",
    answer="c",
    why="Two requests have read the same 1 before one of them has written. Nothing may wait between the "
    "look and "
    "the taking.",
)
prediction(
    "15.r3",
    answer="a",
    why="The signature holds. Without a key that only you have, it would not: whoever can read cannot write.",
)


@contextmanager
def on_an_empty_database() -> Iterator[None]:
    """`DATABASE_URL` names an empty database, and nothing is left of tables that another app has declared."""
    before = os.environ.get("DATABASE_URL")
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as folder:
        os.environ["DATABASE_URL"] = f"sqlite+aiosqlite:///{Path(folder, 'empty.db').as_posix()}"
        if "sqlmodel" in sys.modules:
            models = sys.modules["sqlmodel"].SQLModel
            models.metadata.clear()
            models._sa_registry.dispose()
        try:
            yield
        finally:
            os.environ.pop("DATABASE_URL")
            if before is not None:
                os.environ["DATABASE_URL"] = before


HUTS: list[dict[str, Any]] = [
    {"id": 1, "name": "Lake Hut", "beds": 12, "altitude_m": 1450},
    {"id": 2, "name": "Ridge Hut", "beds": 6, "altitude_m": 2310},
    {"id": 3, "name": "Summit Box", "beds": 2, "altitude_m": 2890},
]
DOOR_CODES = {1: "L-2718", 2: "R-3141", 3: "S-1618"}
WARDEN = ("ada", "lake-loop-7")

fresh = itertools.count(1)


def new_name() -> str:
    """A name that nobody has, also where an app keeps its guests for longer than it should."""
    return f"g{next(fresh)}x{secrets.token_hex(6)}"


def bearer(token: object) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def signed_up(api: Api, name: str, password: str = "fern-valley-9") -> dict[str, str]:
    """A new guest's headers."""
    answer = await api.post("/guests", json={"name": name, "password": password})
    answer.expect(201, {"name": name, "role": "guest"}, nudge="The body is the new guest: `name` and `role`.")
    return await logged_in(api, name, password)


async def logged_in(api: Api, name: str, password: str) -> dict[str, str]:
    """Somebody's headers, from a login."""
    return bearer(await token_of(api, name, password))


async def token_of(api: Api, name: str, password: str) -> str:
    answer = await api.post("/token", data={"username": name, "password": password})
    body = answer.json()
    token = body.get("access_token") if isinstance(body, dict) else None
    nudge = "The body is `access_token` and `token_type`, as OAuth2 wants it."
    answer.require(isinstance(token, str), "200, and a text `access_token`", status=200, nudge=nudge)
    return str(token)


def to_day(text: str, days: int = 0) -> str:
    return (date.fromisoformat(text) + timedelta(days=days)).isoformat()


def unless_let_in(nudge: str) -> Nudge:
    return Nudge(nudge, when=lambda it: it.status_code < 300)


# 15.1

LETS_NOTHING_OUT = "The door code is for those who have booked: a model for what leaves has no field for it."

huts = exercise(
    "15.1",
    "Huts and free beds",
    around=on_an_empty_database,
    patience=3,
    hints=[
        "A model of a hut as it leaves, and a dependency that finds the hut of the path or raises the 404. "
        "The "
        "first night and the nights are query parameters, with limits in `Annotated`.",
        "`Annotated[date, Field(ge=date(2030, 1, 1), le=date(2030, 12, 31))]` is a day that may be booked. "
        "The "
        "nights that follow may be in the next year.",
    ],
)


@huts.check
async def shows_huts(api: Api) -> None:
    """Shows the huts, without their door codes"""
    answer = await api.get("/huts")
    code = Nudge(LETS_NOTHING_OUT, when=lambda it: any(code in it.text for code in DOOR_CODES.values()))
    answer.expect(200, HUTS, nudge=[code, "The body is a list of the huts, in the order of `HUTS`."])
    for hut in HUTS:
        answer = await api.get(f"/huts/{hut['id']}")
        answer.expect(200, hut, nudge=[code, "The body is this one hut."])
    for unknown in (0, 4):
        answer = await api.get(f"/huts/{unknown}")
        answer.expect(404, nudge="No hut has this id.")
    answer = await api.get("/huts/lake")
    answer.require(answer.status_code in (404, 422), "404 or 422", nudge="No hut has this id.")


async def free_beds(api: Api, hut: int, first: str, nights: int = 1) -> list[int]:
    """The free beds in these nights, by the app's own words."""
    answer = await api.get(f"/huts/{hut}/nights", params={"first_night": first, "nights": nights})
    body = answer.json()
    right = (
        isinstance(body, list)
        and [each.get("night") for each in body if isinstance(each, dict)]
        == [to_day(first, n) for n in range(nights)]
        and all(isinstance(each.get("free"), int) for each in body)
    )
    expected = f"a list of {nights} nights from {first} on, each with `night` and `free`"
    answer.require(right, expected, status=200, nudge="Each night is in the list once, in their order.")
    return [each["free"] for each in body]


def lists_nights(days: list[str], answer: Answer) -> bool:
    return [each["night"] for each in answer.json()] == days


@huts.check
async def shows_free_beds(api: Api) -> None:
    """Shows how many beds are free in each night"""
    for hut, first, nights in (
        (1, "2030-07-01", 3),
        (2, "2030-02-27", 4),
        (3, "2030-12-31", 2),
        (3, "2030-01-01", 1),
        (2, "2030-05-20", 14),
    ):
        answer = await api.get(f"/huts/{hut}/nights", params={"first_night": first, "nights": nights})
        beds = HUTS[hut - 1]["beds"]
        days = [to_day(first, n) for n in range(nights)]
        own = Nudge(
            "Nobody has booked yet. `DATABASE_URL` names an empty database: does your app use that one?",
            when=partial(lists_nights, days),
        )
        answer.expect(
            200,
            [{"night": day, "free": beds} for day in days],
            nudge=[own, "Each night is in the list once, in their order; all beds are free."],
        )


NO_DAYS = ("2029-12-31", "2031-01-01", "2030-02-30", "soon")


@huts.check
async def refuses_nights(api: Api) -> None:
    """Refuses nights that cannot be booked: 404, 422"""
    right = {"first_night": "2030-07-01", "nights": "2"}
    for wrong in (
        *({"first_night": day} for day in NO_DAYS),
        *({"nights": nights} for nights in ("0", "15", "-1", "two")),
    ):
        answer = await api.get("/huts/1/nights", params=right | wrong)
        answer.expect(422, nudge="A first night is in 2030, and a stay has 1 to 14 nights.")
    for left_out in right:
        sent = {name: value for name, value in right.items() if name != left_out}
        answer = await api.get("/huts/1/nights", params=sent)
        answer.expect(422, nudge="Both parameters are required.")
    answer = await api.get("/huts/4/nights", params=right)
    answer.expect(404, nudge="No hut has this id.")


# 15.2

guests = exercise(
    "15.2",
    "Guests who log in",
    around=on_an_empty_database,
    patience=3,
    hints=[
        "The login of lesson 08 will do: `OAuth2PasswordRequestForm`, and a dependency that decodes the "
        "token "
        "and finds the account.",
        '`jwt.decode` needs the algorithm, the issuer and the audience by name, and `options={"require": '
        "[...]}` for those that must be there.",
        "Where a database holds the names, it decides who was first: catch its `IntegrityError`. A hash is "
        "made "
        "off the event loop.",
    ],
)


SIX = 6


async def together(calls: Iterable[Awaitable[Any]]) -> list[Any]:
    """What calls at once have given. All are over in the end, also where one of them raised."""
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    return [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]


@guests.check
async def signs_up(api: Api) -> None:
    """Signs guests up: 201, 409, 422"""
    name = new_name()
    await signed_up(api, name, "owl-path-3")
    answer = await api.post("/guests", json={"name": name, "password": "fox-path-4"})
    answer.expect(409, nudge="Somebody has this name already.")
    answer = await api.post("/guests", json={"name": "ada", "password": "fox-path-4"})
    answer.expect(409, nudge="The warden has this name.")
    answer = await api.post("/token", data={"username": name, "password": "fox-path-4"})
    answer.expect(401, nudge="The second sign-up was refused, and changed the password of the first.")
    await logged_in(api, name, "owl-path-3")
    await signed_up(api, "z", "8letters")
    await signed_up(api, new_name().ljust(30, "9"), "a" * 100)
    for wrong in (
        {"name": ""},
        {"name": "a" * 31},
        {"name": "Eva"},
        {"name": "eva maria"},
        {"name": "evä"},
        {"name": "eva\n"},
        {"password": "7letter"},
        {"password": "a" * 101},
        {"name": None},
        {"password": None},
    ):
        sent = {"name": new_name(), "password": "owl-path-3"} | wrong
        answer = await api.post("/guests", json={key: value for key, value in sent.items() if value})
        answer.expect(
            422,
            nudge="A name has 1 to 30 of the letters a to z and digits, a password 8 to 100 characters.",
        )


@guests.check_on_desk
async def gives_a_name_once(api: Api) -> None:
    """Gives a name once, also where several ask for it at one moment (on a desk)"""
    name = new_name()
    async with api.at_one_moment(SIX) as at_once:
        asking = [
            asyncio.create_task(
                api.post("/guests", json={"name": name, "password": f"owl-path-{n}"}, **at_once)
            )
            for n in range(SIX)
        ]
    answers = await together(asking)
    nudge = "Between the look whether a name is free and its being taken somebody else may take it."
    for answer in answers:
        answer.require(answer.status_code in (201, 409), "201 or 409", nudge=nudge)
    came = sorted(answer.status_code for answer in answers)
    require(
        came == [201, *[409] * (SIX - 1)],
        sent=f"POST /guests for one name, {SIX} times at once",
        came_back=", ".join(map(str, came)),
        expected=f"one 201, and {SIX - 1} times 409",
        nudge=nudge,
    )


@guests.check
async def gives_tokens(api: Api) -> None:
    """Gives a token to who knows the password: 200, 401"""
    name = new_name()
    await signed_up(api, name, "owl-path-3")
    for who, password in ((name, "owl-path-3"), WARDEN):
        token = await token_of(api, who, password)
        before = time.time()
        try:
            claims = jwt.decode(
                token,
                attacks.KEY,
                algorithms=["HS256"],
                options={"verify_aud": False, "require": ["sub", "exp", "iss", "aud"]},
            )
        except jwt.PyJWTError as error:
            claims, said = {}, f"a token that PyJWT refuses: {error}"
            signed = not isinstance(error, jwt.InvalidSignatureError)
        else:
            said, signed = json.dumps(claims), True
        sent = f"POST /token for {who}, and its `access_token`"
        require(
            claims.get("sub") == who,
            sent=sent,
            came_back=said,
            expected="a JWT, signed by HS256 with `KEY`, with `sub` (the name), `exp`, `iss` and `aud`",
            nudge="The claims are those of the contract." if signed else "`KEY` signs each token.",
        )
        require(
            before < claims["exp"] <= before + 3601,
            sent=sent,
            came_back=f"it expires {claims['exp'] - before:.0f} seconds from now",
            expected="at most an hour",
            nudge="`exp` is the moment at which it expires.",
        )
    answer = await api.post("/token", data={"username": name, "password": "owl-path-3"})
    kind = answer.json().get("token_type")
    answer.require(
        kind == "bearer", "`token_type` is `bearer`", nudge="The contract has it in small letters."
    )
    for who, password in ((name, "owl-path-4"), (new_name(), "owl-path-3"), ("ada", "owl-path-3")):
        answer = await api.post("/token", data={"username": who, "password": password})
        answer.expect(401, nudge="A wrong password, or a name that nobody has.")


def expect_401(answer: Answer, nudge: str) -> None:
    answer.expect(401, nudge=[unless_let_in(nudge), "Nobody known has sent this."])
    challenge = answer.headers.get("www-authenticate", "")
    answer.require(
        challenge.partition(" ")[0].lower() == "bearer",
        "401\nwww-authenticate: Bearer",
        nudge="A 401 says in `WWW-Authenticate` how to log in.",
    )


@guests.check
async def asks_who_it_is(api: Api) -> None:
    """Says who a token belongs to, and refuses strangers: 401"""
    name = new_name()
    for headers, body in (
        (await signed_up(api, name), {"name": name, "role": "guest"}),
        (await logged_in(api, *WARDEN), {"name": "ada", "role": "warden"}),
    ):
        answer = await api.get("/guests/me", headers=headers)
        answer.expect(200, body, nudge="The body is `name` and `role` of whoever asks.")
    claims = jwt.decode(await token_of(api, *WARDEN), options={"verify_signature": False})

    def forged(without: str = "", **other: Any) -> str:
        kept = {name: value for name, value in {**claims, **other}.items() if name != without}
        return jwt.encode(kept, attacks.KEY, "HS256")

    expect_401(await api.get("/guests/me"), "Without a token nobody is known.")
    for token, why in (
        ("not-a-token", "This is no token."),
        (forged(sub=new_name()), "The token is right, and nobody has this name."),
        (jwt.encode(claims, "x" * 32), "This token was signed with another key."),
        (jwt.encode(claims, "", "none"), "This token is not signed."),
        (jwt.encode(claims, attacks.KEY, "HS384"), "This token is signed by HS384, not by HS256."),
        (forged(exp=int(time.time()) - 3600), "This token has expired an hour ago."),
        (forged(iss="weather-station"), "Another issuer, `iss`, has made this token."),
        (forged(aud="weather-station"), "This token is for another audience, `aud`."),
        *((forged(without=name), f"This token has no `{name}`.") for name in ("sub", "exp", "iss", "aud")),
    ):
        expect_401(await api.get("/guests/me", headers=bearer(token)), why)


# 15.3

bookings = exercise(
    "15.3",
    "Bookings",
    around=on_an_empty_database,
    patience=3,
    hints=[
        "Begin with `POST /bookings` and the list of one's own. Whose a booking is belongs into the search "
        "for "
        "it, so that somebody else's is not found.",
        "A booking takes beds in all of its nights or in none: look at all of them, or take them in one "
        "transaction that is rolled back.",
        "The last night of a stay is `first_night + timedelta(days=nights - 1)`: on the day after it the "
        "beds "
        "are free for others.",
    ],
)


def stay(hut: int, first: str, nights: int = 1, beds: int = 1) -> dict[str, Any]:
    return {"hut_id": hut, "first_night": first, "nights": nights, "beds": beds}


def without_price(body: Any) -> Any:
    """A booking, or a list of them, as milestone 3 looks at it: prices come later."""
    if isinstance(body, list):
        return [without_price(each) for each in body]
    return {key: value for key, value in body.items() if key != "price"} if isinstance(body, dict) else body


async def booked(api: Api, headers: dict[str, str], guest: str, sent: dict[str, Any]) -> dict[str, Any]:
    """Book beds, and judge the answer, its price apart."""
    answer = await api.post("/bookings", json=sent, headers=headers)
    body = answer.json()
    id = body.get("id") if isinstance(body, dict) else None
    nudge = "The body is the booking: what was sent, and `id`, `guest`, `price` and `door_code`."
    free = Nudge("So many beds are free in all of these nights.", when=lambda it: it.status_code == 409)
    answer.require(isinstance(id, int), "201, and the booking with its id", status=201, nudge=[free, nudge])
    expected = {"id": id, "guest": guest, **sent, "door_code": DOOR_CODES[sent["hut_id"]]}
    expect_value(
        without_price(body),
        expected,
        sent=f"POST /bookings with {json.dumps(sent)}; the answer without its price",
        nudge=nudge,
    )
    return expected


async def list_of(api: Api, headers: dict[str, str]) -> list[dict[str, Any]]:
    """The bookings that somebody sees."""
    answer = await api.get("/bookings", headers=headers)
    body = answer.json()
    right = isinstance(body, list) and all(isinstance(each, dict) for each in body)
    answer.require(right, "200, and a list of bookings", status=200)
    return list(without_price(body))


async def expect_free(api: Api, hut: int, first: str, wanted: list[int], sent: str, nudge: str) -> None:
    expect_value(
        await free_beds(api, hut, first, len(wanted)),
        wanted,
        sent=f"{sent}, then GET /huts/{hut}/nights?first_night={first}&nights={len(wanted)}, the free beds",
        nudge=nudge,
    )


@bookings.check
async def books_beds(api: Api) -> None:
    """Books beds, which are then taken: 201, 404, 422"""
    name = new_name()
    headers = await signed_up(api, name)
    made = await booked(api, headers, name, stay(1, "2030-03-30", 3, 5))
    nudge = "The beds are taken in each night of the stay, and in no other."
    sent = "POST /bookings for 5 of 12 beds, 3 nights from 2030-03-30"
    await expect_free(api, 1, "2030-03-29", [12, 7, 7, 7, 12], sent, nudge)
    await expect_free(api, 2, "2030-03-30", [6], sent, "It is another hut.")
    answer = await api.get(f"/bookings/{made['id']}", headers=headers)
    answer.require(without_price(answer.json()) == made, "200, and the booking", status=200)
    for unknown in ("0", "99999", str(10**19), str(10**30)):
        answer = await api.get(f"/bookings/{unknown}", headers=headers)
        wanted = [404] if unknown == "99999" else [404, 422]
        answer.require(answer.status_code in wanted, "404", nudge="No booking has this id.")
    answer = await api.post("/bookings", json=stay(4, "2030-03-30"), headers=headers)
    answer.expect(404, nudge="No hut has this id.")
    right = stay(1, "2030-05-01", 2, 2)
    wrongs: list[dict[str, Any]] = [
        *({"first_night": day} for day in NO_DAYS),
        *({"nights": nights} for nights in (0, 15)),
        *({"beds": beds} for beds in (0, 9, -1)),
        *({name: None} for name in right),
    ]
    for wrong in wrongs:
        answer = await api.post("/bookings", json=right | wrong, headers=headers)
        answer.expect(422, nudge="A first night is in 2030, a stay has 1 to 14 nights and 1 to 8 beds.")
    for left_out in right:
        sent_now = {key: value for key, value in right.items() if key != left_out}
        answer = await api.post("/bookings", json=sent_now, headers=headers)
        answer.expect(422, nudge="All four are required.")
    await expect_free(api, 1, "2030-05-01", [12, 12], "POST /bookings with wrong values", "All were refused.")
    expect_401(await api.post("/bookings", json=right), "Only guests book.")
    await booked(api, await logged_in(api, *WARDEN), "ada", stay(2, "2030-05-01"))
    await booked(api, headers, name, stay(1, "2030-12-31", 14, 8))
    await booked(api, headers, name, stay(3, "2030-01-01", 1, 1))


@bookings.check
async def never_overbooks(api: Api) -> None:
    """Takes all beds of a booking or none: 409"""
    name = new_name()
    headers = await signed_up(api, name)

    async def refused(sent: dict[str, Any], why: str) -> None:
        before = [await free_beds(api, hut, "2030-04-01", 14) for hut in (2, 3)]
        answer = await api.post("/bookings", json=sent, headers=headers)
        answer.expect(409, nudge=[unless_let_in(why), "Beds that are not free are a conflict."])
        expect_value(
            [await free_beds(api, hut, "2030-04-01", 14) for hut in (2, 3)],
            before,
            sent=f"POST /bookings with {json.dumps(sent)}, which is refused, and the free beds from "
            "2030-04-01",
            nudge="A refused booking takes no bed, in none of its nights.",
        )

    await refused(stay(3, "2030-04-01", 1, 3), "The hut has two beds.")
    await refused(stay(2, "2030-04-01", 2, 8), "The hut has six beds.")
    await booked(api, headers, name, stay(3, "2030-04-04", 1, 1))
    await refused(stay(3, "2030-04-04", 1, 2), "One of the two beds is taken.")
    await booked(api, headers, name, stay(3, "2030-04-04", 1, 1))
    for first, nights in (("2030-04-04", 1), ("2030-04-02", 3), ("2030-04-04", 3), ("2030-04-01", 10)):
        await refused(stay(3, first, nights), "No bed is free in the night of 2030-04-04.")
    await booked(api, headers, name, stay(3, "2030-04-02", 2, 2))
    await booked(api, headers, name, stay(3, "2030-04-05", 2, 2))
    await booked(api, headers, name, stay(2, "2030-04-01", 4, 4))
    await booked(api, headers, name, stay(2, "2030-04-07", 4, 3))
    await refused(stay(2, "2030-04-03", 6, 3), "Three beds are free in no more than some of these nights.")
    await booked(api, headers, name, stay(2, "2030-04-03", 6, 2))
    sent = "several bookings of hut 2"
    nudge = "Each night has its own free beds: what one booking takes in a night is not free for others then."
    await expect_free(api, 2, "2030-04-01", [2, 2, 0, 0, 4, 4, 1, 1, 3, 3, 6], sent, nudge)


@bookings.check
async def keeps_guests_apart(api: Api) -> None:
    """Shows guests their own bookings, and the warden all: 401, 404"""
    ben, cleo = new_name(), new_name()
    bens, cleos = await signed_up(api, ben), await signed_up(api, cleo)
    wardens = await logged_in(api, *WARDEN)
    made = [
        await booked(api, headers, name, stay(1, day))
        for headers, name, day in (
            (bens, ben, "2030-09-03"),
            (cleos, cleo, "2030-09-02"),
            (bens, ben, "2030-09-01"),
        )
    ]
    for headers, wanted in ((bens, [made[0], made[2]]), (cleos, [made[1]])):
        nudge = "These are the bookings of whoever asks, in the order of their ids."
        expect_value(await list_of(api, headers), wanted, sent="GET /bookings", nudge=nudge)
    found = [each for each in await list_of(api, wardens) if each.get("guest") in (ben, cleo)]
    expect_value(
        found,
        made,
        sent="GET /bookings by the warden, those of two guests",
        nudge="The warden sees the bookings of all, in the order of their ids.",
    )
    answer = await api.get(f"/bookings/{made[1]['id']}", headers=wardens)
    answer.require(without_price(answer.json()) == made[1], "200, and the booking", status=200)
    answer = await api.get(f"/bookings/{made[1]['id']}", headers=bens)
    answer.expect(404, nudge="It is somebody else's. To him it is not there.")
    for path in ("/bookings", f"/bookings/{made[0]['id']}"):
        expect_401(await api.get(path), "Whose booking it is, nobody has said.")


@bookings.check
async def cancels(api: Api) -> None:
    """Cancels a booking, and its beds are free again: 204, 404"""
    ben, cleo = new_name(), new_name()
    bens, cleos = await signed_up(api, ben), await signed_up(api, cleo)
    first, second, third = [
        await booked(api, bens, ben, stay(2, "2030-10-10", nights, 2)) for nights in (1, 3, 2)
    ]
    await expect_free(api, 2, "2030-10-10", [0, 2, 4, 6], "three bookings", "Their beds are taken.")
    path = f"/bookings/{second['id']}"
    answer = await api.delete(path, headers=cleos)
    answer.expect(404, nudge=[unless_let_in("It is somebody else's booking."), "To her it is not there."])
    expect_401(await api.delete(path), "Nobody has said who wants it.")
    await expect_free(api, 2, "2030-10-10", [0, 2, 4, 6], f"DELETE {path} by another", "It was refused.")
    answer = await api.delete(path, headers=bens)
    answer.expect(204, None)
    nudge = "The beds of this booking are free again in all of its nights, and no others are."
    await expect_free(api, 2, "2030-10-10", [2, 4, 6, 6], f"DELETE {path}", nudge)
    for again in (await api.delete(path, headers=bens), await api.get(path, headers=bens)):
        again.expect(404, nudge="It is gone.")
    await expect_free(api, 2, "2030-10-10", [2, 4, 6, 6], f"DELETE {path}, twice", "It was gone already.")
    answer = await api.delete(f"/bookings/{third['id']}", headers=await logged_in(api, *WARDEN))
    answer.expect(204, None, nudge="The warden may cancel any booking.")
    await expect_free(api, 2, "2030-10-10", [4, 6, 6], "two cancelled", nudge)
    expect_value(
        await list_of(api, bens),
        [first],
        sent="GET /bookings, after two were cancelled",
        nudge="One is left.",
    )
    fourth = await booked(api, bens, ben, stay(2, "2030-10-20", 2, 3))
    path = f"/bookings/{fourth['id']}"
    came = [
        answer.status_code for answer in await together(api.delete(path, headers=bens) for _ in range(SIX))
    ]
    sent = f"DELETE {path}, {SIX} times at once"
    require(
        204 in came and {*came} <= {204, 404},
        sent=sent,
        came_back=", ".join(map(str, came)),
        expected="a 204, and for others a 204 or a 404",
        nudge="Between the look for a booking and its end somebody else may end it.",
    )
    await expect_free(api, 2, "2030-10-20", [6, 6], sent, "Its beds are given back once.")
    again_booked = await booked(api, cleos, cleo, stay(2, "2030-10-10", 1, 4))
    require(
        again_booked["id"] not in (first["id"], second["id"], third["id"]),
        sent="POST /bookings, after two were cancelled",
        came_back=f"the id {again_booked['id']}, which another booking had",
        expected="a new id",
        nudge="An id is given once: whoever has an old one would find somebody else's booking.",
    )


@bookings.check
async def shows_sleepers(api: Api) -> None:
    """Tells the warden who sleeps in a hut, and nobody else: 401, 403"""
    ben, cleo = new_name(), new_name()
    bens, cleos = await signed_up(api, ben), await signed_up(api, cleo)
    wardens = await logged_in(api, *WARDEN)
    await booked(api, cleos, cleo, stay(1, "2030-11-10", 2, 3))
    await booked(api, bens, ben, stay(1, "2030-11-11", 3, 2))
    await booked(api, bens, ben, stay(2, "2030-11-11", 1, 6))
    await booked(api, cleos, cleo, stay(1, "2030-11-11", 1, 1))
    await booked(api, bens, ben, stay(1, "2030-11-09", 2, 4))
    path = "/huts/1/sleepers"
    first, second, third, fourth = (
        {"guest": name, "beds": beds} for name, beds in ((cleo, 3), (ben, 2), (cleo, 1), (ben, 4))
    )
    for night, wanted in (
        ("2030-11-08", []),
        ("2030-11-09", [fourth]),
        ("2030-11-10", [first, fourth]),
        ("2030-11-11", [first, second, third]),
        ("2030-11-12", [second]),
        ("2030-11-13", [second]),
        ("2030-11-14", []),
    ):
        answer = await api.get(path, params={"night": night}, headers=wardens)
        answer.expect(
            200, wanted, nudge="`guest` and `beds` of each booking of that night, a line each, by their ids."
        )
    asked = {"night": "2030-11-11"}
    answer = await api.get(path, params=asked, headers=bens)
    answer.expect(403, nudge="He is known, and no warden.")
    expect_401(await api.get(path, params=asked), "Nobody has said who asks.")
    answer = await api.get("/huts/4/sleepers", params=asked, headers=wardens)
    answer.expect(404, nudge="No hut has this id.")
    for wrong in ({}, {"night": "2029-12-31"}, {"night": "2031-01-01"}):
        answer = await api.get(path, params=wrong, headers=wardens)
        answer.expect(422, nudge="`night` is required, and a day of 2030.")


# 15.4

prices = exercise(
    "15.4",
    "A price from the model",
    around=on_an_empty_database,
    patience=3,
    hints=[
        "A row has the values in the order of `PriceModel.features`, a number each. All nights of a stay are "
        "rows of one call.",
        "Load it in the lifespan, and hand it on in what the lifespan yields. `run_in_threadpool` calls "
        "`predict` off the event loop.",
        "`weekday()` is 4 on a Friday. Add up, take it times the beds, and round once, at the end.",
    ],
)


def right_price(sent: dict[str, Any]) -> float:
    """The price of a stay, not rounded."""
    altitude_m: int = HUTS[sent["hut_id"] - 1]["altitude_m"]
    total = 0.0
    for n in range(sent["nights"]):
        night = date.fromisoformat(sent["first_night"]) + timedelta(days=n)
        total += 14.0213 + 9.4137 * (6 <= night.month <= 9) + 0.010309 * altitude_m
        total += 6.2071 * (night.weekday() in (4, 5))
    return float(total * sent["beds"])


STAYS = [
    stay(1, "2030-03-04"),
    stay(2, "2030-07-04", 4, 3),
    stay(3, "2030-05-30", 3, 1),
    stay(1, "2030-09-29", 3, 5),
    stay(2, "2030-10-03", 14, 8),
    stay(1, "2030-03-02"),
    stay(1, "2030-03-03", 1, 7),
    stay(3, "2030-08-01"),
    stay(2, "2030-12-31", 2, 2),
    stay(1, "2030-03-04", 3, 1),
]


def expect_price(answer: Answer, price: Any, sent: dict[str, Any]) -> None:
    """Judge a price: the sum, rounded to two digits, whichever way a half goes."""
    wanted = right_price(sent)
    right = type(price) in (int, float) and abs(price - wanted) < 0.005001 and round(price, 2) == price
    answer.require(
        right,
        f"the price {wanted:.2f}",
        differs=f"The price is {json.dumps(price)}, expected {wanted:.2f}.",
        nudge=[
            Nudge("A price is a number.", when=lambda it: type(price) not in (int, float)),
            Nudge("Round once, at the end, to two digits.", when=lambda it: abs(price - wanted) < 0.2),
            "It is the sum of the nights' prices, times the beds, rounded to two digits.",
        ],
    )


async def quoted(api: Api, sent: dict[str, Any]) -> Answer:
    answer = await api.post("/quotes", json=sent)
    token = Nudge("Whoever asks gets a price, also without a token.", when=lambda it: it.status_code == 401)
    full = Nudge("A price does not ask whether beds are free.", when=lambda it: it.status_code == 409)
    answer.expect(200, nudge=[token, full])
    body = answer.json()
    answer.require(isinstance(body, dict) and set(body) == {"price"}, "a body with `price` alone")
    expect_price(answer, body["price"], sent)
    return answer


async def counts(api: Api) -> dict[str, int]:
    answer = await api.get("/loads")
    body = answer.json()
    right = isinstance(body, dict) and set(body) == {"loads", "predictions"}
    answer.require(right, "200, and the counts", status=200, nudge="`GET /loads` stays as it was.")
    return dict(body)


@prices.check
async def quotes(api: Api) -> None:
    """Says what a stay costs: 200, 404, 422"""
    for sent in STAYS:
        await quoted(api, sent)
    answer = await api.post("/quotes", json=stay(4, "2030-07-01"))
    answer.expect(404, nudge="No hut has this id.")
    for wrong in ({"nights": 15}, {"nights": 0}, {"beds": 9}, {"beds": 0}, {"first_night": "2031-01-01"}):
        answer = await api.post("/quotes", json=stay(1, "2030-07-01") | wrong)
        answer.expect(422, nudge="What cannot be booked has no price.")


@prices.check
async def keeps_the_price(api: Api) -> None:
    """Puts the price into each booking"""
    name = new_name()
    headers = await signed_up(api, name)
    for sent in STAYS[:4]:
        answer = await api.post("/bookings", json=sent, headers=headers)
        body = answer.json()
        answer.require(isinstance(body, dict) and "price" in body, "201, and a price", status=201)
        expect_price(answer, body["price"], sent)
        answer = await api.get(f"/bookings/{body['id']}", headers=headers)
        answer.expect(200, body, nudge="What was booked at this price is kept at this price.")
    answer = await api.get("/bookings", headers=headers)
    body = answer.json()
    answer.require(isinstance(body, list) and len(body) == 4, "four bookings", status=200)
    for each, sent in zip(body, STAYS, strict=False):
        expect_price(answer, each.get("price"), sent)


@prices.check
async def loads_once(api: Api) -> None:
    """Loads the model once, and asks it at most once for each price"""
    before = await counts(api)
    await api.restart()
    loads = (await counts(api))["loads"] - before["loads"]
    require(
        loads <= 1,
        sent="a start of the app",
        came_back=f"models were loaded {loads} times",
        expected="one loading",
        nudge="There is one model.",
    )
    before = await counts(api)
    for sent in STAYS[:5]:
        await quoted(api, sent)
    after = await counts(api)
    loads, calls = (after[name] - before[name] for name in ("loads", "predictions"))
    sent_five = "five times POST /quotes, after a start"
    require(
        loads == 0,
        sent=sent_five,
        came_back=f"models were loaded {loads} times meanwhile",
        expected="no loading while requests are answered",
        nudge="A lifespan loads it before the first request.",
    )
    require(
        calls <= 5,
        sent=sent_five,
        came_back=f"{calls} calls of `predict`",
        expected="one call for each price, at most",
        nudge="`predict` takes all rows of a stay at once.",
    )


def models_of_the_app() -> list[Any]:
    """The class `PriceModel` of the learner's app, in whichever of its files."""
    folder = Path(str(sys.modules["app"].__file__)).parent
    found = []
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        model = getattr(module, "PriceModel", None)
        if path and Path(path).is_relative_to(folder) and isinstance(model, type) and model not in found:
            found.append(model)
    return found


@contextmanager
def watched_predictions() -> Iterator[list[bool]]:
    """For each call of `predict` meanwhile: whether an event loop ran in the thread that it was called in."""
    on_loop: list[bool] = []

    def watched(predict: Any) -> Any:
        def wrapper(self: Any, rows: Any) -> Any:
            try:
                asyncio.get_running_loop()
            except RuntimeError:
                on_loop.append(False)
            else:
                on_loop.append(True)
            return predict(self, rows)

        return wrapper

    kept = [(model, model.predict) for model in models_of_the_app()]
    for model, predict in kept:
        model.predict = watched(predict)
    try:
        yield on_loop
    finally:
        for model, predict in kept:
            model.predict = predict


@prices.check_on_desk
async def computes_beside_the_loop(api: Api) -> None:
    """Answers others while the model computes (on a desk)"""
    headers = await signed_up(api, new_name())
    with watched_predictions() as on_loop:
        await quoted(api, STAYS[0])
        quotes_on_loop = any(on_loop)
        await api.post("/bookings", json=stay(1, "2030-06-20"), headers=headers)
    path = "POST /quotes" if quotes_on_loop else "POST /bookings"
    require(
        not any(on_loop),
        sent=path,
        came_back="`predict` was called on the event loop",
        expected="`predict` in a worker thread",
        nudge="While it computes there, nobody else is answered. A plain `def` runs in a worker thread, and "
        "`run_in_threadpool` calls it there.",
    )


# 15.5

live = exercise(
    "15.5",
    "Live",
    around=on_an_empty_database,
    patience=6,
    hints=[
        "A set of listeners for each hut and night, a queue each; whoever books or cancels puts the new "
        "count "
        "into those of its nights. A `finally` takes a listener out again.",
        "Add the listener before you count for the first time. With `response_class=EventSourceResponse` an "
        "endpoint that yields is a stream of events.",
        "Count after the commit. Of two who tell at the same moment, the one who counted first must tell "
        "first.",
    ],
)

HEARD_WITHIN = 6.0
"""Seconds in which a change is heard, and a first message comes."""

QUIET = 0.3
"""Seconds in which an older count would come, if it were told after the last one."""


class Silence(str):
    """What is said of a line on which no message came."""


class Line:
    """An open line to one night of a hut: events of a stream, or messages of a WebSocket."""

    def __init__(self, path: str, messages: AsyncIterator[str]) -> None:
        self.path = path
        self._messages = messages

    async def message(self, within: float = HEARD_WITHIN) -> Any:
        """The next message, read as JSON; a text as it is, where it is none; a Silence if none comes."""
        try:
            async with asyncio.timeout(within):
                text = await anext(self._messages, Silence("nothing: the line was closed"))
        except TimeoutError:
            return Silence(f"nothing within {within:g} seconds")
        try:
            return text if isinstance(text, Silence) else json.loads(text)
        except ValueError:
            return text

    async def expect(
        self, night: str, free: int, after: str, nudge: str, *, passing: Sequence[int] = ()
    ) -> None:
        """Judge the next message; others, with the counts that are allowed in passing, may come before it."""
        message = await self.message()
        while message in [{"night": night, "free": count} for count in passing]:
            message = await self.message()
        wanted = {"night": night, "free": free}
        sent = f"{self.path}, and the next message after {after}"
        require(
            not isinstance(message, Silence),
            sent=sent,
            came_back=str(message),
            expected=json.dumps(wanted),
            nudge=nudge,
        )
        json_nudge = Nudge("A message is JSON.", when=lambda it: isinstance(it, str))
        expect_value(message, wanted, sent=sent, nudge=[json_nudge, nudge], whole="The message")


async def events_of(stream: Stream) -> AsyncIterator[str]:
    """The data of each event, as it comes."""
    text = ""
    while piece := await stream.piece():
        text += piece.decode(errors="replace").replace("\r\n", "\n")
        *whole, text = text.split("\n\n")
        for event in whole:
            data = [line[5:].removeprefix(" ") for line in event.split("\n") if line.startswith("data:")]
            if data:
                yield "\n".join(data)


async def messages_of(socket: Any) -> AsyncIterator[str]:
    """The messages of a WebSocket, as they come; it may say nothing for a while."""
    while not socket.closed:
        if (message := await socket.receive()) is not None:
            yield message if isinstance(message, str) else message.decode(errors="replace")


@asynccontextmanager
async def listening(api: Api, hut: int, night: str) -> AsyncIterator[Line]:
    """Listen to a night of a hut, by whichever of both ways the app has."""
    path = f"/huts/{hut}/live?night={night}"
    async with api.stream("GET", path) as stream:
        kind = stream.headers.get("content-type", "")
        if stream.status_code == 200 or kind.startswith("text/event-stream"):
            stream.require(
                kind.startswith("text/event-stream"),
                "200, content-type: text/event-stream",
                nudge="`response_class=EventSourceResponse` makes an endpoint that yields a stream of "
                "events.",
            )
            yield Line(f"GET {path}", events_of(stream))
            return
    nudge = "Neither events nor a WebSocket are at this address."
    async with api.websocket(path, nudge=nudge) as socket:
        yield Line(f"WebSocket {path}", messages_of(socket))


@live.check
async def tells_changes(api: Api) -> None:
    """Tells at once how many beds are free, and again at each change"""
    name = new_name()
    headers = await signed_up(api, name)
    night = "2030-08-14"
    at_once = "The first message comes at once, and says how it is now."
    changed = (
        "Each booking, and each that is cancelled, is told to all who listen to one of its nights: how many "
        "beds are free in that night then."
    )
    await booked(api, headers, name, stay(1, night, 1, 2))
    async with listening(api, 1, night) as line, listening(api, 1, night) as other:
        for each in (line, other):
            await each.expect(night, 10, "it was opened", at_once)
        made = await booked(api, headers, name, stay(1, "2030-08-13", 3, 4))
        for each in (line, other):
            await each.expect(night, 6, "POST /bookings for 4 beds", changed, passing=[10])
        await booked(api, headers, name, stay(1, night, 1, 1))
        for each in (line, other):
            await each.expect(night, 5, "POST /bookings for 1 bed", changed, passing=[6])
        answer = await api.delete(f"/bookings/{made['id']}", headers=headers)
        answer.expect(204, None)
        for each in (line, other):
            await each.expect(night, 9, "4 beds were cancelled", changed, passing=[5])
    async with listening(api, 1, night) as line:
        await line.expect(night, 9, "it was opened again", at_once)
        await booked(api, headers, name, stay(1, night, 1, 1))
        await line.expect(night, 8, "two have left, and POST /bookings", changed, passing=[9])


@live.check
async def tells_how_it_is_in_the_end(api: Api) -> None:
    """Tells how it is in the end, also where several book at once"""
    name = new_name()
    headers = await signed_up(api, name)
    night, beds = "2030-08-20", int(HUTS[0]["beds"])
    async with listening(api, 1, night) as line, listening(api, 1, night) as other:
        for each in (line, other):
            await each.expect(night, beds, "it was opened", "The first message comes at once.")
        await together(booked(api, headers, name, stay(1, night)) for _ in range(beds))
        after = f"{beds} bookings of 1 bed at once, which are all that are free"
        for each in (line, other):
            nudge = "What changes while an older count is read or sent is told, too."
            await each.expect(night, 0, after, nudge, passing=range(1, beds + 1))
            late = await each.message(QUIET)
            require(
                isinstance(late, Silence) or late == {"night": night, "free": 0},
                sent=f"{each.path}, and what was told after that no bed is free",
                came_back=json.dumps(late),
                expected="no more, or the same again",
                nudge="What is told last is how it is: of two who tell at once, the one who counted first "
                "tells first.",
            )


@live.check
async def tells_what_happens_there(api: Api) -> None:
    """Tells of this hut and this night, and of nothing that was refused"""
    name = new_name()
    headers = await signed_up(api, name)
    night = "2030-08-14"
    async with listening(api, 2, night) as line, listening(api, 1, "2030-08-15") as other:
        await line.expect(night, 6, "it was opened", "The first message comes at once.")
        await other.expect("2030-08-15", 12, "it was opened", "The first message comes at once.")
        for sent in (stay(1, night, 1, 3), stay(2, "2030-08-15", 1, 3), stay(2, "2030-08-12", 2, 3)):
            await booked(api, headers, name, sent)
        for status, sent in ((409, stay(2, night, 2, 4)), (422, stay(2, night, 1, 0))):
            answer = await api.post("/bookings", json=sent, headers=headers)
            answer.expect(status)
        await booked(api, headers, name, stay(2, night, 1, 2))
        after = "bookings of other nights and huts, two that were refused, and one for 2 beds here"
        nudge = "What is told is how many beds are free in this hut and in this night."
        await line.expect(night, 4, after, nudge, passing=[6])
        await booked(api, headers, name, stay(1, "2030-08-15", 1, 5))
        await other.expect("2030-08-15", 7, f"{after}, and then 5 beds here", nudge, passing=[12])
    for path, status in (
        ("/huts/4/live?night=2030-08-14", 404),
        ("/huts/1/live?night=2031-01-01", 422),
        ("/huts/1/live", 422),
    ):
        await expect_no_line(api, path, status, socket=line.path.startswith("WebSocket"))


async def expect_no_line(api: Api, path: str, status: int, *, socket: bool) -> None:
    """See that nothing is told there: a stream has that status, and a WebSocket is not opened, or closed."""
    why = "There is no such hut, or no such night."
    if not socket:
        async with api.stream("GET", path) as stream:
            stream.require(stream.status_code == status, f"{status}", nudge=why)
        return
    try:
        async with api.websocket(path, nudge="refused") as opened:
            message = await opened.receive()
            opened.require(message is None and opened.closed, "a closed WebSocket", nudge=why)
    except NotYet as refused:
        if refused.nudge != "refused":
            raise


# 15.app

app = exercise(
    "15.app",
    "The last bed",
    around=on_an_empty_database,
    patience=10,  # hundreds of requests, each of which writes to a disk
    hints=[
        '`responses={409: {"model": Problem}}` documents a refusal. `GET /openapi.json` shows what is '
        "missing.",
        "Between a look at the free beds and the taking of one nothing may wait; or the taking is the look: "
        "`UPDATE ... SET taken = taken + 1 WHERE taken + 1 <= beds`, and the count of changed rows tells.",
        'Two hundred wait for one database: give them time (`connect_args={"timeout": 30}` for SQLite), and '
        "hold no connection while the model computes. In `def` endpoints each has a thread while it waits, "
        "and a pool of connections that is smaller than the crowd can wait for itself: `poolclass=NullPool`.",
    ],
)

DOCUMENTED = {
    "GET /huts/{}": {"200", "404", "422"},
    "GET /huts/{}/nights": {"200", "404", "422"},
    "POST /guests": {"201", "409", "422"},
    "POST /token": {"200", "401", "422"},
    "GET /guests/me": {"200", "401"},
    "POST /quotes": {"200", "404", "422"},
    "POST /bookings": {"201", "401", "404", "409", "422"},
    "GET /bookings": {"200", "401"},
    "GET /bookings/{}": {"200", "401", "404"},
    "DELETE /bookings/{}": {"204", "401", "404"},
    "GET /huts/{}/sleepers": {"200", "401", "403", "404", "422"},
}


@app.check
async def documents(api: Api) -> None:
    """The schema has each status code of the contract"""
    answer = await api.get("/openapi.json")
    schema = answer.json()
    right = isinstance(schema, dict) and isinstance(schema.get("paths"), dict)
    answer.require(right, "200, and a schema with `paths`", status=200)
    found = {}
    for path, operations in schema["paths"].items():
        plain = "/".join("{}" if part.startswith("{") else part for part in path.split("/"))
        for method, operation in operations.items():
            found[f"{method.upper()} {plain}"] = operation
    for operation, codes in DOCUMENTED.items():
        named = operation.replace("{}", "{id}")
        documented = set(found.get(operation, {}).get("responses", {}))
        documented |= {code for code in codes if {f"{code[0]}XX", "default"} & documented}
        require(
            codes <= documented,
            sent=f"GET /openapi.json, the responses of {named}",
            came_back=", ".join(sorted(documented)) or "none",
            expected=", ".join(sorted(codes)),
            nudge="`responses=` of an endpoint, a router or the app says what else may be answered.",
        )


class AtTheHuts(attacks.Stranger):  # type: ignore[name-defined, misc]
    """The stranger of lesson 08 at another desk: who was a ranger there is a guest here."""

    async def send(self, method: str, path: str, **options: Any) -> Any:
        return await super().send(method, path.replace("/rangers", "/guests"), **options)


async def booking_of_cleo(camp: Any, day: str) -> str:
    """Where a booking of Cleo's is, and Ben's own, by which he shows that he may look."""
    paths = []
    for name in ("cleo", "ben"):
        headers = attacks.bearer(await camp.token(name))
        made = await camp.honest("POST", "/bookings", json=stay(1, day), headers=headers)
        paths.append(f"/bookings/{made.json()['id']}")
    await camp.honest("GET", paths[1], headers=headers)
    return paths[0]


@attack(
    "Ben reads Cleo's booking by its number",
    right="404",
    look="the endpoint of a booking: whose is it?",
    world="In 2019 a website of First American gave out 885 million documents in this way.",
)
async def reads_another(camp: Any) -> Strike:
    path = await booking_of_cleo(camp, "2030-06-01")
    strike: Strike = await camp.strike("GET", path, headers=attacks.bearer(await camp.token("ben")))
    return strike


@attack(
    "Ben cancels Cleo's booking",
    right="404",
    look="the endpoint that cancels: whose booking is it?",
    world="Who may read is often asked, and who may delete forgotten.",
)
async def cancels_another(camp: Any) -> Strike:
    path = await booking_of_cleo(camp, "2030-06-02")
    strike: Strike = await camp.strike("DELETE", path, headers=attacks.bearer(await camp.token("ben")))
    return strike


@attack(
    "A sign-up that makes itself a warden",
    right="422, or 201 as a guest",
    look="the model of a sign-up: it holds what a client may say, and no more",
    world="In 2012 a field that nobody should have taken let a stranger write to the project Rails.",
)
async def own_role(camp: Any) -> Strike:
    name, password = new_name(), secrets.token_hex(8)
    await camp.honest("POST", "/guests", json={"name": new_name(), "password": password})
    asked = await camp.send(
        "POST", "/guests", json={"name": name, "password": password, "role": "warden", "scopes": ["warden"]}
    )
    if not asked.is_success:
        return Strike(asked, let_in=False)
    login = await camp.login(name, password)
    headers = attacks.bearer(login.get("access_token"))
    strike: Strike = await camp.strike(
        "GET", "/huts/1/sleepers", params={"night": "2030-06-01"}, headers=headers
    )
    return strike


SIEGE: list[Attack] = [
    *attacks.TOKENS,
    attacks.known_names,
    attacks.repeated_password,
    reads_another,
    cancels_another,
    own_role,
]


@app.check
async def holds_the_siege(api: Api) -> None:
    """Holds against twelve attacks, nine of them those of lesson 08"""
    for name in ("ben", "cleo"):
        await api.post("/guests", json={"name": name, "password": attacks.PASSWORDS[name]})
    for row in (await besiege(api.client, SIEGE, AtTheHuts)).rows:
        came = row.exchange.partition(" got ")[2].partition(", right")[0]
        closed = row.outcome is Outcome.CLOSED
        require(
            row.outcome is Outcome.REFUSED,
            sent=f"{row.attack.name}: {row.exchange.partition(' got ')[0]}",
            came_back=f"{came}: {row.outcome}" + (f"\n{row.line}" if row.line and not closed else ""),
            expected="2xx" if closed else row.attack.right,
            nudge="Your app raised here, where a right user asks. Send it yourself: the terminal says why."
            if closed and came.startswith("500")
            else "This is what a right user sends, so being refused shows nothing here."
            if closed
            else f"Where to look: {row.attack.look}",
        )


def told_by(answer: Answer) -> str:
    """An answer in a line: its status, the names of its headers, how to log in, and its body."""
    names = ", ".join(sorted({name.lower() for name in answer.headers}))
    challenge = answer.headers.get("www-authenticate")
    return f"{answer.status_code}, headers {names}, WWW-Authenticate {challenge}: {answer.text}"


@app.check
async def keeps_passwords(api: Api) -> None:
    """Repeats no password in any answer, and tells nobody which names there are"""
    name, password = new_name(), f"gorge-{secrets.token_hex(8)}"
    right = {"name": name, "password": password}
    forms = [{"username": who, "password": password} for who in (new_name(), "ada", name)]
    answers = [
        *[await api.post("/token", data=form) for form in forms],
        *[await api.post("/guests", json=right) for _ in range(2)],
        *[
            await api.post("/guests", json=wrong)
            for wrong in (
                {**right, "name": "ada"},
                {**right, "name": "Eva"},
                {"name": new_name(), "password": password * 9},
                {"name": new_name(), "password": [password]},
                {"password": password},
                [password],
                password,
            )
        ],
        await api.post("/guests", content=json.dumps(right)[:-1]),
        await api.post("/token", json={"username": name, "password": password}),
        await api.post("/token", data={"password": password}),
        await api.post("/token", data={"username": name, "password": password}),
        await api.get("/guests/me", headers=bearer("not-a-token")),
    ]
    for answer in answers:
        answer.require(
            password not in answer.text + str(answer.headers),
            "an answer without the password",
            nudge="Whoever reads an answer or a log of it reads the password, too.",
        )
        answer.require(
            attacks.KEY not in answer.text, "an answer without `KEY`", nudge="It signs the tokens."
        )
    unknown, known = (told_by(answer) for answer in answers[:2])
    require(
        unknown == known,
        sent="POST /token with a wrong password: for a name that nobody has, then for ada",
        came_back=f"{unknown}\n{known}",
        expected="the same answer twice",
        nudge="Where they differ, a stranger learns who has an account.",
    )


def of_the_framework(status: int, as_promised: bool) -> bool:
    """Whether it answers by itself: with a 405, or a 400 to a body that cannot be decoded."""
    return status == 405 or (status == 400 and not as_promised)


def filled_in(case: Any, booking: int, number: int) -> None:
    """Put what is there into a request that the schema made up: else hardly one would find a hut or a day."""
    known: dict[str, Any] = {
        "hut_id": 1 + number % 3,
        "first_night": f"2030-02-{10 + number:02}",
        "night": "2030-02-10",
    }
    ids = {"huts": known["hut_id"], "bookings": booking}
    _, kind, *_ = case.path.split("/")
    for name in case.path_parameters or {}:
        case.path_parameters[name] = ids.get(kind, 1)
    for place in (case.query, case.body):
        if isinstance(place, dict):
            place.update({name: value for name, value in known.items() if name in place})


def broken_promises(url: str, headers: dict[str, str], booking: int) -> Iterator[tuple[str, str, str]]:
    """Send requests from the schema to each operation: what broke a promise, what was sent, what came."""
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis.errors import Unsatisfiable
    from schemathesis import GenerationMode
    from schemathesis.core.errors import InvalidRegexPattern, UnsupportedType
    from schemathesis.core.failures import FailureGroup
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    promises = [
        schemathesis.checks.not_a_server_error,
        status_code_conformance,
        content_type_conformance,
        response_schema_conformance,
    ]
    few = settings(
        max_examples=6,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    found: list[tuple[str, str, str]] = []

    def attack_one(operation: Any, mode: GenerationMode) -> None:
        numbers = itertools.count()

        @few
        @given(case=operation.as_strategy(generation_mode=mode))
        def send(case: Any) -> None:
            if found:
                return
            number = next(numbers)
            if mode.is_positive and number % 2 == 0:
                filled_in(case, booking, number)
            response = case.call(headers=headers, timeout=50)
            if of_the_framework(response.status_code, as_promised=mode.is_positive):
                return
            try:
                case.validate_response(response, checks=promises)
            except FailureGroup as group:
                fault = group.exceptions[0]
                sent = f"{case.operation.label}\n{case.as_curl_command()}"
                found.append((str(getattr(fault, "title", fault)), sent, f"{response.status_code}"))

        # What takes nothing refuses nothing; and that a pattern is beyond the generator is no broken promise.
        with contextlib.suppress(Unsatisfiable, InvalidRegexPattern, UnsupportedType):
            send()

    contract = schemathesis.openapi.from_url(f"{url}/openapi.json")
    operations: list[Any] = [result.ok() for result in contract.get_all_operations()]  # type: ignore[union-attr]
    for operation in sorted(operations, key=lambda one: one.method.upper() == "DELETE"):
        if operation.path.endswith("/live"):
            continue  # it has no end
        for mode in GenerationMode:
            attack_one(operation, mode)
        yield from found


@app.check_on_desk
async def keeps_its_word(api: Api) -> None:
    """Keeps what its schema promises, whatever is sent (on a desk)"""
    headers = await logged_in(api, *WARDEN)
    made = await booked(api, headers, "ada", stay(1, "2030-02-10"))
    url = str(api.client.server.url)
    broken = await asyncio.to_thread(lambda: next(broken_promises(url, headers, made["id"]), None))
    if broken:
        fault, sent, came = broken
        require(
            False,
            sent=sent,
            came_back=f"{came}: {fault}",
            expected="an answer that the schema of your app allows, and never a 500",
            nudge="The request was made from your own schema. Send it yourself, and look.",
        )


MANY = 200
SOME = 60


async def many_guests(api: Api) -> dict[str, dict[str, str]]:
    """So many who have logged in, and their headers by name; twenty sign up at a time."""
    names = [new_name() for _ in range(MANY)]
    found: dict[str, dict[str, str]] = {}
    for start in range(0, MANY, 20):
        some = names[start : start + 20]
        found |= zip(some, await together(signed_up(api, name) for name in some), strict=True)
    return found


async def all_at_once(api: Api, wanted: Sequence[tuple[dict[str, str], dict[str, Any]]]) -> list[Answer]:
    """Send bookings at once, and see that each gets a 201 or a 409."""
    answers = await together(api.post("/bookings", json=sent, headers=headers) for headers, sent in wanted)
    for answer in answers:
        answer.require(
            answer.status_code in (201, 409),
            f"201 or 409, as {len(wanted)} come at once",
            nudge="Each of them has a right to an answer: the bed, or a 409.",
        )
    return list(answers)


@app.check_on_desk
async def gives_the_last_bed_once(api: Api) -> None:
    """Two hundred guests want the last bed at once: one gets it (on a desk)"""
    guests = await many_guests(api)
    warden = await logged_in(api, *WARDEN)
    headers = list(guests.values())
    await booked(api, headers[0], next(iter(guests)), stay(3, "2030-07-20", 3, 1))
    before = await list_of(api, warden)
    answers = await all_at_once(api, [(each, stay(3, "2030-07-21")) for each in headers])
    sent = f"POST /bookings by {MANY} guests at once, for the last bed of a night"
    got = sum(answer.status_code == 201 for answer in answers)
    require(
        got == 1,
        sent=sent,
        came_back=f"{got} times 201, {MANY - got} times 409",
        expected=f"1 time 201, {MANY - 1} times 409",
        nudge="Several looked before one of them had taken the bed."
        if got
        else "A bed was free, and nobody got it.",
    )
    await expect_free(api, 3, "2030-07-20", [1, 0, 1], sent, "One of them has it, for one night.")
    await nothing_is_lost(api, warden, before, answers, sent)

    # Stays that overlap in some nights, of one bed or two: who gets them is open, and no night has too many.
    nights = [("2030-08-01", 2), ("2030-08-02", 2), ("2030-08-01", 4), ("2030-08-03", 1)]
    wanted = [
        (each, stay(2, *nights[n % len(nights)], 1 + n % 3 // 2)) for n, each in enumerate(headers[:SOME])
    ]
    # In the last of these nights one bed is free: nearly all who want four nights fail in their last one.
    await booked(api, headers[0], next(iter(guests)), stay(2, "2030-08-04", 1, 5))
    before = await list_of(api, warden)
    answers = await all_at_once(api, wanted)
    sent = f"POST /bookings by {SOME} guests at once, for stays of several nights that overlap"
    await nothing_is_lost(api, warden, before, answers, sent)
    free = await free_beds(api, 2, "2030-08-01", 4)
    left = [
        one
        for (_, one), answer in zip(wanted, answers, strict=True)
        if answer.status_code == 409 and min(free[n] for n in places(one)) >= one["beds"]
    ]
    require(
        not left,
        sent=sent,
        came_back=f"free afterwards: {free}, and a 409 for {json.dumps(left[:1])}",
        expected="a 409 only to those for whom there is no bed",
        nudge="A refused booking gives back what it had taken in its first nights; and whoever is in time "
        "gets a bed.",
    )


def places(sent: dict[str, Any]) -> range:
    """Which of the four nights from 2030-08-01 on a stay is in."""
    first = (date.fromisoformat(sent["first_night"]) - date(2030, 8, 1)).days
    return range(first, first + sent["nights"])


async def nothing_is_lost(
    api: Api, warden: dict[str, str], before: list[dict[str, Any]], answers: Sequence[Answer], sent: str
) -> None:
    """See that those who got a 201 have a booking each, nobody else has one, and the free beds are right."""
    kept = await list_of(api, warden)
    told = [without_price(answer.json()) for answer in answers if answer.status_code == 201]
    asked = f"{sent}, then GET /bookings by the warden"
    by_id = {each["id"]: each for each in kept}
    for each in told:
        expect_value(
            by_id.get(each["id"]),
            each,
            sent=f"{asked}, the booking that somebody was told of",
            nudge="Whoever was told 201 has the booking.",
            whole="The booking",
        )
    require(
        len(kept) == len(before) + len(told),
        sent=asked,
        came_back=f"{len(kept)} bookings",
        expected=f"{len(before) + len(told)} bookings: {len(before)} from before, {len(told)} that got a 201",
        nudge="Somebody was told 409, and has a booking."
        if len(kept) > len(before) + len(told)
        else "Two were told of the same booking, or one is lost.",
    )
    for hut, day in sorted({(each["hut_id"], day) for each in told for day in all_nights(each)}):
        taken = sum(each["beds"] for each in kept if each["hut_id"] == hut and day in all_nights(each))
        beds = HUTS[hut - 1]["beds"]
        [free] = await free_beds(api, hut, day)
        require(
            taken <= beds and free == beds - taken,
            sent=f"{sent}, then the night of {day} in hut {hut}",
            came_back=f"{taken} beds in bookings, and {free} free",
            expected=f"{beds} beds in all",
            nudge="A bed that is booked is not free, and each bed is given once.",
        )


def all_nights(one: dict[str, Any]) -> list[str]:
    return [to_day(one["first_night"], n) for n in range(one["nights"])]
