# check: waits_for_news
# says: something kept the event loop
import time

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
    until = time.monotonic() + wait
    while len(closures) <= after and time.monotonic() < until:
        time.sleep(0.05)
    return closures[after:]
