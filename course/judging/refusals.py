"""What a learner's app says when it answers otherwise than wanted, read as data and put into words.

A check's own nudge knows the exercise; what stands here knows HTTP and FastAPI, and is said where a check has
no evidence of another cause.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from course.judging.api import Answer, Api

Paths = dict[str, dict[str, Any]]
"""An OpenAPI document's paths: for each path its methods, for each method its description."""


@dataclass(frozen=True)
class Complaint:
    """One entry of a 422: a value that the app refuses, and why."""

    loc: tuple[str | int, ...]
    """The part of the request, then the way to the value in it: at least one item."""
    type: str
    """The kind of error, such as `missing`; empty where the entry names none."""
    msg: str
    input: Any
    """What was sent; None where the entry does not say."""

    @property
    def missing(self) -> bool:
        """Whether there was no value at all; a format without types is judged by its words."""
        return self.type == "missing" or (not self.type and self.msg == "Field required")

    @property
    def place(self) -> str:
        """The part of the request: `path`, `query`, `header`, `cookie` or `body`."""
        return str(self.loc[0])

    @property
    def name(self) -> str:
        """The way to the value within that part, such as `stops.1.km`; empty if the whole part is meant."""
        return ".".join(map(str, self.loc[1:]))


def complaints(answer: Answer) -> list[Complaint]:
    """The entries of a 422; none for any other answer.

    They stand in `detail`, where FastAPI has them, or in `errors`, where an error format of the app's own
    has them in this course. Entries without a `loc` are left out: an app may write what it likes.
    """
    body = answer.json()
    if answer.status_code != 422 or not isinstance(body, dict):
        return []
    own = body.get("errors")
    entries = own if isinstance(own, list) else body.get("detail")
    return [
        Complaint(tuple(e["loc"]), str(e.get("type", "")), str(e.get("msg", "")), e.get("input"))
        for e in (entries if isinstance(entries, list) else [])
        if isinstance(e, dict) and isinstance(e.get("loc"), list) and e["loc"]
    ]


async def explained(api: Api, answer: Answer, status: int | None) -> str:
    """One or two sentences on why the answer to a right request has another status than the one wanted.

    Args:
        api: the app that gave the answer; it may be asked for its `/openapi.json`.
        answer: what came back.
        status: the status code that was wanted.

    Returns:
        Empty if the answer tells nothing about the cause.
    """
    match answer.status_code:
        case 200 if status == 201:
            return "Something new has come into being: `status_code=201` in the decorator says so."
        case 200 if status == 204:
            return "It was done, and there is nothing to say about it: that is 204, not 200."
        case 404:
            return await _not_found(api, answer, refusal=status is not None and status >= 400)
    for complaint in complaints(answer):
        if complaint.place == "body" and (words := await _of_another_kind(api, answer)):
            return words
        return await _refused(api, complaint)
    return misdirected(answer)


def misdirected(answer: Answer) -> str:
    """What a 307 or a 405 says of the app's paths and methods; empty for any other answer."""
    match answer.status_code:
        case 307 if _only_a_slash(answer):
            return "Your path and this one differ by a slash at the end. Write it as the brief does."
        case 405:
            method = answer.response.request.method.lower()
            return (
                f"The path is there, but not for this method: no decorator with this path says `.{method}`."
            )
    return ""


def _only_a_slash(answer: Answer) -> bool:
    """Whether a redirect leads to the path that was asked for, with or without a slash at its end."""
    asked = answer.response.request.url
    there = asked.join(answer.headers.get("location", ""))
    another = (there.netloc, there.path) != (asked.netloc, asked.path)
    return another and (there.netloc, there.path.rstrip("/")) == (asked.netloc, asked.path.rstrip("/"))


