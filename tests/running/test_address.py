"""Where a browser finds an app: through the notebook server's proxy where there is one."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import pytest
from fastapi import FastAPI, Request, WebSocket
from websockets.asyncio.client import connect

from course.running import address as module
from course.running.address import address, whole
from course.running.server import Client, serve

pytestmark = pytest.mark.usefixtures("served")

BASE = "/user/ada/"
Beside = Callable[[str], None]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A kernel that no notebook server has started, whoever runs these tests."""
    for name in ("CODESPACE_NAME", "JUPYTERHUB_PUBLIC_URL", "JUPYTERHUB_SERVICE_PREFIX", "JPY_PARENT_PID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "the hub's")
    monkeypatch.setitem(sys.modules, "ipykernel", ModuleType("ipykernel"))
    yield
    module.proxy_base.cache_clear()
    module.notebook_server.cache_clear()


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Beside]:
    """Puts a notebook server beside this kernel, which answers at one path, to a token."""
    servers: list[ThreadingHTTPServer] = []

    def start(path: str, token: str = "", asks: str = "the hub's") -> None:
        class Server(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                known = self.headers["Authorization"] == f"token {asks}"
                self.send_response(200 if known and self.path == path else 404)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Server))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        said = {"base_url": BASE, "hostname": "", "port": servers[-1].server_port, "secure": False}
        (tmp_path / "jpserver-77.json").write_text(json.dumps(said | {"token": token}), encoding="utf-8")
        monkeypatch.setenv("JPY_PARENT_PID", "77")

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


PROXY = f"{BASE}server-proxy/servers-info"
"""Where jupyter-server-proxy answers, and a notebook server without it does not."""


def app() -> FastAPI:
    trails = FastAPI(title="Trails")

    @trails.get("/where/")
    async def tell(request: Request) -> list[str | None]:
        told = request.headers.get("x-forwarded-prefix")
        return [request.url.path, str(request.url_for("tell")), told]

    return trails


async def by_proxy(client: Client, path: str, prefix: str | None = None) -> str:
    """What the app answers to what the notebook server's proxy sends it, which has taken the prefix off."""
    prefix = prefix or f"{BASE}proxy/{client.server.port}"
    headers = {"X-Forwarded-Prefix": prefix, "Host": "hub.example"}
    answer = await client.get(path, headers=headers, follow_redirects=False)
    return answer.headers.get("location") or answer.text


def test_without_a_notebook_server_a_browser_asks_the_app_itself() -> None:
    assert address(8000, "/docs") == "http://127.0.0.1:8000/docs"


def test_a_notebook_server_without_a_proxy_changes_nothing(beside: Beside) -> None:
    beside("/none")
    assert address(8000) == "http://127.0.0.1:8000"


def test_one_that_has_gone_changes_nothing(beside: Beside, tmp_path: Path) -> None:
    beside(PROXY)
    file = tmp_path / "jpserver-77.json"
    said = json.loads(file.read_text(encoding="utf-8"))
    for text in (json.dumps(said | {"port": 1}), "{", "[]", "{}"):
        file.write_text(text, encoding="utf-8")
        module.proxy_base.cache_clear()
        module.notebook_server.cache_clear()
        assert address(8000) == "http://127.0.0.1:8000"


async def test_what_is_shown_goes_through_the_proxy(beside: Beside) -> None:
    beside(PROXY)
    client = serve(app())
    prefix = f"{BASE}proxy/{client.server.port}"
    assert f'src="{prefix}/_course/docs"' in client.docs()._repr_mimebundle_()["text/html"]
    assert f'href="{prefix}/watch"' in str(client.link("/watch")._repr_html_())
    assert (await client.get("/where/")).json()[0] == "/where/"  # cells ask the app itself


def test_a_server_with_a_token_of_its_own_is_asked_with_it(beside: Callable[..., None]) -> None:
    beside(PROXY, token="its own", asks="its own")
    assert address(8000) == f"{BASE}proxy/8000"


async def test_an_app_behind_the_proxy_knows_its_prefix(beside: Beside) -> None:
    beside(PROXY)
    client = serve(app())
    prefix = f"{BASE}proxy/{client.server.port}"
    assert json.loads(await by_proxy(client, "/openapi.json"))["servers"] == [{"url": prefix}]
    assert json.loads(await by_proxy(client, "/where/")) == [
        f"{prefix}/where/",
        f"http://hub.example{prefix}/where/",
        None,
    ]
    assert await by_proxy(client, "/where") == f"http://hub.example{prefix}/where/"
    for kind, script in (("docs", "swagger-ui-bundle.js"), ("redoc", "redoc.standalone.js")):
        page = await by_proxy(client, f"/_course/{kind}")
        assert f'"{prefix}/_course/{script}"' in page
        assert f"{prefix}/openapi.json" in page
        assert len(await by_proxy(client, f"/_course/{script}")) > 500_000
    assert "servers" not in (await client.get("/openapi.json")).json()  # asked directly, it is as ever


@pytest.mark.parametrize("prefix", ["/api", "/user/bo/proxy/8000", "/user/ada/proxy/1"])
async def test_the_prefix_of_another_proxy_is_left_to_the_app(beside: Beside, prefix: str) -> None:
    beside(PROXY)
    client = serve(app())
    assert json.loads(await by_proxy(client, "/where/", prefix)) == [
        "/where/",
        "http://hub.example/where/",
        prefix,
    ]


async def test_a_websocket_behind_the_proxy_is_found(beside: Beside) -> None:
    beside(PROXY)
    echoes = FastAPI()

    @echoes.websocket("/echo")
    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text(await socket.receive_text() + socket.url.path)

    client = serve(echoes)
    prefix = f"{BASE}proxy/{client.server.port}"
    headers = {"X-Forwarded-Prefix": prefix}
    asked = connect(
        f"ws://127.0.0.1:{client.server.port}/echo", proxy=None, open_timeout=60, additional_headers=headers
    )
    async with asked as socket:
        await socket.send("Hello ")
        assert await socket.recv() == f"Hello {prefix}/echo"


async def test_at_a_desk_a_link_is_its_address() -> None:
    client = serve(app())
    link = client.link("/watch")
    assert repr(link) == f"Open http://127.0.0.1:{client.server.port}/watch"
    assert link._repr_html_() is None


def test_a_hub_that_says_its_address_gets_whole_links(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", BASE)
    assert whole(f"{BASE}proxy/8000/") == f"{BASE}proxy/8000/"
    monkeypatch.setenv("JUPYTERHUB_PUBLIC_URL", f"https://hub.example{BASE}")
    assert whole(f"{BASE}proxy/8000/") == f"https://hub.example{BASE}proxy/8000/"
    assert whole("http://127.0.0.1:8000/") == "http://127.0.0.1:8000/"


def test_a_codespace_forwards_ports_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODESPACE_NAME", "octo-cat")
    monkeypatch.setenv("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN", "app.github.dev")
    assert address(8000, "/docs") == "https://octo-cat-8000.app.github.dev/docs"


def test_nothing_is_loaded_for_it_at_the_start() -> None:
    loads = "import sys; before = set(sys.modules); import course.running.address"
    told = f"{loads}; print(sorted({{'ssl', 'http.client', 'jupyter_core'}} & (set(sys.modules) - before)))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
