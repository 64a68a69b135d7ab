"""Which Python packages the page has. Their versions stand in `course/browser/requirements.txt`."""

from __future__ import annotations

LIBRARY = "pydantic-core"
"""The one package that is compiled: linked to the interpreter itself."""

PURE_PART = ("lazy-object-proxy", "markupsafe", "pyyaml", "wrapt")
"""Compiled, but whole without that: nobody builds them for the page, so another system's wheels do."""

LEFT_OUT = (
    *("rpds-py", "httpx2-jsfetch", "certifi", "six", "rfc3339-validator"),
    *("argon2-cffi-bindings", "cffi", "pycparser"),
    # What IPython needs for more than printing values.
    *("asttokens", "executing", "ipython-pygments-lexers", "jedi", "matplotlib-inline", "parso"),
    *("prompt-toolkit", "pure-eval", "stack-data", "traitlets", "wcwidth"),
)
"""Asked for by others and not used: compiled with nothing beside it, or for what pages have not."""

ONLY = {"ipython": ("IPython/lib/pretty.py",)}
"""Packages of which few files are taken."""

WITHOUT = (
    *("opentelemetry/semconv/", "httpx/_main.py", "httpx2/_main.py"),
    *("django/contrib/admin/", "django/contrib/admindocs/", "django/contrib/gis/"),
)
"""What is left out of packages, by the beginning of its path: the clients' command lines import rich, and no
page has a database of Django's."""

GROUPS = {
    "flask": ("blinker", "click", "flask", "itsdangerous", "werkzeug"),
    "pytest": ("iniconfig", "packaging", "pluggy", "pytest"),
    "openapi": (
        *("attrs", "jsonschema", "jsonschema-path", "jsonschema-specifications", "lazy-object-proxy"),
        *("openapi-schema-validator", "openapi-spec-validator", "pathable", "referencing", "pyyaml"),
    ),
    "jinja": ("jinja2", "markupsafe"),
    "rich": ("markdown-it-py", "mdurl", "pygments", "rich"),
    "django": ("asgiref", "django", "djangorestframework", "sqlparse"),
    "dns": ("dnspython",),
    "settings": ("pydantic-settings", "python-dotenv"),
    "websockets": ("websockets",),
    "wsgi": ("a2wsgi",),
    "docs": ("fastapi-offline",),
    "sql": ("aiosqlite", "sqlalchemy", "sqlmodel"),
    "alembic": ("alembic", "mako"),
    "tortoise": ("iso8601", "pypika-tortoise", "tortoise-orm"),
    "jwt": ("pyjwt",),
    "limits": ("deprecated", "limits", "wrapt"),
    "passwords": ("argon2-cffi", "pwdlib"),
    "graphql": ("cross-web", "graphql-core", "python-dateutil", "strawberry-graphql", "tzdata"),
}
"""What few lessons need: an archive each, fetched when one of its modules is first imported."""

UNPACKED = ("alembic", "docs", "openapi")
"""Groups whose modules look for files beside them: these are unpacked."""

STDLIB = {
    "rest": (
        *("_pyrepl", "bdb", "cProfile", "cmd", "compression", "ctypes", "curses", "dbm", "doctest"),
        *("filecmp", "fileinput", "ftplib", "imaplib", "mailbox", "modulefinder", "multiprocessing"),
        *("netrc", "nturl2path", "optparse", "pdb", "pickletools", "plistlib", "poplib", "profile"),
        *("pstats", "py_compile", "pyclbr", "pydoc", "pydoc_data", "rlcompleter", "runpy", "sched"),
        *("shelve", "smtplib", "symtable", "tabnanny", "timeit", "trace", "tracemalloc", "unittest"),
        *("wave", "webbrowser", "wsgiref", "xml", "xmlrpc", "zipapp"),
    ),
}
"""Groups of the standard library, in the same way."""

UNUSED = (
    *("antigravity", "ensurepip/", "idlelib/", "lib2to3/", "pydoc_data/", "test/", "this.py", "tkinter/"),
    *("turtle", "turtledemo/", "venv/"),
)
"""What the page has no use for, by the beginning of its path in the standard library."""
