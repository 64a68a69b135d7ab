# Exercise 6.1
from importlib.resources import files

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Huts</title></head>
<body>
<div id="docs"></div>
<script src="/assets/redoc.standalone.js"></script>
<script>Redoc.init("/openapi.json", {}, document.getElementById("docs"));</script>
</body>
</html>
"""

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


@huts.get("/redoc", include_in_schema=False, response_class=HTMLResponse)
async def redoc_page() -> str:
    return PAGE
