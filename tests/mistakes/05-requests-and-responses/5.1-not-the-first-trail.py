# check: has_defaults
# says: value of `trail_id` in the path
# Exercise 5.1
from typing import Annotated

from fastapi import FastAPI, Form, Header, Path, UploadFile

photos = FastAPI()


@photos.post("/trails/{trail_id}/photos")
async def add_photo(
    trail_id: Annotated[int, Path(gt=1)],
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
