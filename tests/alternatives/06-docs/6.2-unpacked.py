# Exercise 6.2
import re


def documents_not_found(op):
    _, path, spec = op
    return not re.search(r"{\w+}", path) or spec["responses"].get("404") is not None


def describes_parameters(op):
    _, _, spec = op
    silent = [p for p in spec.get("parameters", ()) if not p.get("description")]
    return not silent
