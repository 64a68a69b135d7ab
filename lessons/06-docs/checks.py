"""What lesson 06 asks of its exercises and of its app."""

from __future__ import annotations

import importlib.util
import inspect
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import httpx
from httpx import URL

from course.judging import Answer, Api, Nudge, exercise, prediction, require
from course.judging.differences import first_difference
from course.judging.verdicts import Nudges

prediction("6.r1", answer="b", why="A response model is a filter: only its own fields leave.")
prediction("6.r2", answer="c", why="Without that setting the key would be ignored, and a typo get lost.")
prediction("6.r3", answer="a", why="It loads that description, which FastAPI makes from your functions.")
prediction(
    "6.p1",
    answer="c",
    why="The path and the response model are read from the code, so the docs follow the one, and FastAPI "
    "refuses to send a dictionary that does not fit the other. What a handler sends is decided while it "
    "runs: nothing can derive it.",
)
prediction(
    "6.p2",
    answer="a",
    why="Descriptions are optional in OpenAPI, and a validator cannot know what your functions raise. It "
    "says whether programs can read the document, not whether it is worth reading.",
)
prediction(
    "6.p3",
    answer="c",
    why="The client knows a 200 and a 422. For any other code it has no type, so it returns nothing, and the "
    "program that uses it takes a trail that does not exist for None.",
)

published: WeakKeyDictionary[Api, dict[str, Any]] = WeakKeyDictionary()
"""The schema of each app that is being judged: nearly every check reads it, and once is enough."""


async def read_schema(api: Api) -> dict[str, Any]:
    """What the app publishes at `/openapi.json`."""
    if api not in published:
        answer = await api.get("/openapi.json")
        nudge = Nudge(
            "There is no schema at /openapi.json any more, and all else is made from it.",
            when=lambda it: it.status_code == 404,
        )
        schema = answer.json()
        answer.require(isinstance(schema, dict), "200, and the schema", nudge=nudge, status=200)
        published[api] = schema
    return published[api]


def tell(wrong: object, expected: str, nudge: Nudges, *, right: bool = False, differs: str = "") -> None:
    """Judge a part of the schema, of which nobody wants to read the whole."""
    came_back = wrong if isinstance(wrong, str) else json.dumps(wrong, indent=1)[:600]
    require(
        right, sent="GET /openapi.json", came_back=came_back, expected=expected, nudge=nudge, differs=differs
    )


def listed(names: Iterable[object]) -> str:
    """Names in backquotes, with commas between them."""
    return ", ".join(f"`{name}`" for name in names)


def resolve(document: dict[str, Any], part: Any) -> dict[str, Any]:
    """A part of the schema with its `$ref` followed; empty where there is nothing."""
    while isinstance(part, dict) and "$ref" in part:
        found: Any = document
        for key in part["$ref"].removeprefix("#/").split("/"):
            found = found.get(key, {})
        part = found
    return part if isinstance(part, dict) else {}


def json_schema_of(document: dict[str, Any], described: Any) -> dict[str, Any]:
    """The JSON Schema of a described body or answer; empty where there is none."""
    content = resolve(document, described).get("content", {})
    for media_type, media in content.items():
        if "json" in media_type:
            return resolve(document, media.get("schema"))
    return {}


def examples_at(part: dict[str, Any]) -> list[Any]:
    """The examples that stand right in this part of the schema."""
    several = part.get("examples")  # beside a media type's schema these have names, and are no list
    return [
        *(several if isinstance(several, list) else []),
        *([part["example"]] if "example" in part else []),
    ]


def examples_of(document: dict[str, Any], described: dict[str, Any]) -> Iterator[Any]:
    """The examples of a body, wherever OpenAPI lets them stand."""
    for media in described.get("content", {}).values():
        if isinstance(named := media.get("examples"), dict):
            yield from (resolve(document, one).get("value") for one in named.values())
        beside = media.get("schema", {})
        model = resolve(document, beside)
        for part in (media, beside) if model is beside else (media, beside, model):
            yield from examples_at(part)
        fields = {
            name: examples_at(part) or examples_at(resolve(document, part))
            for name, part in model.get("properties", {}).items()
        }
        if fields and all(fields.get(name) for name in model.get("required", [])):
            yield {name: found[0] for name, found in fields.items() if found}


def takes(document: dict[str, Any], described: dict[str, Any], value: object) -> bool:
    """Whether a JSON Schema of the document allows a value."""
    from openapi_schema_validator import OAS31Validator  # here, so that no other exercise waits for it

    whole = {**described, "components": document.get("components", {})}
    return bool(OAS31Validator(whole).is_valid(value))


def unlike(document: dict[str, Any], described: dict[str, Any], body: Any) -> str:
    """How a body differs from what the docs describe, as a sentence; empty if it does not.

    JSON Schema allows fields that it does not name; a reader of the docs does not expect them.
    """
    named = described.get("properties", {})
    closed = named and not described.get("additionalProperties")
    extra = sorted(set(body) - set(named)) if closed and isinstance(body, dict) else []
    if extra:
        return f"{listed(extra)}: the docs do not mention that."
    return "" if takes(document, described, body) else "By the docs this body is another one."


# Pages

PROGRAMS = {"redoc": "ReDoc", "swagger": "Swagger UI"}
"""What a page and its script have in them, and whose they are."""

NAMED = re.compile(r"""https?://[^\s"'<>)]+|(?<=["'(=])//[\w-]+\.[^\s"'<>)]+""")
NAMESPACE = "http://www.w3.org/"
"""The beginning of names that look like addresses, and that no browser asks for."""
SCHEMA_ADDRESS = re.compile(r"""(?:spec-url\s*=|\burl:|Redoc\.init\()\s*["']([^"']+)["']""")


