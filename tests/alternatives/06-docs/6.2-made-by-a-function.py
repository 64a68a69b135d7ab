# Exercise 6.2
from functools import partial


def each(values, has, op):
    return all(has(value) for value in values(op))


def parts(path):
    return [part for part in path.split("/") if part.startswith("{")]


documents_not_found = partial(
    each, lambda op: [op.spec["responses"] for _ in parts(op.path)], lambda answers: "404" in answers
)
describes_parameters = partial(
    each, lambda op: op.spec.get("parameters", []), lambda parameter: parameter.get("description")
)
