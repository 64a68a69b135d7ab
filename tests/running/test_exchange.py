"""`show`: the exchange as HTTP looks, the same on every run, with nothing unescaped."""

from __future__ import annotations

import subprocess
import sys

import httpx
import pytest
from fastapi import FastAPI, Response, UploadFile

from course import serve, show
from course.running.exchange import MOST_CHARACTERS, Exchange, pretty

pytestmark = pytest.mark.usefixtures("served")
app = FastAPI()


@app.post("/echo", status_code=201)
def echo(body: dict[str, str], response: Response) -> dict[str, str]:
    response.headers["location"] = "/echo/1"
    return body


@app.get("/empty", status_code=204)
def empty() -> None: ...


@app.get("/picture")
def picture() -> Response:
    return Response(b"\x89PNG\xff", media_type="image/png")


@app.get("/zeros")
def zeros() -> Response:
    return Response(b"\0" * 7, media_type="text/plain")


@app.get("/long")
def long() -> Response:
    return Response("line\n" * 5000, media_type="text/plain")


@app.get("/liar")
def liar() -> Response:
    return Response("<b>no json</b>", media_type="application/json")


@app.post("/upload")
def upload(file: UploadFile) -> int | None:
    return file.size


@app.get("/boom")
def boom() -> None:
    raise ZeroDivisionError("<script>")


async def shown(method: str, path: str, **options: object) -> Exchange:
    return Exchange.of(await serve(app).request(method, path, **options))  # type: ignore[arg-type]


async def test_it_looks_like_http() -> None:
    exchange = await shown("POST", "/echo?x=%20y", json={"name": "Ada"})
    assert repr(exchange) == (
        "POST /echo?x=%20y HTTP/1.1\n"
        "content-type: application/json\n"
        "\n"
        '{"name": "Ada"}\n'
        "\n"
        "HTTP/1.1 201 Created\n"
        "content-type: application/json\n"
        "location: /echo/1\n"
        "\n"
        '{"name": "Ada"}'
    )


@pytest.mark.parametrize("path", ["/echo", "/upload"])
async def test_it_is_the_same_on_every_run(path: str) -> None:
    options = {"json": {"a": "b"}} if path == "/echo" else {"files": {"file": b"content"}}
    one, other = await shown("POST", path, **options), await shown("POST", path, **options)
    assert repr(one) == repr(other)
    assert one.html() == other.html()


async def test_an_upload_shows_its_parts() -> None:
    text = repr(await shown("POST", "/upload", files={"file": ("hut.txt", b"High Hut")}))
    assert 'Content-Disposition: form-data; name="file"; filename="hut.txt"' in text
    assert "High Hut" in text
    assert "content-type: multipart/form-data; boundary=…" in text


async def test_bodies_of_every_kind() -> None:
    empty = repr(await shown("GET", "/empty"))
    assert empty.endswith("HTTP/1.1 204 No Content\ncontent-type: application/json")
    assert repr(await shown("GET", "/picture")).endswith("(5 bytes)")
    assert repr(await shown("GET", "/zeros")).endswith("(7 bytes)")
    assert "<b>no json</b>" in repr(await shown("GET", "/liar"))
    text = repr(await shown("GET", "/long"))
    assert len(text) < MOST_CHARACTERS + 500
    assert text.endswith("characters more)")


async def test_what_comes_from_outside_is_escaped() -> None:
    page = (await shown("GET", "/liar")).html()
    assert "<b>no json</b>" not in page
    assert "&lt;b&gt;no json" in page
    assert "<script>" not in (await shown("GET", "/boom")).html()


async def test_an_error_shows_the_apps_own_lines() -> None:
    text = repr(await shown("GET", "/boom"))
    assert "HTTP/1.1 500 Internal Server Error" in text
    assert "test_exchange.py, line" in text
    assert "ZeroDivisionError: <script>" in text
    assert "starlette" not in text


async def test_what_is_no_response_is_refused(recwarn: pytest.WarningsRecorder) -> None:
    client = serve(app)
    with pytest.raises(TypeError, match="write `await` before the request"):
        show(client.get("/empty"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="this is dict"):
        show({"a": 1})  # type: ignore[arg-type]
    assert not [warning for warning in recwarn if "never awaited" in str(warning.message)]


async def test_it_prints_where_no_notebook_is(capsys: pytest.CaptureFixture[str]) -> None:
    client = serve(app)
    show(await client.get("/empty"), await client.get("/picture"))
    out = capsys.readouterr().out
    assert out.count("HTTP/1.1 20") == 2
    assert "<" not in out


def test_pretty_breaks_only_what_is_long() -> None:
    assert pretty({"a": [1, 2], "é": None}) == '{"a": [1, 2], "é": null}'
    entry = {"loc": ["query", "name"], "msg": "Field required", "type": "missing", "input": None}
    value = {"detail": [entry]}
    assert pretty(value).splitlines()[3] == '      "loc": ["query", "name"],'
    assert pretty([]) == "[]"


def test_a_response_of_another_client_is_shown_too() -> None:
    request = httpx.Request("GET", "https://example.org/a?b=c", headers={"x-mine": "1"})
    text = repr(Exchange.of(httpx.Response(299, request=request, text="hi")))
    assert text.startswith("GET /a?b=c HTTP/1.1\nx-mine: 1\n\nHTTP/1.1 299\n")


def test_the_names_come_without_the_slow_imports() -> None:
    slow = "('fastapi', 'httpx', 'uvicorn', 'rich')"
    code = f"import course, sys; print([name for name in {slow} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
