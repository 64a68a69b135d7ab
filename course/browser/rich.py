"""What a cell shows beside text: `display`, and the classes of `IPython.display` that people use.

IPython itself is not in the page: it would be fetched before the first cell could run. Its printer of plain
text is, because what a cell shows is to look the same here and on a desk.
"""

from __future__ import annotations

import base64
import importlib
import importlib.machinery
import io
import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

Output = dict[str, Any]

METHODS = {
    "text/html": "_repr_html_",
    "text/markdown": "_repr_markdown_",
    "image/svg+xml": "_repr_svg_",
    "image/png": "_repr_png_",
    "image/jpeg": "_repr_jpeg_",
    "text/latex": "_repr_latex_",
    "application/json": "_repr_json_",
}

emit: Callable[[Output], None] = lambda output: print(output.get("data", {}).get("text/plain", ""))  # noqa: E731
"""Where outputs go; the session sets it."""


def bundle(thing: object) -> dict[str, Any]:
    """`thing` by MIME types, as IPython would show it: plain text always, and all that it can do besides."""
    data: dict[str, Any] = {}
    if (made := _call(thing, "_repr_mimebundle_", include=None, exclude=None)) is not None:
        data.update(made[0] if isinstance(made, tuple) else made)
    for kind, method in METHODS.items():
        if kind not in data and (made := _call(thing, method)) is not None:
            made = made[0] if isinstance(made, tuple) else made
            data[kind] = base64.b64encode(made).decode() if isinstance(made, bytes) else made
    if "text/plain" not in data:
        data["text/plain"] = plain(thing)
    return data


def plain(thing: object) -> str:
    """The text by which IPython shows `thing`."""
    try:
        from IPython.lib.pretty import pretty
    except ImportError:
        return repr(thing)
    return str(pretty(thing))


def _call(thing: object, name: str, **options: object) -> Any:
    """What a method of that name gives; None if there is none, or if it raises, which is told."""
    if isinstance(thing, type):
        return None
    try:
        method = getattr(thing, name, None)
        # Some objects claim to have every attribute.
        if not callable(method) or callable(getattr(thing, "_course_has_no_such_method_", None)):
            return None
        return method(**options)
    except NotImplementedError:
        return None
    except Exception:
        traceback.print_exc(limit=-1)
        return None


def display(
    *things: object,
    raw: bool = False,
    include: object = None,
    exclude: object = None,
    metadata: dict[str, Any] | None = None,
    display_id: object = None,
    **_: object,
) -> None:
    """Show things below the cell, each as well as it can be shown."""
    for thing in things:
        if (show := getattr(thing, "_ipython_display_", None)) is not None and not isinstance(thing, type):
            show()
            continue
        data = thing if raw and isinstance(thing, dict) else bundle(thing)
        emit({"output_type": "display_data", "data": data, "metadata": metadata or {}})


def clear_output(wait: bool = False) -> None:
    """Take away what this cell has shown so far."""
    emit({"output_type": "clear_output", "wait": wait})


class DisplayObject:
    """Something that is shown as what it is: its data are of one MIME type."""

    kind = "text/plain"

    def __init__(
        self, data: Any = None, url: str | None = None, filename: str | None = None, **_: Any
    ) -> None:
        if filename is not None:
            data = Path(filename).read_bytes()
            data = data if self.kind.startswith("image/") and self.kind != "image/svg+xml" else data.decode()
        self.data = data
        self.url = url
        self.filename = filename

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {self.kind: self.data, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<IPython.core.display.{type(self).__name__} object>"


class HTML(DisplayObject):
    kind = "text/html"


class Markdown(DisplayObject):
    kind = "text/markdown"


class Latex(DisplayObject):
    kind = "text/latex"


class SVG(DisplayObject):
    kind = "image/svg+xml"


class Pretty(DisplayObject):
    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {"text/plain": self.data}


class JSON(DisplayObject):
    kind = "application/json"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        data = json.loads(self.data) if isinstance(self.data, str) else self.data
        return {self.kind: data, "text/plain": repr(self)}


class Code(DisplayObject):
    kind = "text/markdown"

    def __init__(self, data: Any = None, language: str = "python", **options: Any) -> None:
        super().__init__(data, **options)
        self.language = language

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {self.kind: f"```{self.language}\n{self.data}\n```", "text/plain": self.data}


class Image(DisplayObject):
    kind = "image/png"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        data = self.data if self.data is not None else b""
        kind = "image/jpeg" if data[:2] == b"\xff\xd8" else "image/png"
        return {kind: base64.b64encode(data).decode(), "text/plain": repr(self)}


class Shell:
    """What `get_ipython()` gives: enough to see that there is a notebook around."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.user_ns = namespace

    def __repr__(self) -> str:
        return "<the page of the lesson>"


def install(shell: Shell) -> None:
    """Have `import IPython` find what is here, and its printer of plain text."""
    real = importlib.machinery.PathFinder.find_spec("IPython")
    package = _module("IPython", get_ipython=lambda: shell, display=display, version_info=(9, 0, 0, ""))
    package.__path__ = list(real.submodule_search_locations or ()) if real else []
    shown: dict[str, Any] = {
        one.__name__: one for one in (HTML, Markdown, Latex, SVG, Pretty, JSON, Code, Image)
    }
    shown |= {"display": display, "clear_output": clear_output, "DisplayObject": DisplayObject}
    _module("IPython.display", **shown)
    _module("IPython.core.display", **shown)
    _module("IPython.core.getipython", get_ipython=lambda: shell)
    _module("IPython.core").__path__ = []


def _module(name: str, **content: Any) -> ModuleType:
    module = ModuleType(name)
    module.__dict__.update(content)
    sys.modules[name] = module
    return module


class Stream(io.TextIOBase):
    """Standard output or error of a cell: what is printed goes out soon, and at once when nobody turns."""

    def __init__(self, name: str, write: Callable[[str, str], None]) -> None:
        super().__init__()
        self._name = name
        self._write = write

    @property
    def name(self) -> str:
        return f"<{self._name}>"

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"

    @property
    def errors(self) -> str:  # type: ignore[override]
        return "replace"

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._write(self._name, text)
        return len(text)

    def flush(self) -> None: ...
