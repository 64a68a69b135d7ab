"""Kernels for tests and builds: nobody can take a port from them, and nothing is left of them."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import pytest

from course.making.kernels import Manager


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has ports only")
def test_a_kernel_has_no_port_that_somebody_else_could_take() -> None:
    manager = Manager(kernel_name="python3")
    manager.start_kernel(extra_arguments=["--log-level=40"])
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        assert client.execute_interactive("1 + 1")["content"]["status"] == "ok"
        assert manager.transport == "ipc"
        folder = Path(manager.connection_file).parent
        assert len(list(folder.glob("kernel-ipc-*"))) == 5
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    del manager, client
    gc.collect()
    assert not folder.exists()
