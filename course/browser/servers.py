"""The whole configuration of a web server for the built site: nginx's and Caddy's.

Both serve files alone, compressed, with the headers of this build. A path without its slash leads to the one
with it, and what is not there is the site's 404 page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from textwrap import indent
from urllib.parse import SplitResult

FOLDER = "server"
"""Where they lie in the built site."""

ASK_AGAIN = "no-cache"
FOR_EVER = "public, max-age=31536000, immutable"
"""How long files may be kept: most are asked for again, those with a hash in their name never."""

COMPRESSED = (
    *("text/css", "text/plain", "text/xml", "text/javascript", "application/javascript"),
    *("application/json", "application/xml", "image/svg+xml"),
)
"""What nginx is to compress besides HTML. Caddy knows such types by itself."""


def configurations(url: SplitResult, headers: Mapping[str, str], kept: Iterable[str]) -> dict[str, str]:
    """The files by name.

    Args:
        url: where the site will be read; host and path may be empty.
        headers: those of each answer.
        kept: the paths below the site whose files never change; a `*` at the end is anything.
    """
    base = f"/{path}/" if (path := url.path.strip("/")) else "/"
    never = [base + path.lstrip("/") for path in kept]
    return {"nginx.conf": nginx(url, base, headers, never), "Caddyfile": caddy(url, base, headers, never)}


def _places(base: str) -> tuple[str, str]:
    """The root on the server, and the site's folder: below the root its path is its address."""
    return ("/srv/course", "/srv/course") if base == "/" else ("/srv", f"/srv{base.rstrip('/')}")


def nginx(url: SplitResult, base: str, headers: Mapping[str, str], kept: Iterable[str]) -> str:
    """A file for `/etc/nginx/conf.d/`."""
    root, folder = _places(base)
    paths = "|".join(re.escape(path.removesuffix("*")).replace(r"\-", "-") for path in kept)
    told = "\n".join(f'add_header {name} "{value}" always;' for name, value in headers.items())
    others = f"""
    location = {base.rstrip("/")} {{
        return 301 {base}$is_args$args;
    }}
    location / {{
        return 404;
    }}"""
    return f"""\
# The course by nginx. Made with the site, and the hashes are of this build: copy it anew with each.
# Copy what is in site/ to {folder}, and this file to /etc/nginx/conf.d/course.conf; then
# `nginx -t && nginx -s reload`, or `nginx` where it does not run yet. On Debian and Ubuntu a page of welcome
# is there already: delete /etc/nginx/sites-enabled/default, or it answers in place of the course.
# For https, which reading offline needs, add your certificate, or have certbot do it. Where the host
# serves other things, too, take map and locations into its server.

map $uri $course_kept {{
    default "{ASK_AGAIN}";
    "~^({paths})" "{FOR_EVER}";
}}

server {{
    listen 80;
    server_name {url.hostname or "_"};
    absolute_redirect off;
{"" if base == "/" else others}
    location {base} {{
        root {root};
        index index.html;
        error_page 403 404 =404 {base}404.html;
        charset utf-8;
        gzip on;
        gzip_vary on;
        gzip_proxied any;
        gzip_min_length 1000;
        gzip_types {" ".join(COMPRESSED)};
{indent(told, "        ")}
        add_header Cache-Control $course_kept always;
    }}
}}
"""


def caddy(url: SplitResult, base: str, headers: Mapping[str, str], kept: Iterable[str]) -> str:
    """A `Caddyfile`. With a host's name in it Caddy sees to certificates by itself."""
    root, folder = _places(base)
    site = f"{url.scheme}://{url.netloc}" if url.hostname else ":80"
    told = "\n".join(f'{name} "{value}"' for name, value in headers.items())
    others = f"""
	redir {base.rstrip("/")} {base} 301
	handle {{
		respond 404
	}}"""
    return f"""\
# The course by Caddy. Made with the site, and the hashes are of this build: copy it anew with each.
# Copy what is in site/ to {folder}, and this file to /etc/caddy/Caddyfile; then
# `systemctl reload caddy`. Caddy gets a certificate for the host's name by itself.

{site} {{
	encode gzip
{"" if base == "/" else others}
	@kept {{
		path {" ".join(kept)}
		file {{
			root {root}
		}}
	}}
	handle {base}* {{
		root * {root}
		route {{
			header {{
{indent(told, "				")}
				Cache-Control "{ASK_AGAIN}"
			}}
			header @kept Cache-Control "{FOR_EVER}"
			file_server
		}}
	}}

	handle_errors {{
		encode gzip
		root * {root}
		rewrite * {base}404.html
		file_server
	}}
}}
"""
