# check: fifty_may_wait
# says: Has each a bell
import asyncio

from fastapi import FastAPI

closures: list[str] = []
bell = asyncio.Event()

news = FastAPI()


@news.get("/trails")
def list_trails() -> list[str]:
    return ["Lake Loop", "Ridge Path"]


@news.post("/closures")
async def close_trail(trail: str) -> int:
    closures.append(trail)
    bell.set()
    return len(closures)


@news.get("/closures")
async def read_closures(after: int = 0, wait: float = 20) -> list[str]:
    global bell
    if len(closures) <= after:
        bell = asyncio.Event()
        try:
            async with asyncio.timeout(wait):
                await bell.wait()
        except TimeoutError:
            return []
    return closures[after:]
