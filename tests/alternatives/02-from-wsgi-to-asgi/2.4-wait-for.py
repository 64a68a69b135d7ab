# Exercise 2.4
import asyncio

from fastapi import FastAPI

closures: list[str] = []

news = FastAPI()


@news.get("/trails")
def list_trails() -> list[str]:
    return ["Lake Loop", "Ridge Path"]


bells = set()


@news.post("/closures")
async def close_trail(trail: str):
    closures.append(trail)
    for bell in bells:
        bell.set()
    return len(closures)


@news.get("/closures")
async def read_closures(after: int = 0, wait: float = 20.0):
    if not closures[after:]:
        bells.add(bell := asyncio.Event())
        try:
            await asyncio.wait_for(bell.wait(), timeout=wait)
        except TimeoutError:
            return []
        finally:
            bells.discard(bell)
    return closures[after:]
