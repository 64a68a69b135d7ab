# Exercise 5.4
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field


class NewRanger(BaseModel):
    name: str
    station: str
    phone: str
    salary: int


class RangerRow(BaseModel):
    id: int
    name: str
    station: str
    phone: str = Field(exclude=True)
    salary: int = Field(exclude=True)


ROWS = {
    1: RangerRow(id=1, name="Ida", station="Lake", phone="555-0101", salary=41000),
    2: RangerRow(id=2, name="Noor", station="Gorge", phone="555-0102", salary=43000),
}

office = FastAPI()


@office.get("/rangers")
def list_rangers():
    return list(ROWS.values())


@office.get("/rangers/{ranger_id}")
def get_ranger(ranger_id: int):
    ranger = ROWS.get(ranger_id)
    if ranger is None:
        return JSONResponse({"error": "Ranger not found"}, status_code=404)
    return ranger


@office.get("/callers/{phone}")
def find_caller(phone: str):
    for ranger in ROWS.values():
        if ranger.phone == phone:
            return ranger
    return JSONResponse({"error": "Unknown caller"}, status_code=404)


@office.post("/rangers", status_code=201)
def create_ranger(new: NewRanger):
    if any(ranger.name == new.name for ranger in ROWS.values()):
        return JSONResponse({"error": "A ranger of this name exists already"}, status_code=409)
    ranger = RangerRow(id=max(ROWS) + 1, **new.model_dump())
    ROWS[ranger.id] = ranger
    return ranger
