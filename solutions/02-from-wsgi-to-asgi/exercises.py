# %% 2.1
# One call, one answer: first the status and the headers, then the body, which is always bytes.
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment


def greeter(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    headers = [("Content-Type", "text/plain; charset=utf-8")]
    if environ["PATH_INFO"] != "/hello":
        start_response("404 Not Found", headers)
        return [b"Nothing here."]
    name = parse_qs(environ["QUERY_STRING"])["name"][0]
    start_response("200 OK", headers)
    return [f"Hello, {name}!".encode()]


# %% 2.2
# What blocks stands in a plain `def`, so it has a thread of its own. What does not can stay `async`, and
# both return what they mean instead of another framework's response.
import time

from fastapi import FastAPI

SUN_HOURS = {"alps": 6, "coast": 9}


def ask_station(region: str) -> int:
    time.sleep(0.1)
    return SUN_HOURS[region]


weather = FastAPI()


@weather.get("/regions")
async def list_regions() -> list[str]:
    return list(SUN_HOURS)


@weather.get("/weather/{region}")
def read_weather(region: str) -> dict[str, str | int]:
    sun_hours = ask_station(region)
    return {"region": region, "sun_hours": sun_hours}


# %% 2.3
# The app asks for one message after the other and keeps only a number, so that the size of a body does
# not matter.
import json

from starlette.types import Receive, Scope, Send


async def counter(scope: Scope, receive: Receive, send: Send) -> None:
    assert scope["type"] == "http"
    size = 0
    more_body = True
    while more_body:
        message = await receive()
        size += len(message.get("body", b""))
        more_body = message.get("more_body", False)
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps({"bytes": size}).encode()})


# %% 2.4
# Whoever waits does so in a coroutine of their own, with a bell that news or the limit ends; either way
# the last line is right. Time and news may come together: `discard` minds no bell that is gone already.
import asyncio
import contextlib

from fastapi import FastAPI

closures: list[str] = []
bells: set[asyncio.Event] = set()

news = FastAPI()


@news.get("/trails")
def list_trails() -> list[str]:
    return ["Lake Loop", "Ridge Path"]


@news.post("/closures")
async def close_trail(trail: str) -> int:
    closures.append(trail)
    for bell in bells:
        bell.set()
    bells.clear()
    return len(closures)


@news.get("/closures")
async def read_closures(after: int = 0, wait: float = 20) -> list[str]:
    if len(closures) <= after:
        bell = asyncio.Event()
        bells.add(bell)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await bell.wait()
        bells.discard(bell)
    return closures[after:]
