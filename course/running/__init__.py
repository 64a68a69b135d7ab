"""What a learner's code meets.

In: an app, or what happened in a cell. Out: a client that asks the app over HTTP, and pictures.

    server.py          `serve(app)`, and the client that it returns
    serving.py         what every server does with an app, at a desk and in the page
    uvicorn_server.py  the server of a desk; address.py: where a browser finds it
    exchange.py        `show(response)`: request and answer as HTTP looks
    timeline.py        who waited for whom; graph.py: what depends on what; siege.py: who was let in
    plans.py           what an app's endpoints need, as FastAPI has planned it
    statements.py      what a database was asked; postgres.py: one of the course's own
    servers.py         servers that are processes of their own; wsgi.py: such a one for a cell's function
    programs.py        `program("uvicorn", "app:app")`: a program of its own, with what it says
    limits.py          how many files a process may open
    bound.py           runs a server that ends with the process that started it
    stored.py          what a cell gave elsewhere, for where it cannot run
    tracebacks.py      an error, as far as it is in the learner's own code
    accidents.py       words for errors that say little of their cause
"""
