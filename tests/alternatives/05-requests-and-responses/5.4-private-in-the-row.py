# Exercise 5.4
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field


class NewRanger(BaseModel):
    name: str
    station: str
    phone: str
    salary: int


class RangerRow(BaseModel):
    """Stands for a row of the database."""

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
def list_rangers() -> list[RangerRow]:
    return list(ROWS.values())


@office.get("/rangers/{ranger_id}")
def get_ranger(ranger_id: int) -> RangerRow:
    ranger = ROWS.get(ranger_id)
    if ranger is None:
        raise HTTPException(404, "Ranger not found")
    return ranger


@office.get("/callers/{phone}")
def find_caller(phone: str) -> RangerRow:
    for ranger in ROWS.values():
        if ranger.phone == phone:
            return ranger
    raise HTTPException(404, "Unknown caller")


@office.post("/rangers", status_code=201)
def create_ranger(new: NewRanger) -> RangerRow:
    if any(ranger.name == new.name for ranger in ROWS.values()):
        raise HTTPException(409, "A ranger of this name exists already")
    ranger = RangerRow(id=max(ROWS) + 1, **new.model_dump())
    ROWS[ranger.id] = ranger
    return ranger
