# Exercise 4.1
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import NotRequired, TypedDict


class Trail(TypedDict):
    name: Annotated[str, Field(min_length=3, max_length=60)]
    length_km: Annotated[float, Field(gt=0, le=300)]
    difficulty: Literal["easy", "moderate", "hard"]
    region: NotRequired[str | None]
