"""What strangers try on a rangers' desk: nineteen attacks, each a request that must fail.

They are tried on an app that you hand over, on your own machine: `await siege(app)` returns the board.
Ada may close trails, Ben and Cleo may not, and note 1 is Ada's.
"""

import base64
import json
import os
import secrets
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import jwt

from course.running.server import Client
from course.running.serving import App
from course.running.siege import Attack, Camp, Closed, Siege, Strike, attack
from course.running.siege import siege as lay_siege

KEY = os.environ["DESK_KEY"] = os.environ.get("DESK_KEY") or secrets.token_hex(32)
"""Signs the tokens of the desk. A server gets it from its environment, and here the environment gets it, also
where it has an empty one."""

PASSWORDS = {"ada": "lake-loop-7", "ben": "fern-valley-9", "cleo": "ridge-path-14", "dina": "gorge-steps-4"}
HOME = "https://trails.example"
EVIL = "https://evil.example"


class Stranger(Camp):
    """Has accounts of their own, and the tokens that come with them."""

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self._kept: dict[str, dict[str, Any]] = {}

    async def login(self, name: str, password: str = "", **more: str) -> dict[str, Any]:
        """What a new login gives: `access_token` and, where there is one, `refresh_token`."""
        form = {"username": name, "password": password or PASSWORDS[name], **more}
        answer = await self.honest("POST", "/token", data=form)
        found: Any = answer.json()
        return found if isinstance(found, dict) else {}

    async def token(self, name: str = "ben") -> str:
        """An access token that this ranger got by logging in."""
        if name not in self._kept:
            self._kept[name] = await self.login(name)
        return str(self._kept[name].get("access_token"))

    async def knock(self, token: str) -> Strike:
        """Ask who this token belongs to, once the real one was welcome."""
        await self.honest("GET", "/rangers/me", headers=bearer(await self.token()))
        return await self.strike("GET", "/rangers/me", headers=bearer(token))

    async def forged(self, *without: str, **claims: Any) -> str:
        """Ben's token with other claims, signed with the desk's own key, as another service might have it."""
        real = jwt.decode(await self.token(), options={"verify_signature": False})
        # Signed anew it is as good as before. If not, the desk has another key, and nothing would be shown.
        await self.honest("GET", "/rangers/me", headers=bearer(jwt.encode(real, KEY)))
        kept = {name: value for name, value in {**real, **claims}.items() if name not in without}
        return jwt.encode(kept, KEY)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def part(data: dict[str, Any]) -> str:
    """A part of a token: JSON, written in letters that a URL may hold."""
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def opened(token: str) -> dict[str, Any]:
    """The claims in a token. Anybody can read them."""
    return dict(jwt.decode(token, options={"verify_signature": False}))


def raised(claims: dict[str, Any]) -> dict[str, Any]:
    """The claims, with Ada in Ben's place and a day more to live."""
    return {name: "ada" if value == "ben" else value for name, value in claims.items()} | {
        "exp": int(time.time()) + 86400
    }


DECODE = r"jwt\.decode\("


@attack(
    "A token that says it needs no signature (alg: none)",
    right="401",
    look="`jwt.decode`: does it verify the signature, by one algorithm that you name?",
    world="In 2015 several JWT libraries turned out to take such tokens for verified ones.",
    lines=[r"verify_signature.*False", DECODE],
)
async def unsigned(camp: Stranger) -> Strike:
    claims = raised(opened(await camp.token()))
    return await camp.knock(f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}.")


@attack(
    "Ben's token, with Ada's name written over his",
    right="401",
    look="`jwt.decode`: does it verify the signature?",
    world="Until 2022 Google's OAuth client for Java did not verify the signature of ID tokens "
    "(CVE-2021-22573).",
    lines=[r"verify_signature.*False", DECODE],
)
async def rewritten(camp: Stranger) -> Strike:
    header, payload, signature = (await camp.token()).split(".")
    payload = part(raised(opened(f"{header}.{payload}.{signature}")))
    return await camp.knock(f"{header}.{payload}.{signature}")


