# Exercise 2.1
from urllib.parse import parse_qsl


def greeter(environ, start_response):
    names = dict(parse_qsl(environ["QUERY_STRING"]))
    if environ["PATH_INFO"] == "/hello":
        start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
        yield b"Hello, "
        yield names["name"].encode()
        yield b"!"
    else:
        start_response("404 NOT FOUND", [("Content-Type", "text/html")])
