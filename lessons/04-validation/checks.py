"""What lesson 04 asks of its exercises and of its app."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from course.judging import Answer, Api, Nudge, complaints, exercise, expect_value, prediction, require

prediction(
    "4.r1",
    answer="b",
    why="Pydantic checks values against types. Starlette knows paths and methods, Uvicorn HTTP.",
)
prediction("4.r2", answer="c", why="A call that can pause. It runs when somebody awaits it.")
prediction("4.r3", answer="a", why="It is not named in the path, and a number is no model.")
prediction(
    "4.p1",
    answer="b",
    why="`str | None` says what the value may be, not that it may be left out. Only a default makes a field "
    "optional. (In Pydantic v1 it was otherwise, so older code relies on choice a.)",
)
prediction(
    "4.p2",
    answer="c",
    why='`"12.50"` can only mean one number, so it is converted. `"12,50"` is no number for Python, '
    "and was refused.",
)
prediction(
    "4.p3",
    answer="b",
    why="Lax mode refuses three: a number for a text, half an `int`, and 2 for a `bool`. Strict mode "
    "accepts one: "
    "a whole number for a `float`, where nothing can get lost.",
)
prediction(
    "4.p4",
    answer="a",
    why="A model validator with `mode='after'` needs the whole object, and with a wrong field there is none. "
    "Mend the grade, and the error about the dates comes up.",
)


def lacking(record: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key not in names}


def almost(*words: str) -> list[str]:
    """Texts with one of the words in them: a pattern that is not bound to both ends lets them in."""
    return [text for word in words for text in (f"un{word}", f"{word}ish")]


WHOLE_WORD = "Only the whole word counts: one of those allowed is a part of this one."


def lost(sent: dict[str, Any]) -> Nudge:
    """Words on a value that was sent and comes back as null: evidence of a validator that returns nothing."""
    return Nudge(
        "A value was sent, and comes back as `null`. Does a validator forget its `return`? What it returns "
        "takes the value's place.",
        when=lambda it: (
            it.status_code == 201
            and any(it.json()[name] is None for name, value in sent.items() if value is not None)
        ),
    )


# 4.1


def asked(data: object) -> str:
    return f"Trail.model_validate({data!r})"


def outcome(model: Any, data: object) -> tuple[Any, str]:
    """What a model makes of data: as a dictionary, None if it is refused; and the same in words."""
    adapter: TypeAdapter[Any] = TypeAdapter(model)
    try:
        made = adapter.validate_python(data)
    except ValidationError as error:
        return None, "\n".join(f"{entry['loc']} {entry['msg']}" for entry in error.errors())
    return adapter.dump_python(made, mode="json", warnings=False), f"accepted: {made!r}"


def expect_accepted(model: Any, data: dict[str, Any], nudge: str) -> dict[str, Any]:
    found, words = outcome(model, data)
    require(found is not None, sent=asked(data), came_back=words, expected="accepted", nudge=nudge)
    kept = {**found, "length_km": float(found["length_km"])} if found.get("length_km") else found
    expect_value(
        {name: kept.get(name) for name in data},
        data,
        sent=asked(data),
        nudge=[
            Nudge(
                "A value was accepted, and is `None` afterwards. Does a validator forget its `return`?",
                when=lambda it: any(it[name] is None for name in data if data[name] is not None),
            ),
            "A good trail keeps its values.",
        ],
        whole="The trail",
    )
    return dict(found)


def expect_refused(model: Any, data: dict[str, Any], nudge: str) -> None:
    found, words = outcome(model, data)
    require(found is None, sent=asked(data), came_back=words, expected="a ValidationError", nudge=nudge)


LAKE_LOOP = {"name": "Lake Loop", "length_km": 6.5, "difficulty": "easy", "region": "Lakeland"}
ONE_OPTIONAL = "Only the region may be left out."

trail = exercise(
    "4.1",
    "Fill the gaps",
    takes="value",
    hints=[
        "`Hut`, above, has all four kinds of limit: of a text, of a number, a choice of words, and "
        "(in the section before) a value that may be left out.",
        "`max_length` is the limit of a text, `gt` is `more than`, `le` is `at most`. The three words "
        "go into "
        "`Literal[...]`. A default value is what makes `region` optional.",
        '`Annotated[float, Field(gt=0, le=300)]`, `Literal["easy", "moderate", "hard"]` and '
        "`region: str | None = None`.",
    ],
)


@trail.check
async def accepts_good_trails(model: Any) -> None:
    """Accepts every trail that keeps to the rules"""
    for data in (
        LAKE_LOOP,
        {**LAKE_LOOP, "name": "Fen", "length_km": 300},
        {**LAKE_LOOP, "name": "A" * 60, "length_km": 0.1, "difficulty": "moderate", "region": "Up"},
        {**LAKE_LOOP, "name": "Bärenpfad über die Höhe 🐻", "length_km": 0.001},
        {**LAKE_LOOP, "name": "é" * 60},
        {**LAKE_LOOP, "difficulty": "hard", "region": None},
    ):
        expect_accepted(
            model, data, "This trail keeps to all four rules. The message names the field that is too strict."
        )


@trail.check
async def may_lack_a_region(model: Any) -> None:
    """Does without a region"""
    data = lacking(LAKE_LOOP, "region")
    nudge = "`str | None` lets `None` in, but the field is still required. What makes a field optional?"
    found = expect_accepted(model, data, nudge)
    require(
        found.get("region") is None,
        sent=asked(data),
        came_back=f"region = {found.get('region')!r}",
        expected="region = None",
        nudge="A region that is left out is `None`: that is the default.",
    )


@trail.check
async def refuses_wrong_texts(model: Any) -> None:
    """Refuses a wrong name, difficulty or region"""
    for field, value, nudge in (
        ("name", "Up", "This name has two characters, and three are the least."),
        ("name", "Öx", "This name has two characters (in three bytes), and three are the least."),
        ("name", "A" * 61, "This name has 61 characters, and 60 are the most."),
        ("difficulty", "medium", "`medium` is none of the three words. `Literal` lists the values allowed."),
        ("difficulty", "Easy", "Only the three words as they are written in the brief are allowed."),
        *(("difficulty", word, WHOLE_WORD) for word in almost("easy", "moderate", "hard")),
        ("region", 7, "A region is a text or `None`, and 7 is neither."),
        ("name", 318, "A name is a text, and 318 is none."),
        ("name", None, "Only the region may be `None`."),
        ("difficulty", None, "Only the region may be `None`."),
    ):
        expect_refused(model, {**LAKE_LOOP, field: value}, nudge)
    for name in ("name", "difficulty"):
        expect_refused(model, lacking(LAKE_LOOP, name), ONE_OPTIONAL)


@trail.check
async def refuses_wrong_lengths(model: Any) -> None:
    """Refuses a length that is out of range"""
    for value, nudge in (
        (-3, "A trail of -3 km is none. `gt` sets a limit that the value must exceed."),
        (0, "The length must be more than 0, so 0 itself is refused: `gt`, not `ge`."),
        (300.5, "At most 300 km: `le` sets a limit that the value may reach."),
        ("far", "A length is a number."),
        (None, "Only the region may be `None`."),
    ):
        expect_refused(model, {**LAKE_LOOP, "length_km": value}, nudge)
    expect_refused(model, lacking(LAKE_LOOP, "length_km"), ONE_OPTIONAL)


# 4.2


def missing(*loc: str | int, of: object) -> dict[str, Any]:
    return {"type": "missing", "loc": list(loc), "msg": "Field required", "input": of}


def wrong(
    kind: str, *loc: str | int, value: object, msg: str = "Input should be something else"
) -> dict[str, Any]:
    return {"type": kind, "loc": list(loc), "msg": msg, "input": value}


def keeps_the_last(summarise: Any) -> bool:
    """Whether a function still tells of the errors of the call before when it is given none."""
    try:
        found = summarise([])
    except Exception:  # of another kind of mistake, which the caller is about to tell
        return False
    return isinstance(found, dict) and any(found.values())


def expect_summary(
    summarise: Any, detail: list[dict[str, Any]], expected: dict[str, Any], nudge: str
) -> None:
    found = summarise(json.loads(json.dumps(detail)))
    if found is None:
        nudge = "The function gave back nothing. Does it end with `return`?"
    elif not isinstance(found, dict):
        nudge = 'The function gives back one dictionary, with the keys "missing" and "wrong".'
    elif found != expected and keeps_the_last(summarise):
        nudge = "Places are left from the call before: the list and the dictionary begin empty in each call."
    places = found.get("missing") if isinstance(found, dict) else None
    if isinstance(places, list) and any(isinstance(place, list | tuple) for place in places):
        nudge = "A place is one text: the parts of `loc`, joined by dots."
    sent = "summarise([\n" + "".join(f"  {entry},\n" for entry in detail) + "])"
    if not isinstance(found, dict):
        require(False, sent=sent, came_back=repr(found), expected=repr(expected), nudge=nudge)
    if isinstance(places, list) and sorted(map(str, places)) == sorted(expected["missing"]):
        found = {**found, "missing": expected["missing"]}  # the brief names no order
    expect_value(found, expected, sent=sent, nudge=nudge, whole="The dictionary")


summary = exercise(
    "4.2",
    "Errors as data",
    takes="value",
    hints=[
        "Go through `detail` with a loop. Which of the four keys tells a missing value from a wrong one?",
        'A missing value has the `type` `"missing"`. The place is made of `loc`: `".".join(...)` joins '
        "texts, "
        "and an index in a list is a number, so make it a text first.",
        '`place = ".".join(str(part) for part in entry["loc"])`, then either '
        '`missing.append(place)` or `wrong[place] = entry["input"]`.',
    ],
)


@summary.check
async def sorts_the_errors(summarise: Any) -> None:
    """Lists what is missing, and what is wrong"""
    require(
        callable(summarise),
        sent="your `summarise`",
        came_back=repr(summarise),
        expected="the function itself",
        nudge="The check calls the function, so it takes its name without brackets.",
    )
    body = {"name": "Lake Loop"}
    expect_summary(
        summarise,
        [missing("body", "length_km", of=body), missing("body", "difficulty", of=body)],
        {"missing": ["body.length_km", "body.difficulty"], "wrong": {}},
        'Two values are missing: their `type` is `"missing"`. Each of their places, such '
        "as `body.length_km`, goes into the list, and nothing else does.",
    )
    expect_summary(
        summarise,
        [
            wrong("float_parsing", "body", "length_km", value="far"),
            wrong("enum", "query", "sort", value="up"),
            wrong("model_attributes_type", "body", value="Lake Loop"),
        ],
        {"missing": [], "wrong": {"body.length_km": "far", "query.sort": "up", "body": "Lake Loop"}},
        "These values are wrong. What was sent stands under `input`, and the place is the whole path.",
    )


@summary.check
async def joins_the_whole_path(summarise: Any) -> None:
    """Writes the whole path, with the numbers in it"""
    expect_summary(
        summarise,
        [
            missing("body", "stops", 0, "name", of={"km": 2}),
            wrong("float_parsing", "body", "stops", 12, "km", value="far"),
        ],
        {"missing": ["body.stops.0.name"], "wrong": {"body.stops.12.km": "far"}},
        "Every part of `loc` belongs to the place, with dots between: the names, and in a list the index.",
    )


@summary.check
async def keeps_what_was_sent(summarise: Any) -> None:
    """Keeps what was sent as it is"""
    expect_summary(
        summarise,
        [
            wrong("greater_than", "body", "length_km", value=0),
            wrong("string_type", "body", "name", value=["Lake", "Loop"]),
            wrong("value_error", "body", "region", value="", msg="Value error, a region is required here"),
            wrong("list_type", "body", "stops", value={"km": 1}),
            wrong("date_type", "body", "ends_on", value=None),
            wrong("bool_parsing", "body", "missing", value="missing"),
        ],
        {
            "missing": [],
            "wrong": {
                "body.length_km": 0,
                "body.name": ["Lake", "Loop"],
                "body.region": "",
                "body.stops": {"km": 1},
                "body.ends_on": None,
                "body.missing": "missing",
            },
        },
        "What was sent may be anything: 0, an empty text, a list, `None`. Only the `type` says what is "
        "missing.",
    )


@summary.check
async def begins_anew(summarise: Any) -> None:
    """Begins anew with each list"""
    expect_summary(
        summarise,
        [],
        {"missing": [], "wrong": {}},
        "An empty list has no errors in it. Both keys are there, and nothing is left from the call before.",
    )


# 4.3


CLOSURE = {
    "trail": "Ridge Path",
    "reason": "snow",
    "ranger": "ada@example.org",
    "starts_on": "2026-12-01",
    "ends_on": "2027-03-15",
}

closures = exercise(
    "4.3",
    "From a blank page",
    hints=[
        "Types and limits say most of it: `EmailStr`, `date`, `Literal`. Two rules need a validator: "
        "one for a "
        "single field, before its type is checked, and one for the whole model. `Season` has both.",
        "Spaces are cut by `str_strip_whitespace=True` in `model_config = ConfigDict(...)`, and "
        "`Field(min_length=1)` refuses what is empty then. The validator of `reason` has `mode='before'` and "
        "must stand any value: only a text has `.lower()`.",
        "The model validator: `if self.ends_on < self.starts_on: raise ValueError(...)`, then `return "
        "self`. The "
        "endpoint: `@closures.post('/closures', status_code=201)` above "
        "`def close(closure: Closure) -> Closure: return closure`.",
    ],
)


@closures.check
async def takes_a_closure(api: Api) -> None:
    """Answers 201 and the closure"""
    changes: tuple[dict[str, Any], ...] = (
        {},
        {"reason": "works", "ends_on": "2026-12-01"},
        {"reason": "rockfall", "trail": "ö", "ranger": "ben.okoro+trails@mail.example.org"},
        {"starts_on": "2024-02-29", "ends_on": "2024-03-01"},
    )
    for change in changes:
        sent = {**CLOSURE, **change}
        answer = await api.post("/closures", json=sent)
        nudge: list[str | Nudge] = [
            lost(sent),
            Nudge(
                "The answer is the closure: its five fields, with the names of the brief.",
                when=lambda it: it.status_code == 201 and set(it.json()) != set(CLOSURE),
            ),
        ]
        if sent["starts_on"] == sent["ends_on"]:
            # A rule of the model as a whole has an empty path, one of a body in pieces may have no path.
            nudge += [
                Nudge(
                    "A closure may end on the day on which it starts. Only an earlier day is refused.",
                    when=lambda it: (
                        it.status_code == 422
                        and all(one.name in ("", "starts_on", "ends_on") for one in complaints(it))
                    ),
                )
            ]
        answer.expect(201, sent, nudge=nudge)


@closures.check
async def tidies_texts(api: Api) -> None:
    """Cuts off spaces, and takes a reason in capitals"""
    answer = await api.post("/closures", json={**CLOSURE, "trail": "  Ridge Path "})
    nudge = Nudge(
        "Spaces at both ends of the trail's name are cut off, and the answer has the name without them.",
        when=lambda it: it.json()["trail"] != it.json()["trail"].strip(),
    )
    answer.expect(201, CLOSURE, nudge=[lost(CLOSURE), nudge])
    for reason in ("Snow", "SNOW", "sNoW"):
        answer = await api.post("/closures", json={**CLOSURE, "reason": reason})
        capitals = Nudge(
            "Capitals are allowed. Which mode has a validator that changes a value *before* it is checked?",
            when=lambda it: any(one.name == "reason" for one in complaints(it)),
        )
        small = Nudge(
            "The answer has the reason in small letters. A validator returns the value that is to be kept.",
            when=lambda it: it.json()["reason"] != "snow",
        )
        answer.expect(201, CLOSURE, nudge=[capitals, small])


@closures.check
async def refuses_an_end_before_the_start(api: Api) -> None:
    """Refuses an end before the start"""
    for change in ({"ends_on": "2026-11-30"}, {"starts_on": "2027-12-01"}, {"starts_on": "2027-03-16"}):
        answer = await api.post("/closures", json={**CLOSURE, **change})
        nudge = (
            "This closure ends before it starts. Compare two dates where both are known: in a model "
            "validator, "
            "which raises `ValueError`."
        )
        answer.expect(422, nudge=nudge)


NOT_THERE = (
    "Your validator wants a value that is not there: it was not sent, or its own field has refused it. "
    "A model validator with `mode='after'` is only called when all fields are right."
)


UNCHECKED = (
    "Your validator takes a value for what it should be, before its type was checked. "
    "A model validator with `mode='after'` is only called when all fields are right."
)


@closures.check
async def refuses_wrong_values(api: Api) -> None:
    """Refuses anything else with 422"""
    for field, value, nudge in (
        ("trail", "", "A trail's name must not be empty."),
        ("trail", "   ", "Without its spaces this name is empty. Cut first, then measure."),
        ("trail", 7, "A trail's name is a text, and 7 is none."),
        ("trail", None, "A trail's name is a text, and `null` is none."),
        ("reason", "holiday", "This is none of the three reasons."),
        *(("reason", word, WHOLE_WORD) for word in almost("rockfall", "snow", "works")),
        ("reason", 7, "A reason may be any JSON value when it comes in, and only a text has `.lower()`."),
        ("reason", None, "A reason may be any JSON value when it comes in, and only a text has `.lower()`."),
        ("reason", ["snow"], "A reason may be any JSON value when it comes in, also a list."),
        ("ranger", "Ada Lovelace", "This is no e-mail address. Pydantic has a type for those."),
        ("ranger", "@", "An e-mail address is more than an `@`. Pydantic has a type for those."),
        ("ranger", "ada@@example.org", "An e-mail address has one `@`. Pydantic has a type for those."),
        ("ranger", "ada@example", "This is no e-mail address: its host has no dot."),
        ("ranger", None, "An e-mail address is a text, and `null` is none."),
        ("starts_on", None, "`null` is no date."),
        ("ends_on", None, "`null` is no date."),
        ("starts_on", "2026-11-31", "November has 30 days. A text would not notice."),
        ("ends_on", "next spring", "This is no date."),
    ):
        answer = await api.post("/closures", json={**CLOSURE, field: value})
        answer.if_raised(AttributeError, nudge)
        answer.if_raised(KeyError, NOT_THERE)
        answer.if_raised(TypeError, nudge if field == "reason" else UNCHECKED)
        answer.expect(422, nudge=nudge)
    for field in CLOSURE:
        answer = await api.post("/closures", json=lacking(CLOSURE, field))
        answer.if_raised(KeyError, NOT_THERE)
        answer.expect(422, nudge=f"`{field}` is missing, and it has no default.")


# 4.4

desk = exercise(
    "4.4",
    "Spot the pitfall",
    hints=[
        "Send a trail without `region`, then one with spaces around its name, then one with two "
        "mistakes. Which "
        "lines were meant for that, and what do the warnings say of them?",
        "In v2 the settings stand in `model_config = ConfigDict(...)`, and some have new names: the "
        "warning says "
        "which. What the endpoint checks by hand, the model can check: then all errors come together.",
        "`str_strip_whitespace=True`, `name: Annotated[str, Field(min_length=1)]`, "
        "`difficulty: Literal[...]`, `region: str | None = None`, and no `if` in the endpoint. "
        "`@validator` becomes `@field_validator` or `Field(gt=0)`, and `.dict()` goes.",
    ],
)

TRAIL_IN = {"name": "Lake Loop", "length_km": 6.5, "difficulty": "easy", "region": "Lakeland"}


@desk.check
async def does_without_a_region(api: Api) -> None:
    """Does without a region"""
    answer = await api.post("/trails", json=lacking(TRAIL_IN, "region"))
    optional = Nudge(
        "In v1, `str | None` alone made a field optional. Today only a default does.",
        when=lambda it: any(one.name == "region" for one in complaints(it)),
    )
    region = Nudge(
        "The trail comes back with all four fields; a region that was left out is `null`.",
        when=lambda it: it.status_code == 201 and it.json().get("region", "") is not None,
    )
    sent = lacking(TRAIL_IN, "region")
    answer.expect(201, {**TRAIL_IN, "region": None}, nudge=[optional, region, lost(sent)])


@desk.check
async def cuts_off_spaces(api: Api) -> None:
    """Cuts off spaces, and refuses what is empty then"""
    answer = await api.post("/trails", json={**TRAIL_IN, "name": "  Lake Loop ", "region": " Lakeland "})
    spaces = Nudge(
        "The spaces are still there. The setting that should cut them off has another name today.",
        when=lambda it: all(it.json()[name] != it.json()[name].strip() for name in ("name", "region")),
    )
    one_only = Nudge(
        "Spaces are cut off from both, `name` and `region`. One setting does it for all texts of a model.",
        when=lambda it: any(it.json()[name] != it.json()[name].strip() for name in ("name", "region")),
    )
    answer.expect(201, TRAIL_IN, nudge=[spaces, one_only, lost(TRAIL_IN)])
    for name in ("", "   "):
        answer = await api.post("/trails", json={**TRAIL_IN, "name": name})
        answer.require(
            400 <= answer.status_code < 500,
            "422",
            nudge="This name is empty once the spaces are cut off, so it is refused.",
        )


def named_in(answer: Answer) -> set[str]:
    """The parts of every path in a 422."""
    return {str(part) for complaint in complaints(answer) for part in complaint.loc}


async def each_named_alone(api: Api, change: dict[str, Any]) -> bool:
    """Whether each wrong value of several is named when it is the only one."""
    for field, value in change.items():
        if field not in named_in(await api.post("/trails", json={**TRAIL_IN, field: value})):
            return False
    return True


@desk.check
async def names_every_wrong_field(api: Api) -> None:
    """Names every wrong field in one 422"""
    bad: tuple[dict[str, Any], ...] = (
        {"difficulty": "mild"},
        {"name": " ", "difficulty": "mild"},
        {"name": "", "length_km": -1, "difficulty": 3, "region": 7},
    )
    for change in bad:
        answer = await api.post("/trails", json={**TRAIL_IN, **change})
        named = named_in(answer)
        nudge = (
            "A model validator is called when all fields are right, and the endpoint after that. "
            "A rule that stands with its own field is looked at each time: let each field have its own."
        )
        if answer.status_code == 201:
            nudge = "This was accepted. Which of its values does the model not check?"
        elif len(change) > 1 and await each_named_alone(api, change):
            nudge = (
                "Alone each of these is named, together not all are. A model finds all at once where each "
                "rule stands with its field, and a handler of yours should pass on the whole list."
            )
        elif answer.status_code == 422 and not complaints(answer):
            nudge = "For each wrong field an entry with its `loc`: FastAPI makes that of a model's errors."
        answer.require(
            answer.status_code == 422 and set(change) <= named,
            f"422, and `detail` a list with an entry for each of: {', '.join(change)}",
            nudge=nudge,
        )


@desk.check
async def still_keeps_its_word(api: Api) -> None:
    """Still takes good trails, and refuses what was refused before"""
    for difficulty in ("easy", "moderate", "hard"):
        sent = {**TRAIL_IN, "name": "ö", "difficulty": difficulty, "length_km": 0.5, "region": None}
        answer = await api.post("/trails", json=sent)
        answer.expect(201, sent, nudge=[lost(sent), "A good trail comes back whole."])
    changes: list[tuple[dict[str, Any], str]] = [
        ({"length_km": 0}, "The length was checked before: it must be more than 0."),
        ({"length_km": "far"}, "The length was a number before."),
        ({"name": 7}, "The name was a text before."),
        ({"length_km": -0.5}, "The length was checked before: it must be more than 0."),
        ({"difficulty": "Easy"}, "Only the three words were taken before, as they are written."),
        *(({"difficulty": word}, WHOLE_WORD) for word in almost("easy", "moderate", "hard")),
        ({"name": None}, "Only the region may be `null`."),
        ({"length_km": None}, "Only the region may be `null`."),
        ({"difficulty": None}, "Only the region may be `null`."),
        ({"regoin": "Lakeland"}, "Unknown keys were refused before: that was `extra`, and it still is."),
    ]
    for change, nudge in changes:
        answer = await api.post("/trails", json={**TRAIL_IN, **change})
        answer.expect(422, nudge=nudge)
    for name in ("name", "length_km", "difficulty"):
        answer = await api.post("/trails", json=lacking(TRAIL_IN, name))
        answer.expect(422, nudge=f"`{name}` was required before: it has no default.")


# 4.app

FOLDER = Path(__file__).parent
TRAIL_ID = "9b2f4f0e-6a57-4c1d-8c55-0d9e7a3b1f26"
OTHER_ID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
"""A UUID of another version."""

# Records that are in neither file. Each bad one is one of these with one thing changed.
TRAIL: dict[str, Any] = {
    "kind": "trail",
    "id": TRAIL_ID,
    "name": "Quarry Circuit",
    "length_km": 12.5,
    "difficulty": "moderate",
    "region": "West Cliffs",
    "stops": [{"name": "Quarry", "km": 3.5}, {"name": "Lighthouse", "km": 9}],
}
REPORT: dict[str, Any] = {
    "kind": "report",
    "trail_id": TRAIL_ID,
    "hiker": "grace@example.org",
    "walked_at": "2026-09-05T11:20:00+02:00",
    "stars": 4,
    "wet": True,
    "text": "Windy on the cliffs.",
}
CLOSED: dict[str, Any] = {
    "kind": "closure",
    "trail_id": TRAIL_ID,
    "from": "2026-10-05",
    "until": "2026-10-09",
    "reason": "works",
    "ranger": "R-318",
}


def stops(*kms: object) -> list[dict[str, Any]]:
    return [{"name": f"Stop {number}", "km": km} for number, km in enumerate(kms, start=1)]


def lines_of(name: str) -> list[str]:
    return (FOLDER / name).read_text(encoding="utf-8").splitlines()


desk_app = exercise(
    "4.app",
    "The import desk",
    hints=[
        "Begin with the model of a trail, and let `create_record` take a `Trail`: the check asks for trails "
        "first. Then mend the gaps of `Report`, then let it take all three kinds. Send lines of the two "
        "files yourself, at `/docs`, and read the answers.",
        "A base class with `ConfigDict(extra='forbid')` does for all models, `Stop` too. Strict mode "
        "belongs on "
        "the numbers and on `wet` only, as dates and ids are texts in JSON. The three models become "
        "one type: "
        "`Annotated[Trail | Report | Closure, Field(discriminator='kind')]`.",
        "Two rules need `@model_validator(mode='after')`: the stops (compare the list of their `km` with the "
        "same list sorted) and the closure's dates. `from` is an alias. The import: "
        "`TypeAdapter(Record).validate_json(line)` for each line, as in the section on JSON Lines, and "
        "an entry "
        "for each error of a `ValidationError`.",
    ],
)


async def post_record(api: Api, record: object) -> Answer:
    return await api.post("/records", json=record)


def takes_kind(answer: Answer) -> bool:
    """Whether an endpoint that refuses a record has a model for its kind at all."""
    found = complaints(answer)
    if any(it.name == "kind" or it.type.startswith("union_tag") for it in found):
        return False
    # A plain union complains about each of its members, whose name comes first.
    members = {it.loc[1] for it in found if it.name}
    return not members or members != {it.loc[1] for it in found if it.loc[-1] == "kind"}


@desk_app.check
async def accepts_good_records(api: Api) -> None:
    """POST /records accepts every good record"""
    seen = [json.loads(line) for line in lines_of("good.jsonl")]
    for record in [TRAIL, REPORT, CLOSED, *seen, *HELD_OUT_GOOD]:
        answer = await post_record(api, record)
        kind = Nudge(
            f"Your endpoint takes no record of the kind `{record['kind']}`. The type of its parameter "
            "should be one for all three kinds.",
            when=lambda it: not takes_kind(it),
        )
        strict = Nudge(
            "A strict model takes no text for an id or a date, and JSON has nothing better. "
            "Be strict on single fields.",
            when=lambda it: any(
                one.type in ("is_instance_of", "date_type", "datetime_type") for one in complaints(it)
            ),
        )
        answer.expect(201, nudge=[kind, strict])


HELD_OUT_GOOD: Sequence[dict[str, Any]] = [
    {**TRAIL, "name": " Cwm ", "length_km": 300.0, "stops": stops(0, 0, 300)},
    {**TRAIL, "name": " " + "Ä" * 60 + " ", "length_km": 12, "stops": stops(12)},
    {**TRAIL, "region": "No", "length_km": 0.01, "stops": []},
    {**TRAIL, "name": "Bärenpfad 🐻", "stops": [{"name": "Ö", "km": 0.5}]},
    {**TRAIL, "region": "Ñ" * 40, "difficulty": "hard"},
    lacking(TRAIL, "region", "stops"),
    {**REPORT, "walked_at": "2024-02-29T00:00:00Z", "stars": 5, "text": "é" * 500},
    {**lacking(REPORT, "wet"), "stars": 1, "text": "", "hiker": "g.hopper+walks@mail.example.org"},
    *({**CLOSED, "reason": reason} for reason in ("rockfall", "snow", "wildlife")),
    {**CLOSED, "until": "2026-10-05", "ranger": "R-000"},
    {**CLOSED, "from": "2025-12-31", "until": "2026-01-01"},
    {**TRAIL, "id": OTHER_ID},
    *({**record, "trail_id": OTHER_ID} for record in (REPORT, CLOSED)),
]


@desk_app.check
async def answers_with_the_record(api: Api) -> None:
    """POST /records answers with the record as it was understood"""
    full: dict[str, Any] = {"region": None, "stops": []}
    in_small = {**TRAIL, "name": "über den Grat", "region": "am See", "stops": [{"name": "furt", "km": 1}]}
    pairs = (
        (TRAIL, TRAIL, "The answer is the record itself, with all its keys."),
        ({**TRAIL, "name": "  Quarry Circuit "}, TRAIL, "The name has lost the spaces around it."),
        (
            lacking(TRAIL, "region", "stops"),
            {**TRAIL, **full},
            "What was left out is filled in: `region` is `null`, and there are no `stops`.",
        ),
        (
            lacking(REPORT, "wet", "text"),
            {**REPORT, "wet": False, "text": ""},
            "What was left out is filled in: `wet` is false, and the `text` is empty.",
        ),
        (REPORT, REPORT, "The answer is the record itself, with all its keys."),
        (in_small, in_small, "The answer is the record itself, with its texts as they were sent."),
        (CLOSED, CLOSED, "The answer has the keys of the table, `from` among them."),
    )
    for sent, expected, nudge in pairs:
        answer = await post_record(api, sent)
        came = answer.json()
        if "walked_at" in expected and isinstance(came, dict) and same_moment(came.get("walked_at")):
            expected = {**expected, "walked_at": came["walked_at"]}
        answer.expect(201, expected, nudge=[lost(sent), nudge])


def same_moment(text: object) -> bool:
    """Whether a text names the moment of the report: there are many ways to write it."""
    try:
        return datetime.fromisoformat(str(text)) == datetime.fromisoformat(REPORT["walked_at"])
    except (ValueError, TypeError):  # no moment, or one without a time zone
        return False


async def expect_each_refused(api: Api, rows: Iterable[tuple[object, str]]) -> None:
    for record, nudge in rows:
        answer = await post_record(api, record)
        answer.expect(422, nudge=nudge)


NUMBERS = "In JSON this is no number. In lax mode it becomes one; strict mode, on this field, refuses it."
BOOLEANS = (
    "Only `true` and `false` are booleans. In lax mode other values become one; strict mode refuses them."
)
KEYS = "No other keys are allowed, in no part of the record: `extra` is the setting for that."
REQUIRED = "Only what the table says may be left out, may be left out."
CHOICES = "This word is none of those in the table."
NULLS = "`null` is a value, too, and the table allows it for `region` alone."


@desk_app.check
async def refuses_bad_trails(api: Api) -> None:
    """POST /records refuses bad trails"""
    beyond = "This stop lies beyond the end of the trail. A model validator can compare both."
    order = "These stops are out of order: `km` gets smaller from one to the next."
    rows = (
        *((lacking(TRAIL, name), REQUIRED) for name in ("id", "name", "length_km", "difficulty")),
        (
            {**TRAIL, "id": "the-quarry-circuit"},
            "An id is a UUID, and Pydantic has the type of it from Python.",
        ),
        *(({**TRAIL, name: None}, NULLS) for name in ("id", "name", "length_km", "difficulty", "stops")),
        ({**TRAIL, "name": "Öx"}, "A name has at least 3 characters."),
        (
            {**TRAIL, "name": " Ox "},
            "Without the spaces around it this name has 2 characters. Cut first, then measure.",
        ),
        ({**TRAIL, "name": "A" * 61}, "A name has at most 60 characters."),
        ({**TRAIL, "name": 318}, "A name is a text."),
        ({**TRAIL, "length_km": 0, "stops": []}, "A length is more than 0."),
        ({**TRAIL, "length_km": 301}, "A length is at most 300."),
        ({**TRAIL, "length_km": "12.5"}, NUMBERS),
        ({**TRAIL, "length_km": True, "stops": []}, NUMBERS),
        ({**TRAIL, "difficulty": "extreme"}, CHOICES),
        ({**TRAIL, "difficulty": "HARD"}, CHOICES),
        *(({**TRAIL, "difficulty": it}, WHOLE_WORD) for it in almost("easy", "moderate", "hard")),
        ({**TRAIL, "region": "Ö"}, "A region has at least 2 characters, where there is one."),
        ({**TRAIL, "region": ""}, "A region has at least 2 characters, where there is one."),
        ({**TRAIL, "region": "W" * 41}, "A region has at most 40 characters."),
        ({**TRAIL, "region": 7}, "A region is a text."),
        ({**TRAIL, "country": "Wales"}, KEYS),
        ({**TRAIL, "stops": "Quarry"}, "`stops` is a list."),
        ({**TRAIL, "stops": [{"name": "Quarry"}]}, "A stop has a name and `km`: a model of its own."),
        ({**TRAIL, "stops": [{"km": 3.5}]}, "A stop has a name and `km`: a model of its own."),
        ({**TRAIL, "stops": [None]}, "A stop has a name and `km`: a model of its own."),
        ({**TRAIL, "stops": [{"name": "", "km": 3.5}]}, "The name of a stop has at least one character."),
        ({**TRAIL, "stops": [{"name": None, "km": 3.5}]}, NULLS),
        ({**TRAIL, "stops": [{"name": 318, "km": 3.5}]}, "The name of a stop is a text."),
        ({**TRAIL, "stops": stops(None)}, NULLS),
        ({**TRAIL, "stops": stops(True)}, NUMBERS),
        ({**TRAIL, "stops": [{"name": "Quarry", "km": 3.5, "deep": True}]}, KEYS),
        ({**TRAIL, "stops": stops(3, "9")}, NUMBERS),
        ({**TRAIL, "stops": stops(-1, 9)}, "The `km` of a stop are at least 0."),
        ({**TRAIL, "stops": stops(9, 3.5)}, order),
        ({**TRAIL, "stops": stops(1, 8, 2, 9)}, order),
        ({**TRAIL, "stops": stops(3.5, 12.6)}, beyond),
    )
    await expect_each_refused(api, rows)


@desk_app.check
async def refuses_bad_reports(api: Api) -> None:
    """POST /records refuses bad reports"""
    mail = "This is no e-mail address. Pydantic has a type that knows the rules of those."
    zone = "Without a time zone nobody knows which moment this is. Pydantic has a type that insists on one."
    rows = (
        *((lacking(REPORT, name), REQUIRED) for name in ("trail_id", "hiker", "walked_at", "stars")),
        ({**REPORT, "trail_id": "Quarry Circuit"}, "`trail_id` is a UUID."),
        ({**REPORT, "hiker": "Grace Hopper"}, mail),
        ({**REPORT, "hiker": "grace@@example.org"}, mail),
        ({**REPORT, "hiker": "grace@example"}, mail),
        ({**REPORT, "walked_at": "2026-09-05T11:20:00"}, zone),
        ({**REPORT, "walked_at": "2026-09-31T11:20:00Z"}, "September has 30 days. A text would not notice."),
        ({**REPORT, "walked_at": "last Saturday"}, "This is no date and time."),
        ({**REPORT, "stars": 0}, "The stars go from 1 to 5."),
        ({**REPORT, "stars": 6}, "The stars go from 1 to 5."),
        ({**REPORT, "stars": 2.5}, "The stars are a whole number."),
        ({**REPORT, "stars": "3"}, NUMBERS),
        ({**REPORT, "stars": True}, NUMBERS),
        ({**REPORT, "wet": "no"}, BOOLEANS),
        ({**REPORT, "wet": 0}, BOOLEANS),
        ({**REPORT, "stars": -1}, "The stars go from 1 to 5."),
        ({**REPORT, "text": "!" * 501}, "A text has at most 500 characters."),
        ({**REPORT, "text": 7}, "A text is a text, and 7 is none."),
        *(({**REPORT, name: None}, NULLS) for name in (*REPORT,) if name != "kind"),
        ({**REPORT, "title": "Windy"}, KEYS),
    )
    await expect_each_refused(api, rows)


@desk_app.check
async def refuses_bad_closures(api: Api) -> None:
    """POST /records refuses bad closures, and unknown kinds"""
    ranger = "A ranger is `R-` and three digits, with nothing before and nothing after it."
    backwards = "This closure ends before it begins. A model validator can compare both dates."
    kind = "There are three kinds. What is none of them is refused."
    rows = (
        *((lacking(CLOSED, name), REQUIRED) for name in ("trail_id", "from", "until", "reason", "ranger")),
        ({**CLOSED, "until": "2026-10-04"}, backwards),
        ({**CLOSED, "from": "2027-10-05"}, backwards),
        ({**CLOSED, "from": "2026-10-32"}, "October has 31 days. A text would not notice."),
        ({**CLOSED, "until": "soon"}, "This is no date."),
        ({**CLOSED, "reason": "holiday"}, CHOICES),
        ({**CLOSED, "reason": "Works"}, CHOICES),
        *(({**CLOSED, "reason": it}, WHOLE_WORD) for it in almost("rockfall", "snow", "works", "wildlife")),
        *(
            ({**CLOSED, "ranger": it}, ranger)
            for it in ("R-31", "R-3180", "XR-318", "r-318", "R-ABC", "RX318", "R318", "318")
        ),
        *(({**CLOSED, name: None}, NULLS) for name in ("trail_id", "from", "until", "reason", "ranger")),
        ({**CLOSED, "trail_id": "Quarry Circuit"}, "`trail_id` is a UUID."),
        ({**CLOSED, "to": "2026-10-09"}, KEYS),
        (
            {**lacking(CLOSED, "from"), "from_": CLOSED["from"]},
            "The key is `from`, and nothing else: `from_` is the name that your code has for it.",
        ),
        (lacking(TRAIL, "kind"), kind),
        *(({**TRAIL, "kind": it}, kind) for it in ("tunnel", "Trail", None, 7, ["trail"])),
        *((it, "This is JSON, but no record.") for it in ([], [TRAIL], "trail", 7)),
        (
            {**REPORT, "kind": "closure"},
            "The `kind` says which rules hold, and these are another kind's keys.",
        ),
    )
    await expect_each_refused(api, rows)


@desk_app.check
async def refuses_each_bad_line(api: Api) -> None:
    """POST /records refuses every line of bad.jsonl"""
    for number, line in enumerate(lines_of("bad.jsonl"), start=1):
        answer = await api.post("/records", content=line, headers={"content-type": "application/json"})
        nudge = (
            f"This is line {number} of bad.jsonl, and it breaks one of the rules. Read it beside the table."
        )
        answer.expect(422, nudge=nudge)


def leads_to(place: Sequence[object], loc: list[str | int]) -> bool:
    """Whether a path has this piece in it; a union adds the name of its member behind."""
    return any(loc[start : start + len(place)] == list(place) for start in range(len(loc)))


@desk_app.check
async def says_where(api: Api) -> None:
    """POST /records says in `loc` where the error is"""
    two_wrong = {**TRAIL, "difficulty": "extreme", "stops": stops(1, "far")}
    places = (["difficulty"], ["stops", 1, "km"])
    answer = await post_record(api, two_wrong)
    found = [list(complaint.loc) for complaint in complaints(answer)]
    for place in places:
        answer.require(
            any(leads_to(place, loc) for loc in found),
            f"422, and an entry whose `loc` leads to {json.dumps(place)}",
            nudge="Two values of this record are wrong. A model as the parameter's type finds both, "
            "and FastAPI "
            "says where they are.",
        )
    alone = "The answer complains of other kinds, too. Which field tells them apart, and who must know that?"
    keys = {*TRAIL, *REPORT, *CLOSED}
    for record in (two_wrong, {**REPORT, "stars": 9}, {**CLOSED, "reason": "holiday"}):
        answer = await post_record(api, record)
        told = {str(part) for complaint in complaints(answer) for part in complaint.loc}
        answer.require(
            not (keys - {*record}) & told,
            f"422, and no entry about another kind than `{record['kind']}`",
            nudge=alone,
            status=422,
        )


async def post_lines(api: Api, lines: Sequence[str], last: str = "\n") -> Answer:
    body = "\n".join(lines) + last
    return await api.post("/imports", content=body.encode(), headers={"content-type": "application/jsonl"})


def entries_of(answer: Answer) -> list[dict[str, Any]]:
    """The errors of an import, in the form that the brief asks for."""
    body = answer.json()
    errors = body.get("errors") if isinstance(body, dict) else None
    refused = Nudge(
        "An import is not refused as a whole: the answer is 200, and says what became of the lines.",
        when=lambda it: 400 <= it.status_code < 500 and it.status_code not in (404, 405),
    )
    answer.require(
        isinstance(errors, list) and "accepted" in body,
        '200, and an object with "accepted", a number, and "errors", a list',
        nudge=[refused, "The answer says how many lines were accepted, and lists the errors."],
        status=200,
    )
    entries = [entry for entry in errors or [] if isinstance(entry, dict)]
    answer.require(
        len(entries) == len(errors or [])
        and all(isinstance(e.get("line"), int) for e in entries)
        and all(isinstance(e.get("loc"), list) and e.get("msg") for e in entries),
        'errors of the form {"line": 3, "loc": [...], "msg": "..."}',
        nudge="Each entry has these three keys. `loc` and `msg` are those of Pydantic's error.",
    )
    return entries


@desk_app.check
async def locates_errors_by_line(api: Api) -> None:
    """POST /imports locates each error by its line"""
    lines = [
        json.dumps(REPORT),
        json.dumps({**TRAIL, "length_km": 301}),
        "",
        json.dumps(CLOSED),
        json.dumps({**REPORT, "stars": 9, "hiker": "nobody"}),
        json.dumps(TRAIL)[:-20],
        json.dumps(TRAIL),
    ]
    answer = await post_lines(api, lines)
    entries = entries_of(answer)
    found = sorted(entry["line"] for entry in entries)
    nudge = "Lines 2, 5 and 6 are wrong: a length, two values of a report, and a line that is no JSON."
    if found == [2, 3, 5, 5, 6]:
        nudge = "Line 3 is empty, and an empty line is no record: pass it over, but count it."
    elif found == [1, 4, 4, 5]:
        nudge = "The first line has the number 1, also in `enumerate`."
    elif found == [2, 4, 4, 5]:
        nudge = "The empty line is no record, but it is a line: it counts."
    elif found == [2, 5, 6]:
        nudge = "Line 5 has two errors, and each has an entry of its own."
    answer.require(found == [2, 5, 5, 6], "errors in the lines 2, 5 (two of them) and 6", nudge=nudge)
    again = await post_lines(api, lines)
    again.expect(
        200,
        answer.json(),
        nudge="The same lines were sent before, and got another answer: each import begins anew.",
    )
    for line, name in ((2, "length_km"), (5, "stars"), (5, "hiker")):
        answer.require(
            any(entry["line"] == line and name in entry["loc"] for entry in entries),
            f"an error in line {line} with `{name}` in its `loc`",
            nudge="`loc` is the path that Pydantic's error has.",
        )
    answer.require(
        answer.json()["accepted"] == 3,
        '"accepted": 3',
        nudge="Lines 1, 4 and 7 are good records. Nothing else counts as accepted.",
    )


@desk_app.check
async def takes_every_line_for_itself(api: Api) -> None:
    """POST /imports takes any line, and says of it what Pydantic says"""
    no_records = ["[]", "7", "null", '"closure"', "{}"]
    two_wrong = {**TRAIL, "length_km": 301, "stops": stops(1, "far")}
    answer = await post_lines(api, [*no_records, "  ", json.dumps(REPORT), json.dumps(two_wrong), ""])
    entries = entries_of(answer)
    told = {entry["line"] for entry in entries}
    nudge = "Line 7 is a good record. What was accepted is a number of lines, not of errors."
    if not told >= {1, 2, 3, 4, 5}:
        nudge = "The first five lines are JSON, and no records: each of them is an error."
    elif told == {1, 2, 3, 4, 5, 6, 8}:
        nudge = "Line 6 has nothing but spaces, so it is no record, and no error."
    answer.require(
        (told, answer.json()["accepted"]) == ({1, 2, 3, 4, 5, 8}, 1),
        "errors in the lines 1 to 5 and 8, and one record accepted",
        nudge=nudge,
    )
    answer.require(
        any(leads_to(["stops", 1, "km"], entry["loc"]) for entry in entries),
        'an error in line 8 with a `loc` that leads to ["stops", 1, "km"]',
        nudge="`loc` is the whole path that Pydantic's error has, with the numbers in it.",
    )
    # Characters at which `str.splitlines` divides a text, though it is one line for JSON Lines.
    odd = {**REPORT, "text": "Up\u2028and\u2029down\x85again"}
    lines = [json.dumps(odd, ensure_ascii=False), json.dumps(lacking(REPORT, "stars"))]
    answer = await post_lines(api, lines, last="")
    entries = entries_of(answer)
    answer.require(
        ([entry["line"] for entry in entries], answer.json()["accepted"]) == ([2], 1),
        "an error in line 2, and one record accepted",
        nudge="Only a line feed ends a line of JSON Lines. The text of line 1 has other characters at which "
        "`str.splitlines` divides a text; of bytes, or with `split`, it stays whole.",
    )
    answer.require(
        entries[0]["msg"] == "Field required",
        'the error of line 2 with "msg": "Field required"',
        nudge="`stars` is missing in line 2, and `msg` is what Pydantic says of that.",
    )
    full = {**TRAIL, "name": "Ä" * 60, "region": "Ñ" * 40}
    answer = await post_lines(api, [json.dumps(full, ensure_ascii=False)])
    utf8 = "The lines are UTF-8, in which each of these letters is two bytes. This record is good."
    answer.if_raised(UnicodeDecodeError, utf8)
    answer.expect(200, {"accepted": 1, "errors": []}, nudge=utf8)


@desk_app.check
async def tells_good_files_from_bad(api: Api) -> None:
    """POST /imports accepts all of good.jsonl and nothing of bad.jsonl"""
    for name, all_good in (("good.jsonl", True), ("bad.jsonl", False)):
        lines = lines_of(name)
        answer = await post_lines(api, lines)
        entries = entries_of(answer)
        accepted = answer.json()["accepted"]
        told = {entry["line"] for entry in entries}
        right = (len(lines), set()) if all_good else (0, set(range(1, len(lines) + 1)))
        odd = min(told ^ right[1], default=0)
        require(
            (accepted, told) == right,
            sent=f"POST /imports\n\nthe {len(lines)} lines of {name}"
            + (f"; line {odd} is\n{lines[odd - 1]}" if 0 < odd <= len(lines) else ""),
            came_back=f'"accepted": {accepted}, and errors in {len(told)} lines',
            expected=f'"accepted": {right[0]}, and errors in {len(right[1])} lines',
            nudge="Both endpoints should go by the same models: is there a line that POST /records "
            "judges otherwise?",
        )