@attack(
    "A token signed with the attacker's own key",
    right="401",
    look="`jwt.decode`: does it verify the signature, and with a key that stands nowhere in the source?",
    world="In 2023 two thirds of the Apache Superset servers found on the internet signed with the key "
    "that stood in its source code (CVE-2023-27524).",
    lines=[r"verify_signature.*False", DECODE],
)
async def other_key(camp: Stranger) -> Strike:
    return await camp.knock(jwt.encode(raised(opened(await camp.token())), "x" * 32))


@attack(
    "A token that expired an hour ago",
    right="401",
    look="`jwt.decode`: is `verify_exp` left on?",
    world="In 2023 session tokens from support files opened accounts at five customers of Okta: the "
    "shorter a token lives, the less it is worth.",
    lines=[r"verify_exp.*False", r"verify_signature.*False", DECODE],
)
async def expired(camp: Stranger) -> Strike:
    past = int(time.time()) - 3600
    return await camp.knock(await camp.forged("nbf", iat=past - 600, exp=past))


@attack(
    "A token that never expires",
    right="401",
    look='`jwt.decode`: `options={"require": ["exp"]}`',
    world="In 2022 stolen OAuth tokens, good until somebody revoked them, opened private repositories of "
    "dozens of organisations on GitHub.",
    lines=[r"verify_signature.*False", DECODE],
)
async def endless(camp: Stranger) -> Strike:
    return await camp.knock(await camp.forged("exp"))


@attack(
    "A token that was made for another service (aud)",
    right="401",
    look="`jwt.decode`: `audience=`",
    world="In 2023 Salt Labs showed that the sites Vidio and Bukalapak took Facebook tokens that had been "
    "given to other sites.",
    lines=[r"verify_aud.*False", r"verify_signature.*False", DECODE],
)
async def other_audience(camp: Stranger) -> Strike:
    return await camp.knock(await camp.forged(aud="weather-station"))


@attack(
    "A token that another issuer made (iss)",
    right="401",
    look="`jwt.decode`: `issuer=`",
    world="In 2023 tokens from Microsoft's system for private accounts opened mailboxes of governments, "
    "because a check of who had issued them was missing.",
    lines=[r"verify_iss.*False", r"verify_signature.*False", DECODE],
)
async def other_issuer(camp: Stranger) -> Strike:
    return await camp.knock(await camp.forged(iss="weather-station"))


@attack(
    "Ben reads Ada's note by its number",
    right="404",
    look="the endpoint of the notes: whose note is it?",
    world="In 2019 a website of First American gave out 885 million documents to whoever changed the "
    "number in the address.",
    lines=[r"return NOTES\[", r"NOTES\["],
)
async def another_note(camp: Stranger) -> Strike:
    headers = bearer(await camp.token())
    await camp.honest("GET", "/notes/2", headers=headers)
    return await camp.strike("GET", "/notes/1", headers=headers)


@attack(
    "A sign-up that gives itself the right to close trails",
    right="422, or 201 without that right",
    look="the model of a sign-up: it should hold what a client may say, and no more",
    world="In 2012 a form field that should not have been taken let a stranger write to the project Rails "
    "on GitHub.",
    lines=[r"extra=\"allow\"", r"model_dump\(\)"],
)
async def own_rights(camp: Stranger) -> Strike:
    name, password = f"eve{secrets.token_hex(4)}", secrets.token_hex(8)
    new: dict[str, Any] = {"name": f"{name}x", "password": password}
    await camp.honest("POST", "/rangers", json=new)
    asked = await camp.send("POST", "/rangers", json={**new, "name": name, "scopes": ["trails:close"]})
    if not asked.is_success:
        return Strike(asked, let_in=False)
    may_close = []
    for each in (new["name"], name):
        headers = bearer(str((await camp.login(each, password)).get("access_token")))
        closed = await camp.strike("POST", "/trails/Lake Loop/closure", headers=headers)
        may_close.append(closed.let_in)
    # Where everybody may close trails, it is not the sign-up that gave the right.
    shown = await camp.send("GET", "/rangers/me", headers=headers)
    return Strike(asked, may_close == [False, True] or "trails:close" in shown.text)


