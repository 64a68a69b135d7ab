# Exercise 2.1
from urllib.parse import parse_qs


class Greeter:
    paths = {"/hello": "greet"}

    def __call__(self, environ, start_response):
        handler = getattr(self, self.paths.get(environ["PATH_INFO"], "not_found"))
        status, text = handler(parse_qs(environ["QUERY_STRING"]))
        start_response(status, [("Content-Type", 'text/plain; charset="utf-8"')])
        return [text.encode()]

    def greet(self, query):
        return "200 OK", f"Hello, {query['name'][0]}!"

    def not_found(self, query):
        return "404 Not Found", "not found"


greeter = Greeter()
