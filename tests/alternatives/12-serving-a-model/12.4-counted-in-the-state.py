# Exercise 12.4
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, contextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import PlainTextResponse, StreamingResponse
from pydantic import BaseModel, Field

WORDS = ["The", "lake", "is", "calm", "and", "the", "path", "is", "dry"]


class Story(BaseModel):
    words: Annotated[int, Field(ge=1, le=1000)]


async def generate(count: int) -> AsyncIterator[str]:
    """So many words, a line each, at a model's pace."""
    for number in range(count):
        await asyncio.sleep(0.01)
        yield WORDS[number % len(WORDS)] + "\n"


@asynccontextmanager
async def lifespan(app):
    yield {"places": Places()}


class Full(Exception):
    pass


class Places:
    running = 0

    @contextmanager
    def one(self):
        if self.running >= 2:
            raise Full
        self.running += 1
        try:
            yield self
        finally:
            self.running -= 1


def get_place(request: Request):
    with request.state.places.one() as place:
        yield place


async def refuse(request, error):
    return PlainTextResponse("Come again.", 429, {"Retry-After": "1"})


stories = FastAPI(lifespan=lifespan, exception_handlers={Full: refuse})


@stories.post("/stories")
async def tell(story: Story, place=Depends(get_place)):
    return StreamingResponse(generate(story.words), media_type="text/plain")


@stories.get("/stories")
async def count_stories(request: Request):
    return {"running": request.state.places.running}
