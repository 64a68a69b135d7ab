"""What lesson 08 asks of its exercises and of its app."""

import contextlib
import inspect
import json
import math
import re
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from weakref import WeakKeyDictionary

import jwt
from fastapi import HTTPException
from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError

from course.judging import Answer, Api, Nudge, complaints, exercise, expect_value, prediction, require
from course.judging.answers import load_module
from course.running.siege import Attack, Outcome, besiege

attacks = load_module(Path(__file__).with_name("attacks.py"))

prediction("8.r1", answer="b", why="The return type is a filter: what the model does not have stays inside.")
prediction("8.r2", answer="b", why='A model ignores what it does not know, unless it says `extra="forbid"`.')
prediction("8.r3", answer="b", why="It is called, and may refuse. What it returns is thrown away.")
prediction(
    "8.p1",
    answer="c",
    why="Nothing in that function waits, so nothing gives the event loop back: one verification after the "
    "other, and then the ping. In worker threads they run beside it.",
)
prediction(
    "8.p2",
    answer="c",
    why="Without `exp` there is nothing to be late for, and the issuer is compared only if you name one. An "
    "audience in the token is another matter: it has to be named by whoever decodes.",
)
prediction(
    "8.p3",
    answer="b",
    why="FastAPI reads the body before it calls any dependency, and what is no JSON ends there. A value of a "
    "wrong type is found later, so that the 401 comes first.",
)
prediction(
    "8.p4",
    answer="c",
    why="A token that comes twice ends the login that it belongs to, also what the thief got for it.",
)
prediction(
    "8.p5",
    answer="b",
    why="The browser sends what a form could send, and the server does it. What CORS keeps from the page is "
    "the answer. A body of JSON is no form's: there the browser asks first, and the request is never sent.",
)


def bearer(token: object) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def token_for(name: str, key: str = attacks.KEY, algorithm: str = "HS256", **claims: Any) -> str:
    """A token for a ranger that holds for a minute; a claim that is None is left out."""
    all_claims = {"sub": name, "exp": int(time.time()) + 60, **claims}
    kept = {claim: value for claim, value in all_claims.items() if value is not None}
    return jwt.encode(kept, key, algorithm=algorithm)


def caught(answer: Answer) -> Answer:
    """An answer that has words for an error of PyJWT's that the app let through."""
    if isinstance(answer.raised, jwt.PyJWTError):
        answer.if_raised(type(answer.raised), "Catch `jwt.PyJWTError`: it covers all ways to fail.")
    return answer


def silent(answer: Answer) -> Answer:
    """An answer that tells nothing that is kept: no password, no hash, no key."""
    kept = [*attacks.PASSWORDS.values(), "$argon2", attacks.KEY, *NOTE_TEXTS]
    told = next((one for one in kept if one in answer.text), "")
    answer.require(not told, f"an answer without {told}", nudge="A stranger reads this, too.")
    return answer


def repeats_no_password(answer: Answer) -> Answer:
    """An answer that does not have the password in it that was sent."""
    request = answer.response.request
    if "json" in request.headers.get("content-type", ""):
        sent = list(passwords_in(json.loads(request.content)))
    else:
        sent = parse_qs(request.content.decode()).get("password", [])
    repeated = next((one for one in sent if one in answer.text), "")
    expected = f"{answer.status_code} without the password"
    answer.require(not repeated, expected, nudge="Answers are logged and shown; no password belongs there.")
    return answer


def passwords_in(body: Any) -> Iterator[str]:
    """The passwords in a body of JSON, wherever they stand in it, and long enough to be no word of a text."""
    for each in body if isinstance(body, list) else [body]:
        password = each.get("password") if isinstance(each, dict) else None
        if isinstance(password, str) and len(password) > 6:
            yield password


NOTE_TEXTS = ("Snares at the ford.", "A lynx, at last.")
"""What stands in Ada's notes."""


def goes_on(answer: Answer, what: str) -> None:
    """Refuses a 401 to a login that is not over."""
    answer.expect(200, nudge=Nudge(what, when=lambda it: it.status_code == 401))


def expect_401(answer: Answer, nudge: str) -> None:
    """Refuses any other answer to a request whose sender is not known."""
    caught(answer).expect(
        401,
        nudge=[
            Nudge("403 is for somebody known who may not do this.", when=lambda it: it.status_code == 403),
            Nudge(
                "FastAPI requires something of this request that it lacks, and so answers 422.",
                when=lambda it: complaints(it)[0].missing,
            ),
            Nudge(
                "This name was not tried five times; the limit is for each name by itself.",
                when=lambda it: it.status_code == 429,
            ),
            nudge,
        ],
    )
    silent(answer)
    challenge = answer.headers.get("www-authenticate", "")
    answer.require(
        challenge.partition(" ")[0].lower() == "bearer",
        "401\nwww-authenticate: Bearer",
        differs=f"The header `WWW-Authenticate` is `{challenge}`, expected `Bearer`."
        if challenge
        else "The header `WWW-Authenticate` is missing.",
        nudge='`HTTPException(401, "...", {"WWW-Authenticate": "Bearer"})` gives the header.',
    )


def expect_alike(answer: Answer, wrong: Answer, nudge: str) -> None:
    """Refuses an answer by which an unknown name can be told from a wrong password."""
    silent(answer).expect(401, wrong.json(), nudge=nudge)
    challenges = [each.headers.get("www-authenticate") for each in (answer, wrong)]
    answer.require(
        challenges[0] == challenges[1],
        f"401, and `WWW-Authenticate` as for a wrong password: {challenges[1]}",
        differs=f"The header `WWW-Authenticate` is {challenges[0]}, expected {challenges[1]}.",
        nudge="A header tells a name as well as a body does.",
    )


def others_than(password: str) -> list[str]:
    """Passwords that are nearly this one, and are not."""
    return ["", password.upper(), password[:-1], f"{password} ", f" {password}", f"{password}x"]


