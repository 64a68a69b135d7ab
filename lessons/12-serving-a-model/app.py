"""The walking-time service: the models are there, and nobody can ask them yet.

Run it in this folder with `fastapi dev`, check it with `course check 12`.
"""

import asyncio
import time
from typing import ClassVar

from fastapi import FastAPI


class Model:
    """One version of the walking-time model, as slow as a large one. Leave it as it is.

    `predict` takes rows, each with a value for every name in `features`, in that order, and gives the minutes
    of each row.
    """

    counts: ClassVar[dict[str, int]] = {"loads": 0, "predictions": 0}

    def __init__(self, version: str, weights: dict[str, float], intercept: float) -> None:
        time.sleep(0.2)
        self.counts["loads"] += 1
        self.version = version
        self.features = list(weights)
        self.weights = weights
        self.intercept = intercept

    def predict(self, rows: list[list[float]]) -> list[float]:
        time.sleep(0.05)
        self.counts["predictions"] += 1
        return [
            self.intercept
            + sum(weight * value for weight, value in zip(self.weights.values(), row, strict=True))
            for row in rows
        ]


def load_model(version: str) -> Model:
    """Load version "1" or "2". Version 2 has the kilometres and the climb once more, for winter only."""
    weights = {"length_km": 18.48626362935153, "climb_m": 0.11359508266481509, "winter": 115.93536426992375}
    if version == "1":
        return Model(version, weights, -57.48591299025844)
    weights = {
        "length_km": 14.90118097280636,
        "climb_m": 0.10187178031781233,
        "winter_km": 6.957377917656202,
        "winter_climb_m": 0.025111767895558638,
    }
    return Model(version, weights, 0.4878852202142525)


async def pause() -> None:
    """Stands for the time that a language model takes for a line. Leave it as it is."""
    await asyncio.sleep(0.03)


app = FastAPI(title="Walking time")


@app.get("/loads")
async def count_loads() -> dict[str, int]:
    return Model.counts