class Loads(HTMLParser):
    """The addresses of what a page loads to draw itself: scripts, styles, pictures."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.scripts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = {"script": "src", "img": "src", "link": "href"}.get(tag)
        at = [value for name, value in attrs if name == wanted and value and not value.startswith("data:")]
        self.found += at
        self.scripts += at if tag == "script" else []


def is_foreign(url: URL, own: URL) -> bool:
    return url.scheme in ("http", "https") and url.netloc != own.netloc


PARTS = (
    ("font", "The fonts come from there. The helper has a parameter about fonts."),
    ("favicon", "The icon comes from there. The helper has a parameter for its address."),
    (r"\.json$", "The page would read the schema there, and not this app's."),
    (r"\.js$", "The script comes from there. The helper has a parameter for its address."),
    (r"\.css$", "The styles come from there. The helper has a parameter for their address."),
)
"""A pattern of an address that a page names, and what to say of it."""


async def expect_own_page(api: Api, path: str, program: str) -> None:
    """Judge a documentation page: it is there, and it names no other host."""
    answer = await api.get(path)
    own = answer.response.request.url
    other = next(name for key, name in PROGRAMS.items() if key != program)
    nudge: Nudges = [
        Nudge(
            f"Nothing answers at {path}. Write an endpoint that returns the page.",
            when=lambda it: it.status_code == 404,
        ),
        Nudge(
            "This sends the browser elsewhere. Answer the page itself.",
            when=lambda it: 300 <= it.status_code < 400 and it.headers["location"].strip("/") != str(own),
        ),
        Nudge(
            f"This is the page of {other}. Which function makes the other one?",
            when=lambda it: other.split()[0].lower() in it.text.lower(),
        ),
        f"Something answers here, and it is no page of {PROGRAMS[program]}.",
    ]
    expected = f"200, and a page of {PROGRAMS[program]}"
    differs = f"There is nothing of {PROGRAMS[program]} in the body."
    answer.require(program in answer.text.lower(), expected, nudge=nudge, status=200, differs=differs)
    kind = answer.headers.get("content-type", "")
    nudge = Nudge(
        "A browser shows this as a text. The helper makes an `HTMLResponse`: return that, as it is.",
        when=lambda it: re.search("json|plain", it.headers["content-type"]),
    )
    differs = f"The content type is `{kind}`, expected `text/html`." if kind else "There is no content type."
    answer.require("html" in kind, "`content-type: text/html`, and the page", nudge=nudge, differs=differs)
    named = [found for found in NAMED.findall(answer.text) if not found.startswith(NAMESPACE)]
    foreign = [found for found in named if is_foreign(own.join(found), own)]
    derived = fastapis_own_page(program, await api.get("/openapi.json")) if foreign else ""
    about = next((words for part, words in PARTS if foreign and re.search(part, foreign[0].lower())), "")
    require(
        not foreign,
        sent=f"GET {path}",
        came_back="\n".join(foreign),
        expected="a page that names no other host",
        differs=f"The page names {foreign[0][:100]}." if foreign else "",
        nudge=[
            Nudge(
                "FastAPI's own page answers here: it was there first. "
                f"Switch it off in the constructor, with `{path[1:]}_url=None`.",
                when=lambda _: answer.text == derived,
            ),
            about,
        ],
    )


def fastapis_own_page(program: str, schema: Answer) -> str:
    """The page that FastAPI has by itself for the app with this schema."""
    from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html

    body = schema.json()
    title = body.get("info", {}).get("title") if isinstance(body, dict) else None
    if program == "redoc":
        page = get_redoc_html(openapi_url="/openapi.json", title=f"{title} - ReDoc")
    else:
        page = get_swagger_ui_html(
            openapi_url="/openapi.json",
            title=f"{title} - Swagger UI",
            oauth2_redirect_url="/docs/oauth2-redirect",
        )
    return bytes(page.body).decode()


async def beginning_of(api: Api, address: URL) -> Answer:
    """The first bytes of a file of the app's, as a browser finds it: redirects are followed on this host."""
    for _ in range(5):
        # The beginning is enough: some of them have more than a million bytes.
        answer = await api.get(str(address), headers={"Range": "bytes=0-999"})
        there = address.join(answer.headers.get("location", ""))
        if not 300 <= answer.status_code < 400 or is_foreign(there, address):
            break
        address = there
    return answer


async def expect_files(api: Api, path: str, program: str) -> None:
    """Judge what a page loads from its own host: the program that draws it, and the schema."""
    page = await api.get(path)
    own = page.response.request.url
    drawn_with = Loads(page.text)
    loads = [found for found in drawn_with.found if not is_foreign(own.join(found), own)]
    beginnings = []
    for found in loads:
        answer = await beginning_of(api, own.join(found))
        status = answer.status_code if answer.status_code in (200, 206) else 200
        kind = answer.headers.get("content-type", "")
        content = answer.response.content
        nudge: Nudges = [
            Nudge(
                f"{path} asks for this file and does not get it. What is its name among the assets, and are "
                "they mounted there?",
                when=lambda it: it.status_code == 404,
            ),
            Nudge(
                f"{path} asks for this file, and is sent to another host. Serve the file yourself.",
                when=lambda it: 300 <= it.status_code < 400,
            ),
            f"{path} asks for this file, and gets something else.",
        ]
        right = content != b"" and not re.search("json|html", kind)
        differs = f"There are {len(content)} bytes, and the content type is `{kind}`."
        answer.require(right, "200, and a file", nudge=nudge, status=status, differs=differs)
        if found in drawn_with.scripts:
            beginnings.append(content.lower())
    require(
        any(program.encode() in beginning for beginning in beginnings),
        sent=f"GET {path}",
        came_back="\n".join(loads) or "a page that loads nothing from here",
        expected=f"a page that loads {PROGRAMS[program]}",
        differs=f"No script of these is {PROGRAMS[program]}.",
        nudge="The page stays empty without it.",
    )
    for found in SCHEMA_ADDRESS.findall(page.text):
        if is_foreign(own.join(found), own):
            continue  # that is judged with the page's hosts; a check asks nobody but the app
        answer = await api.get(str(own.join(found)))
        body = answer.json()
        nudge = Nudge(
            f"{path} draws the schema, and looks for it here. FastAPI publishes it at /openapi.json, unless "
            "`openapi_url=None` switches it off.",
            when=lambda it: it.status_code == 404,
        )
        right = isinstance(body, dict) and "openapi" in body
        differs = "This is no schema."
        answer.require(right, "200, and the schema", nudge=nudge, status=200, differs=differs)


huts = exercise(
    "6.1",
    "The second page",
    hints=[
        "Take the function of `/docs` as a pattern: another path, `get_redoc_html` instead, and its own "
        "parameters.",
        "FastAPI has a page at `/redoc` by itself, and the first one that fits answers. "
        "`FastAPI(..., redoc_url=None)` takes it away.",
        'Its parameters: `title`, `openapi_url`, `redoc_js_url="/assets/redoc.standalone.js"`, '
        '`redoc_favicon_url="/assets/favicon.png"` and `with_google_fonts=False`.',
    ],
)


@huts.check
async def draws_its_own_page(api: Api) -> None:
    """GET /redoc answers ReDoc's page, and it names no other host"""
    await expect_own_page(api, "/redoc", "redoc")


@huts.check
async def finds_its_files(api: Api) -> None:
    """All files that the page asks for are there"""
    await expect_files(api, "/redoc", "redoc")


@huts.check
async def stays_out_of_the_schema(api: Api) -> None:
    """Neither page stands in the schema, and /docs works as before"""
    schema = await read_schema(api)
    paths = list(schema.get("paths", {}))
    found = [path for path in ("/docs", "/redoc") if path in paths]
    nudge = (
        "The pages are for people; a client has no use for them. `include_in_schema=False` keeps them out."
    )
    tell(paths, "no /docs and no /redoc in it", nudge, right=not found, differs=f"{listed(found)} is there.")
    title = schema.get("info", {}).get("title")
    differs = f"The title is {json.dumps(title)}."
    tell(title, "the title `Huts`, as before", "", right=title == "Huts", differs=differs)
    await expect_own_page(api, "/docs", "swagger")
    await expect_files(api, "/docs", "swagger")


