#!/usr/bin/env python3
"""The course's command line, for a machine that has Python and nothing else.

    python3 run.py            open the next lesson
    python3 run.py --help     everything else

The first start makes `.venv` beside this file and installs into it what the lock names. Later
starts find the stamp that the first one left, and hand over at once. What a single lesson needs besides
is added when that lesson is opened: the course calls `run.py add LOCK` then.

Only the standard library, in a syntax that any Python reads: an old one must get as far as saying
that it is too old.
"""

# ruff: noqa: RUF005  (an old Python reads no [*unpacked] list)
from __future__ import print_function

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "The course needs Python 3.11 or newer, and this is Python {}.{}: install a newer one "
        "from https://www.python.org/downloads/ and start again with it.".format(*sys.version_info)
    )

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from subprocess import DEVNULL, PIPE

WINDOWS = sys.platform == "win32"
BASE = str(getattr(sys, "_base_executable", sys.executable))  # the one outside any environment
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
UV = PYTHON.with_name("uv.exe" if WINDOWS else "uv")
STAMP = VENV / "course-installed.json"
LOG = VENV / "course-install.log"
TURN = VENV / "course-install.lock"

LEARNER, MAINTAINER = "requirements.txt", "requirements-dev.txt"
ADD = "add"  # the course's own word for `add`, below
MAINTAINER_COMMANDS = ("assets", "build", "drift", "lock", "new", "site", "test")

# The locks are complete, so nothing is resolved: what they name is what gets installed.
UV_INSTALL = [str(UV), "pip", "install", "--python", str(PYTHON), "--no-deps"]
PIP_INSTALL = [
    "install",
    "--no-deps",
    "--no-user",
    "--no-input",
    "--progress-bar=off",
    "--disable-pip-version-check",
]

DISK_FULL = "The disk is full: make room (about 1 GB), then start again."
NO_PERMISSION = (
    "No permission to write to {}: allow it, close what uses it or move the course, then start again."
)

# What the output of an installer tells of the cause, and what to do about it.
REMEDIES = (
    (r"no space left|not enough space|quota exceeded", DISK_FULL),
    (r"permission denied|access is denied|read-only file system", NO_PERMISSION.format(VENV)),
    (
        r"no module named '?(ensurepip|venv)\b|ensurepip is (not available|disabled)",
        "This Python has neither pip nor ensurepip: install one of them (on Debian and Ubuntu: "
        "apt install python{}.{}-venv), then start again.".format(*sys.version_info),
    ),
    (
        r"connection (broken|refused|reset|aborted)|failed to establish|name resolution|dns error"
        r"|error sending request|max retries exceeded|network is unreachable|timed out",
        "The package index cannot be reached: check the internet connection (and the proxy, "
        "if there is one), then start again.",
    ),
)


class Stop(Exception):
    """The set-up cannot go on; the message is the sentence that says what to do."""


def main(arguments):
    # type: (list[str]) -> int
    """Run the course's command line; return its exit code where the system cannot become it."""
    os.environ["COURSE_PROG"] = "py run.py" if WINDOWS else "python3 run.py"
    command = next((word for word in arguments if not word.startswith("-")), "")
    maintains = command in MAINTAINER_COMMANDS and not {"-h", "--help"}.intersection(arguments)
    lock = MAINTAINER if maintains else LEARNER
    try:
        if command == ADD:
            return add(arguments[1:])
        if not is_installed(lock):
            if Path(sys.prefix).resolve() == VENV:  # activated: nobody renews what they stand on
                return become([BASE, str(ROOT / "run.py")] + arguments)
            VENV.mkdir(exist_ok=True)
            with TURN.open("a") as turn:
                wait_for(turn.fileno())
                if not is_installed(lock):
                    set_up(lock)
        return become([str(PYTHON), "-P", "-m", "course"] + arguments)
    except KeyboardInterrupt:
        say("Interrupted: the next start begins the set-up anew.")
        return 128 + signal.SIGINT
    except Stop as stop:
        say(str(stop))
    except OSError as error:
        say(explain(error))
    return 1


