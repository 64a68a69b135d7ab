# check: leaves_the_rest
# says: `status_code=201` in the decorator
# Exercise 5.3
from http import HTTPStatus

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException as StarletteHTTPException


class Note(BaseModel):
    trail: str
    secret: str = Field(min_length=8)


desk = FastAPI()


@desk.post("/notes")
def add_note(note: Note) -> dict[str, str]:
    if note.trail != "Lake Loop":
        raise HTTPException(404, "No trail has this name.")
    return {"trail": note.trail}


def problem(status: int, detail: str, **more: object) -> JSONResponse:
    body = {"status": status, "title": HTTPStatus(status).phrase, "detail": detail, **more}
    return JSONResponse(body, status)


@desk.exception_handler(StarletteHTTPException)
def answer_refusal(request: Request, error: StarletteHTTPException) -> JSONResponse:
    return problem(error.status_code, error.detail)


@desk.exception_handler(RequestValidationError)
def answer_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    errors = [{"loc": entry["loc"], "msg": entry["msg"]} for entry in error.errors()]
    return problem(422, "Some values of the request are missing or wrong.", errors=errors)
