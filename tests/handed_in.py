"""Files as *Hand in* saves them, made by hand."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from course.lessons import Lesson

DAY = 24 * 3600
THEN = datetime(2020, 3, 1, 12, tzinfo=UTC)


def moment(day: int) -> str:
    """A date, counted in days from `THEN`."""
    return datetime.fromtimestamp(THEN.timestamp() + day * DAY, UTC).isoformat().replace("+00:00", "Z")


def manifest(of: Mapping[str, Any], name: str = "Ada Ek", **other: Any) -> dict[str, Any]:
    said = {"format": "course-work", "version": 1, "name": name, "saved": moment(0), "lessons": of}
    return {**said, **other}


Texts = Mapping[str, tuple[str, int]]
"""Exercises and apps by task, each with its text and its day."""


def work_of(lesson: Lesson, texts: Texts, **other: Any) -> tuple[dict[str, Any], bytes]:
    """What the manifest says of a lesson, and its notebook."""
    document = json.loads(lesson.notebook.read_text(encoding="utf-8"))
    told: dict[str, Any] = {"texts": {}, "predictions": {}, "hints": {}, "done": {}, **other}
    for task, (text, day) in texts.items():
        facts = {"at": moment(day), "hash": "0" * 12, "number": 0}
        if task == lesson.app_task:
            told["texts"][task] = {**facts, "file": "app.py"}
            continue
        told["texts"][task] = {**facts, "cell": lesson.starters[task].cell}
        for cell in document["cells"]:
            if cell["id"] == lesson.starters[task].cell:
                cell["source"] = text
    return told, json.dumps(document).encode()


def packed(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def files_of(lesson: Lesson, texts: Texts, name: str = "Ada Ek", **other: Any) -> dict[str, bytes]:
    """The files of a hand-in with one lesson."""
    told, notebook = work_of(lesson, texts, **other)
    found = {
        "course-work.json": json.dumps(manifest({lesson.slug: told}, name)).encode(),
        f"workspace/{lesson.slug}/{lesson.notebook.name}": notebook,
    }
    if lesson.app_task in texts:
        found[f"workspace/{lesson.slug}/app.py"] = texts[lesson.app_task][0].encode()
    return found


def handed_in(lesson: Lesson, texts: Texts, **other: Any) -> bytes:
    """A hand-in with one lesson, as a ZIP file."""
    return packed(files_of(lesson, texts, **other))
