# Exercise 5.3
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field


class Note(BaseModel):
    trail: str
    secret: str = Field(min_length=8)


desk = FastAPI()


@desk.post("/notes", status_code=201)
def add_note(note: Note) -> dict[str, str]:
    if note.trail != "Lake Loop":
        raise HTTPException(404, "No trail has this name.")
    return {"trail": note.trail}


@desk.exception_handler(404)
@desk.exception_handler(405)
def refused(request: Request, exc: HTTPException):
    body = {"status": exc.status_code, "title": "Refused", "detail": exc.detail}
    return JSONResponse(body, status_code=exc.status_code)


@desk.exception_handler(RequestValidationError)
def invalid(request: Request, exc: RequestValidationError):
    errors = exc.errors()
    for entry in errors:
        entry.pop("input", None)
        entry.pop("ctx", None)
    body = {"status": 422, "title": "Invalid", "detail": "See errors.", "errors": errors}
    return JSONResponse(body, status_code=422)
