# Exercise 5.3
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException as StarletteHTTPException


class Note(BaseModel):
    trail: str
    secret: str = Field(min_length=8)


desk = FastAPI()


@desk.post("/notes", status_code=201)
def add_note(note: Note) -> dict[str, str]:
    if note.trail != "Lake Loop":
        raise HTTPException(404, "No trail has this name.")
    return {"trail": note.trail}


TITLES = {404: "Not found", 405: "Wrong method"}


async def answer(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, RequestValidationError):
        content = {
            "status": 422,
            "title": "Invalid",
            "detail": f"{len(error.errors())} wrong",
            "errors": [
                {key: value for key, value in entry.items() if key in ("loc", "msg", "type")}
                for entry in error.errors()
            ],
        }
    else:
        status = error.status_code
        content = {"status": status, "title": TITLES.get(status, "Error"), "detail": error.detail}
    return JSONResponse(status_code=content["status"], content=content)


desk.add_exception_handler(StarletteHTTPException, answer)
desk.add_exception_handler(RequestValidationError, answer)
