"""What a teacher needs around the course.

In: a folder with the work of a class, as it came in. Out: how each task of each learner came out, on the
terminal, as tables, as pages.

    cli.py       the command `class`
    gathered.py  finds whose work lies where: folders, ZIP files, exported notebooks, clones
    sandboxes.py which sandbox there is for code that nobody trusts
    confined.py  one by bubblewrap
    contained.py one by a container engine
    judged.py    judges all work, on all cores, and nothing twice
    shown.py     what comes out: for the terminal, a gradebook, a browser
"""
