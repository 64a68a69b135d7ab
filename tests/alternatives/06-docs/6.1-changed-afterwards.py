# Exercise 6.1

from fastapi import APIRouter, FastAPI
from fastapi.openapi import docs
from fastapi.staticfiles import StaticFiles

pages = APIRouter(include_in_schema=False)


@pages.get("/docs")
async def swagger():
    return docs.get_swagger_ui_html(
        openapi_url=huts.openapi_url,
        title=huts.title,
        swagger_js_url="/static/swagger-ui-bundle.js",
        swagger_css_url="/static/swagger-ui.css",
        swagger_favicon_url="/static/favicon.png",
    )


@pages.get("/redoc")
async def redoc():
    return docs.get_redoc_html(
        openapi_url=huts.openapi_url,
        title=huts.title,
        redoc_js_url="/static/redoc.standalone.js",
        redoc_favicon_url="/static/favicon.png",
        with_google_fonts=False,
    )


huts = FastAPI(title="Huts", docs_url=None, redoc_url=None)
huts.include_router(pages)
huts.mount("/static", StaticFiles(packages=[("fastapi_offline", "static")]), name="static")
