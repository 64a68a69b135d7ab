# check: greets_by_name
# says: the path that the app should know
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment


def greeter(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    headers = [("Content-Type", "text/plain; charset=utf-8")]
    if environ["PATH_INFO"] != "hello":
        start_response("404 Not Found", headers)
        return [b"Nothing here."]
    name = parse_qs(environ["QUERY_STRING"])["name"][0]
    start_response("200 OK", headers)
    return [f"Hello, {name}!".encode()]
