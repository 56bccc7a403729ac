"""Whether VTK can render here: it needs EGL or OSMesa, which the image of a cluster may lack."""

import os
import subprocess
import sys
from functools import cache

from solver.report.drawing import MISSING

__all__ = ["MISSING", "available", "renders"]

os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")  # VTK tries X first otherwise, and complains

_PATIENCE = 60  # s
_ATTEMPT = """
import pyvista
plotter = pyvista.Plotter(off_screen=True, window_size=(16, 16))
plotter.add_mesh(pyvista.Sphere(), color="red")
assert plotter.screenshot(None, return_img=True).std() > 1
"""


def renders() -> bool:
    """True if a picture can be rendered; tried in this process, which a broken OpenGL ends."""
    try:
        exec(_ATTEMPT, {})
    except Exception:
        return False
    return True


@cache
def available() -> bool:
    """The same, tried in a child process."""
    command = [sys.executable, "-c", _ATTEMPT]
    try:
        return subprocess.run(command, capture_output=True, timeout=_PATIENCE, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