async def _not_found(api: Api, answer: Answer, refusal: bool) -> str:
    """What to say of a 404: the router's, if no endpoint has this path, or else the app's own.

    Where a refusal was wanted, an own 404 is one with another code, of which the check knows more.
    """
    body = answer.json()
    said = body.get("detail") if isinstance(body, dict) else answer.text
    paths = await _paths_of(api) if said == "Not Found" else {}
    if said != "Not Found":
        if refusal:
            return ""
        return "This 404 is your own code's: a line of it says that something is not there."
    # An endpoint's own `HTTPException(404)` without words says the same as the router.
    if any(_fits(path, answer.response.request.url.path) for path in paths):
        return (
            "The docs of this app have this path: either your code raised this 404, or the request did not "
            "reach the endpoint."
        )
    if any("?" in path for path in paths):
        return (
            "The part after `?` never stands in the decorator: "
            "what is in the query reaches the parameters of the function by itself."
        )
    return (
        "No endpoint of this app seems to have this path. Compare your paths with the brief, letter "
        "by letter, and the app in the decorator with the one that is checked."
    )


FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


async def _of_another_kind(api: Api, answer: Answer) -> str:
    """What to say if an endpoint wants a form and was sent JSON, or the other way round; else empty.

    Fields of a form and of JSON have the same place in a 422, so that only the docs tell one from the other.
    """
    request = answer.response.request
    sent = _kind(request.headers.get("content-type", ""))
    wanted = {
        _kind(content)
        for path, methods in (await _paths_of(api)).items()
        if _fits(path, request.url.path)
        for content in methods.get(request.method.lower(), {}).get("requestBody", {}).get("content", {})
    }
    if sent == "JSON" and wanted == {"a form"}:
        return "Your endpoint takes a form, and this request sends JSON: `Form` or `File` makes it so."
    if sent == "a form" and wanted == {"JSON"}:
        return "Your endpoint takes JSON, and this request sends a form."
    return ""


def _kind(content_type: str) -> str:
    """`JSON`, `a form`, or a content type as it is."""
    name = content_type.partition(";")[0].strip().lower()
    return "a form" if name in FORMS else "JSON" if name.endswith("json") else name


async def _refused(api: Api, complaint: Complaint) -> str:
    """What to say of a value that was refused and should not be."""
    place, name = complaint.place, complaint.name
    by_hand = complaint.msg.startswith(("Value error, ", "Assertion failed, "))
    if not name and complaint.missing:
        return f"Your endpoint requires a {place}, and this request has none."
    if not name and by_hand:
        return f"A validator of yours refuses this {place} as a whole, and it keeps to the rules."
    if not name:
        return f"Your endpoint expects another shape of the {place}: look at the type of its parameter."
    if complaint.missing:
        nudge = f"Your endpoint requires `{name}` in the {place}, and this request does not send it there."
        gap = _gap_in(await _paths_of(api)) if place == "query" else ""
        return f"{nudge} The path says `{{{gap}}}`: use the same name." if gap else nudge
    if complaint.type == "extra_forbidden":
        return f"Your endpoint does not know `{name}` in the {place}: compare its names with the brief."
    if by_hand:
        return f"A validator of yours refuses `{name}` in the {place}, and it keeps to the rules."
    hint = "its type hint"
    if not complaint.type.endswith(("_type", "_parsing", "_from_float")):
        hint = "its type hint and the limits in it"
    return f"Your endpoint refuses the value of `{name}` in the {place}: look at {hint}."


async def _paths_of(api: Api) -> Paths:
    """The app's paths, as its `/openapi.json` has them; none if it publishes none."""
    schema = (await api.get("/openapi.json")).json()
    paths = schema.get("paths") if isinstance(schema, dict) else None
    return paths if isinstance(paths, dict) else {}


def _fits(template: str, path: str) -> bool:
    """Whether a path is one of those that `/trails/{trail_id}` stands for."""
    parts = re.split(r"(\{[^}]*\})", template)
    return bool(re.fullmatch("".join("[^/]+" if p.startswith("{") else re.escape(p) for p in parts), path))


def _gap_in(paths: Paths) -> str:
    """A name in curly brackets in a path that no function takes; empty if there is none."""
    for path, methods in paths.items():
        for endpoint in methods.values():
            taken = {value["name"] for value in endpoint.get("parameters", ()) if value["in"] == "path"}
            for name in re.findall(r"\{(\w+)\}", path):
                if name not in taken:
                    return str(name)
    return ""
