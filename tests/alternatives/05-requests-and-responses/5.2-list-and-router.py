# Exercise 5.2
from fastapi import APIRouter, FastAPI, HTTPException, Request, Response
from pydantic import BaseModel, field_validator


class Badge(BaseModel):
    number: int
    ranger: str

    @field_validator("number")
    @classmethod
    def in_range(cls, number: int) -> int:
        if not 1 <= number <= 9999:
            raise ValueError("a number is 1 to 9999")
        return number


worn: list[Badge] = []
router = APIRouter(prefix="/badges", tags=["badges"])


def find(number: int) -> Badge:
    for badge in worn:
        if badge.number == number:
            return badge
    raise HTTPException(status_code=404, detail="not worn")


@router.post("", status_code=201, response_model=Badge)
def hand_out(request: Request, response: Response, badge: Badge):
    if badge.number in [other.number for other in worn]:
        raise HTTPException(status_code=409, detail="taken")
    worn.append(badge)
    response.headers["location"] = str(request.url_for("read_badge", number=badge.number))
    return badge


@router.get("/{number}")
def read_badge(number: int) -> Badge:
    return find(number)


badges = FastAPI()
badges.include_router(router)
