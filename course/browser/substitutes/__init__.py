"""Modules in place of packages that are compiled and that nobody has compiled for the page.

Each has what the course's lessons and their libraries use of the package, under the package's own name. And
what a module needs changed in it for a place without threads is changed when it is imported.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

NAMES = ("_argon2_cffi_bindings", "greenlet", "rpds")
"""Modules that are here."""

CHANGED = {"aiosqlite.core": "aiosqlite"}
"""Modules that are changed after their import: each with the module here whose `change` does that."""

Argon2 = Callable[[int, bytes, bytes, int, int, int, int, int], bytes]
"""Of type (0 d, 1 i, 2 id), password, salt, passes, KiB of memory, lanes, length of the hash, version."""

argon2: Argon2 | None = None
"""What computes an Argon2 hash; the bridge sets it."""


class Substitutes:
    """Finds them, where the real ones are not."""

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name in NAMES:
            return importlib.util.spec_from_loader(name, cls)  # type: ignore[arg-type]
        if name in CHANGED:
            for finder in sys.meta_path:
                find: Any = getattr(finder, "find_spec", None)
                if finder is not cls and find and (spec := find(name, path, target)):
                    spec.loader = _Then(spec.loader, CHANGED[name])
                    return spec  # type: ignore[no-any-return]
        return None

    @staticmethod
    def create_module(spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return importlib.import_module(f"{__name__}.{spec.name}")

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """It has been executed already, under its longer name."""


class _Then:
    """Another loader, and a change of what it has loaded."""

    def __init__(self, loader: Any, change: str) -> None:
        self._loader = loader
        self._change = change

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        importlib.import_module(f"{__name__}.{self._change}").change(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


def install() -> None:
    """Have imports find the substitutes."""
    if Substitutes not in sys.meta_path:
        sys.meta_path.insert(0, Substitutes)


def uninstall() -> None:
    """Take them out again; tests need that."""
    sys.meta_path.remove(Substitutes)
    for name in NAMES:
        if getattr(sys.modules.get(name), "__name__", name) != name:
            del sys.modules[name]