# Rules


class Operation(NamedTuple):
    method: str
    path: str
    spec: dict[str, Any]


rules = exercise(
    "6.2",
    "Two rules of your own",
    takes="value",
    hints=[
        "Look at what an operation has: `op.path` is a text, `op.spec` a dictionary as in the schema. "
        "The keys of `responses` are texts, too.",
        'A value in a path stands in curly brackets: `"{" in op.path`. A key that may be missing: '
        '`op.spec.get("parameters", [])`.',
        '`"{" not in op.path or "404" in op.spec["responses"]`, and '
        '`all(parameter.get("description") for parameter in op.spec.get("parameters", []))`.',
    ],
)

Rules = tuple[Callable[[Operation], object], Callable[[Operation], object]]


def expect_verdict(rule: Callable[[Operation], object], op: Operation, right: bool, nudge: str) -> None:
    before = json.dumps(op.spec)
    # A rule may ask for its class, which is the one of the cell.
    made: Any = getattr(inspect.unwrap(rule), "__globals__", {}).get("Operation")
    verdict = rule(made(*op) if getattr(made, "_fields", ()) == op._fields else op)
    name = getattr(rule, "__name__", "the rule")
    sent = f"{name}({op.method} {op.path}, {before})"
    require(
        bool(verdict) is right,
        sent=sent,
        came_back=repr(verdict),
        expected=str(right),
        differs=f"The rule answers `{verdict!r}`, expected `{right}`.",
        nudge=nudge,
    )
    after = json.dumps(op.spec, default=repr)
    require(
        after == before,
        sent=sent,
        came_back=after,
        expected="the operation as it was",
        differs="The rule has changed the operation.",
        nudge="The rule that is asked next reads the same operation, and so does whoever asks twice. `get` "
        "reads a key that may be missing; `pop` takes it away, and `setdefault` writes it.",
    )


def parameter(name: str, place: str = "query", **more: str) -> dict[str, Any]:
    """A parameter as the schema has it."""
    title = name.replace("_", " ").title()  # FastAPI writes one for each
    return {"name": name, "in": place, **more, "schema": {"type": "string", "title": title}}


@rules.check
async def finds_missing_404s(given: Rules) -> None:
    """documents_not_found finds a path with a value and no 404, wherever the value stands"""
    rule = given[0]
    operations: tuple[tuple[str, str, str, str, dict[str, Any]], ...] = (
        ("GET", "/trails/{trail_id}", "trail_id", "Find a trail.", {"422": {}}),
        ("DELETE", "/huts/{name}", "name", "Take it down.", {"422": {}}),
        ("GET", "/trails/{trail_id}/photos", "trail_id", "Its photos.", {"400": {}, "405": {}}),
        ("PUT", "/{region}/trails", "region", "All.", {"422": {}}),
        ("PATCH", "/trails/{trail_id}", "trail_id", "Change it.", {}),
        # Behind all others, so that these words are the cause where one of them is not found.
        ("DELETE", "/huts/{name}", "name", "Answers 404 for an unknown name.", {"422": {}}),
        ("PUT", "/{region}/trails", "region", "All.", {"422": {"description": "Instead of a 404"}}),
    )
    for method, path, name, words, refused in operations:
        spec: dict[str, Any] = {
            "description": words,
            "parameters": [parameter(name, "path", description=words)],
        }
        answers: dict[str, Any] = {"200": {}, **refused}
        bare = {**spec, "responses": answers}
        nudge = "The path has a value in it, so an unknown one is possible, and no 404 is documented."
        if "404" in json.dumps([words, refused]):
            nudge += " (Words are for people. A program looks at the keys of `responses`.)"
        expect_verdict(rule, Operation(method, path, bare), False, nudge)
        full = {**spec, "responses": {**answers, "404": {}}}
        nudge = "The 404 is documented, so this one is in order. The keys of `responses` are texts."
        expect_verdict(rule, Operation(method, path, full), True, nudge)


@rules.check
async def leaves_plain_paths(given: Rules) -> None:
    """documents_not_found leaves paths without a value alone"""
    nudge = "There is no value in this path, so there is nothing that could be unknown: it is in order."
    for method, path, more in (
        ("GET", "/trails", {"parameters": [parameter("region")]}),
        ("POST", "/huts", {}),
        ("GET", "/trail_id/newest", {"parameters": []}),
        ("GET", "/", {}),
    ):
        for codes in (("200",), ("200", "404")):
            op = Operation(method, path, {**more, "responses": {code: {} for code in codes}})
            expect_verdict(given[0], op, True, nudge)


@rules.check
async def finds_missing_descriptions(given: Rules) -> None:
    """describes_parameters finds a parameter without a description, whichever it is"""
    said, silent, empty = parameter("a", description="A"), parameter("b"), parameter("c", description="")
    elsewhere = parameter("d") | {"schema": {"type": "string", "description": "A type"}}
    for parameters, right in (
        ([silent], False),
        ([said, silent], False),
        ([silent, said], False),
        ([said, silent, said], False),
        ([said, empty], False),
        ([empty], False),
        ([said, elsewhere], False),
        ([parameter("trail_id", "path"), said], False),
        ([said, parameter("x-unit", "header")], False),
        ([said], True),
        ([said, said], True),
        ([parameter("trail_id", "path", description="Its id"), said], True),
    ):
        nudge = (
            "Each of the parameters needs a description that is not empty; one without is enough to offend."
        )
        if elsewhere in parameters:
            nudge = "The second parameter has no description of its own: only its type has one."
        if right:
            nudge = "All of these have a description, so the operation is in order."
        spec = {"parameters": parameters, "description": "Said." * (not right), "responses": {"200": {}}}
        expect_verdict(given[1], Operation("GET", "/trails", spec), right, nudge)


@rules.check
async def leaves_operations_without_parameters(given: Rules) -> None:
    """describes_parameters leaves operations without parameters alone"""
    nudge = "There is no parameter, so there is none without a description: it is in order."
    none: list[dict[str, Any]] = [{}, {"parameters": []}]
    for parameters in none:
        op = Operation("POST", "/trails", {"responses": {}, **parameters})
        expect_verdict(given[1], op, True, nudge)


# The planted bug

pace = exercise(
    "6.3",
    "A bug that nobody wrote a test for",
    hints=[
        "Look at `hours` in the request that `attack` found. Which value did nobody try by hand?",
        "`gt=0` takes care of 0. Then try `hours=5e-324`, the smallest number above it: what is 9 divided by "
        "that?",
        "A lower limit that makes sense: `Query(ge=0.1, le=48)`. Declared so, it stands in the docs as well.",
    ],
)


