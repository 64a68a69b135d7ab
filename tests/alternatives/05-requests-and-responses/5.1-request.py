# Exercise 5.1
from typing import Annotated, Any

from fastapi import FastAPI, Form, Request, UploadFile
from pydantic import PositiveInt, StringConstraints

Caption = Annotated[str, StringConstraints(min_length=1, max_length=80)]

photos = FastAPI()


@photos.post("/trails/{trail_id}/photos")
async def add_photo(
    request: Request,
    trail_id: PositiveInt,
    caption: Annotated[Caption, Form()],
    photo: UploadFile,
    public: bool = False,
) -> dict[str, Any]:
    by = request.headers.get("x-ranger", "a hiker")
    size = 0
    while chunk := await photo.read(4):
        size += len(chunk)
    return {"trail_id": trail_id, "caption": caption, "bytes": size, "by": by, "public": public}
