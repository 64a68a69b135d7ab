"""What is asked of the page's JavaScript: Biome's rules and layout, and TypeScript's types.

    python -m course.browser.build.javascript [--write]

Both come with the packages of npm. With `--write` Biome first lays out and mends what it can by itself.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from course.browser.build import tools
from course.browser.build.steps import BROWSER, Build
from course.lessons import ROOT, CourseError

PROJECTS = ("tsconfig.json", "tsconfig.worker.json", "tsconfig.sw.json")
"""Code for pages, for the worker, for the service worker: each knows a browser from another side."""


def check(build: Build, *, write: bool = False) -> Iterator[str]:
    """Run all checks: what each found to be wrong, or an empty text.

    Raises:
        Missing: Node is, or npm could not fetch the packages.
    """
    biome = build.npm / "@biomejs" / "biome" / "bin" / "biome"
    if write:
        _run(build.root, str(biome), "check", "--write", "--colors=off")
    yield _run(build.root, str(biome), "ci", "--error-on-warnings", "--colors=off")
    with tempfile.TemporaryDirectory(prefix="course-") as scratch:
        for project in PROJECTS:
            config = Path(scratch, project)
            # Packages do not lie beside the code, where the compiler would look for them.
            paths = {"*": [f"{build.npm.as_posix()}/*"]}
            base = (build.root / BROWSER / "web" / project).as_posix()
            config.write_text(
                json.dumps({"extends": base, "compilerOptions": {"paths": paths}}), encoding="utf-8"
            )
            compiler = build.npm / "typescript" / "bin" / "tsc"
            yield _run(build.root, str(compiler), "--pretty", "false", "--project", str(config))


def _run(root: Path, *command: str) -> str:
    done = subprocess.run(
        [*tools.node(), *command],
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return done.stdout if done.returncode else ""


if __name__ == "__main__":
    try:
        found = [text for text in check(Build(ROOT, tell=print), write="--write" in sys.argv[1:]) if text]
    except CourseError as error:
        sys.exit(str(error))
    print("\n".join(found) or "Nothing is wrong.")
    sys.exit(1 if found else 0)
