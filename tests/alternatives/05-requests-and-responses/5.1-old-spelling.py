# Exercise 5.1
from fastapi import FastAPI, Form, Header, Path, Query, UploadFile

photos = FastAPI()


@photos.post("/trails/{trail_id}/photos")
async def add_photo(
    photo: UploadFile,
    trail_id: int = Path(ge=1),
    caption: str = Form(..., min_length=1, max_length=80),
    ranger: str = Header("a hiker", alias="X-Ranger"),
    public: bool = Query(False),
):
    content = await photo.read()
    return {
        "trail_id": trail_id,
        "caption": caption,
        "bytes": len(content),
        "by": ranger,
        "public": public,
    }
