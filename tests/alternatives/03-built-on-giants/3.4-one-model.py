# Exercise 3.4
from inspect import Parameter, signature

from pydantic import ValidationError, create_model


def read_query(function, query):
    fields = {
        p.name: (p.annotation, ... if p.default is Parameter.empty else p.default)
        for p in signature(function).parameters.values()
    }
    model = create_model("Query", **fields)
    try:
        return dict(model(**query)), []
    except ValidationError as error:
        entries = [{**e, "loc": ("query", *e["loc"])} for e in error.errors(include_url=False)]
        for entry in entries:
            if entry["type"] == "missing":
                entry["input"] = None
        return {}, entries
