"""Kernels whose channels are files, for whoever runs notebooks without a learner: builds, tests, benchmarks.

Jupyter looks for five free ports, lets go of them, and the kernel takes them a moment later. Where servers
start all the time, one of them is somebody else's by then, and the kernel dies: once in some hundreds of
starts. A socket that is a file in a folder of its own has no such moment. Windows has ports only."""

from __future__ import annotations

import shutil
import sys
import tempfile
import weakref
from pathlib import Path

from jupyter_client.manager import AsyncKernelManager, KernelManager
from traitlets import default


class Manager(KernelManager):
    """A manager for code that waits for its kernel."""

    @default("transport")
    def _how(self) -> str:
        return "tcp" if sys.platform == "win32" else "ipc"

    @default("connection_file")
    def _where(self) -> str:
        """The sockets lie beside it."""
        folder = tempfile.mkdtemp(prefix="course-kernel-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return str(Path(folder, "kernel.json"))


class AsyncManager(Manager, AsyncKernelManager):
    """A manager for code that awaits its kernel, such as nbclient."""
