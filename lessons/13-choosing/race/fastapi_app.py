import asyncio
import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/hello")
async def hello() -> dict[str, str]:
    return {"message": "Hello!"}


@app.get("/wait")
async def wait() -> dict[str, float]:
    began = time.perf_counter()
    await asyncio.sleep(0.1)
    return {"began": began, "ended": time.perf_counter()}


@app.get("/wait-def")
def wait_in_a_thread() -> dict[str, float]:
    began = time.perf_counter()
    time.sleep(0.1)
    return {"began": began, "ended": time.perf_counter()}


@app.get("/wait-blocking")
async def wait_and_block() -> dict[str, float]:
    began = time.perf_counter()
    time.sleep(0.1)  # what not to do
    return {"began": began, "ended": time.perf_counter()}


@app.get("/compute")
async def compute() -> dict[str, float]:
    began = time.perf_counter()
    sum(n * n for n in range(300_000))
    return {"began": began, "ended": time.perf_counter()}