async def hold(api: Api, wanted: Sequence[Attack]) -> None:
    """Lay siege to the app, and tell of the first attack that was not refused."""
    for row in (await besiege(api.client, wanted, attacks.Stranger)).rows:
        look = row.attack.look
        nudge = f"Where to look: {look}" + "." * (not look.endswith("?"))
        if row.outcome is Outcome.CLOSED:
            nudge = "This is what a right user sends, so being refused shows nothing here."
        require(
            row.outcome is Outcome.REFUSED,
            sent=f"{row.attack.name}: {row.exchange.partition(' got ')[0]}",
            came_back=f"{row.exchange.partition(' got ')[2].partition(', right')[0]}: {row.outcome}"
            + (f"\n{row.line}" if row.line and row.outcome is not Outcome.CLOSED else ""),
            expected="2xx" if row.outcome is Outcome.CLOSED else row.attack.right,
            nudge=nudge,
        )


vault = exercise(
    "8.1",
    "Keep no password",
    hints=[
        "`HASHER.hash(new.password)` is what to keep. `HASHER.verify(password, kept)` tells whether "
        "a password is "
        "the one.",
        "In `log_in` there are two ways to be wrong: the name is not in `KEPT`, or `verify` says "
        "no. Raise the "
        "same `HTTPException` for both.",
        "`if account.name not in KEPT or not HASHER.verify(account.password, KEPT[account.name]): raise "
        'HTTPException(401, "Wrong name or password.")`',
    ],
)

WRONG = {"detail": "Wrong name or password."}


def account(password: str = "owl-path-3") -> dict[str, str]:
    """A ranger whom nobody has heard of yet."""
    return {"name": f"eva{secrets.token_hex(4)}", "password": password}


@vault.check
async def signs_up(api: Api) -> None:
    """A sign-up answers 201, and 409 for a name that is taken"""
    eva = account()
    answer = await api.post("/rangers", json=eva)
    answer.expect(201, {"name": eva["name"]}, nudge="The body is the name, and nothing of the password.")
    for password in ("another-one", eva["password"]):
        answer = await api.post("/rangers", json={**eva, "password": password})
        answer.expect(409, nudge="This name was taken a moment ago.")


@vault.check
async def keeps_hashes(api: Api) -> None:
    """What is kept is an Argon2 hash of the password"""
    one, other = account(), account()
    for each in (one, other):
        await api.post("/rangers", json=each)
    answer = await api.get("/kept")
    found = answer.json() if isinstance(answer.json(), dict) else {}
    kept = [str(found.get(each["name"])) for each in (one, other)]
    expected = f'{{"{one["name"]}": "$argon2id$...", ...}}'
    answer.require(one["password"] not in answer.text, expected, nudge="The password itself is kept.")
    answer.require(
        kept[0].startswith("$argon2"),
        expected,
        status=200,
        nudge=Nudge("Nothing is kept under this name.", when=lambda it: one["name"] not in (it.json() or {})),
    )
    right = False
    with contextlib.suppress(UnknownHashError):
        right = PasswordHash.recommended().verify(one["password"], kept[0])
    answer.require(right, f"a hash of {one['password']}", nudge="This is a hash of something else.")
    answer.require(
        kept[0] != kept[1],
        "two hashes that differ",
        nudge="Two rangers have the same password, and the same hash: the salt is missing.",
    )


@vault.check
async def logs_in(api: Api) -> None:
    """The right password logs in"""
    for each in (account(), account("größer als 1 m"), account(" a blank before ")):
        await api.post("/rangers", json=each)
        answer = await api.post("/login", json=each)
        answer.expect(200, {"name": each["name"]}, nudge="The body is the name.")


@vault.check
async def refuses_logins(api: Api) -> None:
    """A wrong password and an unknown name get the same 401"""
    eva, ida = account(), account("hut-keeper-8")
    for each in (eva, ida):
        await api.post("/rangers", json=each)
    for wrong in (ida["password"], *others_than(eva["password"])):
        answer = await api.post("/login", json={**eva, "password": wrong})
        answer.expect(401, WRONG, nudge="This is not her password.")
    for unknown in (account(), account(""), {**eva, "name": eva["name"][:-1]}):
        other = await api.post("/login", json=unknown)
        expect_alike(other, answer, "An unknown name gets what a wrong password gets, word for word.")


@vault.check
async def keeps_the_first(api: Api) -> None:
    """A sign-up that was refused changes nothing"""
    eva = account()
    await api.post("/rangers", json=eva)
    await api.post("/rangers", json={**eva, "password": "another-one"})
    answer = await api.post("/login", json=eva)
    answer.expect(200, {"name": eva["name"]}, nudge="The body is the name.")
    answer = await api.post("/login", json={**eva, "password": "another-one"})
    answer.expect(401, WRONG, nudge="A sign-up with this password was refused a moment ago.")


reading = exercise(
    "8.2",
    "Believe it, or not",
    takes="value",
    hints=[
        'Take the `options` out, and say `algorithms=["HS256"]`: now the signature is verified.',
        '`issuer="rangers-desk"`, `audience="trail-desk"` and `options={"require": ["exp", "iss", '
        '"aud", "sub"]}` '
        "say what else a token must have.",
        "Wrap it in `try` and `except jwt.PyJWTError`, and raise "
        '`HTTPException(401, "...", {"WWW-Authenticate": "Bearer"})` there.',
    ],
)

OURS = {"iss": "rangers-desk", "aud": "trail-desk"}


async def outcome(read_token: Any, token: str) -> Any:
    """The name that `read_token` gives, or what it raises."""
    try:
        found = read_token(token)
        return await found if inspect.isawaitable(found) else found
    except Exception as error:
        return error


def written(found: object) -> str:
    """What came back, as a learner reads it."""
    if isinstance(found, HTTPException):
        return f"HTTPException: {found.status_code} {found.detail}"
    return f"{type(found).__name__}: {found}" if isinstance(found, Exception) else repr(found)


@reading.check
async def returns_the_name(read_token: Any) -> None:
    """Returns the name in a token of the desk"""
    callable_ = callable(read_token)
    require(callable_, sent="read_token", came_back=repr(read_token), expected="a function", nudge="")
    more: dict[str, Any] = {"scope": "notes:read", "iat": int(time.time())}
    for name, claims in (("ada", {}), ("zoë", {}), ("ben", more)):
        found = await outcome(read_token, token_for(name, **OURS, **claims))
        sent = f"a token of the desk for {name}"
        right = not isinstance(found, Exception)
        require(right, sent=sent, came_back=written(found), expected=repr(name), nudge="This one is real.")
        expect_value(found, name, sent=sent, nudge="The name is the claim `sub`.")


