# Exercise 12.4
import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import FastAPI, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

WORDS = ["The", "lake", "is", "calm", "and", "the", "path", "is", "dry"]


class Story(BaseModel):
    words: Annotated[int, Field(ge=1, le=1000)]


async def generate(count: int) -> AsyncIterator[str]:
    """So many words, a line each, at a model's pace."""
    for number in range(count):
        await asyncio.sleep(0.01)
        yield WORDS[number % len(WORDS)] + "\n"


stories = FastAPI()
running = set()


async def told(number, count):
    try:
        async for word in generate(count):
            yield word
    finally:
        running.discard(number)


class Told(StreamingResponse):
    async def __call__(self, scope, receive, send):
        try:
            await super().__call__(scope, receive, send)
        finally:
            running.discard(self.number)


@stories.post("/stories")
async def tell(story: Story):
    if len(running) == 2:
        return Response(status_code=429, headers={"Retry-After": "1"})
    number = object()
    running.add(number)
    response = Told(told(number, story.words), media_type="text/plain")
    response.number = number
    return response


@stories.get("/stories")
async def count_stories():
    return {"running": len(running)}