def is_installed(lock):
    # type: (str) -> bool
    """Whether the environment holds what the lock and pyproject.toml ask for now."""
    return read_stamp().get(lock) == digest(lock)


def digest(lock):
    # type: (str) -> str
    content = (ROOT / lock).read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    return hashlib.sha256(content).hexdigest()


def read_stamp():
    # type: () -> dict[str, str]
    """The stamp of an environment made whole, here, by such a Python; {} for any other."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    fits = stamp.get("folder") == str(ROOT) and stamp.get("python") == EXTENSION_SUFFIXES[0]
    return stamp if fits and PYTHON.exists() and Path(stamp["base"]).exists() else {}


def write_stamp(lock):
    # type: (str) -> None
    stamp = {
        "folder": str(ROOT),
        "python": EXTENSION_SUFFIXES[0],  # tells implementation, version, system and C library
        "base": BASE,
        LEARNER: digest(LEARNER),  # contained in the other one
        lock: digest(lock),
    }
    whole = STAMP.with_suffix(".new")
    whole.write_text(json.dumps(stamp, indent=2) + "\n", encoding="utf-8")
    whole.replace(STAMP)


def wait_for(turn):
    # type: (int) -> None
    """Lock the open file once no other start holds it; the system lets go however this one ends."""
    told = False
    while True:
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(turn, msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except (BlockingIOError, PermissionError):  # the second is what Windows says
            if not told:
                say("Another start is setting up the course: waiting for it.")
            told = True
            time.sleep(0.2)
        except OSError:  # a file system that has no locks
            return


def set_up(lock):
    # type: (str) -> None
    """Make the environment, or bring a sound one up to date; the stamp comes last."""
    started = time.monotonic()
    sound = bool(read_stamp())
    STAMP.unlink(missing_ok=True)  # so that the next start notices if this one does not end well
    say("{} the course in {}".format("Updating" if sound else "Setting up", VENV))
    if not sound:
        clear()
        must("Python environment", [sys.executable, "-m", "venv", "--without-pip", str(VENV)])
    pip = find_pip()
    listing = subprocess.Popen(pip + ["config", "list"], stdout=PIPE, stderr=DEVNULL, text=True)
    must("Installer", pip + PIP_INSTALL + ["--require-hashes", "--requirement", pin_of_uv(lock)])
    environment = uv_environment(listing.communicate()[0])
    install("Packages", ["--require-hashes", "--requirement", str(ROOT / lock)], pip, environment)
    install("The course itself", ["--no-build-isolation", "--editable", str(ROOT)], pip, environment)
    write_stamp(lock)
    say("Ready after {:.0f} seconds.\n".format(time.monotonic() - started))


def add(locks):
    # type: (list[str]) -> int
    """Install more locks into the environment, which is there; return the exit code."""
    with TURN.open("a") as turn:
        wait_for(turn.fileno())
        pip = find_pip()
        settings = subprocess.run(
            pip + ["config", "list"], stdout=PIPE, stderr=DEVNULL, text=True, check=False
        )
        environment = uv_environment(settings.stdout)
        for lock in locks:
            what = ["--require-hashes", "--requirement", str(ROOT / lock)]
            install("Packages", what, pip, environment)
    return 0


def install(label, what, pip, environment):
    # type: (str, list[str], list[str], dict[str, str]) -> None
    """Install with uv or, where that fails, with pip; raise Stop with the remedy if both do."""
    if not run(label, UV_INSTALL + what, environment):
        must("  once more, with pip", pip + PIP_INSTALL + what)  # may know an index uv does not


def clear():
    # type: () -> None
    """Empty the environment, but for the lock that this start holds."""
    entries = [entry for entry in VENV.iterdir() if entry != TURN]
    if entries:
        say("  Removing what is there: it is unfinished, or from another folder or Python")
    for entry in entries:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def find_pip():
    # type: () -> list[str]
    """The command of a pip that installs into the environment: this Python's, or one put there."""
    from importlib import metadata

    with contextlib.suppress(metadata.PackageNotFoundError):
        if int(metadata.version("pip").partition(".")[0]) >= 23:  # knows --python
            return [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    must("pip", [str(PYTHON), "-m", "ensurepip"])
    return [str(PYTHON), "-m", "pip"]


def pin_of_uv(lock):
    # type: (str) -> str
    """The path of a lock that holds uv alone."""
    pin = re.search(r"^uv==(.*\\\n)*.*\n", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE)
    path = VENV / "uv.txt"
    path.write_text(pin.group() if pin else "", encoding="utf-8")
    return str(path)


def uv_environment(settings):
    # type: (str) -> dict[str, str]
    """The variables for uv, with the mirror and the certificates of pip, whose settings are given."""
    of_pip = dict(re.findall(r"^(?:global|install)\.([a-z-]+)='(.*)'$", settings, re.MULTILINE))
    of_uv = {"UV_SYSTEM_CERTS": "1"}
    for name, variable in (("index-url", "UV_DEFAULT_INDEX"), ("cert", "SSL_CERT_FILE")):
        value = os.environ.get("PIP_" + name.upper().replace("-", "_")) or of_pip.get(name)
        if value:
            of_uv[variable] = value
    return dict(of_uv, **os.environ)


def must(label, command):
    # type: (str, list[str]) -> None
    """Run a step that nothing can replace; raise Stop with the remedy if it fails."""
    if run(label, command):
        return
    output = LOG.read_text(encoding="utf-8", errors="replace")
    for pattern, remedy in REMEDIES:
        if re.search(pattern, output, re.IGNORECASE):
            raise Stop(remedy)
    say("\n".join(output.splitlines()[-12:]))
    raise Stop("The installer failed: mend what its last lines, above, name, then start again.")


def run(label, command, environment=None):
    # type: (str, list[str], dict[str, str] | None) -> bool
    """Run a step with its output in the log, and show its seconds; tell whether it succeeded."""
    started = time.monotonic()
    line = "  {:.<28}".format(label + " ")
    say(line, end="")
    line = "\r" + line if sys.stderr.isatty() else ""  # a log shows a line once
    with LOG.open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=DEVNULL, stdout=log, stderr=log)
    try:
        while process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.2)
            if line:
                say("{}{:5.0f} s".format(line, time.monotonic() - started), end="")
    except KeyboardInterrupt:
        say(" interrupted")
        # From a terminal it has the signal already; pip passes it on to the pip that it started.
        process.send_signal(signal.SIGTERM if WINDOWS else signal.SIGINT)
        process.wait()
        raise
    succeeded = process.returncode == 0
    seconds = "{:5.1f} s".format(time.monotonic() - started)
    say(line + (seconds if succeeded else " failed"))
    if not succeeded and shutil.disk_usage(VENV).free < 100e6:
        raise Stop(DISK_FULL)  # and the log may be cut short, too
    return succeeded


def become(command):
    # type: (list[str]) -> int
    """Run the command in place of this process or, on Windows, pass on how it ended."""
    if sys.platform != "win32":
        os.execv(command[0], command)
    process = subprocess.Popen(command)
    while True:
        with contextlib.suppress(KeyboardInterrupt):  # it has got the Ctrl-C too, and decides
            return process.wait()


def explain(error):
    # type: (OSError) -> str
    """The sentence for what the operating system refused."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DISK_FULL
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return NO_PERMISSION.format(error.filename or VENV)
    if isinstance(error, (FileExistsError, NotADirectoryError)):
        return "{} is in the way: remove it, then start again.".format(VENV)
    return "The course cannot start here ({}): fetch it anew and start again.".format(error)


def say(text, end="\n"):
    # type: (str, str) -> None
    """Print to stderr, at once: stdout belongs to the command that takes over."""
    print(text, end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
