# Exercise 12.4
import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
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
places = asyncio.Semaphore(2)
taken = [0]


async def place():
    if places.locked():
        raise HTTPException(status_code=429, headers={"Retry-After": "1"})
    async with places:
        taken[0] += 1
        try:
            yield
        finally:
            taken[0] -= 1


@stories.post("/stories", dependencies=[Depends(place)])
async def tell(story: Story):
    return StreamingResponse(generate(story.words), media_type="text/plain")


@stories.get("/stories")
async def count_stories():
    return {"running": taken[0]}
