# Exercise 1.1
from fastapi import FastAPI


class Calculator:
    def __init__(self, default_pace: float) -> None:
        self.default_pace = default_pace

    def minutes(self, length_km: float, minutes_per_km: float | None = None) -> dict[str, float]:
        return {"minutes": length_km * (self.default_pace if minutes_per_km is None else minutes_per_km)}


walks = FastAPI()
walks.add_api_route("/walking-time/{length_km}", Calculator(15).minutes, methods=["GET"])
