"""Makes what runs lessons in the page: static files in `docs/live/`, by `course assets`.

    steps.py      the steps, what each is made from, and what is done again
    tools.py      the programs that are started, and what is said where one is missing
    chromium.py   Chromium as the machine in which modules are compiled and the snapshot is taken
    bytecode.py   archives of compiled modules; runs inside Pyodide
    maker.js      the worker in Chromium that does both
    licences.py   the licences of all that
    published.py  whose solutions the site has
    packages.py   which packages there are, and which belong to a group that few lessons need

A learner's or visitor's machine needs none of it.
"""
