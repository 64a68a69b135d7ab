# Exercise 2.4
import asyncio

from fastapi import FastAPI

closures: list[str] = []

news = FastAPI()


@news.get("/trails")
def list_trails() -> list[str]:
    return ["Lake Loop", "Ridge Path"]


class Board:
    changed = None


@news.post("/closures")
async def close_trail(trail: str) -> int:
    closures.append(trail)
    if Board.changed:
        Board.changed.set()
        Board.changed = None
    return len(closures)


@news.get("/closures")
async def read_closures(after: int = 0, wait: float = 20) -> list[str]:
    if len(closures) <= after:
        Board.changed = Board.changed or asyncio.Event()
        try:
            async with asyncio.timeout(wait):
                await Board.changed.wait()
        except TimeoutError:
            pass
    return closures[after:]
