"""Runs a lesson's cells as a notebook's kernel does, and tells what comes of them as nbformat's outputs.

All cells share one namespace. `await` may stand anywhere; the value of the last expression is shown, unless
a semicolon follows it; errors are told with the learner's own lines.
"""

from __future__ import annotations
import __future__

import ast
import asyncio
import builtins
import contextlib
import inspect
import io
import linecache
import re
import sys
import time
import tokenize
from collections.abc import Callable, Iterator
from contextvars import copy_context
from types import CodeType, ModuleType
from typing import Any

from course.browser import rich
from course.browser.loops import home
from course.browser.rich import Output
from course.lessons import CourseError
from course.running.accidents import words_for
from course.running.tracebacks import learner_traceback, place

EVERY = 0.05
"""Seconds for which printed text may wait for more."""

AT_ONCE = 100
"""Lines of a cell that are shown as soon as they are printed: what comes next may never end."""

MOST = 400_000
"""Characters that one run of a cell may print; a page with more would no longer scroll."""

_FUTURES = [getattr(__future__, name).compiler_flag for name in __future__.all_feature_names]

JUPYTERS_OWN = [
    (
        r"\s*[%!]*\s*(pip3?|conda|uv|mamba)\b",
        "Nothing can be installed in this page. What the lessons use is here already, and comes when it is "
        "imported.",
    ),
    (
        r"\s*(!|%%(bash|sh|cmd|script)\b|%(system|sx)\b)",
        "A page in a browser has no other programs, so `!` has nothing to start. On your own computer it "
        "has: python3 run.py",
    ),
    (
        r"\s*%%?(timeit|time)\b",
        "`%timeit` belongs to Jupyter, and this page has Python alone: `time.perf_counter()` before and "
        "after tells how long something takes.",
    ),
    (
        r"\s*%",
        "Lines that begin with `%` belong to Jupyter, and this page has Python alone. On your own computer "
        "they work: python3 run.py",
    ),
    (
        r"\s*\?|.*\?\s*$",
        "`?` belongs to Jupyter, and this page has Python alone: `help(...)` tells the same.",
    ),
]
"""How a line begins that Jupyter understands and Python does not, and what to say of it."""

_INSTEAD = {
    "requests": "`httpx.get(...)` does the same, and so does the client that `serve(app)` returns.",
    "uvicorn": "`serve(app)` takes the place of `uvicorn.run(app)`.",
}
"""Libraries that are at a desk and not in a page, and what takes their place."""


