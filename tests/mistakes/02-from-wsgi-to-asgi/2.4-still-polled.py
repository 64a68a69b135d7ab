# check: waits_for_news
# says: still the app answered
# Exercise 2.4
import asyncio

from fastapi import FastAPI

closures: list[str] = []

news = FastAPI()


@news.get("/trails")
def list_trails() -> list[str]:
    return ["Lake Loop", "Ridge Path"]


@news.post("/closures")
async def close_trail(trail: str) -> int:
    closures.append(trail)
    return len(closures)


@news.get("/closures")
async def read_closures(after: int = 0, wait: float = 20) -> list[str]:
    return closures[after:]
