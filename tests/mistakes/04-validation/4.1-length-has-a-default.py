# check: refuses_wrong_lengths
# says: Only the region
# Exercise 4.1
from typing import Annotated, Literal

from pydantic import BaseModel, Field


class Trail(BaseModel):
    name: Annotated[str, Field(min_length=3, max_length=60)]
    length_km: Annotated[float, Field(gt=0, le=300)] = 1
    difficulty: Literal["easy", "moderate", "hard"]
    region: str | None = None
