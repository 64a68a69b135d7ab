from fastapi import Body, FastAPI, HTTPException

TRAILS = [
    {"id": 1, "name": "Lake Loop", "length_km": 6.5, "difficulty": "easy"},
    {"id": 2, "name": "Fern Valley", "length_km": 9.0, "difficulty": "easy"},
    {"id": 3, "name": "Ridge Path", "length_km": 14.0, "difficulty": "hard"},
    {"id": 4, "name": "Gorge Steps", "length_km": 4.0, "difficulty": "hard"},
]

app = FastAPI()


@app.get("/trails/shortest")
def shortest():
    return sorted(TRAILS, key=lambda t: t["length_km"])[0]


@app.get("/trails/{id}")
def one(id: int):
    for t in TRAILS:
        if t["id"] == id:
            return t
    raise HTTPException(404, "not found")


@app.get("/trails")
def several(difficulty: str = "", max_km: float = 1000):
    found = []
    for t in TRAILS:
        if difficulty and t["difficulty"] != difficulty:
            continue
        if t["length_km"] > max_km:
            continue
        found.append(t)
    return found


@app.post("/estimates")
def estimate(
    length_km: float = Body(),  # noqa: FAST002
    climb_m: float = Body(default=0),  # noqa: FAST002
):
    hours = length_km / 5 + climb_m / 600
    return {"minutes": hours * 60}
