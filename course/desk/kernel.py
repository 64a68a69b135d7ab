"""What a kernel of the course's environment begins with, whoever starts it: its PATH, words for accidents.

`environment/` has the setting that names this module; it is laid in the environment when the course is
installed.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from course.lessons import Cell, cells_of, parsed
from course.running.accidents import KINDS, NOT_RUN, words_for

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Called by IPython when a kernel starts, before its first cell."""
    folder = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", os.defpath)
    if path.split(os.pathsep)[0] != folder:  # `!pip` and `!fastapi` are this environment's
        os.environ["PATH"] = os.pathsep.join([folder, path])
    shell.set_custom_exc((NameError, *KINDS), _show)


def _show(
    shell: InteractiveShell,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType,
    tb_offset: int | None = None,
) -> None:
    """Show an error as IPython does, with words below it where it is an accident."""
    if isinstance(error, ModuleNotFoundError):
        from course.desk.packages import instead_of  # for which each kernel's start would wait

        if lines := instead_of(error.name or ""):
            print(*lines, sep="\n", file=sys.stderr)
            return
    if words := _never_made(shell, error) or words_for(error):
        error.add_note(words)
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset, running_compiled_code=True)


def _never_made(shell: InteractiveShell, error: BaseException) -> str:
    """What to say of a name that a cell above makes, when that cell was not run in this kernel."""
    if not isinstance(error, NameError) or not error.name:
        return ""
    if shell.history_manager is None:
        return ""
    run = [source.strip() for source in shell.history_manager.input_hist_raw]
    for above in _cells_above(run[-1]):
        if any(cell.source.strip() not in run and error.name in _made_by(cell.source) for cell in above):
            return f"{NOT_RUN} In the menu Run, choose Run All Above Selected Cell."
    return ""


def _cells_above(this: str) -> Iterator[list[Cell]]:
    """Of each notebook here the code cells above the one with the source `this`, or all of them."""
    for path in Path.cwd().glob("*.ipynb"):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):  # damaged
            cells = [
                cell for cell in cells_of(json.loads(path.read_text(encoding="utf-8"))) if cell.kind == "code"
            ]
            sources = [cell.source.strip() for cell in cells]
            yield cells[: sources.index(this)] if this in sources else cells


def _made_by(source: str) -> set[str]:
    """The names that a cell gives a value, wherever in it."""
    names: set[str] = set()
    with contextlib.suppress(SyntaxError, ValueError):
        for node in ast.walk(parsed(source)):
            match node:
                case ast.Name(id=name, ctx=ast.Store()):
                    names.add(name)
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    names.add(name)
                case ast.alias(name=name, asname=other):
                    names.add(other or name.partition(".")[0])
    return names
