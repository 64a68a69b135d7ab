# Exercise 7.4
from types import SimpleNamespace

import httpx


async def test_states(desk: SimpleNamespace) -> None:
    desk.app.dependency_overrides[desk.get_ranger] = lambda: "Zoe"
    desk.app.dependency_overrides[desk.get_weather] = lambda: "storm"
    try:
        transport = httpx.ASGITransport(app=desk.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            answer = await client.get("/trails/Lake Loop")
            assert answer.json()["state"] == "closed"
            assert answer.json()["ranger"] == "Zoe"
            desk.app.dependency_overrides[desk.get_weather] = lambda: "rain"
            answer = await client.get("/trails/Lake Loop")
            assert answer.json()["state"] == "open"
    finally:
        desk.app.dependency_overrides = {}
