"""What the site passes on, and under which licences: read from the packages, not typed."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from course.browser.build import licences as made
from course.browser.build.steps import LOCK, TARGET, pins
from course.lessons import ROOT
from course.making.licences import of_the_page, of_the_site, text


def wheel(folder: Path, metadata: str) -> Path:
    path = folder / "some-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr("some-1.0.dist-info/METADATA", f"Name: some\nVersion: 1.0\n{metadata}\n")
        opened.writestr("some-1.0.dist-info/licenses/LICENSE.txt", "Do as you like.")
        opened.writestr("some/licenses.py", "no text")
    return path


def test_a_wheel_says_its_licence_in_three_ways(tmp_path: Path) -> None:
    ways = {
        "License-Expression: MIT": "MIT",
        "License: BSD-3-Clause": "BSD-3-Clause",
        f"License: {'a whole text ' * 9}\nClassifier: License :: OSI Approved :: BSD License": "BSD License",
        "Summary: nothing": "see its text",
    }
    for metadata, said in ways.items():
        [one] = made.of_wheels([wheel(tmp_path, metadata)])
        assert (one.name, one.version, one.licence, one.texts) == ("some", "1.0", said, ("Do as you like.",))
    assert b"some 1.0: see its text" in made.texts([one]) and b"Do as you like." in made.texts([one])


def test_packages_of_npm_are_those_that_are_bundled(tmp_path: Path) -> None:
    packages = {"a": {"b": "1"}, "b": {"a": "1", "native": "1"}, "tool": {}}
    for name, needs in packages.items():
        (tmp_path / name).mkdir()
        facts = {"name": name, "version": "2", "license": "MIT", "dependencies": needs}
        (tmp_path / name / "package.json").write_text(json.dumps(facts), encoding="utf-8")
        (tmp_path / name / "LICENSE").write_text(f"Of {name}.", encoding="utf-8")
    package = tmp_path / "package.json"
    package.write_text('{"dependencies": {"a": "2"}, "devDependencies": {"tool": "2"}}', encoding="utf-8")
    found = list(made.of_npm(tmp_path, package))
    assert [(one.name, one.licence, one.texts) for one in found] == [
        ("a", "MIT", ("Of a.",)),
        ("b", "MIT", ("Of b.",)),
    ]


def test_the_theme_the_fonts_and_the_docs_have_theirs() -> None:
    rows = {name: (version, licence, where) for name, version, licence, where in of_the_site(ROOT)}
    assert rows["Material for MkDocs"][1] == "MIT"
    assert rows["Atkinson Hyperlegible Next"][1:] == ("OFL-1.1", "fonts/LICENSE-next.txt")
    assert rows["Swagger UI"][0].count(".") == 2
    assert all(licence for _, licence, _ in rows.values())


def test_the_page_names_each_package_of_its_lock(tmp_path: Path) -> None:
    assert "What runs lessons" not in text(tmp_path)
    (tmp_path / TARGET).mkdir(parents=True)
    listed = [made.Licence(name, "1", "MIT") for name in pins((ROOT / LOCK).read_text(encoding="utf-8"))]
    (tmp_path / TARGET / made.LIST).write_bytes(made.listed(listed))
    assert of_the_page(tmp_path) == listed
    assert "| fastapi | 1 | MIT |" in text(tmp_path)
