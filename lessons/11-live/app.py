"""Live trail conditions: rangers post, hikers follow, and a worker sends mails."""

from __future__ import annotations

import os
import time
from pathlib import Path

from fastapi import FastAPI

RANGERS = {"key-ada": "Ada", "key-ben": "Ben"}
HOME = "https://trails.example"
JOBS = os.environ.get("JOBS", "jobs.db")
"""The file that keeps the mails which are to be sent."""


def send_mail(to: str, text: str) -> None:
    """Send a mail, which takes its time. Here it is written into the file that OUTBOX names."""
    with Path(os.environ.get("OUTBOX", "outbox.txt")).open("a", encoding="utf-8") as outbox:
        print("begun", to, sep="\t", file=outbox, flush=True)
        time.sleep(float(os.environ.get("MAIL_SECONDS", "0.5")))
        print("sent", to, text.replace("\n", ", "), sep="\t", file=outbox, flush=True)


app = FastAPI()

# Your endpoints go here.


def work() -> None:
    """The worker: sends the mails that wait, one after the other, until it is ended."""


if __name__ == "__main__":
    work()
