# Exercise 6.2
def documents_not_found(op) -> bool:
    places = {parameter["in"] for parameter in op.spec.get("parameters", [])}
    return "path" not in places or not {"404", "4XX", "default"}.isdisjoint(op.spec["responses"])


def describes_parameters(op) -> bool:
    match op.spec:
        case {"parameters": [*parameters]}:
            return [p for p in parameters if p.get("description")] == parameters
    return True
