# check: refuses_wrong_texts
# says: 60 are the most
# Exercise 4.1
from typing import Annotated, Literal

from pydantic import BaseModel, Field


class Trail(BaseModel):
    name: Annotated[str, Field(min_length=3)]
    length_km: Annotated[float, Field(gt=0, le=300)]
    difficulty: Literal["easy", "moderate", "hard"]
    region: str | None = None
