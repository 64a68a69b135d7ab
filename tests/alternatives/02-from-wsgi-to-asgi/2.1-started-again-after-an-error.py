# Exercise 2.1
import sys
from urllib.parse import parse_qs


def greeter(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    try:
        if environ["PATH_INFO"] != "/hello":
            raise LookupError(environ["PATH_INFO"])
        return [f"Hello, {parse_qs(environ['QUERY_STRING'])['name'][0]}!".encode()]
    except LookupError:
        start_response("404 Not Found", [("Content-Type", "text/plain")], sys.exc_info())
        return [b"Not Found"]
