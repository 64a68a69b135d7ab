"""An interactive course that teaches FastAPI by running it.

Its rooms, each of which may use those below it and none above; a test holds them to it:

    making/    makes the course: notebooks, pages, the tests; what its commands need
    browser/   runs lessons in the page, without a server
    desk/      a learner's desk: command line, workspace, JupyterLab, what notebooks call
    judging/   what a lesson asks, and how an answer is judged
    running/   what a learner's code meets: servers, exchanges, pictures
    lessons.py what a lesson is: open it next

A notebook needs five names: `serve`, `show`, `check`, `hint`, `solution`; single lessons use the others.
"""

from __future__ import annotations

from course.lazy import names_from

TYPE_CHECKING = False  # importing typing would delay the start of each check
if TYPE_CHECKING:
    from course.desk.notebook import check, hint, solution
    from course.desk.packages import bring
    from course.desk.sittings import resume
    from course.judging.answers import load_module
    from course.running.exchange import show
    from course.running.graph import Graph
    from course.running.limits import room_for
    from course.running.plans import needs
    from course.running.postgres import postgres_url
    from course.running.programs import program
    from course.running.server import serve
    from course.running.servers import folder_server, program_server
    from course.running.statements import Statements
    from course.running.timeline import Timeline
    from course.running.wsgi import wsgi_server

__all__ = [
    "Graph",
    "Statements",
    "Timeline",
    "bring",
    "check",
    "folder_server",
    "hint",
    "load_module",
    "needs",
    "postgres_url",
    "program",
    "program_server",
    "resume",
    "room_for",
    "serve",
    "show",
    "solution",
    "wsgi_server",
]

__getattr__ = names_from(
    "course",
    {
        "Graph": "running.graph",
        "Statements": "running.statements",
        "Timeline": "running.timeline",
        "bring": "desk.packages",
        "check": "desk.notebook",
        "folder_server": "running.servers",
        "hint": "desk.notebook",
        "load_module": "judging.answers",
        "needs": "running.plans",
        "postgres_url": "running.postgres",
        "program": "running.programs",
        "program_server": "running.servers",
        "resume": "desk.sittings",
        "room_for": "running.limits",
        "serve": "running.server",
        "show": "running.exchange",
        "solution": "desk.notebook",
        "wsgi_server": "running.wsgi",
    },
)
