"""The steps from locks and sources to `docs/live/`.

Each step's outcome lies in `.cache/live/`, in a folder named by a hash of all that it is made from, so only
what has changed is made again. What is in `docs/live/` says in its manifest what it was made from.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from course.browser.build import bytecode, licences, packages, tools
from course.browser.build.published import published
from course.lessons import ROOT, CourseError, Lesson, built_lessons

KEPT = 3
"""How many outcomes of a step are kept, for going back and forth between versions."""

TARGET = Path("docs", "live")
MANIFEST = "manifest.json"
CACHE = Path(".cache", "live")
BROWSER = Path("course", "browser")
LOCK = BROWSER / "requirements.txt"

DESK = "manylinux2014_x86_64"
"""A system for which everything is compiled, whichever machine this is."""

NOT_IN_THE_PAGE = (
    *(
        "course/__main__.py",
        "course/browser/build/",
        "course/browser/servers.py",
        "course/desk/cli.py",
        "course/desk/jupyter/",
    ),
    *("course/desk/launch.py", "course/desk/watch.py", "course/making/"),
)
"""Modules of the course that only a desk needs."""

NOT_SENT = ("lesson.md", "requirements.txt")
"""Files of a lesson that a page has no use for: its text is in the page, its packages are a desk's."""

ENTRIES = {
    "page": ("page/lesson.js", "page/home.js"),
    "panel": ("panel/tab.js",),
    "frame": ("panel/fallback.js",),  # sandboxed, so it may load no module
    "runtime": ("runtime.js",),
}
COPIED = ("panel/fallback.html",)
SERVICE_WORKER = Path("docs", "sw.js")
"""At the site's root, so that it may serve all of it."""