def bad_tokens() -> list[tuple[str, str, str]]:
    """Tokens that nobody should believe: what is wrong with each, the token, a hint."""
    head, body, signature = token_for("ben", **OURS).split(".")
    edited = attacks.part({**attacks.opened(f"{head}.{body}.{signature}"), "sub": "ada"})
    other_body = token_for("ada", **OURS).split(".")[1]
    signed = "Is the signature verified?"
    named = "`algorithms` is the list of what you accept."
    late, whom, by = "Is `exp` verified?", "`audience=` says for whom it must be.", "`issuer=` says by whom."
    return [
        ("Ben's token, with Ada's name written over his", f"{head}.{edited}.{signature}", signed),
        ("a token signed with another key", token_for("ada", key="x" * 32, **OURS), signed),
        ("a token with `alg: none`", f"{attacks.part({'alg': 'none'})}.{body}.", named),
        ("a token signed by HS512", token_for("ada", algorithm="HS512", **OURS), named),
        ("two tokens, mixed", f"{head}.{other_body}.{signature}", signed),
        ("a token that expired ten minutes ago", token_for("ada", exp=int(time.time()) - 600, **OURS), late),
        (
            "a token without `exp`",
            token_for("ada", exp=None, **OURS),
            "`require` has the claims that must be there.",
        ),
        *(
            (f"a token for another audience, {aud}", token_for("ada", iss="rangers-desk", aud=aud), whom)
            for aud in ("weather-station", "trail", "trail-desks")
        ),
        ("a token for no audience", token_for("ada", iss="rangers-desk"), whom),
        *(
            (f"a token of another issuer, {iss!r}", token_for("ada", aud="trail-desk", iss=iss), by)
            for iss in ("weather-station", "rangers", "rangers-desks", "")
        ),
        ("a token of no issuer", token_for("ada", aud="trail-desk"), by),
        (
            "a token without `sub`",
            token_for("ada", **OURS, sub=None),
            "`require` has the claims that must be there.",
        ),
        ("no token at all", "", "This is no token."),
        ("a text that is no token", "let.me.in", "This is no token."),
        ("a text with an umlaut", "schlüssel", "This is no token."),
    ]


@reading.check
async def refuses_others(read_token: Any) -> None:
    """Refuses every other token with an `HTTPException`"""
    for what, token, hint in bad_tokens():
        found = await outcome(read_token, token)
        nudge = hint
        if isinstance(found, jwt.PyJWTError):
            nudge = "Catch `jwt.PyJWTError`, and raise your own."
        elif not isinstance(found, str | Exception):
            nudge = "This token was not believed, and nothing was raised: whoever calls has to learn of it."
            if what == "a token without `sub`":
                nudge = hint
        require(
            isinstance(found, HTTPException),
            sent=what,
            came_back=written(found),
            expected="an HTTPException with 401",
            nudge=nudge,
        )


@reading.check
async def says_how_to_log_in(read_token: Any) -> None:
    """It is a 401 with `WWW-Authenticate: Bearer`"""
    for what, token, _ in bad_tokens():
        found = await outcome(read_token, token)
        status = getattr(found, "status_code", None)
        headers = {
            name.lower(): str(value) for name, value in (getattr(found, "headers", None) or {}).items()
        }
        told = attacks.KEY in f"{getattr(found, 'detail', '')}{headers}"
        require(
            not told,
            sent=what,
            came_back=written(found),
            expected="nothing of the key",
            nudge="A stranger reads this.",
        )
        require(
            status == 401,
            sent=what,
            came_back=written(found),
            expected="401",
            nudge="It is a 401 for all of them.",
        )
        require(
            headers.get("www-authenticate", "").lower().split()[:1] == ["bearer"],
            sent=what,
            came_back=f"{written(found)}, headers {headers}",
            expected="the header WWW-Authenticate: Bearer",
            nudge="The third argument of `HTTPException` is a dictionary of headers.",
        )


doors = exercise(
    "8.3",
    "Three doors",
    hints=[
        'Begin with `scheme = OAuth2PasswordBearer(tokenUrl="token")` and a dependency that takes '
        "`token: Annotated[str, Depends(scheme)]`, returns `claims_of(token)`, and makes a 401 of "
        "`jwt.PyJWTError`.",
        "A second one takes `needed: SecurityScopes` and the claims. It raises the 403 if "
        '`set(needed.scopes) <= set(claims.get("scope", "").split())` is false.',
        '`claims: Annotated[dict[str, Any], Security(current_ranger, scopes=["trails:close"])]` is '
        "the parameter "
        "of the last endpoint.",
    ],
)

DOORS = [("GET", "/rangers/me"), ("GET", "/notes"), ("POST", "/trails/Lake Loop/closure")]


def another_name_than(name: str) -> Callable[[Answer], bool]:
    """Whether an answer names another ranger."""
    return lambda it: it.status_code == 200 and it.json()["name"] != name


@doors.check
async def knows_rangers(api: Api) -> None:
    """GET /rangers/me answers who it is, and what the token may do"""
    for name, scope, scopes in (
        ("ada", "notes:read trails:close", ["notes:read", "trails:close"]),
        ("ben", "notes:read", ["notes:read"]),
        ("cleo", "", []),
        ("dina", None, []),
    ):
        answer = await api.get("/rangers/me", headers=bearer(token_for(name, scope=scope)))
        nudge = [
            Nudge("The name is the claim `sub` of this request's token.", when=another_name_than(name)),
            "The scopes are the words in the claim `scope`; without the claim there are none.",
        ]
        answer.expect(200, {"name": name, "scopes": scopes}, nudge=nudge)


@doors.check
async def opens_doors(api: Api) -> None:
    """The right scope opens its door"""
    for name, scope in (("ben", "notes:read"), ("ada", "trails:close notes:read")):
        answer = await api.get("/notes", headers=bearer(token_for(name, scope=scope)))
        answer.expect(200, ["Snares at the ford.", "New boots."], nudge="The body is `NOTES`.")
    for name, trail, scope in (
        ("ada", "Lake Loop", "notes:read trails:close"),
        ("ida", "Fern", "trails:close"),
    ):
        answer = await api.post(f"/trails/{trail}/closure", headers=bearer(token_for(name, scope=scope)))
        nudge = "The trail is the one in the path, and `closed_by` the name in the token."
        answer.expect(201, {"trail": trail, "closed_by": name}, nudge=nudge)


