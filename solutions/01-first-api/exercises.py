# %% 1.1
# Two type hints and a default value are all it takes: FastAPI converts, refuses and documents by them.
from fastapi import FastAPI

walks = FastAPI()


@walks.get("/walking-time/{length_km}")
def walking_time(length_km: float, minutes_per_km: float = 15) -> dict[str, float]:
    return {"minutes": length_km * minutes_per_km}


# %% 1.2
# The model says once what a report is, so the function starts with values that it can trust.
from fastapi import FastAPI
from pydantic import BaseModel


class Report(BaseModel):
    trail: str
    stars: int
    wet: bool = False


reports = FastAPI()


@reports.post("/reports")
def write_report(report: Report) -> dict[str, str]:
    message = f"{report.trail}: {report.stars} of 5 stars"
    if report.wet:
        message += ", wet"
    return {"message": message}


# %% 1.3
# Endpoints are tried from top to bottom, and `/trails/{trail_id}` fits `/trails/longest`, too: the fixed
# path has to come first.
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel


class Trail(BaseModel):
    id: int
    name: str
    length_km: float


TRAILS = [
    Trail(id=1, name="Lake Loop", length_km=6.5),
    Trail(id=2, name="Summit Trail", length_km=18.5),
    Trail(id=3, name="Ridge Path", length_km=14.0),
]

guide = FastAPI()


@guide.get("/trails")
def list_trails() -> list[Trail]:
    return TRAILS


@guide.get("/trails/longest")
def longest_trail() -> Trail:
    return max(TRAILS, key=lambda trail: trail.length_km)


@guide.get("/trails/{trail_id}")
def get_trail(trail_id: int) -> Trail:
    for trail in TRAILS:
        if trail.id == trail_id:
            return trail
    raise HTTPException(status_code=404, detail="No trail has this id.")
