"""The trails contract, as one suite of requests over HTTP: it knows of no framework.

`await judge(client)` asks a server that holds no trail yet, and returns a `Result` for each point.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx

LAKE = {"name": "Lake Loop", "length_km": 6.5, "difficulty": "easy"}
RIDGE = {"name": "Ridge", "length_km": 18.0, "difficulty": "hard"}

REFUSED = (400, 422)
"""What a wrong request may get: frameworks differ, and the contract leaves it open."""

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Result:
    """One point of the contract, and how a server kept it."""

    point: str
    status: int
    kept: bool
    method: str
    path: str


async def judge(client: httpx.AsyncClient) -> list[Result]:
    """Ask everything that the contract says of a server that has no trail yet."""
    return [result async for result in _points(client)]


async def _points(client: httpx.AsyncClient) -> AsyncIterator[Result]:
    async def ask(
        point: str, method: str, path: str, statuses: tuple[int, ...], body: Any = ..., **sent: Any
    ) -> Result:
        answer = await client.request(method, path, **sent)
        kept = answer.status_code in statuses and (body is ... or body == _json(answer))
        template = "/trails" if path.partition("?")[0] == "/trails" else "/trails/{}"
        return Result(point, answer.status_code, kept, method, template)

    yield await ask("an empty list", "GET", "/trails", (200,), [])

    created = await client.post("/trails", json=LAKE)
    made = _json(created)
    number = made.get("id") if isinstance(made, dict) else None
    kept = created.status_code == 201 and type(number) is int and made == {"id": number, **LAKE}
    yield Result("create", created.status_code, kept, "POST", "/trails")

    one, lake = f"/trails/{number}", {"id": number, **LAKE}
    other = _json(await client.post("/trails", json=RIDGE))
    both = [lake, other]
    yield await ask("list", "GET", "/trails", (200,), both)
    yield await ask("list up to a length", "GET", "/trails?max_km=10", (200,), [lake])
    yield await ask("the length itself is inside", "GET", "/trails?max_km=18", (200,), both)
    yield await ask("a length that is a word", "GET", "/trails?max_km=far", REFUSED)
    yield await ask("read", "GET", one, (200,), lake)
    yield await ask("read what is not there", "GET", "/trails/999999", (404,))
    yield await ask("an id that is a word", "GET", "/trails/abc", (404, 422))

    wrong = [
        ("a field is missing", {"name": "Lake Loop", "length_km": 6.5}),
        ("an empty name", LAKE | {"name": ""}),
        ("a length below the limit", LAKE | {"length_km": 0}),
        ("a length above the limit", LAKE | {"length_km": 1000.5}),
        ("a length that is a word", LAKE | {"length_km": "far"}),
        ("another difficulty", LAKE | {"difficulty": "steep"}),
    ]
    for point, body in wrong:
        yield await ask(point, "POST", "/trails", REFUSED, json=body)
    yield await ask("a body that is no JSON", "POST", "/trails", REFUSED, content="{", headers=JSON)
    yield await ask("nothing was stored of that", "GET", "/trails", (200,), both)

    longer = LAKE | {"length_km": 7.25}
    yield await ask("replace", "PUT", one, (200,), {"id": number, **longer}, json=longer)
    yield await ask("replace by something wrong", "PUT", one, REFUSED, json=LAKE | {"length_km": -1})
    yield await ask("replace what is not there", "PUT", "/trails/999999", (404,), json=LAKE)
    yield await ask("it was replaced", "GET", one, (200,), {"id": number, **longer})
    yield await ask("delete", "DELETE", one, (204,), None)
    yield await ask("delete it again", "DELETE", one, (404,))
    yield await ask("the other one is still there", "GET", "/trails", (200,), [other])
    yield await ask("a method that it does not have", "PATCH", "/trails", (404, 405), json=LAKE)


def _json(answer: httpx.Response) -> Any:
    """The body as Python data; None where it is empty or no JSON."""
    try:
        return json.loads(answer.content)
    except ValueError:
        return None