@doors.check
async def refuses_strangers(api: Api) -> None:
    """Without a token that can be believed it is a 401"""
    good = {"scope": "notes:read trails:close"}
    strangers: list[tuple[dict[str, str], str]] = [
        ({}, "There was no token."),
        ({"Authorization": "Bearer"}, "There was a scheme and no token."),
        ({"Authorization": "Basic YWRhOmE="}, "This is another scheme, and no token."),
        (bearer("let-me-in"), "This is no token. `claims_of` raises `jwt.PyJWTError`."),
        (bearer(token_for("ada", key="x" * 32, **good)), "It is signed with another key."),
        (bearer(token_for("ada", exp=int(time.time()) - 600, **good)), "It expired ten minutes ago."),
        (bearer(token_for("ada", exp=None, **good)), "It has no `exp`."),
    ]
    for headers, nudge in strangers:
        for method, path in DOORS:
            answer = await api.request(method, path, headers=headers)
            expect_401(answer, nudge)


@doors.check
async def asks_for_scopes(api: Api) -> None:
    """A token that lacks the scope gets a 403, which names it"""
    for method, path, needed, others in (
        ("GET", "/notes", "notes:read", ("trails:close", "notes:reader", "", None)),
        ("POST", "/trails/Lake Loop/closure", "trails:close", ("notes:read", "trails:closed all", "", None)),
    ):
        # The right stands in the token: who it is does not matter.
        for scope, name in zip((*others, others[0]), ("ben", "ben", "ben", "ben", "ada"), strict=True):
            answer = await api.request(method, path, headers=bearer(token_for(name, scope=scope)))
            nudge = Nudge(
                "401 would say: log in first. That is done; this token may not do it.",
                when=lambda it: it.status_code == 401,
            )
            answer.expect(403, nudge=[nudge, f"This token has no `{needed}`: its scope is {scope!r}."])
            found = answer.headers.get("www-authenticate", "")
            answer.require(
                f'scope="{needed}"' in found,
                f'403\nwww-authenticate: Bearer scope="{needed}"',
                differs=f"The header `WWW-Authenticate` is `{found}`."
                if found
                else "The header `WWW-Authenticate` is missing.",
                nudge="`SecurityScopes` has the scopes as one text: `needed.scope_str`.",
            )


office = exercise(
    "8.4",
    "Spot the pitfall",
    hints=[
        "Who wrote the token that the second cell sends? Look at what `jwt.decode` verifies, and "
        "with which key.",
        "`role` comes with the request, and goes into the token. The server knows the role: "
        '`RANGERS[name]["role"]`.',
        '`OAuth2PasswordBearer(tokenUrl="login")` in place of `Header()` makes a 401 of a missing '
        "header. One "
        "`HTTPException` serves for an unknown name and for a wrong password.",
    ],
)
ROLES = {"ada": ("lake-loop-7", "chief"), "ben": ("fern-valley-9", "ranger")}
OLD_KEY = "rangers-office-2026-change-me-in-production"


async def office_token(api: Api, name: str, **more: str) -> str:
    """The token that a ranger gets by logging in."""
    answer = await api.post("/login", json={"name": name, "password": ROLES[name][0], **more})
    body = answer.json()
    token = body.get("access_token") if isinstance(body, dict) else None
    right = isinstance(token, str) and body.get("token_type", "").lower() == "bearer"
    answer.require(right, '200, and the body\n{"access_token": "...", "token_type": "bearer"}', status=200)
    return str(token)


@office.check
async def serves_rangers(api: Api) -> None:
    """Ada and Ben are served as before"""
    for name, (_, role) in ROLES.items():
        headers = bearer(await office_token(api, name))
        answer = await api.get("/me", headers=headers)
        answer.expect(200, {"name": name, "role": role}, nudge="The role is the one in `RANGERS`.")
        answer = await api.post("/closures/Lake Loop", headers=headers)
        if role == "chief":
            answer.expect(201, {"trail": "Lake Loop", "closed_by": name}, nudge="A chief may close trails.")
        else:
            silent(answer).expect(403, nudge="Ben is known, and no chief.")


@office.check
async def signs_with_the_desks_key(api: Api) -> None:
    """Tokens are signed with the key in the environment"""
    for name in ROLES:
        token = await office_token(api, name)
        try:
            jwt.decode(token, attacks.KEY, algorithms=["HS256"], options={"verify_aud": False})
            said = ""
        except jwt.PyJWTError as error:
            said = f"{type(error).__name__}: {error}"
        require(
            not said,
            sent=f"{name}'s token, to be verified with the key in DESK_KEY",
            came_back=said,
            expected="a token signed by HS256 with that key",
            nudge='`os.environ["DESK_KEY"]` is the key. One that stands in the source is known to '
            "all who read it.",
        )
        left = (attacks.opened(token).get("exp") or math.inf) - time.time()
        require(
            left < 30 * 60 + 5,
            sent=f"{name}'s token, read",
            came_back="a token that never expires"
            if left == math.inf
            else f"It lives for {left:.0f} seconds.",
            expected="a token that lives for half an hour at most, as before",
            nudge="Whoever has found this token can use it, and until when is what `exp` says.",
        )


@office.check
async def refuses_forged(api: Api) -> None:
    """A token that is not signed with it is a 401"""
    payload = {"sub": "ada", "role": "chief", "exp": int(time.time()) + 600}
    head, body, signature = (await office_token(api, "ben")).split(".")
    edited = attacks.part({**attacks.opened(f"{head}.{body}.{signature}"), "sub": "ada", "role": "chief"})
    signed = "Is the signature verified?"
    for what, token, nudge in (
        ("signed with another key", jwt.encode(payload, "x" * 32), signed),
        (
            "signed with the key that stood in the source",
            jwt.encode(payload, OLD_KEY),
            "This key is public now.",
        ),
        ("Ben's, with Ada's name in it", f"{head}.{edited}.{signature}", signed),
        ("`alg: none`", f"{attacks.part({'alg': 'none'})}.{attacks.part(payload)}.", signed),
        ("signed by HS512", jwt.encode(payload, attacks.KEY, algorithm="HS512"), "`algorithms` is a list."),
        (
            "expired",
            jwt.encode({**payload, "exp": int(time.time()) - 600}, attacks.KEY),
            "Is `exp` verified?",
        ),
        ("no token", "let-me-in", "This is no token."),
    ):
        for method, path in (("GET", "/me"), ("POST", "/closures/Lake Loop")):
            answer = await api.request(method, path, headers=bearer(token))
            silent(caught(answer)).expect(401, nudge=f"The token is forged ({what}). {nudge}")


