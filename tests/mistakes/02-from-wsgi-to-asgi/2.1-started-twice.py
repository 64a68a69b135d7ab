# check: knows_one_path_only
# says: decide first, then call it
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment


def greeter(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    headers = [("Content-Type", "text/plain; charset=utf-8")]
    start_response("200 OK", headers)
    if environ["PATH_INFO"] != "/hello":
        start_response("404 Not Found", headers)
        return [b"Nothing here."]
    name = parse_qs(environ["QUERY_STRING"])["name"][0]
    return [f"Hello, {name}!".encode()]
