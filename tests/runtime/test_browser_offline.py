"""The list for reading offline, and the policy, of a built site."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest

from course.browser import offline

PAGE = """<!doctype html><script src="a.js"></script><script>var a = 1</script>
<script id="data" type="application/json">{"b": 2}</script><SCRIPT type="module">
let c
</SCRIPT>"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name, text in {
        "index.html": PAGE,
        "lessons/01/index.html": PAGE + "<script>var d</script>",
        "assets/javascripts/bundle.js.map": "{}",
        "assets/javascripts/lunr/wordcut.js": "",
        "sw.js": "",
        "live/parts/core-0123456789ab.bin": "wasm",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return tmp_path


def sha256(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_the_list_names_what_a_visitor_needs_with_hash_and_size(site: Path) -> None:
    files = offline.listing(site)["files"]
    assert isinstance(files, dict)
    assert list(files) == ["index.html", "lessons/01/index.html", "live/parts/core-0123456789ab.bin"]
    assert files["live/parts/core-0123456789ab.bin"] == (hashlib.sha256(b"wasm").hexdigest(), 4)


def test_the_policy_allows_the_scripts_that_stand_in_pages_and_no_others(site: Path) -> None:
    scripts = offline.inline_scripts(site)
    assert scripts == sorted(map(sha256, ["var a = 1", "\nlet c\n", "var d"]))
    policy = offline.content_security_policy(scripts)
    assert f"script-src 'self' 'wasm-unsafe-eval' {' '.join(scripts)};" in policy
    assert "default-src 'none'" in policy


def test_what_is_written_is_no_part_of_the_next_version(site: Path) -> None:
    offline.write(site)
    first = (site / offline.LIST).read_bytes()
    offline.write(site)
    assert (site / offline.LIST).read_bytes() == first
    (site / "index.html").write_text("new", encoding="utf-8")
    offline.write(site)
    assert json.loads(first)["version"] != json.loads((site / offline.LIST).read_bytes())["version"]


def test_the_headers_keep_only_what_cannot_change(site: Path) -> None:
    offline.write(site)
    lines = (site / offline.HEADERS).read_text(encoding="utf-8").splitlines()
    policy = (site / offline.POLICY).read_text(encoding="utf-8").strip()
    assert lines[0] == "/*"
    assert f"  Content-Security-Policy: {policy}" in lines
    assert "  Cache-Control: no-cache" in lines
    assert lines[lines.index("/live/parts/*") + 2] == "  Cache-Control: public, max-age=31536000, immutable"
