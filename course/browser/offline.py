"""What is written when the site is whole: the list for reading it offline, its policy, and servers' settings.

The policy is a Content-Security-Policy; course/browser/servers.py has the settings of nginx and Caddy.
It works on any folder of HTML, with the standard library alone: after MkDocs it is called by
`course/making/mkdocs_hook.py`; after another builder, `python -m course.browser.offline site` does the same.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from course.browser.servers import ASK_AGAIN, FOLDER, FOR_EVER, configurations

LIST = "offline.json"
"""Every file of the site with its hash and its size, for the service worker: `web/panel/sw-files.js`."""

POLICY = "csp.txt"
"""The strictest Content-Security-Policy under which the site works, as one line."""

HEADERS = "_headers"
"""The same and how long files may be kept, in the form that Netlify, Cloudflare Pages and others read."""

UNLISTED = {LIST, POLICY, HEADERS, "sw.js", "sitemap.xml", "sitemap.xml.gz", "CNAME", ".nojekyll"}
UNLISTED |= {"live/licences.txt"}  # to be read once, if at all

UNUSED = re.compile(r"\.map$|^assets/javascripts/lunr/")
"""What the theme brings for its developers, and for languages that the course is not in."""

SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<text>.*?)</script>", re.S | re.I)
NO_CODE = re.compile(r"\bsrc=|\btype=[\"']?(application/(ld\+)?json|text/template)", re.I)

IMMUTABLE = ("/live/parts/*", "/live/page/chunk-*", "/assets/*")
"""Addresses whose files carry a hash in their name."""


def write(site: Path, address: str | None = None) -> None:
    """Write the list, the policy, the headers and the servers' settings into a built site.

    Args:
        address: where it will be read; without, what `SITE_URL` says in the environment.
    """
    policy = content_security_policy(inline_scripts(site))
    (site / POLICY).write_text(policy + "\n", encoding="utf-8")
    (site / HEADERS).write_text(headers(policy), encoding="utf-8")
    url = urlsplit(os.environ.get("SITE_URL", "") if address is None else address)
    (site / FOLDER).mkdir(exist_ok=True)
    for name, text in configurations(url, always(policy), IMMUTABLE).items():
        (site / FOLDER / name).write_text(text, encoding="utf-8")
    (site / LIST).write_text(json.dumps(listing(site), indent=0) + "\n", encoding="utf-8")


def listing(site: Path) -> dict[str, object]:
    """The files by path below the site, each as [SHA-256 in hex, bytes], and a version made of them."""
    files: dict[str, tuple[str, int]] = {}
    for path in sorted(site.rglob("*")):
        name = path.relative_to(site).as_posix()
        unlisted = name in UNLISTED or name.startswith(f"{FOLDER}/") or UNUSED.search(name)
        if path.is_file() and not unlisted:
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


def always(policy: str) -> dict[str, str]:
    """The headers of each answer."""
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }


def headers(policy: str) -> str:
    """The file `_headers`: the policy, and how long files may be kept that have a hash in their name."""
    lines = ["/*", *(f"  {name}: {value}" for name, value in always(policy).items())]
    lines.append(f"  Cache-Control: {ASK_AGAIN}")
    for address in IMMUTABLE:
        lines += [address, "  ! Cache-Control", f"  Cache-Control: {FOR_EVER}"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
