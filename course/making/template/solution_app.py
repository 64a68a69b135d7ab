"""One path operation is the whole app: say here why it is built so."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/ping")
def ping() -> dict[str, bool]:
    return {"pong": True}