@office.check
async def asks_for_a_token(api: Api) -> None:
    """A request without a token is a 401"""
    for headers in ({}, {"Authorization": "Basic YWRhOmE="}):
        for method, path in (("GET", "/me"), ("POST", "/closures/Lake Loop")):
            answer = await api.request(method, path, headers=headers)
            nudge = Nudge(
                "FastAPI requires the header, and so answers 422.", when=lambda it: it.status_code == 422
            )
            answer.expect(401, nudge=[nudge, "There was no token, so nobody knows who this is."])


@office.check
async def keeps_roles(api: Api) -> None:
    """The role is the one in RANGERS"""
    asked = {"name": "ben", "password": ROLES["ben"][0], "role": "chief"}
    answer = await api.post("/login", json=asked)
    if answer.status_code in (401, 422):
        return  # whoever asks for a role gets nothing at all
    headers = bearer(await office_token(api, "ben", role="chief"))
    answer = await api.get("/me", headers=headers)
    answer.expect(200, {"name": "ben", "role": "ranger"}, nudge="Ben wrote this role into his login.")
    answer = await api.post("/closures/Lake Loop", headers=headers)
    answer.expect(403, nudge="Ben wrote the role of a chief into his login.")


@office.check
async def tells_no_names(api: Api) -> None:
    """An unknown name gets the answer of a wrong password"""
    for password in (ROLES["ben"][0], *others_than(ROLES["ada"][0]), "guess"):
        wrong = await api.post("/login", json={"name": "ada", "password": password})
        silent(wrong).expect(401, nudge="This is not her password.")
    for name, password in (("zoe", "guess"), ("", "guess"), ("zoe", "")):
        answer = await api.post("/login", json={"name": name, "password": password})
        expect_alike(answer, wrong, "It has to be the answer to a wrong password, word for word.")


siege = exercise(
    "8.5",
    "Hold the desk",
    hints=[
        '`jwt.decode(token, KEY, algorithms=["HS256"], issuer=..., audience=..., '
        'options={"require": [...]})` '
        "keeps seven out. For the logout, keep the `jti` of tokens that are over, and look there in "
        "`current_claims`.",
        'The notes: is `NOTES[note_id]["owner"]` who asks? The closure: is `trails:close` in '
        '`claims["scope"].split()`? The sign-up: `extra="forbid"`. The login: one answer for both. '
        "The query: "
        "`LIKE ?`, and the value beside it.",
        "The path: `.resolve()`, then `.is_relative_to(...)` the folder of the maps. The redirect: "
        "is `next` one of "
        'two addresses? CORS: `allow_origins=["https://trails.example"]`.',
        "The 422: `@desk.exception_handler(RequestValidationError)` with a function that answers "
        "`type`, `loc` and "
        "`msg` of each of `error.errors()`, and leaves `input` out.",
    ],
)


_kept: WeakKeyDictionary[Api, dict[str, dict[str, Any]]] = WeakKeyDictionary()
"""What a ranger got by logging in, for each app that is judged: a desk may count how often that happens."""


async def desk_token(api: Api, name: str, **more: str) -> dict[str, Any]:
    """What a ranger gets by logging in; the same as before where nothing else is asked for."""
    kept = _kept.setdefault(api, {})
    if more or name not in kept:
        form = {"username": name, "password": attacks.PASSWORDS[name], **more}
        found = tokens_in(await api.post("/token", data=form))
        return found if more else kept.setdefault(name, found)
    return kept[name]


def tokens_in(answer: Answer, *, refresh: bool = False) -> dict[str, Any]:
    """The tokens in an answer, which must be there."""
    body = answer.json()
    found = body if isinstance(body, dict) else {}
    names = ["access_token", "refresh_token"] if refresh else ["access_token"]
    answer.require(
        all(isinstance(found.get(name), str) and found[name] for name in names),
        f"200, and a body with {', '.join([*names, 'token_type'])}",
        status=200,
        nudge=Nudge(
            "The limit is for one name, and this name was not tried five times.",
            when=lambda it: it.status_code == 429,
        ),
    )
    return found


async def me(api: Api, token: object) -> Answer:
    return await api.get("/rangers/me", headers=bearer(token))


@siege.check
async def rangers_get_in(api: Api) -> None:
    """Rangers are served as before"""
    ada, ben = [bearer((await desk_token(api, name))["access_token"]) for name in ("ada", "ben")]
    for name, headers, scopes in (("ada", ada, ["notes:read", "trails:close"]), ("ben", ben, ["notes:read"])):
        answer = await api.get("/rangers/me", headers=headers)
        answer.expect(200, {"name": name, "scopes": scopes})
    answer = await api.get("/notes/1", headers=ada)
    answer.expect(200, {"owner": "ada", "text": "Snares at the ford."}, nudge="This note is Ada's own.")
    answer = await api.post("/trails/Lake Loop/closure", headers=ada)
    answer.expect(201, {"trail": "Lake Loop", "closed_by": "ada"})
    eva = account()
    (await api.post("/rangers", json=eva)).expect(201, {"name": eva["name"], "scopes": ["notes:read"]})
    (await api.post("/rangers", json=eva)).expect(409, nudge="This name is taken.")
    form = {"username": eva["name"], "password": eva["password"]}
    token = tokens_in(await api.post("/token", data=form))["access_token"]
    (await api.post("/logout", headers=bearer(token))).expect(204, None)
    again = tokens_in(await api.post("/token", data=form))["access_token"]
    goes_on(await me(api, again), "She has logged out, and in again: this is a new login.")
    for q, found in (("Lake", ["Lake Loop"]), ("ake L", ["Lake Loop"]), ("", ["Lake Loop"]), ("Moor", [])):
        answer = await api.get("/trails", params={"q": q})
        answer.expect(200, found, nudge="The names that contain `q`, and are no secret.")
    answer = await api.get("/maps/lake-loop.txt")
    answer.require("From the hut" in answer.text, "200, and the map", status=200)
    for place in ("/rangers/me", "/trails"):
        answer = await api.get("/go", params={"next": place})
        there = answer.headers.get("location") == place and answer.response.is_redirect
        answer.require(there, f"a redirect to {place}")
    answer = await api.get("/rangers/me", headers={"Origin": attacks.HOME, **ben})
    answer.expect(200, headers={"access-control-allow-origin": attacks.HOME})


