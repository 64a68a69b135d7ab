# Exercise 2.3
from fastapi import FastAPI, Request

counter = FastAPI()


@counter.post("/")
async def count(request: Request):
    return {"bytes": len(await request.body())}
