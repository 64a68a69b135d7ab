# %% 99.1-async
from fastapi import FastAPI

rangers = FastAPI()


@rangers.get("/rangers/count")
async def count_rangers():
    return {"count": 2}


# %% 99.1-counted
from fastapi import FastAPI

rangers = FastAPI()
NAMES = ["Mia", "Noor"]


@rangers.get("/rangers/count")
def count_rangers():
    return {"count": len(NAMES)}


# %% 99.1-model
from fastapi import FastAPI
from pydantic import BaseModel


class Count(BaseModel):
    count: int


rangers = FastAPI()


@rangers.get("/rangers/count")
def count_rangers() -> Count:
    return Count(count=2)


# %% 99.2-async
from fastapi import FastAPI

lengths = FastAPI()


@lengths.get("/double")
async def double(km: float):
    return {"km": km * 2}


# %% 99.2-annotated
from typing import Annotated

from fastapi import FastAPI, Query

lengths = FastAPI()


@lengths.get("/double")
def double(length: Annotated[int, Query(alias="km")]):
    return {"km": length + length}


# %% 99.2-router
from fastapi import APIRouter, FastAPI

router = APIRouter()


@router.get("/double")
def double(km: int):
    return {"km": 2 * km}


lengths = FastAPI()
lengths.include_router(router)

# %% 99.3-json-response
from fastapi import FastAPI
from fastapi.responses import JSONResponse

trails = FastAPI()


@trails.get("/trails/{trail_id}")
def read_trail(trail_id: int):
    if trail_id == 1:
        return {"name": "Ridge Walk"}
    return JSONResponse({"error": "no such trail"}, status_code=404)


# %% 99.3-key-error-handler
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

TRAILS = {1: {"name": "Ridge Walk"}}
trails = FastAPI()


@trails.exception_handler(KeyError)
def not_found(request: Request, error: KeyError):
    return JSONResponse({"detail": "no such trail"}, status_code=404)


@trails.get("/trails/{trail_id}")
def read_trail(trail_id: int):
    return TRAILS[trail_id]


# %% 99.3-status-set
from fastapi import FastAPI, Response

trails = FastAPI()


@trails.get("/trails/{trail_id}")
def read_trail(trail_id: int, response: Response):
    if trail_id != 1:
        response.status_code = 404
        return None
    return {"name": "Ridge Walk"}


# %% app-async
from fastapi import FastAPI

app = FastAPI()


@app.get("/ping")
async def ping():
    return {"pong": True}


# %% app-factory
from fastapi import FastAPI


def create_app() -> FastAPI:
    made = FastAPI()

    @made.get("/ping")
    def ping():
        return {"pong": True}

    return made


# %% app-starlette
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


async def ping(request):
    return JSONResponse({"pong": True})


app = Starlette(routes=[Route("/ping", ping)])