SCRATCH = ".new-"
"""What a file's name begins with while it is written."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Part:
    """A file that the worker loads: gzipped, named by its content."""

    name: str
    file: str
    content: bytes
    size: int
    memory: int | None = None

    def facts(self) -> dict[str, Any]:
        """What the worker is told of it: `bytes` as stored, `size` unpacked, the hash of what is stored.

        Of the snapshot also how much `memory` it fills, which is wanted before it is there.
        """
        digest = hashlib.sha256(self.content).hexdigest()
        facts = {"file": self.file, "bytes": len(self.content), "size": self.size, "sha256": digest}
        return facts if self.memory is None else {**facts, "memory": self.memory}


class Build:
    """One build; its steps are made when they are asked for.

    Args:
        root: the checkout.
        tell: is told what is done, a line each.
        fetch: whether a missing browser may be fetched.
    """

    def __init__(self, root: Path = ROOT, *, tell: Tell, fetch: bool = True) -> None:
        self.root = root
        self.cache = ROOT / CACHE  # named by content, so copies of the checkout may share it
        self.web = root / BROWSER / "web"
        self.own = Path(__file__).parent
        self.tell = tell
        self.fetch = fetch

    # Steps

    @cached_property
    def npm(self) -> Path:
        """The folder `node_modules`, as package-lock.json says; npm compares hashes."""
        files = [self.web / "package.json", self.web / "package-lock.json"]

        def make(folder: Path) -> None:
            for file in [*files, self.web / ".npmrc"]:
                shutil.copy(file, folder)
            tools.run(
                [*tools.npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                cwd=folder,
                failed="npm could not fetch what runs in the page: is the network there?",
                error=tools.Missing,
                env={"NODE_OPTIONS": "", "npm_config_update_notifier": "false"},
            )

        return self._kept("npm", "packages of npm", key(files), make) / "node_modules"

    @cached_property
    def info(self) -> dict[str, str]:
        """What Pyodide says of itself: `python` ("3.14.2"), `abi_version`, `arch`, `platform`."""
        text = (self.npm / "pyodide" / "pyodide-lock.json").read_text(encoding="utf-8")
        info: dict[str, str] = json.loads(text)["info"]
        return {name: info[name] for name in ("abi_version", "arch", "platform", "python")}

    @property
    def _python(self) -> str:
        """The page's Python as it stands in names: "314"."""
        return "".join(self.info["python"].split(".")[:2])

    @cached_property
    def wheels(self) -> dict[str, Path]:
        """The wheels of the lock, by package; pip compares hashes."""
        lock = self.root / LOCK
        taken = [packages.LIBRARY, packages.PURE_PART, packages.LEFT_OUT, packages.ONLY]
        python, platform = self._python, f"pyemscripten_{self.info['abi_version']}_{self.info['arch']}"
        digest = key([lock], json.dumps([taken, python, platform]))

        def make(folder: Path) -> None:
            pinned = pins(lock.read_text(encoding="utf-8"))
            for system, names in (
                (platform, sorted(pinned.keys() - {*packages.PURE_PART, *packages.LEFT_OUT})),
                (DESK, sorted(packages.PURE_PART)),
            ):
                wanted = folder / "wanted.txt"
                wanted.write_text("".join(pinned[name] for name in names), encoding="utf-8")
                tools.run(
                    [
                        *(*tools.pip(), "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
                        *("--require-hashes", "--only-binary=:all:", "--python-version", python),
                        *("--implementation", "cp", "--abi", f"cp{python}", "--platform", system),
                        *("--dest", str(folder), "-r", str(wanted)),
                    ],
                    cwd=folder,
                    failed="pip could not fetch the packages of the page: is the network there?",
                    error=tools.Missing,
                )
                wanted.unlink()
            for path in folder.glob("*.whl"):
                if only := packages.ONLY.get(normal(path.name.partition("-")[0])):
                    _reduce(path, only)

        folder = self._kept("wheels", "Python packages", digest, make)
        return {normal(path.name.partition("-")[0]): path for path in sorted(folder.glob("*.whl"))}

    @cached_property
    def library(self) -> Path:
        """pydantic-core, the one part of the packages that is compiled."""

        def make(folder: Path) -> None:
            import zipfile

            with zipfile.ZipFile(self.wheels[packages.LIBRARY]) as wheel:
                (name,) = (name for name in wheel.namelist() if name.endswith(".so"))
                (folder / "library.wasm").write_bytes(wheel.read(name))

        made = self._kept("library", "", key([self.wheels[packages.LIBRARY]]), make)
        return made / "library.wasm"

    @cached_property
    def maker(self) -> Path:
        """The worker that compiles and takes the snapshot."""
        sources = [self.own / "maker.js", *sorted((self.web / "worker").glob("*.js"))]
        versions = [self.npm / name / "package.json" for name in ("esbuild", "pyodide")]
        digest = key([*sources, *versions])

        def make(folder: Path) -> None:
            self._bundle([self.own / "maker.js"], folder)

        return self._kept("maker", "", digest, make) / "maker.js"

    @cached_property
    def libraries(self) -> dict[str, Path]:
        """Compiled archives by name: the standard library, the packages, and each group."""
        grouped = {name: group for group, names in packages.GROUPS.items() for name in names}
        members: dict[str, list[str]] = {"packages": []}
        for name in self.wheels:
            members.setdefault(grouped.get(name, "packages"), []).append(name)
        stdlib = {"sources": ["python_stdlib.zip"], "stripped": True}
        rest = [module for modules in packages.STDLIB.values() for module in modules]
        without = [*packages.UNUSED, *(f"{module}{end}" for module in rest for end in ("/", ".py"))]
        place = f"/lib/python{self._python}.zip"
        archives: list[dict[str, Any]] = [
            {"name": "stdlib.zip", "place": place, "without": without, **stdlib},
        ]
        for group, modules in packages.STDLIB.items():
            archives.append(
                {
                    "name": f"{group}.zip",
                    "place": f"/lib/{group}.zip",
                    "without": packages.UNUSED,
                    "only": modules,
                    **stdlib,
                }
            )
        for group, names in sorted(members.items()):
            archives.append(
                {
                    "name": f"{group}.zip",
                    "sources": [self.wheels[name].name for name in names],
                    "place": f"/lib/{group}.zip",
                    "without": packages.WITHOUT,
                    "stripped": group == "packages",
                }
            )
        files = {"python_stdlib.zip": self.npm / "pyodide" / "python_stdlib.zip"}
        files |= {path.name: path for path in self.wheels.values()}
        folder = self._compiled("libraries", "the libraries", archives, files)
        return {path.stem: path for path in sorted(folder.glob("*.zip"))}

    @cached_property
    def course(self) -> Path:
        """The course's own modules, compiled."""
        entries = {
            name: path.read_bytes()
            for path in sorted((self.root / "course").rglob("*.py"))
            if not (name := path.relative_to(self.root).as_posix()).startswith(NOT_IN_THE_PAGE)
        }
        source = self.cache / "course-source.zip"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_bytes(bytecode.pack(entries))
        archive = {
            "name": "course.zip",
            "sources": [source.name],
            "place": "/course",
        }
        return self._compiled("course", "the course", [archive], {source.name: source}) / "course.zip"

    def _compiled(
        self, name: str, said: str, archives: list[dict[str, Any]], files: Mapping[str, Path]
    ) -> Path:
        def make(folder: Path) -> None:
            made = self._in_chromium({"job": "compile", "archives": archives}, files)
            for archive, content in made.items():
                (folder / archive).write_bytes(content)

        sources = [*files.values(), self.own / "bytecode.py", self.maker]
        return self._kept(name, f"bytecode of {said}", key(sources, json.dumps(archives)), make)

    @cached_property
    def snapshot(self) -> Path:
        """The memory of an interpreter that has imported and used everything."""

        files = {"stdlib.zip": self.libraries["stdlib"], "packages.zip": self.libraries["packages"]}
        files["course.zip"] = self.course
        files |= {f"{group}.zip": self.libraries[group] for group in late_groups()}

        def make(folder: Path) -> None:
            made = self._in_chromium({"job": "snapshot", "groups": self.groups}, files)
            (folder / "snapshot.bin").write_bytes(made["snapshot.bin"])

        digest = key([*files.values(), self.library, self.maker], json.dumps(self.groups))
        return self._kept("snapshot", "snapshot of the memory", digest, make) / "snapshot.bin"

    @cached_property
    def groups(self) -> dict[str, Any]:
        """What the page's importer is told: the group of each top-level module, and which are unpacked."""
        import zipfile

        found = {}
        for group in late_groups():
            with zipfile.ZipFile(self.libraries[group]) as archive:
                for name in archive.namelist():
                    top = name.partition("/")[0]
                    if not top.endswith((".dist-info", ".data")):
                        found[top.partition(".")[0]] = group
        return {"modules": dict(sorted(found.items())), "unpacked": packages.UNPACKED}

    def _in_chromium(self, job: dict[str, Any], files: Mapping[str, Path]) -> dict[str, bytes]:
        from course.browser.build.chromium import run_job

        served = {f"in/{name}": path for name, path in files.items()}
        served |= {"npm": self.npm, "maker.js": self.maker, "in/library.wasm": self.library}
        served["in/bytecode.py"] = self.own / "bytecode.py"
        return run_job(job, served, tell=self.tell if self.fetch else None)

    # JavaScript

    @cached_property
    def _esbuild(self) -> Path:
        (program,) = (
            path for path in self.npm.glob("@esbuild/*/**/*") if path.name in ("esbuild", "esbuild.exe")
        )
        return program

    def _bundle(self, entries: Iterable[Path], folder: Path, *options: str, kind: str = "esm") -> None:
        tools.run(
            [
                *(str(self._esbuild), *map(str, entries)),
                *(
                    f"--define:INFO={json.dumps(self.info)}",
                    "--bundle",
                    f"--format={kind}",
                    "--minify",
                    "--target=es2022",
                    "--log-level=warning",
                ),
                *(
                    "--legal-comments=none",
                    "--external:node:*",
                    "--external:ws",
                    f"--outdir={folder}",
                    *options,
                ),
            ],
            cwd=self.root,
            failed="The page's JavaScript could not be bundled",
            env={"NODE_PATH": str(self.npm)},
        )

    def scripts(self, parts: Mapping[str, Part], pyodide: str) -> Iterator[tuple[str, bytes]]:
        """The page's JavaScript by path below `docs/live/`; and the service worker's, as `../sw.js`."""
        with tempfile.TemporaryDirectory(prefix="course-") as scratch:
            folder = Path(scratch)
            defined = {
                "PARTS": {name: part.facts() for name, part in parts.items()},
                "GROUPS": self.groups,
                "SCRIPT": pyodide,
            }
            defines = [f"--define:{name}={json.dumps(value)}" for name, value in defined.items()]
            worker = self.web / "worker" / "main.js"
            self._bundle([worker], folder / "worker", *defines)
            content = (folder / "worker" / "main.js").read_bytes()
            name = named("worker", content, ".js")
            yield name, content
            own = [f"--define:WORKER={json.dumps(name)}", f"--outbase={self.web}"]
            for kind, entries in ENTRIES.items():
                there = [self.web / entry for entry in entries if (self.web / entry).is_file()]
                split = ["--splitting", "--chunk-names=page/chunk-[hash]"] if kind == "page" else []
                if there:
                    form = "iife" if kind == "frame" else "esm"
                    self._bundle(there, folder / "out", *own, *split, kind=form)
            if (self.web / "sw.js").is_file():
                self._bundle([self.web / "sw.js"], folder / "root", kind="iife")
                yield "../sw.js", (folder / "root" / "sw.js").read_bytes()
            for path in sorted((folder / "out").rglob("*")):
                if path.is_file():
                    yield path.relative_to(folder / "out").as_posix(), path.read_bytes()
        for file in COPIED:
            if (self.web / file).is_file():
                yield file, (self.web / file).read_bytes()

    # Lessons

    def lessons(self) -> Iterator[tuple[str, bytes]]:
        """What the page needs of each lesson, by slug: an archive, not compressed."""
        for lesson in built_lessons(self.root):
            yield lesson.slug, bytecode.pack(dict(lesson_files(lesson)))

    # All together

    def parts(self) -> Iterator[Part]:
        """All that the worker loads."""
        files = {"core": self.npm / "pyodide" / "pyodide.asm.wasm", "library": self.library}
        files |= {"stdlib": self.libraries["stdlib"], "packages": self.libraries["packages"]}
        files |= {"course": self.course}
        if (self.root / BROWSER / "warm.py").is_file():
            files |= {"snapshot": self.snapshot}
        files |= {group: self.libraries[group] for group in late_groups()}
        for name, path in files.items():
            yield self._part(name, path.read_bytes())
        for slug, content in self.lessons():
            yield self._part(f"lessons/{slug}", content)

    def _part(self, name: str, content: bytes) -> Part:
        digest = hashlib.sha256(content).hexdigest()
        packed = self.cache / "gzip" / f"{digest[:32]}.gz"
        if not packed.is_file():
            packed.parent.mkdir(parents=True, exist_ok=True)
            write(packed, gzip.compress(content, 9, mtime=0))
        stored = packed.read_bytes()
        os.utime(packed)
        memory = int.from_bytes(content[:4], "little") if name == "snapshot" else None
        file = named(f"parts/{name.replace('/', '-')}", stored, ".bin")
        return Part(name, file, stored, len(content), memory)

    def _forget_gzipped(self) -> None:
        """Keep what the last builds packed; each has some twenty files."""
        packed = sorted((self.cache / "gzip").glob("*.gz"), key=lambda path: path.stat().st_mtime)
        for old in packed[: -60 * KEPT]:
            old.unlink(missing_ok=True)

    def licences(self) -> dict[str, bytes]:
        """What is said of the licences of all this: the list and the texts."""
        found = [
            *licences.of_npm(self.npm, self.web / "package.json"),
            *licences.of_wheels(self.wheels.values()),
        ]
        return {licences.LIST: licences.listed(found), licences.TEXTS: licences.texts(found)}

    def write(self) -> dict[str, Any]:
        """Make everything and write it to `docs/live/`. Returns the manifest."""
        parts = {part.name: part for part in self.parts()}
        script = (self.npm / "pyodide" / "pyodide.asm.mjs").read_bytes()
        pyodide = named("pyodide", script, ".js")
        files = {part.file: part.content for part in parts.values()}
        files[pyodide] = script
        files.update(self.scripts(parts, pyodide))
        files.update(self.licences())
        self._forget_gzipped()
        target = self.root / TARGET
        manifest = {
            "made_from": inputs(self.root),
            "parts": {name: part.facts() for name, part in parts.items()},
            "files": {
                name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
                for name, content in sorted(files.items())
            },
        }
        (target / MANIFEST).unlink(missing_ok=True)  # it says that everything is there
        for name, content in files.items():
            path = Path(os.path.normpath(target / name))
            if not path.is_file() or path.read_bytes() != content:
                path.parent.mkdir(parents=True, exist_ok=True)
                write(path, content)
        for path in sorted(target.rglob("*"), reverse=True):
            if path.is_dir():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path.relative_to(target).as_posix() not in files and not path.name.startswith(SCRATCH):
                path.unlink(missing_ok=True)
        write(target / MANIFEST, (json.dumps(manifest, indent=1) + "\n").encode())
        return manifest

    def _kept(self, name: str, said: str, digest: str, make: Callable[[Path], None]) -> Path:
        """The outcome of a step: what lies there, or what `make` writes into the folder it is given."""
        folder = self.cache / f"{name}-{digest[:16]}"
        if folder.is_dir():
            return folder
        if said:
            self.tell(said)
        self.cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f"{name}-", suffix=".part", dir=self.cache) as scratch:
            made = Path(scratch, "made")
            made.mkdir()
            make(made)
            try:
                made.rename(folder)
            except OSError:
                if not folder.is_dir():  # another build may have come first
                    raise
        kept = sorted(self.cache.glob(f"{name}-{'[0-9a-f]' * 16}"), key=lambda path: path.stat().st_mtime)
        for old in kept[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)
        return folder


