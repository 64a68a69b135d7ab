# Exercise 4.1
from typing import Annotated, Literal

from annotated_types import Gt, Interval, Len
from pydantic.dataclasses import dataclass


@dataclass
class Trail:
    name: Annotated[str, Len(3, 60)]
    length_km: Annotated[float, Gt(0), Interval(le=300)]
    difficulty: Literal["easy", "moderate", "hard"]
    region: str | None = None
