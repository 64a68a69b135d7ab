# Exercise 2.4
import asyncio

from fastapi import FastAPI

closures: list[str] = []

news = FastAPI()


@news.get("/trails")
def list_trails() -> list[str]:
    return ["Lake Loop", "Ridge Path"]


waiting = []


@news.post("/closures")
async def close_trail(trail: str):
    closures.append(trail)
    for future in waiting:
        if not future.done():
            future.set_result(None)
    waiting.clear()
    return len(closures)


@news.get("/closures")
async def read_closures(after: int = 0, wait: float = 20.0):
    if len(closures) == after:
        future = asyncio.get_running_loop().create_future()
        waiting.append(future)
        await asyncio.wait([future], timeout=wait)
    return closures[after:]
