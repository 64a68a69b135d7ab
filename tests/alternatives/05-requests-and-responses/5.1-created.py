# Exercise 5.1
from typing import Annotated

from fastapi import FastAPI, Form, Header, Path, Query, UploadFile

photos = FastAPI()


@photos.post("/trails/{trail_id}/photos", status_code=201)
async def add_photo(
    trail_id: Annotated[int, Path(gt=0)],
    caption: Annotated[str, Form(min_length=1, max_length=80)],
    photo: UploadFile,
    x_ranger: Annotated[str | None, Header()] = None,
    public: Annotated[bool, Query()] = False,
) -> dict[str, object]:
    content = await photo.read()
    by = x_ranger or "a hiker"
    return {"trail_id": trail_id, "caption": caption, "bytes": len(content), "by": by, "public": public}
