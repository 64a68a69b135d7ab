"""What is written when the site is whole: the list for reading it offline, and its Content-Security-Policy.

It works on any folder of HTML, with the standard library alone: after MkDocs it is called by
`course/making/mkdocs_hook.py`; after another builder, `python -m course.browser.offline site` does the same.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

LIST = "offline.json"
"""Every file of the site with its hash and its size, for the service worker: `web/panel/sw-files.js`."""

POLICY = "csp.txt"
"""The strictest Content-Security-Policy under which the site works, as one line."""

HEADERS = "_headers"
"""The same and how long files may be kept, in the form that Netlify, Cloudflare Pages and others read."""

UNLISTED = {LIST, POLICY, HEADERS, "sw.js", "sitemap.xml", "sitemap.xml.gz", "CNAME", ".nojekyll"}

UNUSED = re.compile(r"\.map$|^assets/javascripts/lunr/")
"""What the theme brings for its developers, and for languages that the course is not in."""

SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<text>.*?)</script>", re.S | re.I)
NO_CODE = re.compile(r"\bsrc=|\btype=[\"']?(application/(ld\+)?json|text/template)", re.I)

IMMUTABLE = ("/live/parts/*", "/live/page/chunk-*", "/assets/*")
"""Addresses whose files carry a hash in their name."""


def write(site: Path) -> None:
    """Write the list, the policy and the headers into a built site."""
    policy = content_security_policy(inline_scripts(site))
    (site / POLICY).write_text(policy + "\n", encoding="utf-8")
    (site / HEADERS).write_text(headers(policy), encoding="utf-8")
    (site / LIST).write_text(json.dumps(listing(site), indent=0) + "\n", encoding="utf-8")


def listing(site: Path) -> dict[str, object]:
    """The files by path below the site, each as [SHA-256 in hex, bytes], and a version made of them."""
    files: dict[str, tuple[str, int]] = {}
    for path in sorted(site.rglob("*")):
        name = path.relative_to(site).as_posix()
        if path.is_file() and name not in UNLISTED and not UNUSED.search(name):
            content = path.read_bytes()
            files[name] = hashlib.sha256(content).hexdigest(), len(content)
    version = hashlib.sha256(json.dumps(files).encode()).hexdigest()[:16]
    return {"version": version, "files": files}


def inline_scripts(site: Path) -> list[str]:
    """The hashes of all scripts that stand in pages, as a policy names them."""
    found = {
        digest
        for page in sorted(site.rglob("*.html"))
        for digest in _hashes(page.read_text(encoding="utf-8"))
    }
    return sorted(found)


def _hashes(page: str) -> Iterator[str]:
    for script in SCRIPT.finditer(page):
        if not NO_CODE.search(script["attributes"]):
            digest = hashlib.sha256(script["text"].encode()).digest()
            yield f"'sha256-{base64.b64encode(digest).decode()}'"


def content_security_policy(scripts: list[str]) -> str:
    """The policy: nothing from other hosts, no script that was not there when the site was built.

    `'wasm-unsafe-eval'` is Python's interpreter. Styles may stand in pages, since ReDoc and the theme put
    some there while they run. Apps of learners are stricter still, see `web/panel/sw-apps.js`.
    """
    return "; ".join(
        [
            "default-src 'none'",
            " ".join(["script-src 'self' 'wasm-unsafe-eval'", *scripts]),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "frame-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'self'",
            "object-src 'none'",
        ]
    )


def headers(policy: str) -> str:
    """The file `_headers`: the policy, and how long files may be kept that have a hash in their name."""
    always = [
        f"Content-Security-Policy: {policy}",
        "X-Content-Type-Options: nosniff",
        "Referrer-Policy: same-origin",
    ]
    lines = ["/*", *(f"  {header}" for header in always), "  Cache-Control: no-cache"]
    for address in IMMUTABLE:
        lines += [address, "  ! Cache-Control", "  Cache-Control: public, max-age=31536000, immutable"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
