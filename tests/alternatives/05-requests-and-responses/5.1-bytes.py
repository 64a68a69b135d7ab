# Exercise 5.1
from typing import Annotated

from fastapi import FastAPI, File, Form, Header, Path

photos = FastAPI()


@photos.post("/trails/{trail_id}/photos")
def add_photo(
    trail_id: Annotated[int, Path(gt=0)],
    caption: Annotated[str, Form(min_length=1, max_length=80)],
    photo: Annotated[bytes, File()],
    x_ranger: Annotated[str, Header()] = "a hiker",
    public: bool = False,
):
    return {
        "trail_id": trail_id,
        "caption": caption,
        "bytes": len(photo),
        "by": x_ranger,
        "public": public,
    }
