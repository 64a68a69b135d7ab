"""What a hub, Binder, a container and an editor are given: `course/desk/hosted/`, and the image."""

from __future__ import annotations

import json
import logging
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from traitlets.config.loader import PyFileConfigLoader

from course.lessons import ROOT, built_lessons

HOSTED = ROOT / "course" / "desk" / "hosted"
IMAGE = ROOT / ".binder" / "Dockerfile"


def hadolint() -> str | None:
    return shutil.which("hadolint", path=Path(sys.executable).parent) or shutil.which("hadolint")


@pytest.mark.skipif(hadolint() is None, reason="hadolint is missing, which looks over the image's Dockerfile")
def test_the_image_is_well_written() -> None:
    done = subprocess.run([str(hadolint()), str(IMAGE)], capture_output=True, text=True, check=False)
    assert done.stdout + done.stderr == ""


def test_whoever_runs_the_image_is_not_root() -> None:
    users = re.findall(r"^USER (.+)$", IMAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert users[-1] == "$NB_USER"
    assert "ARG NB_USER=jovyan" in IMAGE.read_text(encoding="utf-8")


def test_the_image_has_all_that_it_copies_and_begins_as_a_hub_does() -> None:
    text = IMAGE.read_text(encoding="utf-8")
    copied = [name for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE) for name in line.split()[:-1]]
    assert {"course", "lessons", "notebooks", "solutions", "run.py"} <= set(copied)
    assert [name for name in copied if not (ROOT / name).exists()] == []
    places = re.findall(r"/srv/fastapi-course/(course/desk/\w+)", text)
    assert [(ROOT / place).is_dir() for place in places] == [True, True]


def test_an_editor_takes_the_same_image() -> None:
    file = ROOT / ".devcontainer" / "devcontainer.json"
    said = json.loads(file.read_text(encoding="utf-8"))
    assert (file.parent / said["build"]["dockerfile"]).resolve() == IMAGE
    assert (file.parent / said["build"]["context"]).resolve() == ROOT
    assert said["remoteUser"] == "jovyan"


def test_a_cluster_limits_each_learner_and_gives_back_what_nobody_uses() -> None:
    text = (HOSTED / "zero-to-jupyterhub.yaml").read_text(encoding="utf-8")
    values = yaml.safe_load(text)
    learner = values["singleuser"]
    assert int(learner["memory"]["guarantee"][:-1]) <= int(learner["memory"]["limit"][:-1])
    assert learner["cpu"]["guarantee"] <= learner["cpu"]["limit"]
    assert values["cull"]["enabled"]
    assert values["prePuller"]["hook"]["enabled"]
    assert values["prePuller"]["continuous"]["enabled"]
    guide = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
    version = re.findall(r"version (\d+\.\d+\.\d+)", text)
    assert version == list(dict.fromkeys(re.findall(r"(?:version|--version) (\d+\.\d+\.\d+)", guide)))


def begin(monkeypatch: pytest.MonkeyPatch, workspace: str) -> None:
    """Do what a learner's notebook server does when it reads its settings."""
    monkeypatch.setenv("COURSE_WORKSPACE", workspace)
    config = PyFileConfigLoader("jupyter_server_config.py", path=str(HOSTED)).load_config()
    assert config.LabApp.extension_manager == "readonly"


def test_a_server_that_starts_lays_down_the_learners_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(monkeypatch, str(tmp_path))
    for lesson in built_lessons():
        assert (tmp_path / lesson.slug / lesson.notebook.name).is_file()


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that even root cannot write to")
def test_a_home_that_cannot_be_written_stops_no_server(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        begin(monkeypatch, "/sys/workspace")
    assert "You may not write to /sys/workspace" in caplog.text
