# Exercise 1.2
from dataclasses import dataclass

from fastapi import APIRouter, FastAPI


@dataclass
class Report:
    trail: str
    stars: int
    wet: bool = False


router = APIRouter(prefix="/reports")


@router.post("")
def write_report(report: Report) -> dict[str, str]:
    end = ", wet" if report.wet else ""
    return {"message": f"{report.trail}: {report.stars} of 5 stars{end}"}


reports = FastAPI()
reports.include_router(router)
