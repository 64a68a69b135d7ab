# check: waits_for_news
# says: Where `wait` is left out
import asyncio

from fastapi import FastAPI

closures: list[str] = []
bells: list[asyncio.Event] = []

news = FastAPI()


@news.get("/trails")
def list_trails() -> list[str]:
    return ["Lake Loop", "Ridge Path"]


@news.post("/closures")
async def close_trail(trail: str) -> int:
    closures.append(trail)
    for bell in bells:
        bell.set()
    bells.clear()
    return len(closures)


@news.get("/closures")
async def read_closures(after: int = 0, wait: float = 0) -> list[str]:
    if len(closures) <= after:
        bell = asyncio.Event()
        bells.append(bell)
        try:
            async with asyncio.timeout(wait):
                await bell.wait()
        except TimeoutError:
            bells.remove(bell)
    return closures[after:]
