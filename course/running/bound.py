"""Run as `python -m course.running.bound <signal> <module> <arguments>`: a module that ends with its parent.

Its standard input is a pipe whose other end the parent holds. However the parent ends, the system closes that
end; then the process sends itself the signal, or ends at once where there are no signals.
"""

from __future__ import annotations

import contextlib
import os
import runpy
import signal
import subprocess
import sys
import threading
from typing import Any


def main() -> None:
    """Run the module named on the command line until it ends, or until standard input is closed."""
    ends_on = signal.Signals[sys.argv[1]]
    threading.Thread(target=_end_with_stdin, args=(ends_on,), daemon=True).start()
    del sys.argv[:2]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _end_with_stdin(ends_on: signal.Signals) -> None:
    while os.read(0, 1024):
        pass
    if sys.platform == "win32":
        os._exit(0)
    os.kill(os.getpid(), ends_on)


def end_all(process: subprocess.Popen[Any]) -> None:
    """End a process that leads a group of its own, and all that it started. Returns when it is gone."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            tree = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
            subprocess.run(tree, capture_output=True, check=False)
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


if __name__ == "__main__":
    main()
