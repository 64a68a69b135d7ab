"""Learner code that is hostile by accident: there is always a clear answer, and no file changes."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from course.judging.child import PRINTED, Worker
from course.judging.report import Report, State
from course.judging.sandbox import check_lesson, read_answers
from course.judging.tasks import find_exercise
from course.lessons import Lesson, find_lesson

LIMIT = 2.0
"""Seconds for what never ends."""

PATIENCE = 20.0
"""Seconds for what ends: a busy machine may need them."""


@pytest.fixture
def lesson() -> Lesson:
    return find_lesson("01")


@pytest.fixture
def folder(lesson: Lesson, tmp_path: Path) -> Path:
    folder = tmp_path / lesson.slug
    folder.mkdir()
    (folder / lesson.notebook.name).write_bytes(lesson.notebook.read_bytes())
    (folder / "app.py").write_bytes((lesson.solutions / "app.py").read_bytes())
    return folder


def check_app(lesson: Lesson, folder: Path, source: str, limit: float = PATIENCE) -> Report:
    (folder / "app.py").write_text(source, encoding="utf-8")
    (report,) = check_lesson(lesson, folder, [lesson.app_task], limit=limit)
    assert report.task == lesson.app_task
    return report


def before(source: str, lesson: Lesson) -> str:
    """The solution, with `source` run first."""
    return f"{source}\n{(lesson.solutions / 'app.py').read_text(encoding='utf-8')}"


def test_the_solution_passes(lesson: Lesson, folder: Path) -> None:
    (report,) = check_lesson(lesson, folder, [lesson.app_task])
    assert report.state is State.PASSED, report.text()


def test_where_only_the_learners_folder_can_be_written_it_is_judged_as_ever(
    lesson: Lesson, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(folder))  # as Python has it where no usual place is left
    (report,) = check_lesson(lesson, folder, [lesson.app_task])
    assert report.state is State.PASSED, report.text()
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_every_task_is_answered_in_order(lesson: Lesson, folder: Path) -> None:
    reports = list(check_lesson(lesson, folder))
    assert [report.task for report in reports] == list(lesson.tasks)
    assert {report.state for report in reports[:-1]} == {State.NOT_ATTEMPTED}


def test_an_endless_loop_is_stopped_and_its_line_named(lesson: Lesson, folder: Path) -> None:
    report = check_app(lesson, folder, "x = 1\nwhile True:\n    pass\n", limit=LIMIT)
    assert report.state is State.STOPPED
    assert f"did not end within {LIMIT:g} seconds" in report.nudge
    assert "app.py, line 2" in report.nudge or "app.py, line 3" in report.nudge


def test_after_an_endless_exercise_the_others_are_still_judged(lesson: Lesson, folder: Path) -> None:
    notebook = json.loads(lesson.notebook.read_text(encoding="utf-8"))
    first = next(iter(lesson.starters.values()))
    for cell in notebook["cells"]:
        if "".join(cell["source"]) == first.source:
            cell["source"] = f"# Exercise {first.task}\nimport time\n\ntime.sleep(1000)\n"
    (folder / lesson.notebook.name).write_text(json.dumps(notebook), encoding="utf-8")
    states = {report.task: report.state for report in check_lesson(lesson, folder, limit=6)}
    assert states.pop(first.task) is State.STOPPED
    assert states.pop(lesson.app_task) is State.PASSED
    assert set(states.values()) == {State.NOT_ATTEMPTED}


@pytest.mark.parametrize("code", ["import sys\nsys.exit()", "import sys\nsys.exit(3)", "raise SystemExit"])
def test_an_exit_is_told(lesson: Lesson, folder: Path, code: str) -> None:
    report = check_app(lesson, folder, before(code, lesson))
    assert report.state is State.RAISED
    assert "ended the program" in report.nudge
    assert "app.py, line" in report.traceback


def test_the_end_of_the_process_is_told(lesson: Lesson, folder: Path) -> None:
    report = check_app(lesson, folder, before("import os\nos._exit(0)", lesson))
    assert report.state is State.STOPPED
    assert "ended the whole process" in report.nudge


def test_a_syntax_error_shows_its_line(lesson: Lesson, folder: Path) -> None:
    report = check_app(lesson, folder, "from fastapi import FastAPI\napp = FastAPI(\n")
    assert report.state is State.RAISED
    assert "app.py, line 2" in report.traceback
    assert "SyntaxError" in report.traceback


def test_a_failing_import_shows_only_their_lines(lesson: Lesson, folder: Path) -> None:
    report = check_app(lesson, folder, "import no_such_package\n")
    assert report.traceback.splitlines() == [
        "app.py, line 1",
        "    import no_such_package",
        "ModuleNotFoundError: No module named 'no_such_package'",
    ]


def test_input_is_told(lesson: Lesson, folder: Path) -> None:
    report = check_app(lesson, folder, before('name = input("Name? ")', lesson))
    assert report.state is State.RAISED
    assert "input() waits for a keyboard" in report.traceback


def test_much_output_is_cut(lesson: Lesson, folder: Path) -> None:
    code = "import os\nfor _ in range(300):\n    os.write(1, b'x' * 1_000_000)\n"
    report = check_app(lesson, folder, before(code, lesson), limit=20)
    assert report.state is State.PASSED, report.text()
    assert len(report.printed) < PRINTED + 100
    assert "bytes more" in report.printed


def test_an_exercise_may_ask_for_more_patience(tmp_path: Path) -> None:
    (tmp_path / "09-database").mkdir()
    lesson = find_lesson("09")
    patience = find_exercise(lesson, lesson.app_task).patience
    assert patience > 1
    report = check_app(lesson, tmp_path / "09-database", "while True:\n    pass\n", limit=0.5)
    assert report.state is State.STOPPED
    assert f"did not end within {0.5 * patience:g} seconds" in report.nudge


@pytest.mark.parametrize(
    ("ending", "came"),
    [
        ("    while True:\n        time.sleep(0.01)\n", r"nothing after [\d.]+ seconds"),
        ("    return StreamingResponse(stopping())\n", r"200 OK, then 6 bytes, and no end yet"),
    ],
    ids=["before-it-began", "in-the-middle"],
)
def test_a_time_out_names_the_request_that_is_under_way(
    lesson: Lesson, folder: Path, ending: str, came: str
) -> None:
    source = f"""