@pace.check
async def still_calculates(api: Api) -> None:
    """Still calculates, from a quarter of an hour to a day, and for the same lengths"""
    for length_km, hours in (
        (9, 3),
        (9, 1),
        (9, 0.25),
        (9, 24),
        (1000, 0.25),
        (1000, 24),
        (0.5, 0.3),
        (7.5, 2.5),
        (0.001, 24),
    ):
        answer = await api.get("/pace", params={"length_km": length_km, "hours": hours})
        speed = speed_of(answer)
        # Floating-point numbers, which an answer may round.
        near = speed is not None and abs(speed - length_km / hours) < 0.01
        nudge: Nudges = [
            Nudge(
                "This many hours make sense, and are refused now. Your limits are too narrow.",
                when=lambda it: has_complaint(it, "hours", "greater_than", "less_than"),
            ),
            Nudge(
                "Hours need not be whole: a quarter of one makes sense, and is refused now.",
                when=lambda it: has_complaint(it, "hours", "int_"),
            ),
            Nudge(
                "This many hours make sense, and are refused now.",
                when=lambda it: "hours" in it.text and it.status_code == 422,
            ),
            Nudge(
                "This length was accepted before the change.",
                when=lambda it: "length_km" in it.text and it.status_code == 422,
            ),
            "This was right before the change, and it still should be: kilometres, divided by hours.",
        ]
        answer.expect(200, {"km_per_hour": speed if near else length_km / hours}, nudge=nudge)
    for length in (0, -1, 1000.5, "far", ""):
        answer = await api.get("/pace", params={"length_km": length, "hours": 3})
        answer.expect(422, nudge="Before the change this length was refused, and it still should be.")


def has_complaint(answer: Answer, field: str, *kinds: str) -> bool:
    """Whether FastAPI's own 422 names this field, with a type of error that begins so."""
    body = answer.json()
    detail = body.get("detail") if answer.status_code == 422 and isinstance(body, dict) else None
    return isinstance(detail, list) and any(
        field in entry.get("loc", ()) and str(entry.get("type")).startswith(kinds)
        for entry in detail
        if isinstance(entry, dict)
    )


def speed_of(answer: Answer) -> float | None:
    """The number that an answer has for the speed, if there is one."""
    body = answer.json()
    speed = body.get("km_per_hour") if isinstance(body, dict) else None
    number = isinstance(speed, int | float) and not isinstance(speed, bool) and math.isfinite(speed)
    return speed if number else None


@pace.check
async def refuses_no_time_at_all(api: Api) -> None:
    """Refuses with 422 hours that make no sense: 0, fewer, and none"""
    for hours in ("0", "-0.0", "-1", "-3", "nan", "soon", "", None):
        query = {"length_km": "9"} | ({} if hours is None else {"hours": hours})
        answer = await api.get("/pace", params=query)
        nudge: Nudges = [
            Nudge(
                "No speed is right for 0 hours. The request makes no sense, and should be told so.",
                when=lambda it: it.status_code == 200 and it.response.request.url.params["hours"] == "0",
            ),
            Nudge(
                "The request makes no sense, and should be told so.", when=lambda it: it.status_code == 200
            ),
            "These hours are refused with a 422, which FastAPI answers by itself where a declared limit is "
            "broken.",
        ]
        answer.expect(422, nudge=nudge)


async def documented_answers(api: Api) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    """The schema of the pace app, what it says of the answers, and of the parameters."""
    schema = await read_schema(api)
    operation = schema.get("paths", {}).get("/pace", {}).get("get", {})
    parameters = [resolve(schema, parameter) for parameter in operation.get("parameters", [])]
    return schema, operation.get("responses", {}), parameters


@pace.check
async def answers_as_documented(api: Api) -> None:
    """Answers every request as the docs say: with a number, or with their 422"""
    schema, answers, _ = await documented_answers(api)
    much = [
        ("1000", hours)
        for hours in ("5e-324", "2e-306", "1e-300", "1e-9", "1e308", "inf", "-inf", "nan", "-1", "1e999")
    ]
    lengths = [(length, "0.25") for length in ("1e308", "-1", "1e-320", "far")]
    for length_km, hours in [*much, *lengths, ("inf", "3"), ("nan", "3"), ("9", "0"), ("9", "soon")]:
        answer = await api.get("/pace", params={"length_km": length_km, "hours": hours})
        nudge = [
            Nudge(
                "The docs promise a number, and this is none: 1000 km in next to no time is an infinite "
                "speed, for which JSON has no word. A limit just above 0 is not enough.",
                when=lambda it: it.json() == {"km_per_hour": None} and "e-" in str(it.response.request.url),
            ),
            Nudge(
                "The docs promise a number, and this is none. The length had limits before the change.",
                when=lambda it: it.json() == {"km_per_hour": None},
            ),
        ]
        right = answer.status_code == 422 or speed_of(answer) is not None
        status = 422 if answer.status_code == 422 else 200
        differs = "There is no number in the body."
        answer.require(right, "422, or 200 and a number", nudge=nudge, status=status, differs=differs)
        promised = json_schema_of(schema, answers.get(str(status), answers.get("4XX", {})))
        differs = unlike(schema, promised, answer.json())
        answer.require(
            not differs,
            f"{status}, and a body as the docs describe it: {listed(promised.get('properties', {}))}",
            nudge=Nudge(
                "This 422 is none of FastAPI's own, which the docs describe. A limit that is declared "
                "at the parameter is answered and documented alike; a 422 of your own is to be documented.",
                when=lambda it: it.status_code == 422,
            ),
            differs=differs,
        )


@pace.check
async def documents_its_limit(api: Api) -> None:
    """The docs name the limits that the app has"""
    schema, _, parameters = await documented_answers(api)
    described: dict[str, Any] = next(
        (p.get("schema", {}) for p in parameters if p.get("name") == "hours"), {}
    )
    nudge = (
        "A client that reads the docs should know which hours are refused. A limit in the declaration of the "
        "parameter stands there by itself; an `if` in the function does not."
    )
    right = bool(described) and not takes(schema, described, 0)
    tell(described, "a limit above 0 for `hours`", nudge, right=right, differs="The docs allow 0 hours.")
    # A number of several types has its limits in each of them.
    parts: list[dict[str, Any]] = [
        resolve(schema, part)
        for part in (described, *described.get("anyOf", []), *described.get("allOf", []))
    ]
    keys = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
    limits = [part[key] for part in parts for key in keys if isinstance(part.get(key), int | float)]
    near = [limit * factor for limit in limits for factor in (0.99, 1, 1.01)]
    for hours in (*near, -1.0, 0.25, 24.0, 30.0, 100.0, 1000.0, 1e6, 1e300):
        answer = await api.get("/pace", params={"length_km": 9, "hours": hours})
        if takes(schema, described, hours):
            refused = Nudge(
                "The docs allow this many hours, and the app refuses them.",
                when=lambda it: it.status_code != 200,
            )
            answer.expect(200, nudge=refused)
        else:
            taken = Nudge(
                "The docs do not allow this many hours, and the app takes them.",
                when=lambda it: it.status_code == 200,
            )
            answer.expect(422, nudge=taken)


