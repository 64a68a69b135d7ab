"""Words for accidents: errors that say little of their cause, and nothing of what to do.

A report, a notebook's kernel and the page say them alike.
"""

from __future__ import annotations

import re
import traceback
from pathlib import Path

_OTHER_ENCODING = re.compile(r"'utf-8' codec can't decode|Non-UTF-8 code|null bytes")
_TYPOGRAPHIC_QUOTE = re.compile(r"invalid character '([\u2018-\u201f\u00ab\u00bb])'")
_SECOND_LOOP = re.compile(
    r"cannot be called from a running event loop|while another loop is running|loop is already running"
    r"|Already running asyncio"
)

KINDS = (ImportError, RuntimeError, SyntaxError, ValueError)
"""The errors that `words_for` may have words for."""

NOT_RUN = "The cells above have not all been run since Python started."
"""What is said of a name that a cell further up makes; in the page, `cell.js` says it."""


def words_for(error: BaseException) -> str:
    """The cause of an accident and the next step, in one sentence; nothing for other errors."""
    message = str(error)
    match error:
        case UnicodeDecodeError() if not _reads_a_file(error):
            return ""
        case SyntaxError() | ValueError() if _OTHER_ENCODING.search(message):
            file = getattr(error, "filename", None) or "the file"
            return f"Save {Path(file).name} as UTF-8: your editor wrote it in another encoding."
        case SyntaxError() if found := _TYPOGRAPHIC_QUOTE.search(message):
            return f"{found[1]} is a typographic quote, as word processors write it: type a straight \" or '."
        case ImportError() if message.startswith("attempted relative import"):
            return (
                "There is no package here: write the import without the dot, such as `from models import X`."
            )
        case RuntimeError() if _SECOND_LOOP.search(message):
            if any(
                "uvicorn" in Path(frame.filename).parts for frame in traceback.extract_tb(error.__traceback__)
            ):
                return "An event loop runs here already: `serve(app)` takes the place of `uvicorn.run(app)`."
            return "An event loop runs here already: `await main()` takes the place of `asyncio.run(main())`."
    return ""


def _reads_a_file(error: BaseException) -> bool:
    """Whether a file could not be read as text: then `codecs` has raised, and not `some_bytes.decode()`."""
    frames = traceback.extract_tb(error.__traceback__)
    return not frames or "codecs" in Path(frames[-1].filename).name