@siege.check
async def refuses_tokens(api: Api) -> None:
    """No forged token gets in"""
    await hold(api, attacks.TOKENS)


@siege.check
async def holds_doors(api: Api) -> None:
    """Nobody gets more than is theirs"""
    await hold(api, attacks.DOORS)


@siege.check
async def holds_files(api: Api) -> None:
    """Files, links and searches give nothing away"""
    await hold(api, attacks.FILES)


LOOKALIKES = ("null", f"{attacks.HOME}.evil.example", "http://trails.example", "https://evil-trails.example")
"""Origins that are not the one whose pages may read, and of which some begin or end as it does."""


@siege.check
async def holds_against_others(api: Api) -> None:
    """The same attacks in other words fail, too"""
    ben = bearer((await desk_token(api, "ben"))["access_token"])
    namesake = {**account(), "name": f"ada{secrets.token_hex(4)}"}
    await api.post("/rangers", json=namesake)
    form = {"username": namesake["name"], "password": namesake["password"]}
    other = bearer(tokens_in(await api.post("/token", data=form))["access_token"])
    for headers in (ben, other):
        said: list[str] = []
        for path in ("/notes/3", "/notes/1"):
            answer = await api.get(path, headers=headers)
            nudge = [
                Nudge(
                    "This token was given out a moment ago, and who has it did not log out.",
                    when=lambda it: it.status_code == 401,
                ),
                "There is no such note, or it is Ada's: both look the same to anybody else.",
            ]
            silent(answer).expect(404, nudge=nudge)
            said.append(re.sub(r"\d+", "...", answer.text))
        answer.require(
            said[0] == said[1],
            "404, as for a note that does not exist",
            differs="The answer is not the one to a note that does not exist.",
            nudge="Other words for it tell that this note exists.",
        )
    answer = await api.post("/trails/Lake Loop/closure", headers=ben)
    silent(answer).expect(403, nudge="Ben is known, and may not close trails.")
    answer = await api.post("/rangers", json={"user": "eva", "password": "owl-path-3"})
    silent(answer).expect(422, nudge="This sign-up has no name.")
    for password in ("wrong", ""):
        answer = await api.post("/token", data={"username": "cleo", "password": password})
        answer.require(answer.status_code in (401, 422), "401")
        silent(answer)
    for path in (
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e/passwords.txt",
        "%2fetc%2fpasswd",
        "x%2f..%2f..%2fpasswords.txt",
        "nowhere.txt",
    ):
        answer = await api.get(f"/maps/{path}")
        answer.expect(404, nudge="No map has this name.")
    for place in (
        "https://evil.example",
        "/\\evil.example",
        "/notes/1",
        "//trails",
        "/trails@evil.example",
        "",
    ):
        answer = await api.get("/go", params={"next": place})
        led = Nudge("This is neither of the two places.", when=lambda it: it.response.is_redirect)
        answer.expect(400, nudge=led)
    for q in ("' OR 1=1 --", "%' OR secret = 1 OR name LIKE '%", "'", "Eagle"):
        answer = await api.get("/trails", params={"q": q})
        answer.expect(200, [], nudge="No trail that may be seen has this in its name.")
    for origin in LOOKALIKES:
        answer = await api.get("/rangers/me", headers={"Origin": origin, **ben})
        allowed = answer.headers.get("access-control-allow-origin")
        answer.require(allowed is None, f"no Access-Control-Allow-Origin for {origin}")
    forged = bearer(token_for("ada", key="x" * 32, **OURS))
    real = attacks.opened(ben["Authorization"].removeprefix("Bearer "))
    late = bearer(jwt.encode({**real, "exp": int(time.time()) - 600}, attacks.KEY))
    expect_401(await api.get("/rangers/me", headers=late), "It expired ten minutes ago.")
    for path in ("/rangers/me", "/notes/2"):
        expect_401(await api.get(path), "There was no token.")
        expect_401(await api.get(path, headers=forged), "It is signed with another key.")
    expect_401(await api.post("/trails/Lake Loop/closure"), "There was no token.")


app = exercise(
    "8.app",
    "The rangers' desk",
    hints=[
        "Keep what a login is in a dictionary on the server: under a random id, the ranger's name "
        "and scopes and the "
        "refresh token that was not used yet. Put the id into the access token, as the claim `sid`.",
        "One dependency reads the access token (exercise 8.2), looks whether its `sid` is still "
        "there, compares the "
        "scopes (exercise 8.3), and returns the login. A logout deletes it, and all its tokens are over.",
        "`/refresh`: find the login of the token. Was the token used before? Then delete the login, and 401. "
        "Otherwise note that it is used now, and give out two new ones.",
        "The rest is in the lesson: `limits` in `/token`, `CORSMiddleware` with "
        '`allow_headers=["Authorization"]`, '
        "and from exercise 8.5 the handler for `RequestValidationError`.",
    ],
)


async def new_ranger(api: Api, begins: str = "eva") -> dict[str, str]:
    """Sign somebody up, who has not tried to log in yet."""
    eva = {**account("hut-keeper-8"), "name": f"{begins}{secrets.token_hex(4)}"}
    (await api.post("/rangers", json=eva)).expect(201)
    return eva


async def log_in(api: Api, ranger: dict[str, str]) -> dict[str, Any]:
    form = {"username": ranger["name"], "password": ranger["password"]}
    return tokens_in(await api.post("/token", data=form), refresh=True)


async def renew(api: Api, token: object) -> Answer:
    return await api.post("/refresh", json={"refresh_token": token})