import asyncio
import time

from fastapi import FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()


async def stopping():
    yield b"trail\\n"
    await asyncio.Event().wait()


@app.get("/trails")
async def trails():
{ending}"""
    report = check_app(lesson, folder, source, limit=4)  # less than a check waits for one answer
    assert report.state is State.STOPPED
    assert report.sent == "GET /trails"
    assert re.fullmatch(came, report.came_back), report.came_back
    assert "did not end within" in report.nudge
    assert "the file itself starts" not in report.nudge


def test_a_server_that_the_file_starts_is_told(lesson: Lesson, folder: Path) -> None:
    report = check_app(lesson, folder, before("import uvicorn\nuvicorn.run(lambda: None, port=0)", lesson), 6)
    assert report.state is State.STOPPED
    assert "a server that the file itself starts" in report.nudge
    assert report.sent == ""


def test_endless_output_is_stopped(lesson: Lesson, folder: Path) -> None:
    report = check_app(lesson, folder, 'while True:\n    print("x" * 1000)\n', LIMIT)
    assert report.state is State.STOPPED
    assert len(report.printed) < PRINTED + 100


def test_what_lies_beside_is_not_taken_for_a_library(
    lesson: Lesson, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "fastapi.py").write_text("raise RuntimeError('the wrong one')", encoding="utf-8")
    monkeypatch.chdir(folder)
    (report,) = check_lesson(lesson, folder, [lesson.app_task])
    assert "the wrong one" not in report.text(), report.text()
    assert report.state is State.PASSED


def test_prints_belong_to_their_answer(lesson: Lesson, folder: Path) -> None:
    notebook = json.loads(lesson.notebook.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        for task, starter in lesson.starters.items():
            if "".join(cell["source"]) == starter.source:
                cell["source"] = f"# Exercise {task}\nprint('printed in {task}')\n"
    (folder / lesson.notebook.name).write_text(json.dumps(notebook), encoding="utf-8")
    reports = list(check_lesson(lesson, folder, list(lesson.starters)))
    for report in reports:
        assert report.printed == f"printed in {report.task}"


def test_what_is_printed_is_shown(lesson: Lesson, folder: Path) -> None:
    report = check_app(lesson, folder, before('print("looked at", 7)', lesson))
    assert report.state is State.PASSED
    assert report.printed == "looked at 7"


def test_a_thread_that_never_ends_holds_nobody_up(lesson: Lesson, folder: Path) -> None:
    code = "import threading, time\nthreading.Thread(target=lambda: time.sleep(1000)).start()"
    report = check_app(lesson, folder, before(code, lesson))
    assert report.state is State.PASSED, report.text()


def test_a_child_process_is_ended_with_it(lesson: Lesson, folder: Path, tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    code = (
        "import pathlib, subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)'])\n"
        f"pathlib.Path({str(noted)!r}).write_text(str(child.pid))\n"
    )
    report = check_app(lesson, folder, before(code, lesson))
    assert report.state is State.PASSED, report.text()
    psutil.wait_procs([psutil.Process(pid) for pid in [int(noted.read_text())] if psutil.pid_exists(pid)], 5)
    assert not _runs(int(noted.read_text()))


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_server_started_by_the_file_is_told(lesson: Lesson, folder: Path) -> None:
    source = (lesson.solutions / "app.py").read_text(encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    report = check_app(lesson, folder, f"{source}\nimport uvicorn\nuvicorn.run(app, port={port})\n", limit=4)
    assert report.state is State.STOPPED
    assert '`if __name__ == "__main__":`' in report.nudge
    with socket.socket() as again:  # and nothing is left on the port
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


def test_an_endpoint_that_never_answers_is_told(lesson: Lesson, folder: Path) -> None:
    code = (
        "import time\nfrom fastapi import FastAPI\napp = FastAPI()\n"
        "@app.api_route('/{path:path}', methods=['GET', 'POST', 'PUT', 'DELETE'])\n"
        "async def hang(path: str):\n    while True:\n        time.sleep(0.01)\n"
    )
    report = check_app(lesson, folder, code, limit=10)
    assert report.state is State.STOPPED
    assert "5 seconds" in report.came_back


def test_the_files_are_not_changed(lesson: Lesson, folder: Path) -> None:
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    code = (
        "import pathlib\n"
        "pathlib.Path('notes.txt').write_text('overwritten')\n"
        "pathlib.Path(__file__).write_text('overwritten')\n"
        "pathlib.Path(__file__).with_name('new.txt').write_text('new')\n"
    )
    source = before(code, lesson)
    report = check_app(lesson, folder, source)
    assert report.state is State.PASSED, report.text()
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert (folder / "app.py").read_text(encoding="utf-8") == source
    assert sorted(path.name for path in folder.iterdir()) == ["01-first-api.ipynb", "app.py", "notes.txt"]


def test_a_file_that_deletes_itself_is_judged(lesson: Lesson, folder: Path) -> None:
    report = check_app(lesson, folder, before("import os\nos.remove(__file__)", lesson))
    assert report.state is State.PASSED, report.text()


def test_a_deleted_file_is_told(lesson: Lesson, folder: Path) -> None:
    (folder / "app.py").unlink()
    *others, missing = check_lesson(lesson, folder)
    assert missing.task == lesson.app_task
    assert not missing.passed
    assert re.search(r"app\.py is not in .*: `course reset 01` brings it back", missing.nudge)
    assert [report.task for report in others] == list(lesson.starters)
    assert {report.state for report in others} == {State.NOT_ATTEMPTED}


def test_a_worker_that_is_not_needed_is_ended(lesson: Lesson, folder: Path) -> None:
    (folder / "app.py").unlink()
    worker = Worker()
    (report,) = check_lesson(lesson, folder, [lesson.app_task], worker=worker)
    assert not report.passed
    assert worker.messages.get(timeout=20) is None


def test_a_cell_that_lost_its_first_line_is_found(lesson: Lesson, folder: Path) -> None:
    notebook = json.loads(lesson.notebook.read_text(encoding="utf-8"))
    starter = next(iter(lesson.starters.values()))
    for cell in notebook["cells"]:
        if "".join(cell["source"]) == starter.source:
            cell["source"] = "raise RuntimeError('found')"
    (folder / lesson.notebook.name).write_text(json.dumps(notebook), encoding="utf-8")
    (report,) = check_lesson(lesson, folder, [starter.task])
    assert report.traceback.endswith("RuntimeError: found")


def test_a_cell_that_is_gone_is_told(lesson: Lesson, folder: Path) -> None:
    notebook = json.loads(lesson.notebook.read_text(encoding="utf-8"))
    starter = next(iter(lesson.starters.values()))
    notebook["cells"] = [cell for cell in notebook["cells"] if "".join(cell["source"]) != starter.source]
    (folder / lesson.notebook.name).write_text(json.dumps(notebook), encoding="utf-8")
    (report,) = check_lesson(lesson, folder, [starter.task])
    assert f"begins with `# Exercise {starter.task}`: write that line" in report.nudge
    (folder / lesson.notebook.name).unlink()
    (report,) = check_lesson(lesson, folder, [starter.task])
    assert re.search(r"ipynb is not in .* keeps a copy", report.nudge)


def test_a_notebook_that_is_none_has_no_answers(lesson: Lesson, folder: Path) -> None:
    (folder / lesson.notebook.name).write_text("{half", encoding="utf-8")
    assert list(read_answers(lesson, folder)) == [lesson.app_task]


def test_several_files_are_imported(lesson: Lesson, folder: Path) -> None:
    source = (folder / "app.py").read_text(encoding="utf-8")
    (folder / "rest.py").write_text(source, encoding="utf-8")
    report = check_app(lesson, folder, "from rest import app\n")
    assert report.state is State.PASSED, report.text()


def test_an_app_with_another_name_is_found_or_asked_for(lesson: Lesson, folder: Path) -> None:
    source = (folder / "app.py").read_text(encoding="utf-8")
    assert check_app(lesson, folder, f"{source}\nmy_api = app\ndel app\n").state is State.PASSED
    report = check_app(lesson, folder, "x = 1\n")
    assert report.state is State.NOT_YET
    assert "name your FastAPI() so" in report.nudge


def test_a_worker_that_is_not_needed_ends() -> None:
    worker = Worker()
    worker.stop()
    assert worker.messages.get(timeout=5) is None


def test_a_worker_ends_when_nobody_needs_it() -> None:
    worker = Worker()
    assert worker._process.stdin is not None
    worker._process.stdin.close()
    assert worker._process.wait(timeout=20) == 0
    worker.stop()


def test_a_worker_does_not_outlive_who_started_it(lesson: Lesson, folder: Path) -> None:
    (folder / "app.py").write_text("print('running', flush=True)\nwhile True:\n    pass\n", encoding="utf-8")
    code = (
        "import os, threading, time\nfrom pathlib import Path\n"
        "from course.judging.child import Worker\nfrom course.lessons import find_lesson\n"
        "from course.judging.sandbox import check_lesson\n"
        "worker = Worker()\nprint(worker._process.pid, flush=True)\n"
        f"lesson, folder = find_lesson('01'), Path({str(folder)!r})\n"
        "checks = check_lesson(lesson, folder, ['1.app'], limit=300, worker=worker)\n"
        "threading.Thread(target=next, args=(checks,), daemon=True).start()\n"
        "while 'running' not in worker.printed.so_far():\n    time.sleep(0.05)\n"
        "os._exit(9)\n"
    )
    parent = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert parent.returncode == 9, parent.stderr
    worker = int(parent.stdout)
    psutil.wait_procs([psutil.Process(worker)] if psutil.pid_exists(worker) else [], timeout=20)
    assert not _runs(worker)


def test_the_answer_is_there_before_the_limit_of_the_next(lesson: Lesson, folder: Path) -> None:
    start = time.monotonic()
    reports = check_lesson(lesson, folder, [*lesson.starters, lesson.app_task], limit=30)
    first = next(iter(reports))
    assert first.task == next(iter(lesson.starters))
    assert time.monotonic() - start < 30
    assert len(list(reports)) == len(lesson.starters)
