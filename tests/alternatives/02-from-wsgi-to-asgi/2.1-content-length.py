# Exercise 2.1
from http import HTTPStatus
from urllib.parse import parse_qsl


def greeter(environ, start_response):
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    if environ.get("PATH_INFO") == "/hello":
        status, text = HTTPStatus.OK, f"Hello, {query.get('name', 'world')}!"
    else:
        status, text = HTTPStatus.NOT_FOUND, "Not Found"
    body = text.encode("utf-8")
    headers = [("content-type", "text/plain;charset=UTF-8"), ("content-length", str(len(body)))]
    start_response(f"{status.value} {status.phrase}", headers)
    yield body
