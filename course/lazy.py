"""Names of a package that are imported at their first use: a command line would wait for them otherwise."""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing takes as long as all the rest here
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def names_from(package: str, homes: dict[str, str]) -> Callable[[str], Any]:
    """A module's `__getattr__` that finds `name` in the module `homes[name]`, relative to `package`."""

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(f"{package}.{homes[name]}"), name)

    return find
