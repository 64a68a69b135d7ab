# %% 99.1-another-number
# check: counts_two
# says: There are two rangers
from fastapi import FastAPI

rangers = FastAPI()


@rangers.get("/rangers/count")
def count_rangers():
    return {"count": 3}


# %% 99.1-a-bare-number
# check: counts_two
# says: and the body {"count": 2}
from fastapi import FastAPI

rangers = FastAPI()


@rangers.get("/rangers/count")
def count_rangers():
    return 2


# %% 99.2-text-twice
# check: doubles
# says: Answer with twice
from fastapi import FastAPI

lengths = FastAPI()


@lengths.get("/double")
def double(km: str):
    return {"km": 2 * km}


# %% 99.2-in-the-path
# check: doubles
# says: 404 Not Found
from fastapi import FastAPI

lengths = FastAPI()


@lengths.get("/double/{km}")
def double(km: int):
    return {"km": 2 * km}


# %% 99.3-another-word
# check: unknown_is_404
# says: The status code tells
from fastapi import FastAPI

trails = FastAPI()


@trails.get("/trails/{trail_id}")
def read_trail(trail_id: int):
    return {"name": "Ridge Walk"} if trail_id == 1 else {"detail": "not found"}


# %% 99.3-everything-is-404
# check: unknown_is_404
# says: A known trail is still answered
from fastapi import FastAPI, HTTPException

trails = FastAPI()


@trails.get("/trails/{trail_id}")
def read_trail(trail_id: int):
    raise HTTPException(404)


# %% app-text-for-true
# check: answers_the_ping
# says: {"pong": true}
from fastapi import FastAPI

app = FastAPI()


@app.get("/ping")
def ping():
    return {"pong": "true"}


# %% app-another-method
# check: answers_the_ping
# says: 405 Method Not Allowed
from fastapi import FastAPI

app = FastAPI()


@app.post("/ping")
def ping():
    return {"pong": True}
