"""Whether VTK can render here: it needs EGL or OSMesa, which the image of a cluster may lack."""

import os
import subprocess
import sys
from functools import cache

os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")  # VTK tries X first otherwise, and complains

MISSING = "no 3-D pictures: VTK cannot render without a display here (the library libEGL or libOSMesa is missing)"
_PATIENCE = 60  # s
_ATTEMPT = """
import pyvista
plotter = pyvista.Plotter(off_screen=True, window_size=(16, 16))
plotter.add_mesh(pyvista.Sphere(), color="red")
assert plotter.screenshot(None, return_img=True).std() > 1
"""


@cache
def available() -> bool:
    """True if a picture can be rendered; tried in a child process, as a broken OpenGL ends the one that calls it."""
    command = [sys.executable, "-c", _ATTEMPT]
    try:
        return subprocess.run(command, capture_output=True, timeout=_PATIENCE, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
