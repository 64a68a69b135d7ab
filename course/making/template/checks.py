"""What lesson 99 asks of its exercises and of its app."""

from __future__ import annotations

from course.judging import Api, exercise, prediction

prediction("99.r1", answer="b", why="FastAPI refuses it before your function is called.")
prediction("99.r2", answer="a", why="Nothing has this path.")
prediction("99.r3", answer="a", why="The hint says `int`, so the text is converted.")
prediction("99.p1", answer="b", why="No endpoint has this path, so nothing is found.")
prediction("99.p2", answer="b", why="The path is known, but not with this method.")

rangers = exercise(
    "99.1",
    "Count the rangers",
    hints=["The answer is a dictionary.", "Put 2 where the dots are."],
)


@rangers.check
async def counts_two(api: Api) -> None:
    """Counts two rangers"""
    answer = await api.get("/rangers/count")
    answer.expect(200, {"count": 2}, nudge="There are two rangers.")


double = exercise(
    "99.2",
    "Double a length",
    hints=["A parameter of the function is read from the query.", "Write `def double(km: int)`."],
)


@double.check
async def doubles(api: Api) -> None:
    """Doubles a length"""
    answer = await api.get("/double", params={"km": 4})
    answer.expect(200, {"km": 8}, nudge="Answer with twice the `km` of the query.")


pitfall = exercise(
    "99.3",
    "Spot the pitfall",
    hints=["Look at the status code, not only at the body.", "Raise HTTPException(404)."],
)


@pitfall.check
async def unknown_is_404(api: Api) -> None:
    """Answers 404 for an unknown trail, and 200 for a known one"""
    known = await api.get("/trails/1")
    known.expect(200, {"name": "Ridge Walk"}, nudge="A known trail is still answered.")
    unknown = await api.get("/trails/7")
    unknown.expect(404, nudge="The status code tells a program what happened.")


app = exercise(
    "99.app",
    "The ping",
    hints=["Add a path operation for `/ping`.", 'Return {"pong": True}.'],
)


@app.check
async def answers_the_ping(api: Api) -> None:
    """Answers a ping"""
    answer = await api.get("/ping")
    answer.expect(200, {"pong": True}, nudge="Answer GET /ping with one key.")
