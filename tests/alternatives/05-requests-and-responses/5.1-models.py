# Exercise 5.1
from typing import Annotated

from fastapi import FastAPI, Form, Header, Path, UploadFile
from pydantic import BaseModel, ConfigDict, Field


class PhotoForm(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    caption: str = Field(min_length=1, max_length=80)
    photo: UploadFile


class Headers(BaseModel):
    x_ranger: str = "a hiker"


class Photo(BaseModel):
    trail_id: int
    caption: str
    bytes: int
    by: str
    public: bool


photos = FastAPI()


@photos.post("/trails/{trail_id}/photos")
async def add_photo(
    trail_id: Annotated[int, Path(ge=1)],
    form: Annotated[PhotoForm, Form(media_type="multipart/form-data")],
    headers: Annotated[Headers, Header()],
    public: bool = False,
) -> Photo:
    size = form.photo.size or 0
    return Photo(trail_id=trail_id, caption=form.caption, bytes=size, by=headers.x_ranger, public=public)
