# Exercise 13.3
from dataclasses import dataclass, field


@dataclass(order=True)
class Candidate:
    lines: int
    name: str
    lacks: list = field(compare=False)


def choose(table, needs):
    candidates = sorted(
        Candidate(entry["lines"], name, [need for need in needs if need not in entry["has"]])
        for name, entry in table.items()
    )
    return {
        "fits": [one.name for one in candidates if one.lacks == []],
        "objections": {one.name: one.lacks for one in candidates if one.lacks},
    }
