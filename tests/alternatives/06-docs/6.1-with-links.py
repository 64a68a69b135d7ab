# Exercise 6.1
from importlib.resources import files

from fastapi import FastAPI
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

huts = FastAPI(title="Huts", docs_url=None, redoc_url=None)
huts.mount("/assets", StaticFiles(directory=str(files("fastapi_offline") / "static")))


@huts.get("/docs", include_in_schema=False)
def docs_page() -> HTMLResponse:
    return get_swagger_ui_html(
        title="Huts",
        openapi_url="/openapi.json",
        swagger_js_url="/assets/swagger-ui-bundle.js",
        swagger_css_url="/assets/swagger-ui.css",
        swagger_favicon_url="/assets/favicon.png",
    )


@huts.get("/redoc", include_in_schema=False)
def redoc_page() -> HTMLResponse:
    page = get_redoc_html(
        title="Huts",
        openapi_url="/openapi.json",
        redoc_js_url="/assets/redoc.standalone.js",
        redoc_favicon_url="/assets/favicon.png",
        with_google_fonts=False,
    )
    return HTMLResponse(
        page.body.decode().replace("<body>", "<body><a href='/docs'>The other page</a><a href='/'>home</a>")
    )
