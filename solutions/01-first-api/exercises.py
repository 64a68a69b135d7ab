# %% 1.1
# Two type hints and a default value are all it takes: FastAPI converts, refuses and documents by them.
from fastapi import FastAPI

walks = FastAPI()


@walks.get("/walking-time/{length_km}")
def walking_time(length_km: float, minutes_per_km: float = 15) -> dict[str, float]:
    return {"minutes": length_km * minutes_per_km}


# %% 1.2
# `None` says "no limit was asked for", and `is None` keeps it apart from a limit of 0.
from fastapi import FastAPI

LENGTHS_KM = {"Lake Loop": 6.5, "Fern Valley": 9.0, "Ridge Path": 14.0, "Summit Trail": 18.5}

finder = FastAPI()


@finder.get("/trails")
def list_names(max_km: float | None = None) -> list[str]:
    if max_km is None:
        return list(LENGTHS_KM)
    return [name for name, length_km in LENGTHS_KM.items() if length_km <= max_km]


# %% 1.3
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


# %% 1.4
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
