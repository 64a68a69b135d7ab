# %% 5.1
# Each parameter names its type, its place and its limits in one spot, so the function starts with values
# that it can use. `UploadFile` does not hold a large photo in memory until it is read.
from typing import Annotated

from fastapi import FastAPI, Form, Header, Path, UploadFile

photos = FastAPI()


@photos.post("/trails/{trail_id}/photos")
async def add_photo(
    trail_id: Annotated[int, Path(ge=1)],
    caption: Annotated[str, Form(min_length=1, max_length=80)],
    photo: UploadFile,
    x_ranger: Annotated[str, Header()] = "a hiker",
    public: bool = False,
) -> dict[str, int | str | bool]:
    return {
        "trail_id": trail_id,
        "caption": caption,
        "bytes": len(await photo.read()),
        "by": x_ranger,
        "public": public,
    }


# %% 5.2
# The decorator says the code when all goes well, `HTTPException` every other; a dictionary by number makes
# "is it taken" and "is it there" one look each.
from typing import Annotated

from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel, Field


class Badge(BaseModel):
    number: Annotated[int, Field(ge=1, le=9999)]
    ranger: str


badges = FastAPI()
handed_out: dict[int, Badge] = {}


@badges.post("/badges", status_code=201)
def hand_out(badge: Badge, response: Response) -> Badge:
    if badge.number in handed_out:
        raise HTTPException(409, f"Badge {badge.number} is taken.")
    handed_out[badge.number] = badge
    response.headers["Location"] = f"/badges/{badge.number}"
    return badge


@badges.get("/badges/{number}")
def read_badge(number: int) -> Badge:
    if number not in handed_out:
        raise HTTPException(404, f"Nobody wears badge {number}.")
    return handed_out[number]


# %% 5.3
# One function makes every body, so that two formats cannot grow apart. The 422 takes `loc` and `msg` by name:
# whatever else an entry holds, `input` above all, stays inside.
from http import HTTPStatus
from typing import Annotated

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException as StarletteHTTPException


class Note(BaseModel):
    trail: str
    secret: Annotated[str, Field(min_length=8)]


desk = FastAPI()


@desk.post("/notes", status_code=201)
def add_note(note: Note) -> dict[str, str]:
    if note.trail != "Lake Loop":
        raise HTTPException(404, "No trail has this name.")
    return {"trail": note.trail}


def problem(status: int, detail: str) -> dict[str, object]:
    return {"status": status, "title": HTTPStatus(status).phrase, "detail": detail}


@desk.exception_handler(StarletteHTTPException)
def answer_refusal(request: Request, error: StarletteHTTPException) -> JSONResponse:
    body = problem(error.status_code, error.detail)
    return JSONResponse(body, error.status_code, headers=error.headers)


@desk.exception_handler(RequestValidationError)
def answer_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    errors = [{"loc": entry["loc"], "msg": entry["msg"]} for entry in error.errors()]
    body = problem(422, "Some values of the request are missing or wrong.") | {"errors": errors}
    return JSONResponse(body, 422)


# %% 5.4
# One model of what may be seen is the return type everywhere, so a new column of the table stays private
# until somebody decides otherwise. What `HTTPException` sends cannot be mistaken for a success.
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel


class NewRanger(BaseModel):
    name: str
    station: str
    phone: str
    salary: int


class Ranger(BaseModel):
    """What anybody may see."""

    id: int
    name: str
    station: str


class RangerRow(Ranger):
    """Stands for a row of the database."""

    phone: str
    salary: int


ROWS = {
    1: RangerRow(id=1, name="Ida", station="Lake", phone="555-0101", salary=41000),
    2: RangerRow(id=2, name="Noor", station="Gorge", phone="555-0102", salary=43000),
}

office = FastAPI()


@office.get("/rangers")
def list_rangers() -> list[Ranger]:
    return list(ROWS.values())


@office.get("/rangers/{ranger_id}")
def get_ranger(ranger_id: int) -> Ranger:
    ranger = ROWS.get(ranger_id)
    if ranger is None:
        raise HTTPException(404, "Ranger not found")
    return ranger


@office.get("/callers/{phone}")
def find_caller(phone: str) -> Ranger:
    for ranger in ROWS.values():
        if ranger.phone == phone:
            return ranger
    raise HTTPException(404, "Unknown caller")


@office.post("/rangers", status_code=201)
def create_ranger(new: NewRanger) -> Ranger:
    if any(ranger.name == new.name for ranger in ROWS.values()):
        raise HTTPException(409, "A ranger of this name exists already")
    ranger = RangerRow(id=max(ROWS) + 1, **new.model_dump())
    ROWS[ranger.id] = ranger
    return ranger
