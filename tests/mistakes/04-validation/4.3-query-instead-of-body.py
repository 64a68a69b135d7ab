# check: takes_a_closure
# says: requires `trail` in the query
# Exercise 4.3
from datetime import date

from fastapi import FastAPI

closures = FastAPI()


@closures.post("/closures", status_code=201)
def close(trail: str, reason: str, ranger: str, starts_on: date, ends_on: date) -> dict[str, object]:
    return {"trail": trail, "reason": reason, "ranger": ranger, "starts_on": starts_on, "ends_on": ends_on}
