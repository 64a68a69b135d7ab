"""Where a browser finds a server that runs beside the notebook.

At a desk that is `http://127.0.0.1:PORT`, as the browser is on the same machine. Where the notebook server
runs elsewhere (a hub, Binder, a container), that address is the learner's own machine, and nobody's server.
Then the notebook server's own proxy leads there, jupyter-server-proxy, at `BASE/proxy/PORT`; what is shown
names its path alone, so that a page of that notebook server finds it under whatever host and hub it is.

Whether there is such a proxy, the notebook server is asked itself, once, when something is shown.
"""

from __future__ import annotations

import json
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

PREFIX = b"x-forwarded-prefix"
"""The header in which the proxy says under which path it was asked."""

PATIENCE = 60.0
"""Seconds after which a notebook server that does not answer counts as one without a proxy."""


def address(port: int, path: str = "") -> str:
    """Where a browser finds what listens on a loopback port: an address, or a path of the notebook server."""
    if (base := proxy_base()) is not None:
        return f"{prefix(base, port)}{path}"
    if forwarded := _codespace(port):
        return f"{forwarded}{path}"
    return f"http://127.0.0.1:{port}{path}"


def prefix(base: str, port: int) -> str:
    """The path under which the proxy of the notebook server at `base` leads to a port."""
    return f"{base}proxy/{port}"


def whole(found: str) -> str:
    """An address as it can be copied, where the hub has said which host is its own; else as it is."""
    public = os.environ.get("JUPYTERHUB_PUBLIC_URL", "")
    base = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "/")
    if found.startswith(base) and public.endswith(base):
        return public.removesuffix(base) + found
    return found


@cache
def proxy_base() -> str | None:
    """The path of the notebook server that this kernel is of, such as `/user/ada/`, if it has a proxy."""
    server = notebook_server()
    return server["base_url"] if server and _has_proxy(server) else None


@cache
def notebook_server() -> dict[str, Any] | None:
    """What the notebook server that started this kernel says of itself; None where none did."""
    if "ipykernel" not in sys.modules:
        return None
    from jupyter_core.paths import jupyter_runtime_dir  # loaded by the kernel, as it is

    file = Path(jupyter_runtime_dir(), f"jpserver-{os.environ.get('JPY_PARENT_PID')}.json")
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("base_url"), str) else None


def _has_proxy(server: dict[str, Any]) -> bool:
    """Whether a notebook server has jupyter-server-proxy, which answers at an address of its own."""
    import http.client
    import ssl

    host = server["hostname"] if server["hostname"] not in ("", "*", "0.0.0.0", "::") else "127.0.0.1"
    connection: http.client.HTTPConnection
    if server["secure"]:
        # It is on this machine, and its certificate for the name that others know it by.
        unnamed = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection(host, server["port"], timeout=PATIENCE, context=unnamed)
    else:
        connection = http.client.HTTPConnection(host, server["port"], timeout=PATIENCE)
    # A hub's server has no token of its own, and takes the one by which it speaks to the hub.
    token = server["token"] or os.environ.get("JUPYTERHUB_API_TOKEN", "")
    try:
        connection.request(
            "GET",
            f"{server['base_url']}server-proxy/servers-info",
            headers={"Authorization": f"token {token}"},
        )
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _codespace(port: int) -> str:
    """Where GitHub forwards a port of a codespace; empty elsewhere."""
    name = os.environ.get("CODESPACE_NAME")
    domain = os.environ.get("GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN")
    return f"https://{name}-{port}.{domain}" if name and domain else ""
