"""A hub for one machine: `jupyterhub -f course/desk/hosted/jupyterhub_config.py`, run as root.

Each user of the machine who logs in gets a JupyterLab of their own with the course in it. The course itself
stays as it is, for all; what somebody does lies in their home. docs/instructors.md has the steps, and what
users of one machine can still see of each other.
"""

import sys
from pathlib import Path

c = get_config()  # type: ignore[name-defined]  # noqa: F821  (JupyterHub puts it there)

HERE = Path(__file__).resolve().parent
PROGRAMS = Path(sys.executable).parent
"""Of the environment that has JupyterHub and the course: `course`, `fastapi`, `jupyterhub-singleuser`."""

# Where `npm ci` has put it in this folder; else one that is on the PATH.
if (proxy := HERE / "node_modules" / ".bin" / "configurable-http-proxy").exists():
    c.ConfigurableHTTPProxy.command = [str(proxy)]

c.JupyterHub.bind_url = "http://:8080"  # not 8000, where `fastapi dev` listens
c.Authenticator.allow_all = True  # whoever has an account on this machine, and its password
c.Spawner.cmd = [str(PROGRAMS / "jupyterhub-singleuser")]
c.Spawner.default_url = "/lab/tree/fastapi-course/01-first-api/01-first-api.ipynb"
c.Spawner.environment = {
    # The settings of JupyterLab, and the learner's files, which are laid down when the server starts.
    "JUPYTER_CONFIG_PATH": f"{HERE.parent / 'jupyter'}:{HERE}",
    # A terminal finds `course` and `fastapi`, and no other Python's kernel takes the place of this one's.
    "PATH": f"{PROGRAMS}:/usr/local/bin:/usr/bin:/bin",
    "JUPYTER_PREFER_ENV_PATH": "1",
}
c.Spawner.start_timeout = 120

# A server that nobody has used for an hour ends: what was written is on the disk, kernels are not.
c.JupyterHub.load_roles = [
    {
        "name": "cull",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["cull"],
    }
]
c.JupyterHub.services = [
    {
        "name": "cull",
        "command": [sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=3600", "--cull-every=300"],
    }
]
