# Exercise 2.1
from urllib.parse import parse_qs


def greeter(environ, start_response):
    match environ["PATH_INFO"]:
        case "/hello":
            status = "200 OK"
            text = "Hello, " + parse_qs(environ.get("QUERY_STRING", "")).get("name", ["hiker"])[0] + "!"
        case _:
            status, text = "404 Not Found", ""
    body = text.encode("utf-8")
    start_response(status, [("content-type", "text/plain;charset=UTF-8"), ("content-length", str(len(body)))])
    return (body,)
