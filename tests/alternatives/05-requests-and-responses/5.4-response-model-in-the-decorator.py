# Exercise 5.4
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel


class NewRanger(BaseModel):
    name: str
    station: str
    phone: str
    salary: int


class RangerRow(BaseModel):
    id: int
    name: str
    station: str
    phone: str
    salary: int


class PublicRanger(BaseModel):
    id: int
    name: str
    station: str


ROWS = {
    1: RangerRow(id=1, name="Ida", station="Lake", phone="555-0101", salary=41000),
    2: RangerRow(id=2, name="Noor", station="Gorge", phone="555-0102", salary=43000),
}

office = FastAPI()


@office.get("/rangers", response_model=list[PublicRanger])
def list_rangers():
    return list(ROWS.values())


@office.get("/rangers/{ranger_id}", response_model=PublicRanger)
def get_ranger(ranger_id: int):
    ranger = ROWS.get(ranger_id)
    if ranger is None:
        raise HTTPException(status_code=404, detail="Ranger not found")
    return ranger


@office.get("/callers/{phone}", response_model=PublicRanger)
def find_caller(phone: str):
    for ranger in ROWS.values():
        if ranger.phone == phone:
            return ranger
    raise HTTPException(status_code=404, detail="Unknown caller")


@office.post("/rangers", response_model=PublicRanger)
def create_ranger(new: NewRanger):
    if any(ranger.name == new.name for ranger in ROWS.values()):
        raise HTTPException(status_code=400, detail="A ranger of this name exists already")
    ranger = RangerRow(id=max(ROWS) + 1, **new.model_dump())
    ROWS[ranger.id] = ranger
    return ranger
