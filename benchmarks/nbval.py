"""The notebooks run and compared, as CI does it, beside the kernels they cannot do without.

The first floor starts one kernel a notebook, two at a time, and lets each import what every lesson imports;
no cell of a lesson is run. The second runs the same cells without comparing anything: what is above it is
nbval's own, what is between the two floors is what the lessons do.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from benchmarks.common import ROOT, Row, medians, timed
from course.making.kernels import AsyncManager, Manager
from course.making.testing import notebooks as command

IMPORTS = "from course import check, hint, serve, show, solution\nimport fastapi, httpx, uvicorn"
QUIET = ["--log-level=40"]


def run(repeat: int) -> list[Row]:
    """Run nbval and its floors in turn."""
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))

    def two_at_a_time(action: Callable[[Path], None]) -> Callable[[], None]:
        def all_of_them() -> None:
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(action, notebooks))

        return all_of_them

    course, kernels, cells = medians(
        repeat, timed(_nbval), timed(two_at_a_time(_start_and_import)), timed(two_at_a_time(_run_cells))
    )
    name = f"nbval over {len(notebooks)} notebooks"
    return [
        Row(name, course, "their kernels' starts and imports, two at a time", kernels),
        Row(name, course, "their cells run by nbclient, two at a time", cells),
    ]


def _nbval() -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command("notebooks")],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if done.returncode:
        raise RuntimeError(f"nbval found differences:\n{done.stdout}")


def _run_cells(notebook: Path) -> None:
    content = nbformat.read(notebook, as_version=4)
    resources = {"metadata": {"path": str(notebook.parent)}}
    NotebookClient(
        content,
        timeout=120,
        kernel_manager_class=AsyncManager,
        resources=resources,
        extra_arguments=QUIET,
    ).execute()


def _start_and_import(notebook: Path) -> None:
    manager = Manager(kernel_name="python3")
    manager.start_kernel(cwd=str(notebook.parent), extra_arguments=QUIET)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        answer = client.execute_interactive(IMPORTS, output_hook=lambda message: None)
        if answer["content"]["status"] != "ok":
            raise RuntimeError(f"the kernel could not import what lessons import: {answer['content']}")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
