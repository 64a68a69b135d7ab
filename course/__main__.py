"""The command line's entry: `course`, `python -m course` and `run.py` all come here."""

from __future__ import annotations

import contextlib
import os
import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    worker = None
    if sys.argv[1:2] == ["check"] and not {"-h", "--help"} & set(sys.argv):
        # Importing FastAPI is most of the time that a check takes: it starts before we load anything.
        # A worker that gets no job ends by itself.
        from course.judging.child import Worker

        worker = Worker()
    try:
        import course.making.cli
        import course.teaching.cli  # noqa: F401  (both add their commands)
        from course.desk.cli import run

        code = run(worker)
    except KeyboardInterrupt:
        code = 130
    if worker is not None:
        # What Python tidies up at its end, and nobody misses, takes a thirtieth of a check.
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):  # nobody reads any more
                stream.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    main()
