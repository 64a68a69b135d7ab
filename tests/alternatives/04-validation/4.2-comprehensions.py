# Exercise 4.2
def summarise(detail):
    places = {id(entry): ".".join(map(str, entry["loc"])) for entry in detail}
    return {
        "missing": [places[id(entry)] for entry in detail if entry["type"] == "missing"],
        "wrong": {places[id(entry)]: entry["input"] for entry in detail if entry["type"] != "missing"},
    }
