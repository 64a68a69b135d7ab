"""A learner's desk.

In: commands in a terminal, cells in a notebook, files that are saved. Out: work in `workspace/`, reports,
JupyterLab and the site in a browser.

    cli.py        the commands for learners
    notebook.py   `check`, `hint` and `solution`, as a notebook's cells call them
    predictions.py  no outcome is shown before it was predicted
    sittings.py   `resume`, after a lesson's break
    kernel.py     what each kernel begins with; environment/ has the setting that says so
    packages.py   what single lessons need besides, installed when they are opened
    workspace.py  the learner's files, and what is done
    handed_in.py  work from the page: what *Hand in* saved, brought together with the workspace
    archive.py    what is in a ZIP file, read with care
    launch.py     starts JupyterLab and the site; jupyter/ has their settings, hosted/ those of a hub
    watch.py      `check --watch`
    advice.py     what to say after a check; terminal.py how it looks
"""
