"""The configurations of nginx and Caddy, tried with both where they are there."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from course.browser import offline
from course.browser.servers import FOLDER

PAGE = "<!doctype html><script>var a = 1</script><p>{}</p>" + "and so on " * 200
FILES = {
    "index.html": PAGE.format("start"),
    "404.html": PAGE.format("nothing"),
    "lessons/01-first-api/index.html": PAGE.format("lesson"),
    "css/course.css": "a { color: red } " * 100,
    "js/course.js": "let a = 1; " * 200,
    "search/search_index.json": "[" + "1, " * 1000 + "1]",
    "images/logo.svg": "<svg>" + "<g></g>" * 300 + "</svg>",
    "live/parts/core-0123456789ab.bin": "packed" * 500,
    "live/page/chunk-abc.js": "let b = 2; " * 200,
    "live/page/lesson.js": "let c = 3; " * 200,
    "assets/theme.12345678.css": "b { color: blue } " * 100,
    "sw.js": "let d = 4; " * 200,
}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Served:
    """A site that a server serves."""

    port: int
    base: str
    site: Path

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a path below the site, or for a whole one that begins with a slash."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request("GET", path if path.startswith("/") else self.base + path, headers=headers)
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, told, answer.read())


def laid(folder: Path, base: str) -> Path:
    """A built site, where its address says."""
    site = folder / "srv" / (base.strip("/") or "course")
    for name, text in FILES.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = text.encode()
        path.write_bytes(gzip.compress(content) if path.suffix == ".bin" else content)
    offline.write(site, f"http://course.example{base}")
    return site


def until_it_answers(process: subprocess.Popen[bytes], port: int) -> None:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
        else:
            return
    pytest.fail(f"it ended with {process.returncode}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def as_nginx(folder: Path, site: Path, root: Path, port: int) -> list[str]:
    text = (site / FOLDER / "nginx.conf").read_text(encoding="utf-8")
    old = text.split("  root ", 1)[1].split(";", 1)[0]
    ours = text.replace("listen 80;", f"listen 127.0.0.1:{port};").replace(f"root {old};", f"root {root};")
    (folder / "course.conf").write_text(ours, encoding="utf-8")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    main = [
        "daemon off;",
        # Its workers would not get into a folder of root's.
        *(["user root;"] if os.geteuid() == 0 else []),
        f"pid {folder}/nginx.pid;",
        "events {}",
        "http {",
        "include /etc/nginx/mime.types;",
        "default_type application/octet-stream;",
        "access_log off;",
        *(f"{kind}_temp_path {folder}/{kind};" for kind in kinds),
        f"include {folder}/course.conf;",
        "}",
    ]
    (folder / "nginx.conf").write_text("\n".join(main), encoding="utf-8")
    return ["-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def as_caddy(folder: Path, site: Path, root: Path, port: int) -> list[str]:
    text = (site / FOLDER / "Caddyfile").read_text(encoding="utf-8")
    old = text.split("\troot * ", 1)[1].split("\n", 1)[0]
    ours = text.replace("http://course.example", f"http://127.0.0.1:{port}")
    ours = ours.replace(f"root * {old}\n", f"root * {root}\n").replace(f"root {old}\n", f"root {root}\n")
    (folder / "Caddyfile").write_text("{\n\tadmin off\n}\n" + ours, encoding="utf-8")
    return ["run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


COMMANDS = {"nginx": as_nginx, "caddy": as_caddy}


@pytest.fixture(
    scope="module", params=[f"{name} {base}" for name in COMMANDS for base in ("/", "/course/", "/a/b/")]
)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    name, base = request.param.split()
    program = shutil.which(name, path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")
    if program is None:
        pytest.skip(f"{name} is not there, so its configuration was not tried.")
    folder = tmp_path_factory.mktemp(name)
    site, port = laid(folder, base), free_port()
    root = site if base == "/" else folder / "srv"
    command = [program, *COMMANDS[name](folder, site, root, port)]
    # Where something is kept, it is kept here.
    environment = {
        **os.environ,
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        until_it_answers(process, port)
        yield Served(port, base, site)
    finally:
        process.terminate()
        process.wait()


def always(site: Path) -> dict[str, str]:
    """The headers of each answer, as `_headers` has them."""
    lines = (site / offline.HEADERS).read_text(encoding="utf-8").split("\n/", 1)[0].splitlines()[1:]
    pairs = (line.strip().split(": ", 1) for line in lines)
    return {name.lower(): value for name, value in pairs}


def test_each_page_has_the_headers_of_this_build(served: Served) -> None:
    wanted = always(served.site)
    assert "'sha256-" in wanted["content-security-policy"] and len(wanted) == 4
    for path in ("", "lessons/01-first-api/", "css/course.css", "sw.js", "live/page/lesson.js"):
        answer = served.get(path)
        assert answer.status == 200, path
        assert {name: answer.headers.get(name) for name in wanted} == wanted, path


def test_what_has_a_hash_in_its_name_is_kept(served: Served) -> None:
    for path in ("live/parts/core-0123456789ab.bin", "live/page/chunk-abc.js", "assets/theme.12345678.css"):
        answer = served.get(path)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["lessons/01-first", "no/such/page/", "live/parts/core-gone.bin", "live/parts/"]
)
def test_what_is_not_there_is_the_sites_own_page_and_is_not_kept(served: Served, path: str) -> None:
    answer = served.get(path)
    assert answer.status == 404
    assert answer.body.decode() == FILES["404.html"]
    wanted = always(served.site)
    assert {name: answer.headers.get(name) for name in wanted} == wanted


def test_a_path_without_its_slash_leads_to_the_one_with_it(served: Served) -> None:
    answer = served.get("lessons/01-first-api")
    assert answer.status in (301, 308)
    assert (
        answer.headers["location"] == f"{served.base}lessons/01-first-api/"
        or answer.headers["location"] == "01-first-api/"
    )
    if served.base != "/":
        answer = served.get(served.base.rstrip("/"))
        assert (answer.status, answer.headers["location"]) == (301, served.base)


@pytest.mark.parametrize(
    "path",
    ["", "css/course.css", "js/course.js", "search/search_index.json", "images/logo.svg", "no/such/page/"],
)
def test_text_is_compressed(served: Served, path: str) -> None:
    plain = served.get(path)
    packed = served.get(path, **{"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 4
    assert "accept-encoding" in packed.headers["vary"].lower()


def test_what_is_packed_already_stays_as_it_is(served: Served) -> None:
    answer = served.get("live/parts/core-0123456789ab.bin", **{"Accept-Encoding": "gzip"})
    assert "content-encoding" not in answer.headers


def test_modules_and_pages_have_their_types(served: Served) -> None:
    assert "javascript" in served.get("live/page/lesson.js").headers["content-type"]
    assert served.get("").headers["content-type"].lower() == "text/html; charset=utf-8"


def test_nothing_but_the_site_is_served(served: Served) -> None:
    if served.base != "/":
        (served.site.parent / "other.txt").write_text("of somebody else", encoding="utf-8")
        assert [served.get(path).status for path in ("/", "/other.txt", "/a/other.txt")] == [404, 404, 404]
    assert served.get(f"{served.base}..%2f..%2fnginx.conf").status in (400, 404)
