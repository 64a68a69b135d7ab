# Exercise 4.2
from typing import Any

from pydantic import BaseModel, TypeAdapter


class Entry(BaseModel):
    type: str
    loc: list[int | str]
    input: Any = None

    @property
    def place(self) -> str:
        text = ""
        for part in self.loc:
            text += ("." if text else "") + str(part)
        return text


class Summary(BaseModel):
    missing: list[str] = []
    wrong: dict[str, Any] = {}


entries = TypeAdapter(list[Entry])


class Summariser:
    def __call__(self, detail: list[dict[str, Any]]) -> dict[str, Any]:
        summary = Summary()
        for entry in entries.validate_python(detail):
            if entry.type != "missing":
                summary.wrong |= {entry.place: entry.input}
                continue
            summary.missing += [entry.place]
        return summary.model_dump()


summarise = Summariser()