@attack(
    "Ben closes a trail, which only Ada may",
    right="403",
    look="the endpoint that closes trails: which scope does it ask for?",
    world="In 2023 anybody with a Microsoft account could change results of Bing: the tool behind it asked "
    "who one was, and not what one may do.",
    lines=[r"def close_trail", r"/closure"],
)
async def without_scope(camp: Stranger) -> Strike:
    path = "/trails/Lake Loop/closure"
    await camp.honest("POST", path, headers=bearer(await camp.token("ada")))
    return await camp.strike("POST", path, headers=bearer(await camp.token("ben")))


@attack(
    "A page elsewhere reads answers in a visitor's name (CORS)",
    right="no Access-Control-Allow-Origin for it",
    look="`CORSMiddleware`: `allow_origins` lists the pages that may read, by name",
    world="In 2016 James Kettle showed how a page could read the secret key of whoever was logged in at a "
    "Bitcoin exchange.",
    lines=[r"allow_origins=\[\"\*", r"allow_origin_regex", r"CORSMiddleware"],
)
async def foreign_page(camp: Stranger) -> Strike:
    token = bearer(await camp.token())
    home = await camp.honest("GET", "/rangers/me", headers={"Origin": HOME, **token})
    if home.headers.get("access-control-allow-origin") not in (HOME, "*"):
        raise Closed(home)
    answer = await camp.send("GET", "/rangers/me", headers={"Origin": EVIL, **token})
    return Strike(answer, answer.headers.get("access-control-allow-origin") in (EVIL, "*"))


@attack(
    "A map's name that leads out of the folder of maps",
    right="404",
    look="where a file's path is put together: does what comes out lie in the folder?",
    world="In 2021 a path of this kind read any file from servers that ran Apache 2.4.49 (CVE-2021-41773).",
    lines=[r"FileResponse\("],
)
async def out_of_the_folder(camp: Stranger) -> Strike:
    await camp.honest("GET", "/maps/lake-loop.txt")
    return await camp.strike("GET", "/maps/..%2fpasswords.txt")


@attack(
    "A link to this site that ends on another one",
    right="400",
    look="the redirect: where may it lead?",
    world="In 2022 thousands of phishing mails led over redirects of snapchat.com and americanexpress.com.",
    lines=[r"RedirectResponse\("],
)
async def led_away(camp: Stranger) -> Strike:
    home = await camp.send("GET", "/go", params={"next": "/rangers/me"})
    if not home.is_redirect:
        raise Closed(home)
    answer = await camp.send("GET", "/go", params={"next": f"//{urlsplit(EVIL).netloc}/"})
    return Strike(answer, answer.is_redirect)


@attack(
    "A search that ends the query, and writes another (SQL)",
    right="200 and an empty list",
    look="the query: values go beside it, as parameters, and never into its text",
    world="In 2015 a query of this kind took the data of 156,959 customers out of TalkTalk.",
    lines=[r"f\".*(SELECT|LIKE)", r"SELECT"],
)
async def another_query(camp: Stranger) -> Strike:
    found = await camp.honest("GET", "/trails", params={"q": "Lake"})
    if "Lake Loop" not in found.text:
        raise Closed(found)
    answer = await camp.send("GET", "/trails", params={"q": "nothing' OR secret = 1 --"})
    return Strike(answer, "Eagle Nest" in answer.text)


