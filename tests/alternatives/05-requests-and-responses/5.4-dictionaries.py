# Exercise 5.4
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel


class NewRanger(BaseModel):
    name: str
    station: str
    phone: str
    salary: int


class RangerRow(NewRanger):
    id: int

    def public(self) -> dict[str, str | int]:
        return self.model_dump(include={"id", "name", "station"})


ROWS = {
    1: RangerRow(id=1, name="Ida", station="Lake", phone="555-0101", salary=41000),
    2: RangerRow(id=2, name="Noor", station="Gorge", phone="555-0102", salary=43000),
}

office = FastAPI()


@office.get("/rangers")
def list_rangers():
    return [row.public() for row in ROWS.values()]


@office.get("/rangers/{ranger_id}")
def get_ranger(ranger_id: int):
    if ranger_id in ROWS:
        return ROWS[ranger_id].public()
    raise HTTPException(404, {"error": "Ranger not found"})


@office.get("/callers/{phone}")
def find_caller(phone: str):
    callers = [row for row in ROWS.values() if row.phone == phone]
    if not callers:
        raise HTTPException(404)
    return callers[0].public()


@office.post("/rangers", status_code=201)
def create_ranger(new: NewRanger):
    if new.name in {row.name for row in ROWS.values()}:
        raise HTTPException(409)
    row = RangerRow(id=len(ROWS) + 1, **new.model_dump())
    ROWS[row.id] = row
    return row.public()
