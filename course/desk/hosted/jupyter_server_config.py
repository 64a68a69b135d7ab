"""What a learner's notebook server begins with on a hub, on Binder or in a container.

`JUPYTER_CONFIG_PATH` names this folder, and `../jupyter` with the settings of JupyterLab.
"""

import logging

from course.desk.workspace import sync
from course.lessons import CourseError, built_lessons

c = get_config()  # type: ignore[name-defined]  # noqa: F821  (Jupyter puts it there)

try:
    sync(built_lessons())  # a link leads to a lesson in the learner's own folder, so it must be there
except CourseError as error:
    logging.getLogger("course").error("%s", error)

c.LabApp.extension_manager = "readonly"  # the other one asks PyPI
c.LabApp.news_url = None
c.KernelManager.shutdown_wait_time = 1  # an endless loop never hears the request to end
