# Exercise 2.1
from werkzeug.wrappers import Request, Response


@Request.application
def greeter(request):
    if request.path != "/hello":
        return Response("Not here", status=404)
    return Response(f"Hello, {request.args['name']}!")