@app.check
async def gives_tokens(api: Api) -> None:
    """POST /token gives out an access token as the brief has it, and a refresh token"""
    tokens = await desk_token(api, "ben")
    require(
        str(tokens.get("token_type")).lower() == "bearer" and bool(tokens.get("refresh_token")),
        sent="POST /token as ben",
        came_back=f"a body with {', '.join(sorted(tokens))}",
        expected='access_token, refresh_token and "token_type": "bearer"',
        nudge="",
    )
    required: Any = {"require": ["exp", "iss", "aud"]}
    claims: dict[str, Any] = {}
    said = ""
    try:
        claims = jwt.decode(
            tokens["access_token"],
            attacks.KEY,
            algorithms=["HS256"],
            issuer="rangers-desk",
            audience="trail-desk",
            options=required,
        )
    except jwt.PyJWTError as error:
        said = f"{type(error).__name__}: {error}"
    sent = "ben's access token, to be verified"
    expected = "a JWT by HS256, signed with the key in DESK_KEY, with issuer, audience and `exp`"
    require(not said, sent=sent, came_back=said, expected=expected, nudge="`KEY` in app.py is this key.")
    left = claims["exp"] - time.time()
    expected = "15 minutes at most"
    require(
        left < 15 * 60 + 5,
        sent=sent,
        came_back=f"It lives for {left:.0f} seconds.",
        expected=expected,
        nudge="",
    )


@app.check
async def shows_me(api: Api) -> None:
    """GET /rangers/me knows who it is"""
    for name, scopes in (("ada", ["notes:read", "trails:close"]), ("cleo", ["notes:read"])):
        answer = await me(api, (await desk_token(api, name))["access_token"])
        answer.expect(200, {"name": name, "scopes": scopes}, nudge="These are the scopes of the login.")


@app.check
async def signs_rangers_up(api: Api) -> None:
    """POST /rangers signs somebody up, who can log in"""
    for password in ("hut-keeper-8", "8letters"):
        eva = account(password)
        answer = await api.post("/rangers", json=eva)
        answer.expect(201, {"name": eva["name"], "scopes": ["notes:read"]}, nudge="A new ranger reads notes.")
        answer = await me(api, (await log_in(api, eva))["access_token"])
        answer.expect(200, {"name": eva["name"], "scopes": ["notes:read"]})
    for password in (eva["password"], "another-one"):
        answer = await api.post("/rangers", json={**eva, "password": password})
        silent(answer).expect(409, nudge="This name is taken.")
        repeats_no_password(answer)
    answer = await api.post("/token", data={"username": eva["name"], "password": "another-one"})
    expect_401(answer, "The sign-up with this password was refused a moment ago.")
    repeats_no_password(answer)
    answer = await api.post("/rangers", json={"name": "ada", "password": "another-one"})
    answer.expect(409, nudge="There is an Ada already.")
    for password in ("7letter", ""):
        answer = await api.post("/rangers", json=account(password))
        answer.expect(422, nudge="A password of less than 8 characters is a 422.")
        answer.require(not password or password not in answer.text, "422 without the password")
    for wrong in ({"name": None}, {"name": ["eva"]}, {"password": None}, {"password": ["h"] * 8}):
        answer = await api.post("/rangers", json={**account(), **wrong})
        answer.expect(422, nudge="A name and a password are texts.")
        repeats_no_password(answer)
    answer = await api.post("/rangers", json=[account()])
    answer.expect(422, nudge="This body is a list.")
    repeats_no_password(answer)


@app.check
async def keeps_notes_apart(api: Api) -> None:
    """Notes are their owner's business"""
    ada, ben = [bearer((await desk_token(api, name))["access_token"]) for name in ("ada", "ben")]
    adas = [{"id": 1, "text": "Snares at the ford."}, {"id": 3, "text": "A lynx, at last."}]
    for headers, notes in ((ada, adas), (ben, [{"id": 2, "text": "New boots."}])):
        (await api.get("/notes", headers=headers)).expect(
            200, notes, nudge="The ranger's own notes, each as `id` and `text`."
        )
        for note in notes:
            answer = await api.get(f"/notes/{note['id']}", headers=headers)
            answer.expect(200, note, nudge="A note as it leaves has `id` and `text`.")
    new = bearer((await log_in(api, await new_ranger(api, "ada")))["access_token"])
    (await api.get("/notes", headers=new)).expect(200, [], nudge="A new ranger has no notes.")
    for headers, note_id in ((ben, 1), (ben, 3), (new, 1), (ada, 2), (ada, 99)):
        answer = await api.get(f"/notes/{note_id}", headers=headers)
        answer.expect(404, nudge="To this ranger there is no such note.")
        if headers is not ada:
            silent(answer)


@app.check
async def asks_who_it_is(api: Api) -> None:
    """Every door asks for a token, and believes only its own"""
    tokens = await log_in(api, await new_ranger(api))
    forged = token_for("ada", key="x" * 32, **OURS)
    doors: list[tuple[str, str]] = [
        ("GET", "/rangers/me"),
        ("GET", "/notes"),
        ("GET", "/notes/1"),
        ("POST", "/trails/Lake Loop/closure"),
        ("POST", "/logout"),
    ]
    late = {**attacks.opened(tokens["access_token"]), "exp": int(time.time()) - 600}
    strangers = [
        {},
        {"Authorization": "Bearer"},
        bearer("let-me-in"),
        bearer(forged),
        bearer(jwt.encode(late, attacks.KEY)),
        bearer(tokens["refresh_token"]),
    ]
    for method, path in doors:
        for headers in strangers:
            expect_401(
                await api.request(method, path, headers=headers), "This is no access token of the desk."
            )
    goes_on(await me(api, tokens["access_token"]), "This token was given out a moment ago.")


@app.check
async def closes_trails(api: Api) -> None:
    """Closing a trail needs its scope"""
    ada, eva = await desk_token(api, "ada"), await log_in(api, await new_ranger(api))
    for trail in ("Lake Loop", "Fern Valley"):
        answer = await api.post(f"/trails/{trail}/closure", headers=bearer(ada["access_token"]))
        answer.expect(201, {"trail": trail, "closed_by": "ada"})
    answer = await api.post("/trails/Owl Path/closure", headers=bearer(eva["access_token"]))
    silent(answer).expect(403, nudge="A new ranger may not close trails.")
    answer = await api.get("/closures")
    found = answer.json() if isinstance(answer.json(), list) else []
    right = {"Lake Loop", "Fern Valley"} <= set(map(str, found)) and "Owl Path" not in found
    answer.require(right, "Lake Loop and Fern Valley, and not Owl Path", status=200)


