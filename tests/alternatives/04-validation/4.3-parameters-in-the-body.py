# Exercise 4.3
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Body, FastAPI, HTTPException
from pydantic import BeforeValidator, EmailStr, StringConstraints

closures = FastAPI()


def small(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


@closures.post("/closures", status_code=201)
def close(
    trail: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), Body()],
    reason: Annotated[Literal["rockfall", "snow", "works"], BeforeValidator(small), Body()],
    ranger: Annotated[EmailStr, Body()],
    starts_on: Annotated[date, Body()],
    ends_on: Annotated[date, Body()],
):
    if ends_on < starts_on:
        raise HTTPException(422, "It ends before it starts.")
    return {
        "trail": trail,
        "reason": reason,
        "ranger": ranger,
        "starts_on": starts_on,
        "ends_on": ends_on,
    }