class Cells:
    """The cells' one namespace, and the way to run them.

    Args:
        emit: called with each output as it comes.
    """

    def __init__(self, emit: Callable[[Output], None]) -> None:
        self.module = ModuleType("__main__")
        self.namespace: dict[str, Any] = self.module.__dict__
        self.namespace.update(__builtins__=builtins, display=rich.display, _="", __="", ___="")
        self.shell = rich.Shell(self.namespace)
        self.namespace["get_ipython"] = lambda: self.shell
        self.namespace["Out"] = {}
        self.count = 0
        self.last: BaseException | None = None
        """What the last cell raised."""
        self._emit = emit
        self._flags = 0
        self._context = copy_context()
        self._files: dict[str, str] = {}
        """The file name under which each cell was run last."""
        self._printed = ("", io.StringIO())
        self._flushed = 0.0
        self._left = MOST
        self._early = AT_ONCE
        self._flush_later: asyncio.TimerHandle | None = None

    def install(self) -> None:
        """Make this the process's `__main__`, and its streams the process's."""
        sys.modules["__main__"] = self.module
        sys.stdout = rich.Stream("stdout", self.write)
        sys.stderr = rich.Stream("stderr", self.write)
        builtins.input = _no_input
        rich.emit = self.emit
        rich.install(self.shell)

    async def run(self, source: str, name: str = "cell") -> bool:
        """Run one cell; `name` is what tracebacks call it. Returns whether it ended without an error."""
        task = home().create_task(self._run(source, name), context=self._context)
        return await task

    async def _run(self, source: str, name: str) -> bool:
        self.count += 1
        self.last = None
        self._left = MOST
        self._early = AT_ONCE
        filename = self._remember(source, name)
        try:
            body, last = self._compile(source, filename)
            for code in body:
                await self._execute(code)
            if last is not None:
                self._show(await self._execute(last))
        except BaseException as error:
            self.last = error
            self.emit(error_output(error, self._place))
        finally:
            self.flush()
        return self.last is None

    def _compile(self, source: str, filename: str) -> tuple[list[CodeType], CodeType | None]:
        """The cell's code, and that of its last expression if its value is to be shown."""
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | self._flags
        try:
            tree = compile(source, filename, "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
        except SyntaxError as error:
            if sentence := _jupyters_own(source, error):
                raise CourseError(sentence) from None
            raise
        assert isinstance(tree, ast.Module)
        last: CodeType | None = None
        tail: ast.Expression | None = None
        if tree.body and isinstance(expression := tree.body[-1], ast.Expr) and not _is_quiet(source):
            tree.body.pop()
            tail = ast.Expression(expression.value)
        code = compile(tree, filename, "exec", flags, dont_inherit=True)
        for feature in _FUTURES:  # as in a notebook, `from __future__` holds for what comes after
            self._flags |= code.co_flags & feature
        if tail is not None:
            flags |= self._flags
            last = compile(tail, filename, "eval", flags, dont_inherit=True)
        return [code], last

    def _remember(self, source: str, name: str) -> str:
        """Have tracebacks and `inspect.getsource` find the source, under a file name that is returned."""
        number = 1
        filename = f"<{name}>"
        lines = f"{source}\n".splitlines(keepends=True)
        while (known := linecache.getlines(filename)) and known != lines:
            # What an earlier version of the cell defined keeps its own lines.
            number += 1
            filename = f"<{name}, version {number}>"
        linecache.cache[filename] = (len(source), None, lines, filename)
        self._files[name] = filename
        return filename

    def _place(self, filename: str) -> str:
        """A file's name for a learner: a cell's own name, because an error may come from one further up."""
        for name, newest in self._files.items():
            if filename == newest:
                return name
            if filename == f"<{name}>" or filename.startswith(f"<{name}, version "):
                return f"{name} as it was before"
        return place(filename)

    async def _execute(self, code: CodeType) -> object:
        result = eval(code, self.namespace)
        # Only what was compiled with an `await` in it is a coroutine of ours to be awaited.
        if code.co_flags & inspect.CO_COROUTINE:
            return await result
        return result

    def _show(self, value: object) -> None:
        if value is None:
            return
        space = self.namespace
        space.update(___=space["__"], __=space["_"], _=value)
        space["Out"][self.count] = value
        if (show := getattr(value, "_ipython_display_", None)) is not None and not isinstance(value, type):
            show()
            return
        data = rich.bundle(value)
        self.emit(
            {
                "output_type": "execute_result",
                "data": data,
                "metadata": {},
                "execution_count": self.count,
            }
        )

    # What comes out

    def emit(self, output: Output) -> None:
        """Give out one output, after what was printed before it."""
        self.flush()
        self._emit(output)

    def write(self, stream: str, text: str) -> None:
        """Print: what goes to another stream than before sends off what went to that one."""
        if self._left < 0:
            return
        self._left -= len(text)
        if self._left < 0:
            text = f"{text[: self._left]}\n… (this page shows no more of what this cell prints)\n"
        if self._printed[0] != stream:
            self.flush()
            self._printed = (stream, io.StringIO())
        self._printed[1].write(text)
        if text.endswith("\n") and (self._early > 0 or time.monotonic() - self._flushed > EVERY):
            self._early -= 1
            self.flush()
        elif self._flush_later is None:
            self._flush_later = home().call_later(EVERY, self.flush)

    def flush(self) -> None:
        """Send off what was printed."""
        if self._flush_later is not None:
            self._flush_later.cancel()
            self._flush_later = None
        stream, buffer = self._printed
        self._printed = ("", io.StringIO())
        self._flushed = time.monotonic()
        if text := buffer.getvalue():
            self._emit({"output_type": "stream", "name": stream, "text": text})

    @contextlib.contextmanager
    def silence(self) -> Iterator[None]:
        """Give out nothing of what this block shows and prints."""
        self.flush()
        emit, self._emit = self._emit, lambda output: None
        try:
            yield
        finally:
            self.flush()
            self._emit = emit

    @contextlib.contextmanager
    def capture(self, most: int) -> Iterator[list[str]]:
        """Keep what is printed inside this block, up to so many characters; the list holds it at the end."""
        printed: list[str] = []
        kept: list[str] = []
        size = 0

        def keep(_: str, text: str) -> None:
            nonlocal size
            kept.append(text[: max(0, most - size)])
            size += len(text)

        before = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = rich.Stream("stdout", keep), rich.Stream("stderr", keep)
        try:
            yield printed
        finally:
            sys.stdout, sys.stderr = before
            text = "".join(kept).rstrip()
            printed.append(f"{text}\n… ({size - most:,} characters more)" if size > most else text)


def error_output(error: BaseException, place: Callable[[str], str] = place) -> Output:
    """An error as an output: the learner's own lines of it, and a sentence where the page has to say one."""
    name, message = type(error).__name__, str(error)
    if isinstance(error, CourseError):
        lines = [message]
    else:
        lines = learner_traceback(error, place).splitlines()
        if sentence := _what_the_page_says(error):
            lines.append(sentence)
    return {"output_type": "error", "ename": name, "evalue": message, "traceback": lines}


def _what_the_page_says(error: BaseException) -> str:
    match error:
        case MemoryError():
            return (
                "The page has no memory left for this. Stop the lesson to have an empty one; your text stays."
            )
        case ModuleNotFoundError(name=str(name)):
            top = name.partition(".")[0]
            if top in _INSTEAD:
                return f"`{top}` is not in this page: {_INSTEAD[top]}"
            return f"This page brings the libraries that the lessons use; `{top}` is not among them."
        case SystemExit():
            return "Your code asked Python to end. It goes on, so that the other cells can still run."
    return words_for(error)


def _is_quiet(source: str) -> bool:
    """Whether a semicolon stands behind the last expression: then its value is not shown."""
    last = ""
    with contextlib.suppress(tokenize.TokenError, IndentationError):
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.OP:
                last = token.string
            elif token.type not in (
                tokenize.COMMENT,
                tokenize.NL,
                tokenize.NEWLINE,
                tokenize.ENDMARKER,
                tokenize.INDENT,
                tokenize.DEDENT,
            ):
                last = ""
    return last == ";"


def _jupyters_own(source: str, error: SyntaxError) -> str:
    """What to say of the line that Python does not understand, if Jupyter would."""
    lines = source.splitlines()
    suspects = [lines[error.lineno - 1]] if error.lineno and error.lineno <= len(lines) else []
    suspects += [line for line in lines if re.match(r"\s*[%!]", line)]
    for line in suspects:
        for pattern, sentence in JUPYTERS_OWN:
            if re.match(pattern, line):
                return sentence
    return ""


def _no_input(prompt: object = "", /) -> str:
    raise EOFError("input() waits for a keyboard, and a cell in the page has none: write the value down.")
