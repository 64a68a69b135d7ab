# Exercise 3.3
from contextlib import asynccontextmanager
from threading import Lock
from typing import Annotated

from fastapi import Depends, FastAPI, Request


class Guide:
    def __init__(self):
        self.season = "summer"
        self.trails = ["Lake Loop", "Summit Trail"]
        self.visits = 0
        self.lock = Lock()

    def visit(self):
        with self.lock:
            self.visits += 1
            return self.visits


@asynccontextmanager
async def lifespan(app: FastAPI):
    yield {"guide": Guide()}


def of_this_run(request: Request) -> Guide:
    return request.state.guide


Current = Annotated[Guide, Depends(of_this_run)]
guide = FastAPI(lifespan=lifespan)


@guide.get("/trails")
def list_trails(current: Current) -> list[str]:
    return current.trails


@guide.get("/visits")
def count_visit(current: Current):
    return {"visits": current.visit(), "season": current.season}
