# Exercise 6.1
from importlib.resources import files

from fastapi import FastAPI, Request, Response
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4"/></svg>'

huts = FastAPI(title="Huts", docs_url=None, redoc_url=None)
huts.mount("/assets", StaticFiles(directory=str(files("fastapi_offline") / "static")), name="assets")


@huts.get("/icon.svg", include_in_schema=False)
def icon() -> Response:
    return Response(ICON, media_type="image/svg+xml")


@huts.get("/docs", include_in_schema=False)
def docs_page(request: Request) -> HTMLResponse:
    return get_swagger_ui_html(
        title=huts.title,
        openapi_url=str(request.url_for("openapi")),
        swagger_js_url=str(request.url_for("assets", path="swagger-ui-bundle.js")),
        swagger_css_url=str(request.url_for("assets", path="swagger-ui.css")),
        swagger_favicon_url=str(request.url_for("icon")),
    )


@huts.get("/redoc", include_in_schema=False)
def redoc_page(request: Request) -> HTMLResponse:
    page = get_redoc_html(
        title=huts.title,
        openapi_url=str(request.url_for("openapi")),
        redoc_js_url=str(request.url_for("assets", path="redoc.standalone.js")),
        redoc_favicon_url=str(request.url_for("icon")),
        with_google_fonts=False,
    )
    page.headers["Content-Security-Policy"] = "img-src 'self' data:"
    return page
