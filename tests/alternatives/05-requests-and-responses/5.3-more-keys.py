# Exercise 5.3
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
def refusal(request: Request, error: StarletteHTTPException) -> JSONResponse:
    body = problem(error.status_code, error.detail) | {"errors": []}
    return JSONResponse(body, error.status_code, headers=error.headers)


@desk.exception_handler(RequestValidationError)
def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    errors = [{k: v for k, v in entry.items() if k != "input"} for entry in error.errors()]
    return JSONResponse({**problem(422, "The request does not fit."), "errors": errors}, 422)
