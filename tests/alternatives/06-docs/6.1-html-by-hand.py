# Exercise 6.1
from importlib.resources import files

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse, HTMLResponse
from starlette.routing import Route

ASSETS = files("fastapi_offline") / "static"
PAGE = """<!doctype html>
<html>
<head><title>Huts</title><link rel="icon" href="data:,"></head>
<body><redoc spec-url="/openapi.json"></redoc><script src="files/redoc.standalone.js"></script></body>
</html>
"""

huts = FastAPI(title="Huts", docs_url=None, redoc_url=None)


@huts.get("/files/{name}", include_in_schema=False)
def asset(name: str) -> FileResponse:
    return FileResponse(str(ASSETS / name))


@huts.get("/docs", include_in_schema=False)
def docs_page() -> HTMLResponse:
    return get_swagger_ui_html(
        title="Huts",
        openapi_url="/openapi.json",
        swagger_js_url="/files/swagger-ui-bundle.js",
        swagger_css_url="/files/swagger-ui.css",
        swagger_favicon_url="/files/favicon.png",
    )


huts.router.routes.append(Route("/redoc", lambda request: HTMLResponse(PAGE)))
