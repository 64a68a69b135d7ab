"""`run.py` on real environments: real pip and uv install from a small package index on loopback.

The index serves wheels made here: two little packages, and uv and flit-core as they are installed
beside these tests. So every start is real and takes a second or two, and none needs the internet.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import errno
import hashlib
import http.server
import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).parents[1]
WINDOWS = sys.platform == "win32"
BASE = str(getattr(sys, "_base_executable"))  # noqa: B009  (typeshed does not know it)
BIN = "Scripts" if WINDOWS else "bin"

# Root writes wherever it likes, unless it has given up the capability: prctl(2), capabilities(7)
OBEY = """
import ctypes, os, sys
if os.geteuid() == 0:
    assert ctypes.CDLL(None).prctl(24, 1, 0, 0, 0) == 0, "root cannot be made to obey permissions"
os.execv(sys.argv[1], sys.argv[1:])
"""
OBEDIENT = (BASE, "-c", OBEY)
STEP = r"  ([A-Za-z ]+) \.+ +\d+\.\d s"
COURSE = """
import json, os, sys
from importlib.metadata import distributions

def main():
    packages = {d.name: d.version for d in distributions()}
    seen = {"arguments": sys.argv[1:], "prefix": sys.prefix, "packages": packages}
    print(json.dumps({**seen, "program": os.environ["COURSE_PROG"]}))
    return 7 if "fail" in sys.argv else 0

if __name__ == "__main__":
    sys.exit(main())
"""


# The index


def write_wheel(folder: Path, name: str, version: str, files: Mapping[str, bytes]) -> str:
    """Write a wheel of the files into the index; return its line in a lock, with its hash."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        **files,
    }
    record = [f"{info}/RECORD,,"]
    pages = folder / "simple" / name.replace("_", "-")
    pages.mkdir(parents=True, exist_ok=True)
    wheel = pages / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, content in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record.append(f"{path},sha256={digest},{len(content)}")
            entry = zipfile.ZipInfo(path)
            entry.external_attr = 0o100755 << 16
            archive.writestr(entry, content)
        archive.writestr(f"{info}/RECORD", "\n".join(record) + "\n")
    links = "".join(f'<a href="{one.name}">{one.name}</a>\n' for one in sorted(pages.glob("*.whl")))
    (pages / "index.html").write_text(f"<!DOCTYPE html>\n{links}", encoding="utf-8")
    return f"{name}=={version} \\\n    --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


def repacked(folder: Path, name: str) -> str:
    """Make a wheel again of a package that is installed here; return its line in a lock."""
    package = importlib.metadata.distribution(name)
    files = {}
    for file in package.files or []:
        path = file.as_posix()
        if path.startswith(".."):
            path = f"{package.name.replace('-', '_')}-{package.version}.data/scripts/{file.name}"
        if file.stem != "uvx" and not path.endswith((".pyc", "INSTALLER", "REQUESTED", "RECORD")):
            files[path] = Path(str(file.locate())).read_bytes()
    return write_wheel(folder, package.name.replace("-", "_"), package.version, files)


