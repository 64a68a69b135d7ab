# Exercise 7.3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, ClassVar

from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException


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


def count_visit() -> None:
    with contextmanager(get_session)() as session:
        session.put("visits", session.get("visits") + 1)
        session.commit()


logbook = FastAPI()


@logbook.get("/trails/{trail_id}")
def get_trail(trail_id: int, session: SessionDep, tasks: BackgroundTasks) -> dict[str, Any]:
    name = session.get(f"trail {trail_id}")
    if name is None:
        raise HTTPException(status_code=404, detail="No trail has this id.")
    tasks.add_task(count_visit)
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