@attack(
    "A mistyped sign-up, whose answer repeats the password",
    right="422 without it",
    look="FastAPI's own 422 has what was sent in `input`: a handler for `RequestValidationError` leaves it "
    "out",
    world="In 2018 Twitter asked 330 million people to change passwords that it had written into a log.",
    lines=[r"^app = FastAPI|= FastAPI\("],
)
async def repeated_password(camp: Stranger) -> Strike:
    password = secrets.token_hex(8)
    new = {"name": f"eve{secrets.token_hex(4)}", "password": password}
    await camp.honest("POST", "/rangers", json=new)
    answer = await camp.send("POST", "/rangers", json={"user": new["name"], "password": password})
    return Strike(answer, password in answer.text)


@attack(
    "Who has an account here? Guessed from what a login answers",
    right="401, word for word as for a wrong password",
    look="the login: it should answer the same to an unknown name and to a wrong password",
    world="In 2022 data of 5.4 million people was on sale, found by asking Twitter whose phone number or "
    "e-mail belongs to an account.",
    lines=[r"404.*([Rr]anger|[Uu]ser|[Aa]ccount)", r"def (login|log_in)", r"/token"],
)
async def known_names(camp: Stranger) -> Strike:
    known = await camp.send("POST", "/token", data={"username": "ada", "password": "wrong"})
    if known.status_code != 401:
        raise Closed(known)
    form = {"username": f"nobody{secrets.token_hex(4)}", "password": "wrong"}
    answer = await camp.send("POST", "/token", data=form)
    challenges = [each.headers.get("www-authenticate") for each in (known, answer)]
    alike = answer.status_code == 401 and answer.content == known.content and len({*challenges}) == 1
    return Strike(answer, not alike)


@attack(
    "A token that is used after its owner logged out",
    right="401",
    look="the logout: what does the server remember of it?",
    world="In 2023 sessions stolen by Citrix Bleed (CVE-2023-4966) went on working after servers were "
    "mended, until somebody ended them.",
    lines=[r"def logout", r"/logout"],
)
async def after_logout(camp: Stranger) -> Strike:
    headers = bearer(str((await camp.login("cleo")).get("access_token")))
    await camp.honest("GET", "/rangers/me", headers=headers)
    await camp.honest("POST", "/logout", headers=headers)
    return await camp.strike("GET", "/rangers/me", headers=headers)


@attack(
    "A refresh token that was used before",
    right="401",
    look="the refresh: a token is spent when it is used",
    world="In 2018 Facebook ended the tokens of 90 million accounts at once, after many had been stolen.",
    lines=[r"def refresh", r"/refresh"],
)
async def spent_refresh(camp: Stranger) -> Strike:
    body = {"refresh_token": (await camp.login("cleo")).get("refresh_token")}
    await camp.honest("POST", "/refresh", json=body)
    return await camp.strike("POST", "/refresh", json=body)


@attack(
    "The sixth guess at a password within a minute",
    right="429",
    look="the login: who counts how often a name is tried?",
    world="In 2023 passwords from other sites, tried one by one, opened 14,000 accounts at 23andMe, and "
    "from there the data of 6.9 million people.",
    lines=[r"def (login|log_in)", r"/token"],
)
async def sixth_guess(camp: Stranger) -> Strike:
    await camp.token()
    for number in range(5):
        await camp.send("POST", "/token", data={"username": "dina", "password": f"guess {number}"})
    answer = await camp.send("POST", "/token", data={"username": "dina", "password": "guess 5"})
    return Strike(answer, answer.status_code != 429)


TOKENS = [unsigned, rewritten, other_key, expired, endless, other_audience, other_issuer]
DOORS = [another_note, own_rights, without_scope, foreign_page, repeated_password, known_names, after_logout]
FILES = [out_of_the_folder, led_away, another_query]
ON_THE_DESK = [*TOKENS, *DOORS, spent_refresh, sixth_guess]


async def siege(app: App, attacks: Sequence[Attack] = (*TOKENS, *DOORS, *FILES)) -> Siege:
    """Try attacks on an app and return the board: without others named, those on the exercise's desk."""
    return await lay_siege(app, attacks, Stranger)
