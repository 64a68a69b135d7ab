# check: reads_names_as_browsers_send_them
# says: Count them after `.encode()`
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment


def greeter(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    headers = [("Content-Type", "text/plain; charset=utf-8")]
    if environ["PATH_INFO"] != "/hello":
        start_response("404 Not Found", headers)
        return [b"Nothing here."]
    name = parse_qs(environ["QUERY_STRING"])["name"][0]
    text = f"Hello, {name}!"
    headers.append(("Content-Length", str(len(text))))
    start_response("200 OK", headers)
    return [text.encode()]
