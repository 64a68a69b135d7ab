"""What runs lessons in the page, without a server.

In: a lesson, and the cells that a reader runs. Out: messages to the page with what they show; static files.

Python that runs in the page's worker, inside Pyodide, and in CPython when tests run it:

    bridge.py   what the worker calls, and what calls it; the only module that knows of JavaScript
    session.py  a lesson's state: its folder, its cells, what it serves, what the page is told
    cells.py    runs cells; rich.py shows their results
    driver.py   the server of a page: calls apps as Uvicorn would
    wire.py     what the `websockets` library's client reaches them by
    loops.py    event loops that whoever waits turns; threads.py puts them in the place of threads
    substitutes/  modules in place of compiled packages
    imports.py  fetches modules that only some lessons need when they are first imported
    warm.py     what is imported and used once before the memory snapshot is taken

JavaScript, in `web/`:

    runtime.js  the page's handle on its worker
    worker/     the worker: how the interpreter starts, and its messages
    page/       cells, editors, tasks, what is kept
    panel/      the app's panel: Swagger UI, requests, the log
    sw.js       the service worker: the app's address, and reading without network
    types.ts    what goes from one to another; worker/types.ts: Python as the worker has it

And `build/` makes static files of it all, in `docs/live/`: the command is `course assets`. offline.py lists
them for reading without network; servers.py has what nginx and Caddy are to be told of the site.
"""
