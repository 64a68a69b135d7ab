# Exercise 6.1
from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles

huts = FastAPI(title="Huts", docs_url=None, redoc_url=None)
huts.mount("/assets", StaticFiles(packages=[("fastapi_offline", "static")]), name="assets")
pages = APIRouter(include_in_schema=False)


@pages.get("/docs")
async def docs() -> HTMLResponse:
    return get_swagger_ui_html(
        title=huts.title,
        openapi_url=str(huts.openapi_url),
        swagger_js_url="/assets/swagger-ui-bundle.js",
        swagger_css_url="/assets/swagger-ui.css",
        swagger_favicon_url="/assets/favicon.png",
    )


# The page's address of the script stays as it is when the files move.
@pages.get("/redoc.js")
async def script() -> RedirectResponse:
    return RedirectResponse("/assets/redoc.standalone.js")


@pages.get("/redoc")
async def redoc() -> HTMLResponse:
    return get_redoc_html(
        title=huts.title,
        openapi_url=str(huts.openapi_url),
        redoc_js_url="/redoc.js",
        redoc_favicon_url="/assets/favicon.png",
        with_google_fonts=False,
    )


huts.include_router(pages)
