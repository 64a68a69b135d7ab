"""The notebooks run and compared, as CI does it, beside the kernels they cannot do without.

The floor starts one kernel a notebook, two at a time, and lets each import what every lesson imports; no
cell of a lesson is run.
"""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jupyter_client.manager import start_new_kernel

from benchmarks.common import ROOT, Row, medians, timed
from course.testing import NBVAL

IMPORTS = "from course import check, hint, serve, show, solution\nimport fastapi, httpx, uvicorn"


def run(repeat: int) -> list[Row]:
    """Run nbval and its floor in turn."""
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))

    def start_kernels() -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(_start_and_import, notebooks))

    course, floor = medians(repeat, timed(_nbval), timed(start_kernels))
    name = f"nbval over {len(notebooks)} notebooks"
    return [Row(name, course, "their kernels' starts and imports, two at a time", floor)]


def _nbval() -> None:
    subprocess.run([sys.executable, "-m", *NBVAL], cwd=ROOT, check=True, capture_output=True)


def _start_and_import(notebook: Path) -> None:
    manager, client = start_new_kernel(cwd=str(notebook.parent), extra_arguments=["--log-level=40"])
    try:
        answer = client.execute_interactive(IMPORTS, output_hook=lambda message: None)
        if answer["content"]["status"] != "ok":
            raise RuntimeError(f"the kernel could not import what lessons import: {answer['content']}")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
