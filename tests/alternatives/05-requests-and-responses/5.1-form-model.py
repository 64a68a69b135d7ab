# Exercise 5.1
from typing import Annotated

from fastapi import FastAPI, Form, Header, Path, UploadFile
from pydantic import BaseModel, Field


class PhotoForm(BaseModel):
    caption: Annotated[str, Field(min_length=1, max_length=80)]
    photo: UploadFile


photos = FastAPI()


@photos.post("/trails/{trail_id}/photos")
def add_photo(
    trail_id: Annotated[int, Path(ge=1)],
    form: Annotated[PhotoForm, Form(media_type="multipart/form-data")],
    ranger: Annotated[str, Header(alias="X-Ranger")] = "a hiker",
    public: bool = False,
):
    return {
        "trail_id": trail_id,
        "caption": form.caption,
        "bytes": form.photo.size,
        "by": ranger,
        "public": public,
    }