class Index:
    """An index on loopback that remembers who asked; `stalled` never answers, `closed` is no server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.agents: set[str] = set()
        self.asked = threading.Event()
        self.over = threading.Event()
        index = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *arguments: Any) -> None:
                super().__init__(*arguments, directory=str(folder))

            def do_GET(self) -> None:
                index.agents.add(self.headers["User-Agent"].partition("/")[0])
                if self.path.startswith("/stalled/"):
                    index.asked.set()
                    index.over.wait()
                else:
                    super().do_GET()

            def log_message(self, *arguments: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        address = f"http://127.0.0.1:{self.server.server_port}"
        self.url, self.stalled = f"{address}/simple", f"{address}/stalled"
        self.deaf = socket.socket()  # bound, so that nobody else takes the port, but not listening
        self.deaf.bind(("127.0.0.1", 0))
        self.closed = f"http://127.0.0.1:{self.deaf.getsockname()[1]}/simple"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    index = Index(tmp_path_factory.mktemp("index"))
    thread = threading.Thread(target=index.server.serve_forever)
    thread.start()
    yield index
    index.over.set()
    index.server.shutdown()
    thread.join()
    index.server.server_close()
    index.deaf.close()


@pytest.fixture(scope="module")
def locked(index: Index) -> dict[str, str]:
    """The lines of a lock for each package that the index has."""
    lines = {name: repacked(index.folder, name) for name in ("uv", "flit-core")}
    for name, version in (("pebble", "1.0"), ("pebble", "1.1"), ("cairn", "1.0")):
        code = {f"{name}.py": f"__version__ = {version!r}\n".encode()}
        lines[f"{name} {version}"] = write_wheel(index.folder, name, version, code)
    return lines


# The course


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python with pip: to put one there anew would be most of the time of each start."""
    if subprocess.run([BASE, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0:
        return BASE
    folder = tmp_path_factory.mktemp("python")
    subprocess.run([BASE, "-m", "venv", str(folder)], check=True)
    return str(folder / BIN / "python")


class Course:
    """A copy of the course with next to nothing in it, and ways to start it."""

    def __init__(self, folder: Path, home: Path, index: Index, locked: dict[str, str], python: str) -> None:
        self.folder = folder
        self.locked = locked
        self.starter = python
        foreign = re.compile("PIP_|UV_|PYTHON|VIRTUAL_ENV|COURSE_|SSL_CERT|NO_PROXY", re.IGNORECASE)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not foreign.match(name)},
            "HOME": str(home),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": index.url,
            "PIP_RETRIES": "1",
            "UV_CACHE_DIR": str(home / "uv"),
            "UV_HTTP_RETRIES": "0",
            "NO_PROXY": "127.0.0.1",
        }

    def write(self) -> Course:
        """Put the files where a clone would have them."""
        shutil.copytree(ROOT / "course/desk/environment", self.folder / "course/desk/environment")
        for name in ("run.py", "pyproject.toml", "LICENSE", "README.md"):
            shutil.copy(ROOT / name, self.folder / name)
        (self.folder / "course" / "__init__.py").write_text('"""A course."""\n', encoding="utf-8")
        (self.folder / "course" / "__main__.py").write_text(COURSE, encoding="utf-8")
        self.lock("requirements.txt", "uv", "flit-core", "pebble 1.0")
        self.lock("requirements-dev.txt", "uv", "flit-core", "pebble 1.0", "cairn 1.0")
        return self

    def lock(self, name: str, *packages: str) -> None:
        content = "".join(sorted(self.locked[package] for package in packages))
        (self.folder / name).write_text(content, encoding="utf-8")

    @property
    def venv(self) -> Path:
        return self.folder / ".venv"

    @property
    def python(self) -> str:
        return str(self.venv / BIN / ("python.exe" if WINDOWS else "python"))

    def start(
        self,
        *arguments: str,
        python: str = "",
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        wrapper: Sequence[str] = (),
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*wrapper, python or self.starter, str(self.folder / "run.py"), *arguments],
            cwd=cwd,
            env={**self.environment, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )


