"""How many connections this process may hold: the system counts each end of one as an open file."""

from __future__ import annotations

import contextlib
import sys

RESERVE = 300
"""Open files for everything else: a notebook's kernel has some dozens."""

ON_WINDOWS = 400
"""A notebook's event loop on Windows waits with `select`, which takes 512 sockets."""


def room_for(connections: int) -> int:
    """How many connections this process can hold with both of their ends in it, at most `connections`.

    Raises the limit on open files as far as the system allows and they need.
    """
    if sys.platform == "win32":
        return min(connections, ON_WINDOWS)
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * connections + RESERVE
    if soft != resource.RLIM_INFINITY and soft < needed:
        wanted = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        with contextlib.suppress(OSError, ValueError):  # macOS has a lower limit besides
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    if soft == resource.RLIM_INFINITY:
        return connections
    return max(0, min(connections, (soft - RESERVE) // 2))