# The pitfall

REPORT = {"trail": "Lake Loop", "stars": 4, "weather": "sun"}
TAKEN: list[dict[str, Any]] = [
    {"stars": 1},
    {"stars": 5},
    {"weather": "rain"},
    {"weather": "snow"},
    {"trail": ""},
    {"trail": "Über den Grat" * 20},
]
REFUSED: list[dict[str, Any]] = [
    {"stars": 6},
    {"stars": 0},
    {"stars": -1},
    {"stars": 4.5},
    {"stars": "four"},
    {"stars": None},
    {"weather": "sunny"},
    {"weather": "Sun"},
    {"weather": None},
    {"trail": None},
    {"trail": 7},
]

journal = exercise(
    "6.4",
    "Spot the pitfall",
    hints=[
        "Which lines of `custom_openapi` add something, and which overwrite what FastAPI had derived?",
        "Only the logo is not in the code. All else can be said where the code is: `Field(examples=[...])` "
        "in the model, for example.",
        'Delete both assignments, to `schema["components"]...` and to `schema["paths"]...`. '
        "Put the examples into `Report`.",
    ],
)


@journal.check
async def keeps_the_endpoint(api: Api) -> None:
    """The endpoint is as it was: it takes, refuses and answers the same"""
    before = Nudge(
        "Before the change this was accepted. The code was right, the docs were wrong: change those.",
        when=lambda it: it.status_code >= 400,
    )
    code = Nudge(
        "Before the change the answer was a 201. The code was right, the docs were wrong: change those.",
        when=lambda it: it.status_code != 201,
    )
    nudges: Nudges = [before, code, "The code was right, the docs were wrong: change those."]
    for good in ({}, *TAKEN):
        report = REPORT | good
        answer = await api.post("/reports", json=report)
        answer.expect(201, report, nudge=nudges)
    answer = await api.post("/reports", json={**REPORT, "stars": "4", "mood": "fine"})
    answer.expect(201, REPORT, nudge=nudges)
    nudge = "Before the change this was refused. The code was right, the docs were wrong."
    without = [{name: value for name, value in REPORT.items() if name != left} for left in REPORT]
    for wrong in (*({**REPORT, **one} for one in REFUSED), *without, [REPORT]):
        answer = await api.post("/reports", json=wrong)
        answer.expect(422, nudge=nudge)


@journal.check
async def keeps_title_and_logo(api: Api) -> None:
    """The docs still have their title and the logo"""
    schema = await read_schema(api)
    info = schema.get("info", {})
    title, logo = info.get("title"), info.get("x-logo")
    expected = "the title `Hikers' journal`, and `x-logo` as it was"
    nudge = "The title was right before. `get_openapi` takes it as a parameter, and knows nothing of the app."
    differs = f"The title is {json.dumps(title)}."
    tell(info, expected, nudge, right=title == "Hikers' journal", differs=differs)
    nudge = "The logo was what the assistant was asked for, and adding it is no harm: only overwriting is."
    differs = first_difference(logo, {"url": "/assets/logo.png"}, "`x-logo`")
    tell(info, expected, nudge, right=not differs, differs=differs)


def values_named(part: dict[str, Any]) -> list[Any]:
    """The values that a JSON Schema writes out: those of a list, and the ends of a range."""
    named = [*part.get("enum", []), *([part["const"]] if "const" in part else [])]
    inner = [one for key in ("anyOf", "oneOf", "allOf") for one in part.get(key, [])]
    ends = [part[key] for key in ("minimum", "maximum") if key in part]
    return [*named, *ends, *(value for one in inner for value in values_named(one))]


@journal.check
async def documents_the_body(api: Api) -> None:
    """The docs describe the body that the app takes, and each example is accepted"""
    schema = await read_schema(api)
    operation = schema.get("paths", {}).get("/reports", {}).get("post", {})
    nudge = (
        "The endpoint is missing in the docs. `get_openapi` describes the routes that it is given: all that "
        "the app has, at the time when it is called."
    )
    paths = listed(schema.get("paths", {})) or "none"
    differs = f"The docs have no `POST /reports`; their paths are: {paths}."
    tell(schema.get("paths"), "`POST /reports`", nudge, right=bool(operation), differs=differs)
    body = json_schema_of(schema, operation.get("requestBody"))
    expected = "`trail`, `stars` and `weather`, all of them required"
    names = sorted(REPORT)
    named, required = sorted(body.get("properties", {})), sorted(body.get("required", []))
    differs = f"The fields are {listed(named) or 'not there'}, expected {listed(names)}."
    tell(body, expected, "The docs ask for other fields than the app.", right=named == names, differs=differs)
    nudge = "The app takes no report without all three. A client that reads the docs would send less."
    differs = f"Required are {listed(required) or 'none'}, expected {listed(names)}."
    tell(body, expected, nudge, right=required == names, differs=differs)
    fields = {name: resolve(schema, part) for name, part in body["properties"].items()}
    nudge = (
        "The app takes 1 to 5 stars, and three kinds of weather; the trail is a text. The docs should say so."
    )
    for good in (*TAKEN, {"trail": "x" * 5000}, {"mood": "fine"}):
        differs = f"By the docs, {json.dumps(good)[:40]} is wrong, and the app takes it."
        right = takes(schema, body, REPORT | good)
        tell(fields, "a text, 1 to 5 stars, and sun, rain or snow", nudge, right=right, differs=differs)
    for wrong in REFUSED:
        differs = f"By the docs, {json.dumps(wrong)} is right, and the app refuses it."
        right = not takes(schema, body, REPORT | wrong)
        tell(fields, "a text, 1 to 5 stars, and sun, rain or snow", nudge, right=right, differs=differs)
    unlike = Nudge(
        "The docs allow this value, and the app refuses it.", when=lambda it: it.status_code == 422
    )
    for name, part in fields.items():
        for value in values_named(part):
            if takes(schema, body, REPORT | {name: value}):
                answer = await api.post("/reports", json=REPORT | {name: value})
                answer.expect(201, nudge=unlike)
    refused = Nudge("An example in the docs is refused by the app.", when=lambda it: it.status_code == 422)
    for example in examples_of(schema, resolve(schema, operation.get("requestBody"))):
        answer = await api.post("/reports", json=example)
        answer.expect(201, nudge=refused)
    for name, part in body["properties"].items():
        for example in examples_at(part) or examples_at(resolve(schema, part)):
            answer = await api.post("/reports", json={**REPORT, name: example})
            answer.expect(201, nudge=refused)


