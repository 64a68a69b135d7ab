# %% 7.1
# The look-up, with its 404, stands in one place. An endpoint that names it starts with a trail, and
# cannot forget anything.
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel


class Trail(BaseModel):
    id: int
    name: str
    length_km: float


TRAILS = {
    1: Trail(id=1, name="Lake Loop", length_km=6.5),
    2: Trail(id=2, name="Ridge Path", length_km=14.0),
    3: Trail(id=3, name="Gorge Steps", length_km=4.0),
}

lookup = FastAPI()


def find_trail(trail_id: int) -> Trail:
    if trail_id not in TRAILS:
        raise HTTPException(status_code=404, detail="No trail has this id.")
    return TRAILS[trail_id]


@lookup.get("/trails/{trail_id}")
def get_trail(trail: Annotated[Trail, Depends(find_trail)]) -> Trail:
    return trail


@lookup.get("/trails/{trail_id}/minutes")
def get_minutes(trail: Annotated[Trail, Depends(find_trail)]) -> dict[str, float]:
    return {"minutes": trail.length_km * 15}


@lookup.put("/trails/{trail_id}/name")
def rename_trail(trail: Annotated[Trail, Depends(find_trail)], name: str) -> Trail:
    trail.name = name
    return trail


# %% 7.2
# The chief depends on the ranger, so the key is read in one place, and a 401 always comes before a 403.
# The header is optional to FastAPI, because a missing one should be a 401 and no 422.
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException

RANGERS = {"key-ada": "Ada", "key-ben": "Ben", "key-cleo": "Cleo"}
CHIEFS = {"Ada", "Cleo"}

closures: list[str] = []
gate = FastAPI()


def current_ranger(x_api_key: Annotated[str | None, Header()] = None) -> str:
    if x_api_key is None or x_api_key not in RANGERS:
        raise HTTPException(status_code=401, detail="This needs a ranger's key.")
    return RANGERS[x_api_key]


Ranger = Annotated[str, Depends(current_ranger)]


def current_chief(ranger: Ranger) -> str:
    if ranger not in CHIEFS:
        raise HTTPException(status_code=403, detail="Only a chief may do this.")
    return ranger


@gate.get("/me")
def show_me(ranger: Ranger) -> dict[str, str]:
    return {"name": ranger}


@gate.post("/trails/{trail}/closure", status_code=201)
def close_trail(trail: str, chief: Annotated[str, Depends(current_chief)]) -> dict[str, str]:
    if trail not in closures:
        closures.append(trail)
    return {"trail": trail, "closed_by": chief}


@gate.get("/closures")
def list_closures() -> list[str]:
    return closures


# %% 7.3
# What was caught is raised again, so FastAPI still learns of it. The visit is counted in the session that
# the endpoint has anyway: nobody opens a second one by hand, and nobody has to close it.
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from fastapi import Depends, FastAPI, HTTPException


class Session:
    rows: ClassVar[dict[str, Any]] = {"trail 1": "Lake Loop", "trail 2": "Ridge Path", "visits": 0}
    free: ClassVar[list[str]] = ["connection 1", "connection 2", "connection 3", "connection 4"]

    def __init__(self) -> None:
        self.connection: str | None = None
        self.changes: dict[str, Any] = {}

    def connect(self) -> None:
        if self.connection is None:
            if not self.free:
                raise TimeoutError("no connection is free")
            self.connection = self.free.pop()

    def get(self, key: str) -> Any:
        self.connect()
        return {**self.rows, **self.changes}.get(key)

    def put(self, key: str, value: Any) -> None:
        self.connect()
        self.changes[key] = value

    def commit(self) -> None:
        self.rows.update(self.changes)

    def rollback(self) -> None:
        self.changes.clear()

    def close(self) -> None:
        if self.connection is not None:
            self.free.append(self.connection)
            self.connection = None


def get_session() -> Iterator[Session]:
    session = Session()
    try:
        yield session
    except Exception:
        session.rollback()
        raise
    finally:
        session.close()


SessionDep = Annotated[Session, Depends(get_session)]


def count_visit(session: Session) -> None:
    session.put("visits", session.get("visits") + 1)
    session.commit()


logbook = FastAPI()


@logbook.get("/trails/{trail_id}")
def get_trail(trail_id: int, session: SessionDep) -> dict[str, Any]:
    name = session.get(f"trail {trail_id}")
    if name is None:
        raise HTTPException(status_code=404, detail="No trail has this id.")
    count_visit(session)
    return {"id": trail_id, "name": name}


@logbook.put("/trails/{trail_id}")
def rename_trail(trail_id: int, name: str, session: SessionDep) -> dict[str, Any]:
    session.put(f"trail {trail_id}", name)
    if not name.istitle():
        raise HTTPException(status_code=409, detail="Begin each word with a capital.")
    session.commit()
    return {"id": trail_id, "name": name}


@logbook.get("/numbers")
def get_numbers() -> dict[str, int]:
    return {"visits": Session.rows["visits"], "free connections": len(Session.free)}


# %% 7.4
# The ranger's name is one that no fault would invent, and each kind of weather is asked for, so every
# fault shows. The `finally` clears up also when an `assert` fails.
from collections.abc import Callable
from types import SimpleNamespace
from typing import Annotated

import httpx
from fastapi import Depends, FastAPI


def get_weather() -> str:
    """The weather of now: "storm", "rain" or "sun"."""
    raise RuntimeError("The weather service cannot be reached.")


def get_ranger() -> str:
    raise RuntimeError("The key store cannot be reached.")


app = FastAPI()


@app.get("/trails/{name}")
def get_state(
    name: str, weather: Annotated[str, Depends(get_weather)], ranger: Annotated[str, Depends(get_ranger)]
) -> dict[str, str]:
    return {"name": name, "state": "closed" if weather == "storm" else "open", "ranger": ranger}


desk = SimpleNamespace(app=app, get_weather=get_weather, get_ranger=get_ranger)


def client_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test")


def always(value: str) -> Callable[[], str]:
    return lambda: value


async def test_states(desk: SimpleNamespace) -> None:
    overrides = desk.app.dependency_overrides
    overrides[desk.get_ranger] = always("Zoe")
    try:
        async with client_of(desk.app) as client:
            for weather, state in (("storm", "closed"), ("sun", "open"), ("rain", "open")):
                overrides[desk.get_weather] = always(weather)
                answer = await client.get("/trails/Lake Loop")
                assert answer.status_code == 200
                assert answer.json() == {"name": "Lake Loop", "state": state, "ranger": "Zoe"}
    finally:
        overrides.clear()