def renew_lock(folder: Path) -> None:
    """Write a folder's package-lock.json anew from its package.json, as far as what is locked does not fit.

    Raises:
        CourseError: npm is missing, or found nothing that fits.
    """
    tools.run(
        [*tools.npm(), "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder,
        failed="npm could not renew package-lock.json: is the network there?",
    )


def _reduce(wheel: Path, only: tuple[str, ...]) -> None:
    """Leave nothing but a few files in a wheel."""
    import zipfile

    with zipfile.ZipFile(wheel) as opened:
        wheel_content = {name: opened.read(name) for name in only}
    wheel.write_bytes(bytecode.pack(wheel_content))


def folders_of(lesson: Lesson) -> tuple[Path, ...]:
    """Where a lesson's files are that the page has; solutions that are not published are not among them."""
    return (lesson.folder, lesson.solutions) if published(lesson) else (lesson.folder,)


def lesson_files(lesson: Lesson) -> Iterator[tuple[str, bytes]]:
    """What the page needs of a lesson, by path below the checkout; its notebook comes without outputs."""
    for folder in folders_of(lesson):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.name not in NOT_SENT and "__pycache__" not in path.parts:
                yield path.relative_to(lesson.root).as_posix(), path.read_bytes()
    asks = (lesson.folder / "checks.py").read_text(encoding="utf-8")
    for number in re.findall(r'checks_of\("(\d+)\.', asks):
        other = next((lesson.root / "lessons").glob(f"{int(number):02}-*")) / "checks.py"
        yield other.relative_to(lesson.root).as_posix(), other.read_bytes()
    for slug, name in re.findall(r'ROOT / "lessons" / "([\w-]+)" / "([\w.-]+)"', asks):
        other = lesson.root / "lessons" / slug / name
        yield other.relative_to(lesson.root).as_posix(), other.read_bytes()
    notebook = json.loads(lesson.notebook.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
        else:
            cell["source"] = ""
    name = lesson.notebook.relative_to(lesson.root).as_posix()
    yield name, json.dumps(notebook, ensure_ascii=False).encode()


def late_groups() -> list[str]:
    """The archives that are fetched when they are needed."""
    return [*packages.STDLIB, *packages.GROUPS]


def pins(lock: str) -> dict[str, str]:
    """The lines of a lock by package, each with its hashes."""
    found = re.finditer(r"^(\S+?)==\S+.*?(?:\\\n.*?)*\n", lock, re.M)
    return {normal(one[1]): one[0] for one in found}


def normal(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def named(stem: str, content: bytes, suffix: str) -> str:
    """A file name that changes with the content."""
    return f"{stem}-{hashlib.sha256(content).hexdigest()[:12]}{suffix}"


def key(files: Iterable[Path], *more: str) -> str:
    """A hash over the content of files, and more."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    for text in more:
        digest.update(hashlib.sha256(text.encode()).digest())
    return digest.hexdigest()


def inputs(root: Path) -> str:
    """A hash over all that the assets are made from."""
    files = [
        path for path in (root / BROWSER).rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]
    files += (root / "course").glob("*.py")
    for lesson in built_lessons(root):
        files.append(lesson.notebook)
        files += [
            path
            for folder in folders_of(lesson)
            for path in folder.rglob("*")
            if path.is_file() and path.name != "lesson.md" and "__pycache__" not in path.parts
        ]
    return key(sorted(set(files)), *(path.relative_to(root).as_posix() for path in sorted(set(files))))


def write(path: Path, content: bytes) -> None:
    """Write a file whole, or not at all."""
    scratch = path.with_name(f"{SCRATCH}{path.name}.{os.getpid()}")
    scratch.write_bytes(content)
    scratch.replace(path)


def current(root: Path = ROOT) -> bool:
    """Whether `docs/live/` is whole, and made from what lies here."""
    manifest = stored(root)
    if manifest is None or manifest["made_from"] != inputs(root):
        return False
    target = root / TARGET
    return all(
        (target / name).is_file() and (target / name).stat().st_size == facts["bytes"]
        for name, facts in manifest["files"].items()
    )


def stored(root: Path = ROOT) -> dict[str, Any] | None:
    """The manifest of what is in `docs/live/`; None if nothing whole is."""
    try:
        manifest: dict[str, Any] = json.loads((root / TARGET / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return manifest if {"made_from", "parts", "files"} <= manifest.keys() else None


def withdraw(root: Path) -> None:
    """Take away the manifest of assets that are out of date: pages go by it."""
    if not current(root):
        (root / TARGET / MANIFEST).unlink(missing_ok=True)


def wanted() -> bool:
    """Whether a site that is built is to have them: `course test --fast` turns that off."""
    return os.environ.get("COURSE_ASSETS") != "off"


def make(root: Path = ROOT, *, tell: Tell, fetch: bool = True) -> dict[str, Any]:
    """Bring `docs/live/` up to date. Returns its manifest.

    Raises:
        CourseError: something is missing for that, or wrong; the message says what.
    """
    manifest = stored(root)
    if manifest is not None and current(root):
        return manifest
    try:
        return Build(root, tell=tell, fetch=fetch).write()
    except OSError as error:
        raise CourseError(f"The assets could not be written: {error}.") from None


def summary(manifest: Mapping[str, Any]) -> str:
    """What a first run loads, in a line."""
    parts, files = manifest["parts"], manifest["files"]
    always = sum(parts[name]["bytes"] for name in ("core", "library"))
    modules = always + sum(parts[name]["bytes"] for name in ("stdlib", "packages", "course"))
    said = [f"{modules / 1e6:.1f} MB by modules"]
    if "snapshot" in parts:
        said.insert(0, f"{(always + parts['snapshot']['bytes']) / 1e6:.1f} MB by snapshot")
    return f"{len(files)} files; a first run loads {', '.join(said)}"
