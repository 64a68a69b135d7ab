# Exercise 2.1
from urllib.parse import parse_qs


def greeter(environ, start_response):
    if environ["PATH_INFO"] == "/hello":
        name = parse_qs(environ["QUERY_STRING"])["name"][0]
        write = start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
        write(f"Hello, {name}!".encode())
        return []
    start_response("404 Not Found", [])
    return []