def seen(ended: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """What the course saw of its start, which must have gone well."""
    assert ended.returncode == 0, ended.stderr
    return dict(json.loads(ended.stdout))


def refusal(ended: subprocess.CompletedProcess[str]) -> str:
    """The one sentence with which a start that went wrong ends."""
    assert ended.returncode == 1, ended.stderr
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    return ended.stderr.splitlines()[-1]


@pytest.fixture
def course(tmp_path: Path, index: Index, locked: dict[str, str], python: str) -> Course:
    """A fresh clone."""
    return Course(tmp_path / "the course", tmp_path / "home", index, locked, python).write()


@pytest.fixture(scope="module")
def first(
    tmp_path_factory: pytest.TempPathFactory, index: Index, locked: dict[str, str], python: str
) -> tuple[Course, subprocess.CompletedProcess[str]]:
    """A clone that was started once, not to be changed, and how that went."""
    folder = tmp_path_factory.mktemp("first")
    course = Course(folder / "the course", folder / "home", index, locked, python).write()
    return course, course.start("learn", "--port", "8888")


First = tuple[Course, subprocess.CompletedProcess[str]]


class TestSettingUp:
    """Starts that end well."""

    def test_the_first_start_installs_what_the_lock_names_and_hands_over(self, first: First) -> None:
        course, ended = first
        handed = seen(ended)
        assert handed["arguments"] == ["learn", "--port", "8888"]
        assert handed["program"] == ("py run.py" if WINDOWS else "python3 run.py")
        assert Path(handed["prefix"]) == course.venv
        assert handed["packages"]["pebble"] == "1.0"
        assert handed["packages"]["fastapi-course"] == "1.0.0"
        assert "cairn" not in handed["packages"]

    def test_a_log_gets_a_line_a_step(self, first: First) -> None:
        _, ended = first
        opening, *steps, ready, blank = ended.stderr.split("\n")[:-1]
        assert opening.startswith("Setting up the course in ")
        names = [match[1] for match in map(re.compile(STEP).fullmatch, steps) if match]
        assert len(names) == len(steps)
        assert [name for name in names if name != "pip"] == [
            "Python environment",
            "Installer",
            "Packages",
            "The course itself",
        ]
        assert re.fullmatch(r"Ready after \d+ seconds\.", ready)
        assert blank == ""

    def test_uv_installs_from_the_mirror_of_pip(self, first: First, index: Index) -> None:
        seen(first[1])
        assert index.agents == {"pip", "uv"}

    def test_the_second_start_installs_nothing(self, first: First, index: Index) -> None:
        course, _ = first
        ended = course.start("check", "01", env={"PIP_INDEX_URL": index.closed})
        assert seen(ended)["arguments"] == ["check", "01"]
        assert ended.stderr == ""

    def test_the_exit_code_is_that_of_the_command(self, first: First) -> None:
        course, _ = first
        assert course.start("fail").returncode == 7

    def test_it_starts_from_any_folder_whatever_lies_there(self, first: First, tmp_path: Path) -> None:
        course, _ = first
        (tmp_path / "json.py").write_text("raise SystemExit('the wrong json')", encoding="utf-8")
        assert seen(course.start("learn", cwd=tmp_path))["arguments"] == ["learn"]

    def test_commands_for_maintainers_install_the_larger_lock(self, course: Course) -> None:
        help_text = course.start("test", "--help")
        assert "cairn" not in seen(help_text)["packages"]
        larger = course.start("test")
        assert seen(larger)["packages"]["cairn"] == "1.0"
        assert larger.stderr.startswith("Updating the course in ")
        for arguments in (["learn"], ["site", "--build"]):
            assert course.start(*arguments).stderr == ""

    def test_a_lesson_s_own_lock_is_added_when_it_is_asked_for(self, course: Course, index: Index) -> None:
        assert "cairn" not in seen(course.start())["packages"]
        (course.folder / "lessons").mkdir()
        course.lock("lessons/requirements.txt", "cairn 1.0")
        index.agents.clear()
        added = course.start("add", "lessons/requirements.txt", python=course.python)
        assert (added.returncode, added.stdout) == (0, "")
        step = re.fullmatch(STEP, added.stderr.splitlines()[-1])
        assert step and step[1] == "Packages"
        assert index.agents == {"uv"}
        ended = course.start(env={"PIP_INDEX_URL": index.closed})
        assert seen(ended)["packages"]["cairn"] == "1.0"
        assert ended.stderr == ""

    def test_a_lesson_s_own_lock_that_cannot_be_fetched_says_why(self, course: Course, index: Index) -> None:
        seen(course.start())
        (course.folder / "lessons").mkdir()
        course.lock("lessons/requirements.txt", "cairn 1.0")
        away = {"PIP_INDEX_URL": index.closed, "PIP_NO_CACHE_DIR": "1", "UV_NO_CACHE": "1"}
        ended = course.start("add", "lessons/requirements.txt", python=course.python, env=away)
        assert refusal(ended).startswith("The package index cannot be reached")
        assert course.start().stderr == ""  # what was there is as it was

    def test_a_changed_lock_is_installed_into_the_environment_that_is_there(self, course: Course) -> None:
        seen(course.start())
        own = course.venv / "a file of the learner's own"
        own.touch()
        course.lock("requirements.txt", "uv", "flit-core", "pebble 1.1")
        ended = course.start()
        assert seen(ended)["packages"]["pebble"] == "1.1"
        assert ended.stderr.startswith("Updating the course in ")
        assert own.exists()
        assert course.start().stderr == ""

    def test_a_moved_folder_gets_an_environment_of_its_own(
        self, first: First, course: Course, tmp_path: Path
    ) -> None:
        seen(first[1])
        shutil.copytree(first[0].venv, course.venv, symlinks=True)
        ended = course.start()
        assert ended.stderr.startswith("Setting up the course in ")
        assert Path(seen(ended)["prefix"]) == course.venv
        assert str(first[0].folder) not in "".join(
            path.read_text(encoding="utf-8") for path in course.venv.rglob("*.pth")
        )

    @pytest.mark.parametrize("change", ["cut off", "other Python", "Python gone"])
    def test_an_environment_that_is_not_sound_is_made_anew(self, course: Course, change: str) -> None:
        seen(course.start())
        stamp = course.venv / "course-installed.json"
        content = json.loads(stamp.read_text(encoding="utf-8"))
        if change == "cut off":
            stamp.unlink()
        elif change == "other Python":
            stamp.write_text(json.dumps({**content, "python": ".cpython-310.so"}), encoding="utf-8")
        elif WINDOWS:
            stamp.write_text(json.dumps({**content, "base": r"C:\gone\python.exe"}), encoding="utf-8")
        else:
            Path(course.python).unlink()
            Path(course.python).symlink_to("/gone/python3")
        (left_over := course.venv / "left over").mkdir()
        # Also by the environment's own Python, which is about to be removed: somebody has activated it
        ended = course.start(python=course.python if change == "cut off" else "")
        assert seen(ended)["packages"]["pebble"] == "1.0"
        assert ended.stderr.startswith("Setting up the course in ")
        assert "\n  Removing what is there: " in ended.stderr
        assert not left_over.exists()
        assert course.start().stderr == ""

    def test_a_second_start_waits_for_the_first(self, course: Course) -> None:
        course.venv.mkdir()
        hold = (
            "import run, sys\n"
            "with run.TURN.open('a') as turn:\n"
            "    run.wait_for(turn.fileno())\n"
            "    print('held', flush=True)\n"
            "    sys.stdin.read()\n"
        )
        pipes: dict[str, Any] = {"env": course.environment, "cwd": course.folder, "encoding": "utf-8"}
        with subprocess.Popen(
            [BASE, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, **pipes
        ) as other:
            assert other.stdin and other.stdout
            assert other.stdout.readline() == "held\n"
            with subprocess.Popen(
                [course.starter, "run.py"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **pipes
            ) as second:
                assert second.stderr
                assert second.stderr.readline() == (
                    "Another start is setting up the course: waiting for it.\n"
                )
                assert [path.name for path in course.venv.iterdir()] == ["course-install.lock"]
                other.stdin.close()
                assert second.stderr.readline().startswith("Setting up the course in ")
                second.communicate(timeout=120)
        assert second.returncode == 0
        assert (course.venv / "course-install.lock").exists()  # a third start would wait for the second

    def test_a_terminal_sees_the_seconds_go_by(self, course: Course) -> None:
        if sys.platform == "win32":
            pytest.skip("Windows has no pseudo-terminals in the standard library")
        ours, theirs = os.openpty()
        with subprocess.Popen(
            [course.starter, "run.py"],
            cwd=course.folder,
            env=course.environment,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
        ) as start:
            os.close(theirs)
            shown = b""
            with open(ours, "rb", buffering=0) as terminal, contextlib.suppress(OSError):  # noqa: PTH123
                while some := terminal.read(1024):  # Linux ends it with an error, macOS with nothing
                    shown += some
        assert start.returncode == 0
        assert re.search(rb"\r  Packages \.+ +0 s\r", shown)
        assert re.search(rb"\r  Packages \.+ +\d+\.\d s\r\n", shown)

    def test_a_python_without_pip_gets_one(self, course: Course, tmp_path: Path) -> None:
        ended = course.start(python=without_pip(tmp_path))
        assert seen(ended)["packages"]["pebble"] == "1.0"
        assert "\n  pip ..." in ended.stderr

    def test_pip_takes_over_where_uv_cannot(self, course: Course, index: Index) -> None:
        ended = course.start(env={"UV_DEFAULT_INDEX": index.closed})
        assert seen(ended)["packages"]["pebble"] == "1.0"
        assert re.search(r"Packages \.+ failed\n +once more, with pip \.+ +\d+\.\d s\n", ended.stderr)


def without_pip(folder: Path) -> str:
    """A Python that has no pip, though it may have ensurepip."""
    subprocess.run([BASE, "-m", "venv", "--without-pip", str(folder / "bare")], check=True)
    return str(folder / "bare" / BIN / "python")


class TestTroubles:
    """Each is one sentence, an exit code that is not 0, and gone with its cause."""

    def test_no_network(self, course: Course, index: Index) -> None:
        ended = course.start(env={"PIP_INDEX_URL": index.closed})
        assert refusal(ended) == (
            "The package index cannot be reached: check the internet connection (and the proxy, "
            "if there is one), then start again."
        )
        seen(course.start())

    def test_neither_pip_nor_ensurepip(self, course: Course, tmp_path: Path) -> None:
        bare = without_pip(tmp_path)
        shadow = tmp_path / "shadow"
        shadow.mkdir()
        (shadow / "ensurepip.py").write_text(
            "raise ModuleNotFoundError(\"No module named 'ensurepip'\")\n", encoding="utf-8"
        )
        sentence = refusal(course.start(python=bare, env={"PYTHONPATH": str(shadow)}))
        assert sentence.startswith("This Python has neither pip nor ensurepip: install one of them ")
        assert "apt install python{}.{}-venv".format(*sys.version_info) in sentence
        seen(course.start(python=bare))

    @pytest.mark.parametrize(
        ("change", "cause"),
        [
            (r"\g<1>" + "0" * 64, "DO NOT MATCH THE HASHES"),
            ("pebble==1.0", "--require-hashes mode"),
        ],
        ids=["a wrong hash", "no hash"],
    )
    def test_an_installer_that_fails_for_another_reason(
        self, course: Course, change: str, cause: str
    ) -> None:
        lock = course.folder / "requirements.txt"
        right = lock.read_text(encoding="utf-8")
        lock.write_text(re.sub(r"(pebble.*\n.*sha256:).*", change, right), encoding="utf-8")
        ended = course.start()
        assert refusal(ended) == (
            "The installer failed: mend what its last lines, above, name, then start again."
        )
        assert cause in ended.stderr
        lock.write_text(right, encoding="utf-8")
        seen(course.start())

    def test_a_file_where_the_environment_belongs(self, course: Course) -> None:
        course.venv.touch()
        assert refusal(course.start()) == f"{course.venv} is in the way: remove it, then start again."
        course.venv.unlink()
        seen(course.start())

    @pytest.mark.skipif(WINDOWS, reason="a folder's mode does not keep anybody from writing on Windows")
    def test_a_folder_without_write_permission(self, course: Course) -> None:
        course.folder.chmod(0o500)
        ended = course.start(wrapper=OBEDIENT)
        assert refusal(ended).startswith(f"No permission to write to {course.venv}: ")
        course.folder.chmod(0o700)
        seen(course.start(wrapper=OBEDIENT))

    @pytest.mark.skipif(WINDOWS, reason="Windows has no way to send Ctrl-C to one process")
    def test_ctrl_c_ends_the_installer_too_and_the_next_start_recovers(
        self, course: Course, index: Index
    ) -> None:
        index.asked.clear()
        with subprocess.Popen(
            [course.starter, "run.py"],
            cwd=course.folder,
            env={**course.environment, "PIP_INDEX_URL": index.stalled, "PIP_DEFAULT_TIMEOUT": "600"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        ) as start:
            assert index.asked.wait(60)
            installers = psutil.Process(start.pid).children(recursive=True)
            start.send_signal(signal.SIGINT)
            try:
                output, errors = start.communicate(timeout=60)
            finally:
                start.kill()
        assert start.returncode == 130
        assert output == ""
        assert errors.endswith(" interrupted\nInterrupted: the next start begins the set-up anew.\n")
        assert installers
        assert psutil.wait_procs(installers, timeout=60)[1] == []
        ended = course.start()
        assert ended.stderr.startswith("Setting up the course in ")
        seen(ended)

    def test_an_old_python_says_what_it_needs(self, course: Course) -> None:
        claim = "import sys, runpy; sys.version_info = (3, 9, 1); runpy.run_path('run.py', None, '__main__')"
        ended = subprocess.run(
            [BASE, "-c", claim], cwd=course.folder, capture_output=True, encoding="utf-8", check=False
        )
        assert refusal(ended) == too_old("3.9")
        assert ended.stderr.count("\n") == 1
        assert not course.venv.exists()

    def test_real_old_pythons_say_so_too(self, course: Course) -> None:
        for python in old_pythons():
            ended = subprocess.run(
                [python, "run.py"], cwd=course.folder, capture_output=True, encoding="utf-8", check=False
            )
            assert re.sub(r"Python [23]\.\d+:", "Python 3.9:", refusal(ended)) == too_old("3.9"), python


def test_the_locks_are_as_the_set_up_needs_them() -> None:
    pins = {}
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text  # no index: each reader's own is asked
        pins[name] = set(re.findall(r"(?m)^([\w.-]+==\S+)", text))
        assert {"uv", "flit-core"} <= {pin.partition("==")[0] for pin in pins[name]}
        unhashed = re.findall(r"(?m)^\S.*(?<!\\)$", text)
        assert unhashed == []
    assert pins["requirements.txt"] <= pins["requirements-dev.txt"]


def old_pythons() -> list[str]:
    """Interpreters on this machine that are too old for the course."""
    names = ["python2.7", *(f"python3.{minor}" for minor in range(11))]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    found = [shutil.which(name) for name in names]
    found += [shutil.which(name, path=path / "bin") for name in names for path in pyenv.glob("*")]
    return sorted({python for python in found if python and "shims" not in Path(python).parts})


def too_old(version: str) -> str:
    return (
        f"The course needs Python 3.11 or newer, and this is Python {version}: install a newer one "
        "from https://www.python.org/downloads/ and start again with it."
    )


def test_no_syntax_that_an_old_python_cannot_read() -> None:
    """Real old interpreters are not everywhere; the grammar of Python 2.7 had none of these."""
    source = (ROOT / "run.py").read_text(encoding="utf-8")
    assert source.isascii()
    newer = (
        *(ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Nonlocal, ast.YieldFrom, ast.Match),
        *(ast.AsyncFunctionDef, ast.TryStar),
    )
    for node in ast.walk(ast.parse(source)):
        assert not isinstance(node, newer), ast.unparse(node)
        if isinstance(node, ast.FunctionDef):
            arguments = node.args
            assert not arguments.kwonlyargs and not arguments.posonlyargs and not node.returns, node.name
            assert not any(argument.annotation for argument in arguments.args), node.name
        if isinstance(node, ast.Raise):
            assert node.cause is None
        if isinstance(node, ast.Call):
            assert not any(isinstance(argument, ast.Starred) for argument in node.args[:-1])
            assert [keyword.arg for keyword in node.keywords].count(None) <= 1
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            assert not any(isinstance(element, ast.Starred) for element in node.elts), ast.unparse(node)
        if isinstance(node, ast.Dict):
            assert None not in node.keys, ast.unparse(node)


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """`run.py` as a module whose environment is a folder of the test's own."""
    spec = importlib.util.spec_from_file_location("run", ROOT / "run.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.__dict__.update(VENV=tmp_path, LOG=tmp_path / "log")
    return module


@pytest.mark.parametrize(
    ("printed", "sentence"),
    [
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "The disk",
        ),
        ("error: failed to copy file to a.py: Disk quota exceeded (os error 122)", "The disk"),
        ("error: Could not install packages due to an OSError: [Errno 13] Permission denied: 'x'", "No perm"),
        ("error: failed to remove file `a.pyd`: Access is denied. (os error 5)", "No permission"),
        ("/usr/bin/python3: No module named venv", "This Python has neither pip nor ensurepip"),
        ("/x/.venv/bin/python: No module named ensurepip", "This Python has neither pip nor ensurepip"),
        ("after connection broken by 'NameResolutionError(\"HTTPSConnection(...)\")'", "The package index"),
        ("Failed to establish a new connection: [Errno 111] Connection refused')", "The package index"),
        ("  cause: error sending request for url (https://x/simple/uv/)\n  cause: dns error", "The package"),
        ("ReadTimeoutError(\"HTTPSConnectionPool(host='x'): Read timed out.\")", "The package index"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "The installer"),
    ],
)
def test_what_an_installer_prints_leads_to_what_to_do(run: Any, printed: str, sentence: str) -> None:
    code = f"print({printed!r}); raise SystemExit(1)"
    with pytest.raises(run.Stop) as stop:
        run.must("Packages", [sys.executable, "-c", code])
    assert str(stop.value).startswith(sentence)


def test_a_full_disk_is_told_by_the_disk(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log of the installer may be on the same disk, and then says nothing."""
    monkeypatch.setattr(run.shutil, "disk_usage", lambda path: SimpleNamespace(free=1))
    with pytest.raises(run.Stop, match="The disk is full"):
        run.run("Packages", [sys.executable, "-c", "raise SystemExit(1)"])
    assert run.run("Packages", [sys.executable, "-c", ""])
    assert run.explain(OSError(errno.ENOSPC, "No space left on device")).startswith("The disk is full")


def test_uv_is_told_what_pip_is_set_up_for(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIP_INDEX_URL", "PIP_CERT", "UV_DEFAULT_INDEX", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    listed = (
        ":env:.index-url='https://variable.example/simple'\n"
        "global.cert='/etc/company.pem'\n"
        "global.index-url='https://file.example/simple'\n"
        "global.timeout='60'\n"
    )
    told = run.uv_environment(listed)
    assert told["SSL_CERT_FILE"] == "/etc/company.pem"
    assert told["UV_DEFAULT_INDEX"] == "https://file.example/simple"
    monkeypatch.setenv("PIP_INDEX_URL", "https://variable.example/simple")
    assert run.uv_environment(listed)["UV_DEFAULT_INDEX"] == "https://variable.example/simple"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv.example/simple")
    assert run.uv_environment(listed)["UV_DEFAULT_INDEX"] == "https://uv.example/simple"
