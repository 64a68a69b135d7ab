# Exercise 2.4
import asyncio

from fastapi import FastAPI

closures: list[str] = []

news = FastAPI()


@news.get("/trails")
def list_trails() -> list[str]:
    return ["Lake Loop", "Ridge Path"]


changed = asyncio.Condition()


@news.post("/closures")
async def close_trail(trail: str) -> int:
    async with changed:
        closures.append(trail)
        changed.notify_all()
    return len(closures)


@news.get("/closures")
async def read_closures(after: int = 0, wait: float = 20) -> list[str]:
    try:
        async with asyncio.timeout(wait), changed:
            await changed.wait_for(lambda: len(closures) > after)
    except TimeoutError:
        return []
    return closures[after:]
