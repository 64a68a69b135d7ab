"""Each refusal is an exception of its own; the models check by hand what Pydantic is lenient with."""

from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, field_validator


class Refused(Exception):
    def __init__(self, status, **body):
        self.status, self.body = status, body


class Trail(BaseModel):
    id: int
    name: str
    length_km: float
    difficulty: str


class NewTrail(BaseModel):
    model_config = ConfigDict(strict=True)

    name: str
    length_km: float
    difficulty: str

    @field_validator("name")
    @classmethod
    def cut(cls, name):
        name = name.strip()
        if not name or len(name) > 80:
            raise ValueError("1 to 80 characters")
        return name

    @field_validator("length_km")
    @classmethod
    def limit(cls, length_km):
        if not (0 < length_km <= 1000):
            raise ValueError("above 0")
        return length_km

    @field_validator("difficulty")
    @classmethod
    def one_of_three(cls, difficulty):
        if difficulty not in {"easy", "moderate", "hard"}:
            raise ValueError("no such difficulty")
        return difficulty


class Found(BaseModel):
    trails: list[Trail]
    count: int


class Ranger(BaseModel):
    id: int
    name: str
    station: str
    phone: str


class PublicRanger(BaseModel):
    id: int
    name: str
    station: str


class Public(BaseModel):
    rangers: list[PublicRanger]


class Store:
    def __init__(self):
        self.trails = [
            Trail(id=1, name="Lake Loop", length_km=6.5, difficulty="easy"),
            Trail(id=2, name="Ridge", length_km=18, difficulty="hard"),
        ]
        self.last = 2

    def find(self, number):
        for trail in self.trails:
            if trail.id == number:
                return trail
        raise Refused(404, error="not found")

    def add(self, new):
        if new.name in [trail.name for trail in self.trails]:
            raise Refused(409, error="name is taken")
        self.last += 1
        self.trails.append(Trail(id=self.last, **new.model_dump()))
        return self.trails[-1]


store = Store()
rangers = [
    Ranger(id=1, name="Ada", station="North", phone="555-0101"),
    Ranger(id=2, name="Ben", station="Lake", phone="555-0102"),
]
router = APIRouter()
NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"description": "no such trail"}}


@router.get("/trails", responses={400: {"description": "max_km is no number"}})
async def list_trails(max_km: str = "1000") -> Found:
    try:
        most = float(max_km)
    except ValueError:
        raise Refused(400, error="invalid", field="max_km") from None
    found = [trail for trail in store.trails if trail.length_km <= most]
    return Found(trails=found, count=len(found))


@router.head("/trails", include_in_schema=False)
async def be_there() -> Response:
    return Response()


@router.post("/trails", status_code=201, responses={400: {}, 409: {}})
async def create_trail(new: NewTrail, response: Response) -> Trail:
    trail = store.add(new)
    response.headers["Location"] = f"/trails/{trail.id}"
    return trail


@router.get("/trails/{number}", responses=NOT_FOUND)
async def read_trail(number: str) -> Trail:
    return store.find(int(number) if number.isdecimal() else None)


@router.delete("/trails/{number}", status_code=204, responses=NOT_FOUND)
async def delete_trail(number: str) -> None:
    store.trails.remove(store.find(int(number) if number.isdecimal() else None))


@router.get("/rangers", response_model=Public)
async def list_rangers():
    return {"rangers": [ranger.model_dump() for ranger in rangers]}


async def refused(request: Request, error: Refused) -> JSONResponse:
    return JSONResponse(error.body, error.status)


async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    names = [str(one["loc"][1]) for one in error.errors() if len(one["loc"]) > 1]
    known = [name for name in ("name", "length_km", "difficulty") if name in names]
    return JSONResponse({"error": "invalid", "field": known[0] if known else "body"}, 400)


async def no_text(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": "invalid", "field": "body"}, 400)


async def not_there(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": "not found"}, 404)


async def not_so(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": "method not allowed"}, 405)


app = FastAPI(
    redirect_slashes=False,
    exception_handlers={
        Refused: refused,
        RequestValidationError: invalid,
        400: no_text,
        404: not_there,
        405: not_so,
    },
)
app.include_router(router)
