# check: takes_all_values
# says: What it contains has one
# Exercise 5.1
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
        "bytes": len(photo),
        "by": x_ranger,
        "public": public,
    }