@app.check
async def gives_fewer_scopes(api: Api) -> None:
    """A login may ask for fewer scopes, and gets no more than the ranger has"""
    tokens = await desk_token(api, "ada", scope="notes:read")
    only = {"name": "ada", "scopes": ["notes:read"]}
    for when in ("at the login", "after a refresh"):
        nudge = f"The login asked for `notes:read`; this is the token {when}."
        (await me(api, tokens["access_token"])).expect(200, only, nudge=nudge)
        answer = await api.post("/trails/Moor/closure", headers=bearer(tokens["access_token"]))
        answer.expect(403, nudge=nudge)
        if when == "at the login":
            tokens = tokens_in(await renew(api, tokens.get("refresh_token")), refresh=True)
    # Ada's third login within this minute, of the five that a name has: two more belong to the siege.
    ada = await desk_token(api, "ada", scope="trails:close")
    for path in ("/notes", "/notes/1"):
        answer = await api.get(path, headers=bearer(ada["access_token"]))
        answer.expect(403, nudge="Ada's login asked for `trails:close` alone.")
    eva = await new_ranger(api)
    form = {"username": eva["name"], "password": eva["password"], "scope": "notes:read trails:close"}
    answer = await api.post("/token", data=form)
    if answer.status_code in (400, 401, 403):
        return  # who asks for too much gets nothing
    token = tokens_in(answer)["access_token"]
    answer = await api.post("/trails/Moor/closure", headers=bearer(token))
    answer.expect(403, nudge="A new ranger asked for `trails:close`, and got it.")
    answer = await api.get("/notes", headers=bearer(token))
    answer.expect(200, [])
    cleo = await desk_token(api, "cleo", scope="weather:make notes notes:reader NOTES:READ")
    answer = await api.get("/notes", headers=bearer(cleo["access_token"]))
    answer.expect(403, nudge="The login asked for another scope than `notes:read`.")


@app.check
async def refreshes_once(api: Api) -> None:
    """A refresh token can be used once"""
    eva = await new_ranger(api)
    first, other = await log_in(api, eva), await log_in(api, eva)
    second = tokens_in(await renew(api, first["refresh_token"]), refresh=True)
    (await me(api, second["access_token"])).expect(200, {"name": eva["name"], "scopes": ["notes:read"]})
    third = tokens_in(await renew(api, second["refresh_token"]), refresh=True)
    expect_401(await renew(api, first["refresh_token"]), "This one was used before.")
    over = "A refresh token of this login came twice: all of its tokens are over."
    expect_401(await renew(api, third["refresh_token"]), over)
    for tokens in (first, second, third):
        expect_401(await me(api, tokens["access_token"]), over)
    goes_on(await me(api, other["access_token"]), "This is another login, and it goes on.")
    tokens_in(await renew(api, other["refresh_token"]), refresh=True)
    for token in ("made-up", "", other["access_token"]):
        expect_401(await renew(api, token), "Nobody gave out this refresh token.")
    token = str((await log_in(api, eva))["refresh_token"])
    changed = token[:-6] + ("x" * 6 if token[-6:] != "x" * 6 else "y" * 6)
    expect_401(await renew(api, changed), "This is a refresh token with six other letters at its end.")
    answer = await renew(api, None)
    answer.require(answer.status_code in (401, 422), "401")


@app.check
async def logs_out(api: Api) -> None:
    """A logout ends this login, and no other"""
    eva = await new_ranger(api)
    first, other = await log_in(api, eva), await log_in(api, eva)
    first = tokens_in(await renew(api, first["refresh_token"]), refresh=True) | {
        "before": first["access_token"]
    }
    answer = await api.post("/logout", headers=bearer(first["access_token"]))
    answer.expect(204, None)
    for token in (first["access_token"], first["before"]):
        expect_401(await me(api, token), "This login was ended by a logout.")
    expect_401(await renew(api, first["refresh_token"]), "This login was ended by a logout.")
    goes_on(await me(api, other["access_token"]), "This is another login of the same ranger.")
    tokens_in(await renew(api, other["refresh_token"]), refresh=True)


@app.check
async def lets_one_site_read(api: Api) -> None:
    """Pages of https://trails.example may read, also with a token; no others may"""
    name = "access-control-allow-origin"
    asked = [
        {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization"}
        for method in ("GET", "POST")
    ]
    for headers in ({}, *asked):
        method = "OPTIONS" if headers else "GET"
        answer = await api.request(method, "/closures", headers={"Origin": attacks.HOME, **headers})
        answer.expect(
            200,
            headers={name: attacks.HOME},
            nudge=[
                Nudge("`allow_headers` has what a page may send.", when=lambda it: "headers" in it.text),
                Nudge("`allow_methods` has what a page may do.", when=lambda it: "method" in it.text),
            ],
        )
        for origin in (attacks.EVIL, *LOOKALIKES):
            answer = await api.request(method, "/closures", headers={"Origin": origin, **headers})
            answer.require(name not in answer.headers, f"no Access-Control-Allow-Origin for {origin}")


@app.check
async def limits_logins(api: Api) -> None:
    """After five tries under one name within a minute comes a 429"""
    eva, ida = await new_ranger(api), await new_ranger(api)
    wrong = {"username": eva["name"], "password": "a wrong guess"}
    for number in range(5):
        answer = await api.post("/token", data=wrong)
        answer.expect(401, nudge=f"This was try number {number + 1}, and five are allowed.")
        repeats_no_password(answer)
    for password in (eva["password"], "a wrong guess"):
        answer = await api.post("/token", data={**wrong, "password": password})
        silent(answer).expect(
            429, nudge="This name was tried five times a moment ago, so not even the right password helps."
        )
        repeats_no_password(answer)
        wait = answer.headers.get("retry-after", "")
        right = wait.isdecimal() and 1 <= int(wait) <= 60
        answer.require(right, "429\nretry-after: a number of seconds, 1 to 60")
    tokens_in(await api.post("/token", data={"username": ida["name"], "password": ida["password"]}))
    nobody = {"username": account()["name"], "password": "a wrong guess"}
    for number in range(6):
        answer = await api.post("/token", data=nobody)
        nudge = "Nobody has this name. If it may be tried more often, that tells which names there are."
        answer.expect(401 if number < 5 else 429, nudge=nudge)


@app.check
async def holds_the_siege(api: Api) -> None:
    """It holds against sixteen attacks"""
    await hold(api, attacks.ON_THE_DESK)
