# Exercise 3.3
from contextlib import asynccontextmanager
from itertools import count

from fastapi import FastAPI, Request


@asynccontextmanager
async def lifespan(app):
    yield {"season": "summer", "visits": count(1), "trails": ("Lake Loop", "Summit Trail")}


def create_app():
    app = FastAPI(lifespan=lifespan)

    @app.get("/trails")
    def list_trails(request: Request):
        return request.state.trails

    @app.get("/visits")
    def visit(request: Request):
        return {"visits": next(request.state.visits), "season": request.state.season}

    return app


guide = create_app()
