"""Every kernel of the course's environment: its words for accidents, and its PATH, whoever starts it."""

c = get_config()  # type: ignore[name-defined]  # noqa: F821  (IPython puts it there)
c.InteractiveShellApp.extensions.append("course.desk.kernel")