@journal.check
async def documents_the_answers(api: Api) -> None:
    """The docs name the status codes that the app sends, no others, and what comes with them"""
    schema = await read_schema(api)
    answers = schema.get("paths", {}).get("/reports", {}).get("post", {}).get("responses", {})
    nudge = "The app sends 201 and 422. Codes that never come are as wrong as codes that are missing."
    differs = f"The codes are {listed(sorted(answers))}, expected `201`, `422`."
    tell(sorted(answers), "201 and 422", nudge, right=sorted(answers) == ["201", "422"], differs=differs)
    created = json_schema_of(schema, answers["201"])
    nudge = "The docs should say what is in the answer: the return type knows."
    found = sorted(created.get("properties", {}))
    differs = (
        f"The fields of the answer are {listed(found) or 'not there'}, expected {listed(sorted(REPORT))}."
    )
    right = found == sorted(REPORT)
    tell(answers["201"], "201 with the report's fields", nudge, right=right, differs=differs)
    for body in (REPORT, {}):
        answer = await api.post("/reports", json=body)
        status = 201 if body else 422
        promised = json_schema_of(schema, answers[str(status)])
        differs = unlike(schema, promised, answer.json())
        expected = f"{status}, and a body as the docs describe it"
        nudge = "The docs promise another body for this status."
        answer.require(not differs, expected, nudge=nudge, status=status, differs=differs)


# The app

app = exercise(
    "6.app",
    "Docs for the register",
    hints=[
        "Go through the guide of this lesson: it has all of it, in small. Begin with what is said once, in "
        "`FastAPI(...)`: title, description, `openapi_tags`, `generate_unique_id_function`, and the 422 for "
        "all in `responses`.",
        "`Problem`, the model of all errors, is there already. Name it where an error can happen: "
        '`responses={404: {"model": Problem}}`, likewise 409. Descriptions of operations are docstrings; '
        'that of the id stands in `Path(description="...")`.',
        "`class Difficulty(StrEnum)` instead of the `Literal` makes one schema of it. An example for the "
        "body: `examples=[...]` at each field of `TrailIn` that is required. The pages are those of exercise "
        "6.1.",
    ],
    patience=2,  # some hundreds of requests, each asked of the app as it was, too
)

LEVELS = {"easy", "moderate", "hard"}
SHORT = 24
"""Characters that the name of an operation may have: the lesson's rule, and the brief's."""


