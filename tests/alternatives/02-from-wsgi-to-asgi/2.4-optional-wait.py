# Exercise 2.4
import asyncio

from fastapi import FastAPI

closures = []
queues = []
news = FastAPI()


@news.get("/trails")
def list_trails():
    return ["Lake Loop", "Ridge Path"]


@news.post("/closures")
async def close_trail(trail: str):
    closures.append(trail)
    for q in queues:
        q.put_nowait(trail)
    return len(closures)


@news.get("/closures")
async def wait_for_closures(after: int = 0, wait: float | None = None):
    if wait is None:
        wait = 20
    if len(closures) <= after:
        q = asyncio.Queue()
        queues.append(q)
        try:
            await asyncio.wait_for(q.get(), wait)
        except asyncio.TimeoutError:
            return []
        finally:
            queues.remove(q)
    return closures[after:]
