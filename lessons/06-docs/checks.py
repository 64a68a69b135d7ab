"""What lesson 06 asks of its exercises and of its app."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from httpx import URL

from course.judging import Answer, Api, exercise, prediction, require

prediction("6.r1", answer="b", why="A response model is a filter: only its own fields leave.")
prediction("6.r2", answer="c", why="Without that setting the key would be ignored, and a typo get lost.")
prediction("6.r3", answer="a", why="It loads that description, which FastAPI makes from your functions.")
prediction(
    "6.p1",
    answer="c",
    why="The path and the response model are read from the code, so the docs follow the one, and FastAPI "
    "refuses to send what does not fit the other. What a handler sends is decided while it runs: nothing can "
    "derive it.",
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

fresh = itertools.count(6001)
"""Numbers that nobody else uses, so that a check can be run again on an app that keeps its data."""


published: WeakKeyDictionary[Api, dict[str, Any]] = WeakKeyDictionary()
"""The schema of each app that is being judged: nearly every check reads it, and once is enough."""


async def read_schema(api: Api) -> dict[str, Any]:
    """What the app publishes at `/openapi.json`."""
    if api not in published:
        answer = await api.get("/openapi.json")
        nudge = "There is no schema at /openapi.json any more, and all else is made from it."
        schema = answer.json()
        right = answer.status_code == 200 and isinstance(schema, dict)
        answer.require(right, "200, and the schema", nudge=nudge)
        published[api] = schema
    return published[api]


def tell(wrong: object, expected: str, nudge: str, *, right: bool = False) -> None:
    """Judge a part of the schema, of which nobody wants to read the whole."""
    came_back = wrong if isinstance(wrong, str) else json.dumps(wrong, indent=1)[:600]
    require(right, sent="GET /openapi.json", came_back=came_back, expected=expected, nudge=nudge)


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
    listed = part.get("examples")  # beside a media type's schema these have names, and are no list
    return [*(listed if isinstance(listed, list) else []), *([part["example"]] if "example" in part else [])]


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


# Pages

ADDRESS = re.compile(r"""(?:src|href)\s*=\s*["']([^"']+)["']""")
SCHEMA_ADDRESS = re.compile(r"""(?:spec-url\s*=|\burl:|Redoc\.init\()\s*["']([^"']+)["']""")


async def expect_own_page(api: Api, path: str, program: str) -> None:
    """Judge a documentation page: it is there, and it names no other host."""
    answer = await api.get(path)
    nudge = f"{path} answers something else than the page. Which function makes it?"
    if answer.status_code == 404:
        nudge = f"Nothing answers at {path}. Write an endpoint that returns the page."
    right = answer.status_code == 200 and program in answer.text.lower()
    answer.require(right, f"200, and a page of {PROGRAMS[program]}", nudge=nudge)
    nudge = "A browser shows this as a text. The helper makes an `HTMLResponse`: return that, as it is."
    html = "html" in answer.headers.get("content-type", "")
    answer.require(html, "`content-type: text/html`, and the page", nudge=nudge)
    own = answer.response.request.url
    foreign = [found for found in ADDRESS.findall(answer.text) if is_foreign(own.join(found), own)]
    nudge = "The page still loads something from another host. Which parameter of the helper is about that?"
    if any("cdn" in found for found in foreign):
        nudge = (
            "FastAPI's own page answers here: it was there first. "
            f"Switch it off in the constructor, with `{path[1:]}_url=None`."
        )
    if foreign:
        shown = "\n".join(foreign)
        require(
            False, sent=f"GET {path}", came_back=shown, expected="a page without foreign hosts", nudge=nudge
        )


PROGRAMS = {"redoc": "ReDoc", "swagger": "Swagger UI"}
"""What a page and its script have in them, and whose they are."""


def is_foreign(url: URL, own: URL) -> bool:
    return url.scheme in ("http", "https") and url.netloc != own.netloc


async def expect_files(api: Api, path: str, program: str) -> None:
    """Judge what a page loads: all of it is there, the program that draws it and the schema among it."""
    page = await api.get(path)
    beginnings = []
    for found in ADDRESS.findall(page.text):
        if found.startswith("data:"):
            continue
        # The beginning is enough: some of them have more than a million bytes.
        answer = await api.get(found, headers={"Range": "bytes=0-999"})
        content = answer.response.content
        kind = answer.headers.get("content-type", "")
        require(
            answer.status_code in (200, 206) and content != b"" and not re.search("json|html", kind),
            sent=f"GET {found}",
            came_back=f"{answer.status_code}, {len(content)} bytes",
            expected="200, and a file",
            nudge=f"{path} asks for this file and does not get it. What is its name among the assets?",
        )
        beginnings.append(content.lower())
    require(
        any(program.encode() in beginning for beginning in beginnings),
        sent=f"GET {path}",
        came_back="\n".join(ADDRESS.findall(page.text)),
        expected=f"a page that loads {PROGRAMS[program]}",
        nudge=f"All these files are there, but none of them is {PROGRAMS[program]}: the page stays empty.",
    )
    for found in SCHEMA_ADDRESS.findall(page.text):
        answer = await api.get(found)
        body = answer.json()
        nudge = (
            f"{path} draws the schema, and looks for it here. FastAPI publishes it at /openapi.json, unless "
            "`openapi_url=None` switches it off."
        )
        answer.require(isinstance(body, dict) and "openapi" in body, "200, and the schema", nudge=nudge)


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
    """GET /redoc answers a page that names no other host"""
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
    nudge = (
        "The pages are for people; a client has no use for them. `include_in_schema=False` keeps them out."
    )
    tell(paths, "no /docs and no /redoc in it", nudge, right=not {"/docs", "/redoc"} & set(paths))
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
    verdict = rule(op)
    name = getattr(rule, "__name__", "the rule")
    require(
        bool(verdict) is right,
        sent=f"{name}({op.method} {op.path}, {json.dumps(op.spec)})",
        came_back=repr(verdict),
        expected=str(right),
        nudge=nudge,
    )


@rules.check
async def finds_missing_404s(given: Rules) -> None:
    """documents_not_found finds a path with a value and no 404"""
    rule = given[0]
    for method, path, name, words in (
        ("GET", "/trails/{trail_id}", "trail_id", "Find a trail."),
        ("DELETE", "/huts/{name}", "name", "Answers 404 for an unknown name."),
        ("GET", "/trails/{trail_id}/photos", "trail_id", "Its photos."),
    ):
        spec = {"description": words, "parameters": [parameter(name, "path")]}
        bare = {**spec, "responses": {"200": {}, "422": {}}}
        nudge = "The path has a value in it, so an unknown one is possible, and no 404 is documented."
        if "404" in words:
            nudge += " (Words are for people. A program looks at `responses`.)"
        expect_verdict(rule, Operation(method, path, bare), False, nudge)
        full = {**spec, "responses": {"200": {}, "404": {}}}
        nudge = "The 404 is documented, so this one is in order. The keys of `responses` are texts."
        expect_verdict(rule, Operation(method, path, full), True, nudge)


def parameter(name: str, place: str = "query", **more: str) -> dict[str, Any]:
    """A parameter as the schema has it."""
    return {"name": name, "in": place, **more, "schema": {"type": "string"}}


@rules.check
async def leaves_plain_paths(given: Rules) -> None:
    """documents_not_found leaves paths without a value alone"""
    nudge = "There is no value in this path, so there is nothing that could be unknown: it is in order."
    for method, path, more in (
        ("GET", "/trails", {"parameters": [parameter("region")]}),
        ("POST", "/huts", {}),
    ):
        op = Operation(method, path, {**more, "responses": {"200": {}}})
        expect_verdict(given[0], op, True, nudge)


@rules.check
async def finds_missing_descriptions(given: Rules) -> None:
    """describes_parameters finds a parameter without a description"""
    said, silent, empty = parameter("a", description="A"), parameter("b"), parameter("c", description="")
    for parameters, right in (
        ([silent], False),
        ([said, silent], False),
        ([silent, said], False),
        ([said, empty], False),
        ([said, said], True),
    ):
        nudge = (
            "Each of the parameters needs a description that is not empty; one without is enough to offend."
        )
        if right:
            nudge = "All of these have a description, so the operation is in order."
        op = Operation("GET", "/trails", {"parameters": parameters, "responses": {"200": {}}})
        expect_verdict(given[1], op, right, nudge)


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
    """Still calculates, from a quarter of an hour to a day"""
    for hours, speed in ((3, 3.0), (0.25, 36.0), (24, 0.375)):
        answer = await api.get("/pace", params={"length_km": 9, "hours": hours})
        nudge = "This was right before the change, and it still should be."
        if answer.status_code == 422:
            nudge = "This many hours make sense, and are refused now. Your limits are too narrow."
        answer.expect(200, {"km_per_hour": speed}, nudge=nudge)


@pace.check
async def refuses_no_time_at_all(api: Api) -> None:
    """Refuses 0 hours with 422"""
    answer = await api.get("/pace", params={"length_km": 9, "hours": 0})
    nudge = "Nobody walks 9 km in no time. Which limit lets 0 pass?"
    if answer.status_code == 200:
        nudge = "No speed is right for 0 hours. The request makes no sense, and should be told so."
    answer.expect(422, nudge=nudge)


@pace.check
async def answers_with_numbers(api: Api) -> None:
    """Answers every other request with a number or a 422"""
    much = [("1000", hours) for hours in ("5e-324", "2e-306", "1e308", "inf", "nan", "-1")]
    for length_km, hours in [*much, ("1e308", "0.25"), ("inf", "3"), ("nan", "3")]:
        answer = await api.get("/pace", params={"length_km": length_km, "hours": hours})
        body = answer.json()
        speed = body.get("km_per_hour") if isinstance(body, dict) else None
        number = isinstance(speed, int | float) and math.isfinite(speed)
        nudge = (
            "The docs promise a number, and this is none: 1000 km in next to no time is an infinite speed, "
            "for which JSON has no word. A limit just above 0 is not enough."
        )
        if length_km != "1000":
            nudge = "The docs promise a number, and this is none. The length had limits before the change."
        right = answer.status_code == 422 or (answer.status_code == 200 and number)
        answer.require(right, "422, or 200 and a number", nudge=nudge)


@pace.check
async def documents_its_limit(api: Api) -> None:
    """The docs name the limits that the app has"""
    schema = await read_schema(api)
    parameters = schema.get("paths", {}).get("/pace", {}).get("get", {}).get("parameters", [])
    described: dict[str, Any] = next(
        (p.get("schema", {}) for p in parameters if p.get("name") == "hours"), {}
    )
    # A number of several types has its limits in each of them.
    parts: list[dict[str, Any]] = [described, *described.get("anyOf", []), *described.get("allOf", [])]
    limits = {name: limit for part in parts for name, limit in part.items() if isinstance(limit, int | float)}
    limit = limits.get("minimum", limits.get("exclusiveMinimum", 0))
    nudge = (
        "A client that reads the docs should know which hours are refused. A limit in the declaration of the "
        "parameter stands there by itself; an `if` in the function does not."
    )
    tell(
        described,
        "a `minimum` above 0 for `hours`",
        nudge,
        right=limit > 0,
    )
    highest = limits.get("maximum", limits.get("exclusiveMaximum", math.inf))
    answer = await api.get("/pace", params={"length_km": 9, "hours": limit * 1.01})
    allowed = "The docs allow this many hours, and the app refuses them."
    forbidden = "The docs do not allow this many hours, and the app takes them."
    answer.expect(200, nudge=allowed)
    answer = await api.get("/pace", params={"length_km": 9, "hours": limit * 0.99})
    answer.expect(422, nudge=forbidden)
    for hours in (30.0, 100.0, 1000.0, 1e6, 1e300):
        answer = await api.get("/pace", params={"length_km": 9, "hours": hours})
        if hours < highest:
            answer.expect(200, nudge=allowed)
        elif hours > highest:
            answer.expect(422, nudge=forbidden)


# The pitfall

REPORT = {"trail": "Lake Loop", "stars": 4, "weather": "sun"}
REFUSED: list[dict[str, Any]] = [
    {"stars": 6},
    {"stars": 0},
    {"weather": "sunny"},
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
    """The endpoint is as it was"""
    answer = await api.post("/reports", json=REPORT)
    answer.expect(201, REPORT, nudge="The code was right, the docs were wrong: change those.")
    for wrong in REFUSED:
        answer = await api.post("/reports", json={**REPORT, **wrong})
        answer.expect(
            422, nudge="Before the change this was refused. The code was right, the docs were wrong."
        )


@journal.check
async def keeps_title_and_logo(api: Api) -> None:
    """The docs still have their title and the logo"""
    schema = await read_schema(api)
    info = schema.get("info", {})
    right = info.get("title") == "Hikers' journal" and info.get("x-logo") == {"url": "/assets/logo.png"}
    nudge = "The logo was what the assistant was asked for, and adding it is no harm: only overwriting is."
    if info.get("title") != "Hikers' journal":
        nudge = (
            "The title was right before. `get_openapi` takes it as a parameter, and knows nothing of the app."
        )
    tell(info, "the title `Hikers' journal`, and `x-logo` as it was", nudge, right=right)


@journal.check
async def documents_the_body(api: Api) -> None:
    """The docs describe the body that the app takes"""
    schema = await read_schema(api)
    operation = schema.get("paths", {}).get("/reports", {}).get("post", {})
    body = json_schema_of(schema, operation.get("requestBody"))
    nudge = "The docs ask for other fields than the app."
    names = sorted(body.get("properties", {}))
    right = names == ["stars", "trail", "weather"] and sorted(body.get("required", [])) == names
    tell(body, "`trail`, `stars` and `weather`, all of them required", nudge, right=right)
    from openapi_schema_validator import OAS31Validator  # here, so that no other exercise waits for it

    described = OAS31Validator({**body, "components": schema.get("components", {})})
    right = described.is_valid(REPORT) and not any(described.is_valid({**REPORT, **one}) for one in REFUSED)
    fields = {name: resolve(schema, part) for name, part in body["properties"].items()}
    nudge = (
        "The app takes 1 to 5 stars, and three kinds of weather; the trail is a text. The docs should say so."
    )
    tell(fields, "a text, 1 to 5 stars, and sun, rain or snow", nudge, right=right)
    for example in examples_of(schema, resolve(schema, operation.get("requestBody"))):
        answer = await api.post("/reports", json=example)
        answer.expect(201, nudge="An example in the docs is refused by the app.")
    for name, part in body["properties"].items():
        for example in examples_at(part) or examples_at(resolve(schema, part)):
            answer = await api.post("/reports", json={**REPORT, name: example})
            answer.expect(201, nudge="An example in the docs is refused by the app.")


@journal.check
async def documents_the_answers(api: Api) -> None:
    """The docs name the status codes that the app sends, and no others"""
    schema = await read_schema(api)
    answers = schema.get("paths", {}).get("/reports", {}).get("post", {}).get("responses", {})
    nudge = "The app sends 201 and 422. Codes that never come are as wrong as codes that are missing."
    tell(sorted(answers), "201 and 422", nudge, right=sorted(answers) == ["201", "422"])
    created = json_schema_of(schema, answers["201"])
    nudge = "The docs should say what is in the answer: the return type knows."
    tell(
        answers["201"], "201 with the report's fields", nudge, right="stars" in created.get("properties", {})
    )


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
)

TRAIL_2 = {"id": 2, "name": "Fern Valley", "length_km": 9.0, "difficulty": "easy", "region": "Jura"}
LEVELS = {"easy", "moderate", "hard"}


def operations(schema: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in schema.get("paths", {}).items():
        for method, spec in methods.items():
            if method in ("get", "post", "put", "patch", "delete"):
                yield Operation(method.upper(), path, spec)


def offenders(schema: dict[str, Any], obeys: Callable[[Operation], object]) -> list[str]:
    return [f"{op.method} {op.path}" for op in operations(schema) if not obeys(op)]


def none_offends(found: list[str], expected: str, nudge: str) -> None:
    tell("these do not:\n" + "\n".join(found), expected, nudge, right=not found)


async def new_trail(api: Api) -> tuple[dict[str, Any], Answer]:
    sent = {
        "name": f"Trail {next(fresh)}",
        "length_km": 7.5,
        "difficulty": "moderate",
        "ranger_notes": "Bears",
    }
    return sent, await api.post("/trails", json=sent)


@app.check
async def still_works(api: Api) -> None:
    """Requests and answers are as they were"""
    nudge = "This worked before you touched the docs, and it should be as it was."
    (await api.get("/trails/2")).expect(200, TRAIL_2, nudge=nudge)
    answer = await api.get("/trails", params={"difficulty": "easy", "region": "Jura"})
    answer.expect(200, {"items": [TRAIL_2], "total": 1, "limit": 20, "offset": 0}, nudge=nudge)
    answer = await api.get("/all-trails")
    body = answer.json()
    right = answer.status_code == 200 and isinstance(body, list) and TRAIL_2 in body
    answer.require(right, "200, and a list of all trails", nudge=nudge)
    sent, answer = await new_trail(api)
    body = answer.json()
    id = body.get("id") if isinstance(body, dict) else None
    public = {"id": id, "region": None} | {k: v for k, v in sent.items() if k != "ranger_notes"}
    answer.expect(201, public, nudge=nudge, headers={"location": f"/trails/{id}"})
    answer = await api.patch(f"/trails/{id}", json={"length_km": 8.0})
    answer.expect(200, {**public, "length_km": 8.0}, nudge=nudge)
    answer = await api.delete(f"/trails/{id}")
    answer.expect(204, nudge=nudge)
    for answer, status in (
        (await api.get(f"/trails/{id}"), 404),
        (await api.post("/trails", json={**sent, "name": "Lake Loop"}), 409),
        (await api.post("/trails", json={**sent, "difficulty": "steep"}), 422),
    ):
        answer.expect(status, nudge=nudge)


@app.check
async def describes_the_app(api: Api) -> None:
    """The app has a title and a description, and so has each tag"""
    schema = await read_schema(api)
    info = schema.get("info", {})
    right = info.get("title") not in ("", None, "FastAPI") and bool(info.get("description"))
    nudge = "`FastAPI(title=..., description=...)`: what is this API, and for whom?"
    tell(info, "a `title` and a `description` in `info`", nudge, right=right)
    described = {tag.get("name") for tag in schema.get("tags", []) if tag.get("description")}
    used = {tag for op in operations(schema) for tag in op.spec.get("tags", [])}
    nudge = "A tag is only a word until somebody says what belongs to it: `openapi_tags` of the app."
    if not used:
        nudge = "No operation has a tag yet, so there is nothing to group them by."
    right = bool(used) and used <= described
    tell(schema.get("tags", "(no tags)"), "a description for each tag that is used", nudge, right=right)


@app.check
async def describes_operations(api: Api) -> None:
    """Each operation has a summary, a description and a tag"""
    schema = await read_schema(api)
    nudge = "The docstring of a function is the description of its operation."
    found = offenders(schema, lambda op: op.spec.get("summary") and op.spec.get("description"))
    none_offends(found, "a summary and a description at each operation", nudge)
    nudge = '`tags=["trails"]` in the decorator, or at the router for all of its operations.'
    none_offends(offenders(schema, lambda op: op.spec.get("tags")), "a tag at each operation", nudge)


@app.check
async def names_operations(api: Api) -> None:
    """Each operation has a name of its own, short enough to type"""
    from openapi_spec_validator import OpenAPIV31SpecValidator  # here, so that no other exercise waits for it

    schema = await read_schema(api)
    errors = [error.message for error in OpenAPIV31SpecValidator(schema).iter_errors()]
    nudge = "The validator of this lesson says what is wrong with the document."
    tell("\n".join(errors)[:600], "a valid OpenAPI document", nudge, right=not errors)
    nudge = (
        "FastAPI makes these names of function, path and method. Give the app a "
        "`generate_unique_id_function`, which gets the route: `route.name` is the function's name."
    )
    found = [
        f"{op.spec['operationId']} ({op.method} {op.path})"
        for op in operations(schema)
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]{2,24}", op.spec["operationId"])
        or re.search(r"__|_(get|post|put|patch|delete)$", op.spec["operationId"])
    ]
    none_offends(found, "short names, such as `get_trail`", nudge)


@app.check
async def describes_parameters(api: Api) -> None:
    """Each parameter has a description"""
    schema = await read_schema(api)
    found = [
        f"{parameter.get('name')} ({op.method} {op.path})"
        for op in operations(schema)
        for parameter in (resolve(schema, part) for part in op.spec.get("parameters", []))
        if not parameter.get("description")
    ]
    nudge = "`Path`, `Query` and `Field` take a `description`, also inside of `Annotated`."
    none_offends(found, "a description at each parameter", nudge)


def errors_of(op: Operation) -> list[str]:
    """The error codes that an operation of the register can send."""
    codes = ["404"] if "{" in op.path else []
    codes += ["409"] if op.method in ("POST", "PUT", "PATCH") else []
    return codes + (["422"] if op.spec.get("parameters") or op.spec.get("requestBody") else [])


@app.check
async def documents_errors(api: Api) -> None:
    """Each error that can come back is documented, with a model"""
    schema = await read_schema(api)
    silent, shapeless, foreign = [], [], []
    for op in operations(schema):
        answers = op.spec.get("responses", {})
        for code in errors_of(op):
            described = answers.get(code, answers.get("4XX", answers.get("default")))
            name = f"{code} ({op.method} {op.path})"
            if described is None:
                silent.append(name)
            elif not (model := json_schema_of(schema, described)).get("properties"):
                shapeless.append(name)
            elif model.get("title") == "HTTPValidationError":
                foreign.append(name)
    nudge = (
        "`responses={404: {...}}` in the decorator documents an error, and at the app one that all can send."
    )
    none_offends(silent, "404 and 409 where they can happen, 422 wherever something is taken", nudge)
    nudge = (
        'A code without a model says that something goes wrong, not what comes back: `{"model": Problem}`.'
    )
    none_offends(shapeless, "a model for each error", nudge)
    nudge = "This is FastAPI's own 422, which your handler replaces. Document yours: `responses={422: ...}`."
    none_offends(foreign, "the model of what your handler sends", nudge)


@app.check
async def sends_what_is_documented(api: Api) -> None:
    """Each error comes back as it is documented"""
    from openapi_schema_validator import OAS31Validator

    schema = await read_schema(api)
    one = {"name": "Lake Loop", "length_km": 7.5, "difficulty": "easy"}
    for method, path, body, code in (
        ("GET", "/trails/99999", None, 404),
        ("DELETE", "/trails/99999", None, 404),
        ("POST", "/trails", one, 409),
        ("PUT", "/trails/2", one, 409),
        ("PATCH", "/trails/2", {"name": "Lake Loop"}, 409),
        ("GET", "/trails/far", None, 422),
        ("GET", "/trails?limit=0", None, 422),
        ("POST", "/trails", {}, 422),
    ):
        answer = await api.request(method, path, **({} if body is None else {"json": body}))
        answer.expect(code, nudge="Before you touched the docs this was refused, with this code.")
        model = documented_error(schema, method, path, code)
        whole = {**model, "components": schema.get("components", {})}
        wrong = next(OAS31Validator(whole).iter_errors(answer.json()), None)
        sent = answer.json() if isinstance(answer.json(), dict) else {}
        extra = sorted(set(sent) - set(model.get("properties", {})))
        nudge = "The docs promise another body for this code than the app sends."
        if wrong is not None:
            nudge += f" {wrong.message[:150]}."
        elif extra:
            nudge += f" They do not mention {' and '.join(f'`{name}`' for name in extra)}."
        expected = f"{code}, and a body as documented: {', '.join(model.get('properties', {}))}"
        answer.require(wrong is None and not extra, expected, nudge=nudge)


def documented_error(schema: dict[str, Any], method: str, path: str, code: int) -> dict[str, Any]:
    """The JSON Schema that the docs give to this error of the operation behind this address."""
    address = re.sub(r"/(\d+|far)$", "/{}", path.partition("?")[0])
    for op in operations(schema):
        if op.method == method and re.sub(r"\{.*?\}", "{}", op.path) == address:
            answers = op.spec.get("responses", {})
            described = answers.get(str(code), answers.get("4XX", answers.get("default")))
            return json_schema_of(schema, described)
    return {}


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
    tell(described, "an example of a body", nudge, right=bool(examples))
    for example in examples:
        answer = await api.post("/trails", json=example)
        nudge = "This is the example of your docs, and the app refuses it."
        answer.require(answer.status_code in (201, 409), "201, or 409 if there is one", nudge=nudge)


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
    tell(sorted(models), "one of them with easy, moderate and hard", nudge, right=len(shared) == 1)
    inline = len(re.findall(r'"enum": \[[^\]]*"moderate"', json.dumps(schema))) - 1
    nudge = (
        "Besides the shared one, the difficulty is written out again somewhere. Use the same type everywhere."
    )
    tell(f"written out {inline} more times", "the difficulty in one place", nudge, right=inline == 0)


@app.check
async def marks_the_old_list(api: Api) -> None:
    """GET /all-trails is marked as deprecated, and nothing else is"""
    schema = await read_schema(api)
    found = [f"{op.method} {op.path}" for op in operations(schema) if op.spec.get("deprecated")]
    nudge = "`deprecated=True` in the decorator: the docs strike it through, and clients warn."
    if "GET /all-trails" not in {f"{op.method} {op.path}" for op in operations(schema)}:
        nudge = "It is not in the schema at all. Who still uses it should read that it will go."
    tell(found, "GET /all-trails, and nothing else", nudge, right=found == ["GET /all-trails"])


@app.check
async def hosts_its_docs(api: Api) -> None:
    """/docs and /redoc name no other host"""
    for path, program in (("/docs", "swagger"), ("/redoc", "redoc")):
        await expect_own_page(api, path, program)
        await expect_files(api, path, program)