def operations(schema: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in schema.get("paths", {}).items():
        for method, spec in methods.items():
            if method in ("get", "post", "put", "patch", "delete"):
                yield Operation(method.upper(), path, spec)


def offenders(schema: dict[str, Any], obeys: Callable[[Operation], object]) -> list[str]:
    return [f"{op.method} {op.path}" for op in operations(schema) if not obeys(op)]


def none_offends(found: list[str], expected: str, nudge: str) -> None:
    differs = f"The first without it: {found[0]}." if found else ""
    tell("these do not:\n" + "\n".join(found), expected, nudge, right=not found, differs=differs)


# What the register answered before, asked of the file that the learner begins with

NEW = {"name": "Moss Way", "length_km": 7.5, "difficulty": "moderate", "ranger_notes": "Bears"}
LONG = "Über den Grat zur Hütte und zurück durch den Wald, über drei Brücken und zwei Hänge"
QUERIES = (
    "",
    "?difficulty=easy&region=Jura",
    "?difficulty=hard",
    "?difficulty=steep",
    "?difficulty=eas",
    "?difficulty=",
    "?region=Alps&limit=2&offset=1",
    "?region=alps",
    "?max_km=9",
    "?max_km=8.9",
    "?max_km=0",
    "?max_km=-1",
    "?max_km=far",
    "?limit=1",
    "?limit=100",
    "?limit=0",
    "?limit=101",
    "?limit=many",
    "?offset=0",
    "?offset=4",
    "?offset=99",
    "?offset=-1",
    "?lenght=3",
)
FIELDS: tuple[dict[str, Any], ...] = (
    {"name": ""},
    {"name": "Y"},
    {"name": LONG[:80]},
    {"name": LONG[:81]},
    {"name": 7},
    {"name": None},
    {"length_km": 0},
    {"length_km": -1},
    {"length_km": 0.25},
    {"length_km": 1000},
    {"length_km": 1000.5},
    {"length_km": "7.5"},
    {"length_km": "far"},
    {"length_km": None},
    {"difficulty": "easy"},
    {"difficulty": "steep"},
    {"difficulty": "Easy"},
    {"difficulty": None},
    {"region": "Jura"},
    {"region": None},
    {"region": ""},
    {"region": 7},
    {"ranger_notes": "Über Stock"},
    {"ranger_notes": None},
    {"mood": "fine"},
)
JSON = {"content-type": "application/json"}


def asked() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Requests to the register, of which each finds what those before it have left."""
    for query in QUERIES:
        yield "GET", f"/trails{query}", {}
    yield "GET", "/all-trails", {}
    for trail_id in ("1", "2", "5", "6", "0", "-1", "99", "far", "2.5"):
        yield "GET", f"/trails/{trail_id}", {}
        yield "PUT", f"/trails/{trail_id}", {"json": {"name": "Lake Loop"}}
        yield "PATCH", f"/trails/{trail_id}", {"json": {"name": 7}}
    yield "POST", "/trails", {"json": NEW}  # it gets the id 6
    yield "POST", "/trails", {"json": NEW}
    yield "GET", "/trails/6", {}
    yield "GET", "/all-trails", {}
    for number, change in enumerate(FIELDS):
        yield "POST", "/trails", {"json": {**NEW, "name": f"Trail {number}", **change}}
        yield "PUT", "/trails/6", {"json": {**NEW, **change}}
        yield "GET", "/trails/6", {}
        yield "PATCH", "/trails/6", {"json": change}
        yield "GET", "/trails/6", {}
    for left in ("name", "length_km", "difficulty"):
        yield "POST", "/trails", {"json": {name: value for name, value in NEW.items() if name != left}}
    for name in ("Lake Loop", "Moss Way", "lake loop"):
        yield "POST", "/trails", {"json": {**NEW, "name": name}}
        yield "PUT", "/trails/6", {"json": {**NEW, "name": name}}
        yield "PATCH", "/trails/6", {"json": {"name": name}}
    yield "PATCH", "/trails/6", {"json": {}}
    for length_km in (8.0, 8.0, 9):
        yield "PUT", "/trails/6", {"json": NEW}
        yield "GET", "/all-trails", {}
        yield "PATCH", "/trails/6", {"json": {"length_km": length_km, "difficulty": "hard", "region": "Jura"}}
        yield "GET", "/all-trails", {}
    for method, path in (("POST", "/trails"), ("PUT", "/trails/6"), ("PATCH", "/trails/6")):
        for content in (b"", b"[]", b'"text"', b"{", b"\xff\xfe", bytes(range(256))):
            yield method, path, {"content": content, "headers": JSON}
    for trail_id in ("6", "6", "99", "far"):
        yield "DELETE", f"/trails/{trail_id}", {}
        yield "GET", "/trails?limit=100", {}
    yield "POST", "/trails", {"json": NEW}
    yield "GET", "/all-trails", {}
    for method, path in (("DELETE", "/trails"), ("PUT", "/all-trails"), ("POST", "/trails/2")):
        yield method, path, {}
    yield "GET", "/nowhere", {}


@app.check
async def still_works(api: Api) -> None:
    """Requests and answers are as they were, with their headers"""
    before = importlib.util.spec_from_file_location("register_as_it_was", REGISTER)
    assert before is not None and before.loader is not None
    register = importlib.util.module_from_spec(before)
    before.loader.exec_module(register)
    transport = httpx.ASGITransport(app=register.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://register") as client:
        for method, path, sent in asked():
            was = await client.request(method, path, **sent)
            answer = await api.request(method, path, **sent)
            kept = ("content-type", "location")
            headers = {name: was.headers[name] for name in kept if name in was.headers}
            words = "This worked before you touched the docs, and it should be as it was."
            nudge: Nudges = [Nudge(words, when=lambda it: it.status_code == 422), words]
            answer.expect(was.status_code, was.json() if was.content else None, headers=headers, nudge=nudge)
            if "allow" in was.headers:
                answer.require(
                    "allow" in answer.headers,
                    "the header `allow` besides, as before",
                    nudge="A handler that makes the answer anew has to pass on the headers of the error.",
                    differs="The header `allow` is missing.",
                )


REGISTER = Path(__file__).with_name("app.py")


def said(value: object) -> bool:
    """Whether a text says anything."""
    return isinstance(value, str) and bool(value.strip())


@app.check
async def describes_the_app(api: Api) -> None:
    """The app has a title and a description, and so has each tag that is used"""
    schema = await read_schema(api)
    info = schema.get("info", {})
    silent = [name for name in ("title", "description") if not said(info.get(name))]
    if info.get("title") == "FastAPI":
        silent.insert(0, "title")
    nudge = "`FastAPI(title=..., description=...)`: what is this API, and for whom?"
    expected = "a `title` and a `description` in `info`"
    differs = f"There is no {listed(silent)} of your own."
    tell(info, expected, nudge, right=not silent, differs=differs)
    described = {tag.get("name") for tag in schema.get("tags", []) if said(tag.get("description"))}
    used = {tag for op in operations(schema) for tag in op.spec.get("tags", [])}
    nudge = "A tag is only a word until somebody says what belongs to it: `openapi_tags` of the app."
    if not used:
        nudge = "No operation has a tag yet, so there is nothing to group them by."
    right = bool(used) and used <= described
    differs = f"There is no description of {listed(sorted(used - described))}." if used else ""
    expected = "a description for each tag that is used"
    tell(schema.get("tags", "(no tags)"), expected, nudge, right=right, differs=differs)


@app.check
async def describes_operations(api: Api) -> None:
    """Each operation has a summary, a description and a tag"""
    schema = await read_schema(api)
    nudge = "The docstring of a function is the description of its operation."
    found = offenders(schema, lambda op: said(op.spec.get("description")))
    if found and found[0] in ("GET /docs", "GET /redoc"):
        nudge = "A page for people is no operation for a client: `include_in_schema=False` keeps it out."
    none_offends(found, "a description at each operation", nudge)
    nudge = "FastAPI makes it of the function's name, unless the decorator has a `summary`."
    none_offends(offenders(schema, lambda op: said(op.spec.get("summary"))), "a summary at each", nudge)
    nudge = '`tags=["trails"]` in the decorator, or at the router for all of its operations.'
    found = offenders(schema, lambda op: any(map(said, op.spec.get("tags", []))))
    none_offends(found, "a tag at each operation", nudge)


@app.check
async def names_operations(api: Api) -> None:
    """Each operation has a name of its own, short enough to type"""
    from openapi_spec_validator import OpenAPIV31SpecValidator  # here, so that no other exercise waits for it

    schema = await read_schema(api)
    errors = [error.message for error in OpenAPIV31SpecValidator(schema).iter_errors()]
    nudge = "The validator of this lesson says what is wrong with the document."
    differs = errors[0][:200] if errors else ""
    tell("\n".join(errors)[:600], "a valid OpenAPI document", nudge, right=not errors, differs=differs)
    nudge = (
        "FastAPI makes these names of function, path and method, unless you say otherwise: by "
        "`generate_unique_id_function` at the app, or by `operation_id` at the operation."
    )
    found = [
        f"{op.spec.get('operationId')} ({op.method} {op.path})"
        for op in operations(schema)
        if not re.fullmatch(rf"[A-Za-z][A-Za-z0-9_.-]{{0,{SHORT - 1}}}", op.spec.get("operationId", ""))
    ]
    if found and not re.search(r"_(get|post|put|patch|delete) \(", found[0]):  # FastAPI's end so
        nudge = (
            "This is not the name that FastAPI would make, so you have chosen it. A letter, then letters, "
            f"digits, `_`, `.` or `-`: {SHORT} characters in all, or fewer."
        )
    none_offends(found, f"names of {SHORT} characters at most, such as `get_trail`", nudge)


@app.check
async def describes_parameters(api: Api) -> None:
    """Each parameter has a description"""
    schema = await read_schema(api)
    found = [
        f"{parameter.get('name')} ({op.method} {op.path})"
        for op in operations(schema)
        for parameter in (resolve(schema, part) for part in op.spec.get("parameters", []))
        if not said(parameter.get("description"))
    ]
    nudge = "`Path`, `Query` and `Field` take a `description`, also inside of `Annotated`."
    none_offends(found, "a description at each parameter", nudge)


def errors_of(op: Operation) -> list[str]:
    """The error codes that an operation of the register can send."""
    codes = ["400"] if op.method in ("POST", "PUT", "PATCH") else []
    codes += ["404"] if "{" in op.path else []
    codes += ["409"] if op.method in ("POST", "PUT", "PATCH") else []
    return codes + (["422"] if op.spec.get("parameters") or op.spec.get("requestBody") else [])


def documented_for(op: Operation, code: str) -> Any:
    """What an operation's docs say of an error's code, by itself or with others; None if nothing."""
    answers = op.spec.get("responses", {})
    return answers.get(code, answers.get("4XX", answers.get("default")))


@app.check
async def documents_errors(api: Api) -> None:
    """Each error that can come back is documented, with a model, and none that cannot"""
    schema = await read_schema(api)
    silent, shapeless, foreign, never = [], [], [], []
    for op in operations(schema):
        for code in errors_of(op):
            described = documented_for(op, code)
            name = f"{code} ({op.method} {op.path})"
            if described is None:
                silent.append(name)
            elif not (model := json_schema_of(schema, described)).get("properties"):
                shapeless.append(name)
            elif model.get("title") == "HTTPValidationError":
                foreign.append(name)
        extra = {"400", "404", "409"} & set(op.spec.get("responses", {})) - set(errors_of(op))
        never += [f"{code} ({op.method} {op.path})" for code in sorted(extra)]
    nudge = (
        "`responses={404: {...}}` in the decorator documents an error, and at the app one that all can send."
    )
    if silent and all(name.startswith("400") for name in silent):
        nudge = (
            "FastAPI sends a 400 where it cannot decode a body. The guide of this lesson documents it with "
            "`UNREADABLE`."
        )
    expected = "400 where a body is taken, 404 and 409 where they can happen, 422 where a value can be wrong"
    none_offends(silent, expected, nudge)
    nudge = (
        'A code without a model says that something goes wrong, not what comes back: `{"model": Problem}`.'
    )
    none_offends(shapeless, "a model for each error", nudge)
    nudge = "This is FastAPI's own 422, which your handler replaces. Document yours: `responses={422: ...}`."
    none_offends(foreign, "the model of what your handler sends", nudge)
    nudge = "A program would prepare for an answer that never comes. Name these codes where they can happen."
    if never and all(name.startswith("400") for name in never):
        nudge = "This operation takes no body, so there is none whose bytes could be no text."
    tell("\n".join(never), "400, 404 and 409 only where they can happen", nudge, right=not never)


@app.check
async def sends_what_is_documented(api: Api) -> None:
    """Each error comes back as it is documented"""
    schema = await read_schema(api)
    taken = {"json": {"name": "Lake Loop", "length_km": 7.5, "difficulty": "easy"}}
    undecodable = {"content": b"\xff", "headers": JSON}
    for op in operations(schema):
        known, unknown, far = (re.sub(r"\{.*?\}", value, op.path) for value in ("2", "99999", "far"))
        for code, path, sent in (
            ("400", known, undecodable),
            ("404", unknown, {} if op.method in ("GET", "DELETE") else taken),
            ("409", known, taken),
            ("422", far, {"json": {}}),
            ("422", f"{known}?limit=0", {}),
        ):
            if code not in errors_of(op) or ((op.path, path) == ("/trails", far) and op.method == "GET"):
                continue
            if "limit" in path and op.path != "/trails":
                continue
            answer = await api.request(op.method, path, **sent)
            answer.expect(int(code), nudge="Before you touched the docs this was refused, with this code.")
            model = json_schema_of(schema, documented_for(op, code))
            differs = unlike(schema, model, answer.json())
            answer.require(
                not differs,
                f"{code}, and a body as documented: {listed(model.get('properties', {}))}",
                nudge="The docs promise another body for this code than the app sends.",
                differs=differs,
            )


INITIAL = {"Lake Loop", "Fern Valley", "Ridge Path", "Gorge Steps", "Summit Trail"}


@app.check
async def has_an_example(api: Api) -> None:
    """The body of POST /trails has an example, and the app accepts it"""
    schema = await read_schema(api)
    op = next((op for op in operations(schema) if (op.method, op.path) == ("POST", "/trails")), None)
    described = resolve(schema, op.spec.get("requestBody")) if op else {}
    examples = list(examples_of(schema, described))
    nudge = (
        "An example says more than a description. `Field(examples=[...])` at each required field of the "
        "body's model will do, or `openapi_examples` at the body."
    )
    differs = "There is no example of a whole body."
    tell(described, "an example of a body", nudge, right=bool(examples), differs=differs)
    known = json_schema_of(schema, described).get("properties", {})
    for example in examples:
        answer = await api.post("/trails", json=example)
        name = example.get("name") if isinstance(example, dict) else None
        # An example whose name was free has been accepted once, and may come twice here.
        status = 409 if answer.status_code == 409 and name not in INITIAL else 201
        nudges: Nudges = [
            Nudge(
                f"The register has a trail called {name} from the beginning, and names are unique. Who "
                "tries your example gets this.",
                when=lambda it: it.status_code == 409,
            ),
            Nudge("This is the example of your docs, and the app refuses it.", when=is_refused),
        ]
        answer.expect(status, nudge=nudges)
        unknown = sorted(set(example) - set(known)) if isinstance(example, dict) and known else []
        differs = f"The body has no {listed(unknown)}."
        tell(example, "an example with the body's fields", "", right=not unknown, differs=differs)


def is_refused(answer: Answer) -> bool:
    return 400 <= answer.status_code < 500


@app.check
async def shares_the_difficulty(api: Api) -> None:
    """The difficulty is one schema, used in all places"""
    schema = await read_schema(api)
    models = schema.get("components", {}).get("schemas", {})
    shared = [name for name, model in models.items() if set(model.get("enum", [])) == LEVELS]
    nudge = (
        "A `Literal` is written into each place where it is used, and each becomes a type of its own in a "
        "client. An `Enum` gets an entry in `components`."
    )
    differs = f"Schemas of the three difficulties: {listed(shared) or 'none'}."
    expected = "one of them with easy, moderate and hard"
    tell(sorted(models), expected, nudge, right=len(shared) == 1, differs=differs)
    inline = len(re.findall(r'"enum": \[[^\]]*"moderate"', json.dumps(schema))) - 1
    nudge = (
        "Besides the shared one, the difficulty is written out again somewhere. Use the same type everywhere."
    )
    tell(f"written out {inline} more times", "the difficulty in one place", nudge, right=inline == 0)
    places = {f"{name}.{field}": part for name, model in models.items() for field, part in fields_of(model)}
    for op in operations(schema):
        for part in (resolve(schema, parameter) for parameter in op.spec.get("parameters", [])):
            places[f"{op.method} {op.path}?{part.get('name')}"] = part
    wanted = json.dumps(f"#/components/schemas/{shared[0]}")
    others = [
        place
        for place, part in places.items()
        if re.search(r"\W(difficulty)$", place) and wanted not in json.dumps(part)
    ]
    nudge = "What is a difficulty there is another type for a client. Use the same type everywhere."
    expected = f"`{shared[0]}` wherever a difficulty stands"
    tell("\n".join(others), expected, nudge, right=not others)


def fields_of(model: dict[str, Any]) -> list[tuple[str, Any]]:
    """A model's fields, each with what its schema says of it."""
    return list(model.get("properties", {}).items())


@app.check
async def marks_the_old_list(api: Api) -> None:
    """GET /all-trails is marked as deprecated, and nothing else is"""
    schema = await read_schema(api)
    found = [f"{op.method} {op.path}" for op in operations(schema) if op.spec.get("deprecated")]
    nudge = "`deprecated=True` in the decorator: the docs strike it through, and clients warn."
    if "GET /all-trails" in found:
        nudge = "Only the old list will go. What else is marked, clients warn of for no reason."
    elif "GET /all-trails" not in {f"{op.method} {op.path}" for op in operations(schema)}:
        nudge = "It is not in the schema at all. Who still uses it should read that it will go."
    differs = f"Deprecated: {listed(found) or 'nothing'}."
    right = found == ["GET /all-trails"]
    tell(found, "GET /all-trails, and nothing else", nudge, right=right, differs=differs)


@app.check
async def hosts_its_docs(api: Api) -> None:
    """/docs and /redoc name no other host"""
    for path, program in (("/docs", "swagger"), ("/redoc", "redoc")):
        await expect_own_page(api, path, program)
        await expect_files(api, path, program)
