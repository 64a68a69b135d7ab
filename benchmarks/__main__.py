"""`python -m benchmarks`: run them and print the table."""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil

from rich.console import Console

import benchmarks
from benchmarks.common import Row, table


def main() -> None:
    names = [
        m.name for m in pkgutil.iter_modules(benchmarks.__path__) if m.name not in ("common", "__main__")
    ]
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure the course beside its floors."
    )
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(names)}; without: all")
    parser.add_argument("--repeat", type=int, default=5, metavar="N", help="times that each is measured (5)")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(names):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    if arguments.repeat < 1:
        parser.error("--repeat takes 1 or more")
    # Learners have the byte code of what they import, whatever this shell is set to.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    rows: list[Row] = []
    progress = Console(stderr=True)
    for name in arguments.names or names:
        with progress.status(f"{name}, {arguments.repeat} times"):
            rows += importlib.import_module(f"benchmarks.{name}").run(arguments.repeat)
    if rows:  # some print a table of their own
        Console().print(table(rows))


if __name__ == "__main__":
    main()
