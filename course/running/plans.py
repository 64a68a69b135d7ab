"""What an app's endpoints need, as FastAPI has worked it out: the plan that it keeps for each of them.

    needs(app)  # [("GET /trails", "page"), ("page", "get_settings"), ...], as `Graph` draws it

This reads FastAPI's inside, which is not documented: what changes there is mended here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from fastapi.dependencies.models import Dependant


class Plan(NamedTuple):
    """An endpoint and what is called before it."""

    method: str
    path: str
    """As its decorator has it, behind the prefixes of its routers."""
    dependant: Dependant

    def fits(self, method: str, path: str) -> bool:
        """Whether a request with this method and path comes to this endpoint."""
        parts = re.split(r"(\{[^}]*\})", self.path)
        pattern = "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in parts)
        return method == self.method and re.fullmatch(pattern, path) is not None


def plans(app: Any) -> Iterator[Plan]:
    """The plans of all endpoints, also of those that came with a router, in the order of the routes.

    Endpoints of mounted apps are left out, as are those that FastAPI has not planned.
    """
    from fastapi.routing import iter_route_contexts

    for route in iter_route_contexts(app.routes):
        # A router's own dependencies stand in this plan, and not in the one of the route as it was declared.
        if dependant := getattr(route, "dependant", None):
            for method in sorted(route.methods or ()):
                yield Plan(method, route.path or "", dependant)


def needed(dependant: Dependant) -> Iterator[Dependant]:
    """All that a plan calls, depth first: what something needs comes right after it."""
    for inner in dependant.dependencies:
        yield inner
        yield from needed(inner)


def name_of(call: Callable[..., Any] | None) -> str:
    """What a dependency is called: a function's or a class's name, or else that of an object's class."""
    return str(getattr(call, "__name__", type(call).__name__))


def needs(app: Any) -> list[tuple[str, str]]:
    """Who needs whom in this app, endpoints first, in the form that `Graph` takes."""
    found = []

    def follow(name: str, dependant: Dependant) -> None:
        for inner in dependant.dependencies:
            found.append((name, name_of(inner.call)))
            follow(name_of(inner.call), inner)

    for plan in plans(app):
        follow(f"{plan.method} {plan.path}", plan.dependant)
    return found
