# Exercise 5.3
from fastapi import FastAPI, HTTPException
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException as StarletteHTTPException


class Note(BaseModel):
    trail: str
    secret: str = Field(min_length=8)


desk = FastAPI(exception_handlers={})


@desk.post("/notes", status_code=201)
def add_note(note: Note) -> dict[str, str]:
    if note.trail != "Lake Loop":
        raise HTTPException(404, "No trail has this name.")
    return {"trail": note.trail}


class Complaint(BaseModel):
    loc: list[str | int]
    msg: str


class Problem(BaseModel):
    status: int
    title: str
    detail: str
    errors: list[Complaint] | None = None

    def response(self) -> JSONResponse:
        return JSONResponse(self.model_dump(exclude_none=True), self.status)


@desk.exception_handler(StarletteHTTPException)
async def refused(request, exc):
    return Problem(status=exc.status_code, title="Refused", detail=exc.detail).response()


@desk.exception_handler(RequestValidationError)
async def invalid(request, exc):
    errors = [Complaint.model_validate(entry) for entry in exc.errors()]
    return Problem(status=422, title="Invalid", detail=errors[0].msg, errors=errors).response()
