# check: leaves_answers_alone
# says: code in an endpoint cannot reach it
# Exercise 3.2
import asyncio
import time

from fastapi import FastAPI, Response

timed = FastAPI()


@timed.get("/rest")
async def rest(response: Response) -> dict[str, str]:
    start = time.perf_counter()
    await asyncio.sleep(0.05)
    response.headers["X-Process-Time"] = str(time.perf_counter() - start)
    return {"message": "Well rested."}
